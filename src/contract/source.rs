//! The mapping's TOML: values by key, each with its line; one engine's own values over the common
//! ones; parameters filled in.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{COLUMNS, Engine, Fault};

/// A text of the mapping.
#[derive(Clone)]
pub(super) struct Text {
    pub(super) line: usize,
    pub(super) text: String,
}

/// A lookup as written: a bare expression is the member `expression`.
type Members = BTreeMap<String, Text>;

/// Everything a mapping says for one engine.
#[derive(Default)]
pub(super) struct Source {
    /// `from`, `where`, `password_check`.
    pub(super) single: Members,
    pub(super) columns: Members,
    pub(super) lookup: BTreeMap<String, Members>,
    pub(super) engines: Vec<Engine>,
    pub(super) faults: Vec<Fault>,
    parameters: Members,
}

const SINGLE: [&str; 3] = ["from", "where", "password_check"];
const LOOKUPS: [&str; 4] = ["email", "username", "phone", "user_id"];
const MEMBERS: [&str; 4] = ["expression", "equals", "type", "collation"];

struct Walk<'a> {
    text: &'a str,
    source: Source,
    /// Whether what is read counts for the engine; the rest is only looked at for its faults.
    counts: bool,
}

impl Source {
    /// Reads the text for an engine, or for the only one it names, and sets parameters.
    pub(super) fn read(
        text: &str,
        engine: Option<Engine>,
        set: &[String],
    ) -> (Self, Option<Engine>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut walk = Walk { text, source: Self::default(), counts: true };
        for error in errors {
            let line = error.span().map(|span| walk.line(span.start));
            let cause = error.message().to_owned();
            let remedy = "mend the TOML there; each key once, texts in quotes".to_owned();
            walk.source.faults.push(Fault { line, key: "TOML".to_owned(), cause, remedy });
        }
        let table = table.get_ref();
        if let Some(value) = table.get("engine") {
            walk.engines(value);
        }
        let engine = engine.or(match walk.source.engines[..] {
            [only] => Some(only),
            _ => None,
        });
        walk.section(table, "");
        for overlay in Engine::ALL {
            // MySQL's come first, so that MariaDB's own go over them.
            let shared = overlay == Engine::Mysql && engine == Some(Engine::Mariadb);
            walk.counts = engine == Some(overlay) || shared;
            match table.get(overlay.name()).map(|value| (walk.at(value), value.get_ref())) {
                Some((_, DeValue::Table(own))) => walk.section(own, overlay.name()),
                Some((line, _)) => {
                    walk.fault(
                        line,
                        overlay.name(),
                        "is no table",
                        "write [ENGINE.columns] and the like",
                    );
                }
                None => {}
            }
        }
        let mut source = walk.source;
        source.set(set);
        source.fill();
        (source, engine)
    }

    fn set(&mut self, assignments: &[String]) {
        for assignment in assignments {
            let value = assignment.split_once('=').map(|(name, value)| (name, value.to_owned()));
            match value.and_then(|(name, value)| Some((self.parameters.get_mut(name)?, value))) {
                Some((parameter, value)) => parameter.text = value,
                None => self.faults.push(Fault {
                    line: None,
                    key: format!("--set {assignment}"),
                    cause: "names no parameter of this mapping".to_owned(),
                    remedy: match self.parameters.is_empty() {
                        true => "it has none".to_owned(),
                        false => format!("there are: {}", self.parameter_names()),
                    },
                }),
            }
        }
    }

    fn parameter_names(&self) -> String {
        self.parameters.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// Puts the parameters into all texts.
    fn fill(&mut self) {
        let members = self.lookup.values_mut().flat_map(BTreeMap::values_mut);
        for value in self.single.values_mut().chain(self.columns.values_mut()).chain(members) {
            for (name, parameter) in &self.parameters {
                value.text = value.text.replace(&format!("{{{name}}}"), &parameter.text);
            }
        }
    }
}

impl Walk<'_> {
    fn line(&self, byte: usize) -> usize {
        self.text.get(..byte).map_or(1, |before| before.matches('\n').count() + 1)
    }

    fn at<T>(&self, spanned: &Spanned<T>) -> usize {
        self.line(spanned.span().start)
    }

    fn fault(&mut self, line: usize, key: &str, cause: &str, remedy: &str) {
        let [key, cause, remedy] = [key, cause, remedy].map(str::to_owned);
        self.source.faults.push(Fault { line: Some(line), key, cause, remedy });
    }

