//! Walks through the TOML of a mapping and notes each value with its line, and each fault.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::source::{Members, Source, Text};
use super::{COLUMNS, Engine, Fault};

const SECTIONS: [&str; 8] =
    ["engine", "from", "where", "password_check", "parameters", "columns", "lookup", "reads"];
const LOOKUPS: [&str; 4] = ["email", "username", "phone", "user_id"];
const MEMBERS: [&str; 9] =
    ["expression", "equals", "type", "collation", "index", "from", "where", "user_id", "stored"];

pub(super) struct Walk<'a> {
    text: &'a str,
    source: Source,
    /// Whether what is read counts for the engine; the rest is only looked at for its faults.
    counts: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, source: Source::default(), counts: true }
    }

    /// Reads for an engine, or for the only one that the mapping names.
    pub(super) fn read(mut self, engine: Option<Engine>) -> (Source, Option<Engine>) {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let line = error.span().map(|span| self.line(span.start));
            let cause = error.message().to_owned();
            let remedy = "mend the TOML there; each key once, texts in quotes".to_owned();
            self.source.faults.push(Fault { line, key: "TOML".to_owned(), cause, remedy });
        }
        let table = table.get_ref();
        if let Some(value) = table.get("engine") {
            self.engines(value);
        }
        let engine = engine.or(match self.source.engines[..] {
            [only] => Some(only),
            _ => None,
        });
        self.section(table, "");
        for overlay in Engine::ALL {
            // MySQL's come first, so that MariaDB's own go over them.
            let shared = overlay == Engine::Mysql && engine == Some(Engine::Mariadb);
            self.counts = engine == Some(overlay) || shared;
            match table.get(overlay.name()).map(|value| (self.at(value), value.get_ref())) {
                Some((_, DeValue::Table(own))) => self.section(own, overlay.name()),
                Some((line, _)) => {
                    let remedy = "write [ENGINE.columns] and the like";
                    self.fault(line, overlay.name(), "is no table", remedy);
                }
                None => {}
            }
        }
        (self.source, engine)
    }

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
        let DeValue::String(text) = value.get_ref() else {
            self.fault(line, key, "is no text", "write SQL in quotes, such as \"0\" or \"NULL\"");
            return None;
        };
        // TOML drops the line break after opening quotes.
        let raw = self.text.get(value.span()).unwrap_or_default();
        let quotes = raw.strip_prefix("\"\"\"").or(raw.strip_prefix("'''"));
        let below = usize::from(quotes.is_some_and(|text| text.starts_with(['\r', '\n'])));
        Some(Text { line: line + below, text: text.to_string() })
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
        let root = engine.is_empty();
        let prefix = if root { String::new() } else { format!("{engine}.") };
        for (name, value) in table {
            let (line, name) = (self.at(name), name.get_ref().as_ref());
            let key = format!("{prefix}{name}");
            match (name, value.get_ref()) {
                ("from" | "where" | "password_check", _) => {
                    let text = self.text_of(&key, value);
                    if let Some(text) = text.filter(|_| self.counts) {
                        self.source.single.insert(name.to_owned(), text);
                    }
                }
                ("parameters" | "columns", DeValue::Table(members)) => {
                    self.members(name, &key, members);
                }
                ("lookup", DeValue::Table(members)) => self.lookups(&key, members),
                ("reads", DeValue::Table(tables)) => self.reads(&key, tables),
                ("parameters" | "columns" | "lookup" | "reads", _) => {
                    self.fault(line, &key, "is no table", &format!("write [{key}]"));
                }
                ("engine", _) if root => {}
                (_, _) if root && name.parse::<Engine>().is_ok() => {}
                _ => self.unknown(line, &key, &SECTIONS),
            }
        }
    }

    /// Unlike the other sections, one engine's own replaces the common one: names are quoted in
    /// other ways.
    fn reads(&mut self, key: &str, tables: &DeTable<'_>) {
        if self.counts {
            self.source.reads.clear();
        }
        for (table, value) in tables {
            let (line, table) = (self.at(table), table.get_ref().as_ref());
            let key = format!("{key}.{table}");
            let DeValue::Array(columns) = value.get_ref() else {
                self.fault(
                    line,
                    &key,
                    "is no list",
                    "write the columns in brackets: [\"id\", \"email\"]",
                );
                continue;
            };
            let columns: Vec<_> =
                columns.iter().filter_map(|column| self.text_of(&key, column)).collect();
            if columns.is_empty() {
                self.fault(
                    line,
                    &key,
                    "names no column",
                    "name each column that is read, or leave the table out",
                );
            }
            if self.counts {
                self.source.reads.insert(table.to_owned(), columns);
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
                    if name != "user_id" && !members.contains_key("expression") {
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