    fn text_of(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Text> {
        let line = self.at(value);
        match value.get_ref() {
            DeValue::String(text) => {
                // TOML drops the line break after opening quotes.
                let raw = self.text.get(value.span()).unwrap_or_default();
                let below = usize::from(raw.starts_with("\"\"\"\n") || raw.starts_with("'''\n"));
                Some(Text { line: line + below, text: text.to_string() })
            }
            _ => {
                self.fault(
                    line,
                    key,
                    "is no text",
                    "write SQL in quotes, such as \"0\" or \"NULL\"",
                );
                None
            }
        }
    }

    fn engines(&mut self, value: &Spanned<DeValue<'_>>) {
        let values = match value.get_ref() {
            DeValue::Array(values) => values.iter().collect(),
            _ => vec![value],
        };
        for value in values {
            let Some(name) = self.text_of("engine", value) else { continue };
            match name.text.parse() {
                Ok(engine) => self.source.engines.push(engine),
                Err(remedy) => {
                    self.fault(
                        name.line,
                        "engine",
                        &format!("there is no engine {}", name.text),
                        remedy,
                    );
                }
            }
        }
    }

    /// The root table, or the table of one engine.
    fn section(&mut self, table: &DeTable<'_>, engine: &str) {
        let prefix = if engine.is_empty() { String::new() } else { format!("{engine}.") };
        for (name, value) in table {
            let (line, name) = (self.at(name), name.get_ref().as_ref());
            let key = format!("{prefix}{name}");
            match (name, value.get_ref()) {
                (_, _) if SINGLE.contains(&name) => {
                    let text = self.text_of(&key, value);
                    if let Some(text) = text.filter(|_| self.counts) {
                        self.source.single.insert(name.to_owned(), text);
                    }
                }
                ("parameters" | "columns", DeValue::Table(members)) => {
                    self.members(name, &key, members);
                }
                ("lookup", DeValue::Table(members)) => self.lookups(&key, members),
                ("parameters" | "columns" | "lookup", _) => {
                    self.fault(line, &key, "is no table", &format!("write [{key}]"));
                }
                ("engine", _) if engine.is_empty() => {}
                (_, _) if engine.is_empty() && name.parse::<Engine>().is_ok() => {}
                _ => self.unknown(
                    line,
                    &key,
                    &[
                        "engine",
                        "from",
                        "where",
                        "password_check",
                        "parameters",
                        "columns",
                        "lookup",
                    ],
                ),
            }
        }
    }

    fn members(&mut self, section: &str, key: &str, members: &DeTable<'_>) {
        for (name, value) in members {
            let (line, name) = (self.at(name), name.get_ref().as_ref());
            let key = format!("{key}.{name}");
            if section == "columns" && !COLUMNS.iter().any(|(column, _)| *column == name) {
                self.unknown(line, &key, &COLUMNS.map(|(column, _)| column));
                continue;
            }
            let text = self.text_of(&key, value);
            let Some(text) = text.filter(|_| self.counts) else { continue };
            let source = &mut self.source;
            let section =
                if section == "columns" { &mut source.columns } else { &mut source.parameters };
            section.insert(name.to_owned(), text);
        }
    }

    fn lookups(&mut self, key: &str, kinds: &DeTable<'_>) {
        for (name, value) in kinds {
            let (line, name) = (self.at(name), name.get_ref().as_ref());
            let key = format!("{key}.{name}");
            if !LOOKUPS.contains(&name) {
                self.unknown(line, &key, &LOOKUPS);
                continue;
            }
            let mut found = Members::new();
            match value.get_ref() {
                DeValue::Table(members) => {
                    for (member, value) in members {
                        let (line, member) = (self.at(member), member.get_ref().as_ref());
                        let key = format!("{key}.{member}");
                        if !MEMBERS.contains(&member) {
                            self.unknown(line, &key, &MEMBERS);
                        } else if let Some(text) = self.text_of(&key, value) {
                            found.insert(member.to_owned(), text);
                        }
                    }
                    if !members.contains_key("expression") {
                        self.fault(
                            line,
                            &key,
                            "has no expression",
                            "write { expression = \"...\" }",
                        );
                    }
                }
                _ => found
                    .extend(self.text_of(&key, value).map(|text| ("expression".to_owned(), text))),
            }
            if self.counts {
                self.source.lookup.insert(name.to_owned(), found);
            }
        }
    }

    fn unknown(&mut self, line: usize, key: &str, known: &[&str]) {
        let remedy = format!("there are: {}", known.join(", "));
        self.fault(line, key, "is not a known key", &remedy);
    }
}
