//! A mapping that has been looked through: from here on nothing in it can be wrong but for what
//! the database alone knows.

use std::collections::BTreeMap;

use super::reads::{Columns, Reader, Tables};
use super::source::{Source, Text};
use super::sql::Wrong;
use super::{Engine, Fault};

/// What an identifier can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It holds an `@`.
    Email,
    /// A telephone number as in ITU-T E.164, with `+`.
    Phone,
    /// Anything.
    Username,
}

impl Kind {
    /// In the order in which they are asked.
    pub const ALL: [Self; 3] = [Self::Email, Self::Phone, Self::Username];

    /// As it is written in mappings and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Username => "username",
        }
    }

    /// The canonical column that holds it.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::Phone => "phone_number",
            other => other.name(),
        }
    }
}

/// How users are found by one kind of identifier, or by their id.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// The expression that has an index.
    pub expression: String,
    /// What it is compared with, in terms of `identifier`.
    pub equals: String,
    /// PostgreSQL: the type of the expression.
    pub of_type: Option<String>,
    /// MySQL, MariaDB: its collation.
    pub collation: Option<String>,
}

/// A mapping for one engine.
pub struct Mapping {
    /// Where it comes from, to be told.
    pub name: String,
    /// The engine.
    pub engine: Engine,
    /// What follows FROM.
    pub from: String,
    /// What follows WHERE.
    pub condition: Option<String>,
    /// Expressions by canonical column.
    pub columns: BTreeMap<String, String>,
    /// Lookups by kind of identifier; at least one.
    pub lookups: BTreeMap<Kind, Lookup>,
    /// Lookup by user id.
    pub key: Lookup,
    /// Whether digests are compared in the database.
    pub inside: bool,
    /// What the view reads: columns by table.
    pub reads: BTreeMap<String, Vec<String>>,
}

impl Mapping {
    /// Reads a mapping for an engine, with `NAME=VALUE` for some of its parameters.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(
        text: &str,
        name: &str,
        engine: Option<Engine>,
        set: &[String],
    ) -> Result<Self, Vec<Fault>> {
        let (source, engine) = Source::read(text, engine, set);
        let mut builder = Builder { faults: vec![], engine: engine.unwrap_or(Engine::Postgresql) };
        builder.faults.extend(source.faults.iter().cloned());
        builder.check_engine(engine, &source);
        let mapping = engine.is_some().then(|| builder.build(&source, name)).flatten();
        builder.faults.sort_by_key(|fault| fault.line);
        mapping.filter(|_| builder.faults.is_empty()).ok_or(builder.faults)
    }
}

struct Builder {
    faults: Vec<Fault>,
    engine: Engine,
}

impl Builder {
    fn fault(&mut self, line: Option<usize>, key: &str, cause: &str, remedy: &str) {
        let [key, cause, remedy] = [key, cause, remedy].map(str::to_owned);
        self.faults.push(Fault { line, key, cause, remedy });
    }

    fn refuse(&mut self, key: &str, text: &Text, wrong: Vec<Wrong>) {
        for (offset, cause, remedy) in wrong {
            let below = text.text.get(..offset).map_or(0, |before| before.matches('\n').count());
            self.fault(Some(text.line + below), key, &cause, remedy);
        }
    }

    fn check_engine(&mut self, engine: Option<Engine>, source: &Source) {
        let names =
            source.engines.iter().map(|engine| engine.name()).collect::<Vec<_>>().join(", ");
        match engine {
            None if names.is_empty() => {
                self.fault(None, "engine", "is missing", "write it, or say --engine")
            }
            None => self.fault(None, "--engine", "is missing", &format!("choose one of: {names}")),
            Some(engine) => {
                let shared = engine == Engine::Mariadb && source.engines.contains(&Engine::Mysql);
                if !names.is_empty() && !shared && !source.engines.contains(&engine) {
                    let remedy =
                        format!("it is for: {names}; add the engine and look at every expression");
                    self.fault(
                        None,
                        "engine",
                        &format!("this mapping is not for {}", engine.name()),
                        &remedy,
                    );
                }
            }
        }
    }

    fn build(&mut self, source: &Source, name: &str) -> Option<Mapping> {
        let mut reads = Columns::new();
        let tables = self.tables(source, &mut reads);
        let mut columns = BTreeMap::new();
        for (column, text) in &source.columns {
            self.expression(&format!("columns.{column}"), text, tables.as_ref(), &mut reads);
            columns.insert(column.clone(), text.text.trim().to_owned());
        }
        let mut lookups = BTreeMap::new();
        for kind in Kind::ALL {
            if let Some(members) = source.lookup.get(kind.name()) {
                let key = format!("lookup.{}", kind.name());
                let lookup = self.lookup(&key, members, tables.as_ref(), &mut reads);
                lookups.extend(lookup.map(|lookup| (kind, lookup)));
                if !columns.contains_key(kind.column()) {
                    let line = members.values().map(|text| text.line).min();
                    let cause =
                        format!("needs the column {}, which the service compares", kind.column());
                    self.fault(line, &key, &cause, &format!("add columns.{}", kind.column()));
                }
            }
        }
        if lookups.is_empty() && source.lookup.keys().all(|kind| kind == "user_id") {
            self.fault(
                None,
                "lookup",
                "has no kind of identifier",
                "add [lookup] with email, username or phone",
            );
        }
        let key = self.key(source, tables.as_ref(), &mut reads);
        let inside = self.inside(source);
        let condition = source.single.get("where").map(|text| {
            self.expression("where", text, tables.as_ref(), &mut reads);
            text.text.trim().to_owned()
        });
        let from = source.single.get("from")?.text.trim().to_owned();
        let reads = reads.into_iter().map(|(table, names)| (table, names.into_iter().collect()));
        let (name, engine, key, reads) = (name.to_owned(), self.engine, key?, reads.collect());
        Some(Mapping { name, engine, from, condition, columns, lookups, key, inside, reads })
    }

    fn tables(&mut self, source: &Source, reads: &mut Columns) -> Option<Tables> {
        let Some(text) = source.single.get("from") else {
            self.fault(None, "from", "is missing", "name the table or tables of your users");
            return None;
        };
        let tables = Reader::new(&text.text, self.engine).and_then(|reader| reader.tables(reads));
        tables.map_err(|wrong| self.refuse("from", text, wrong)).ok()
    }

    /// Without the tables, because `from` is wrong, at least the brackets and quotes are looked at.
    fn expression(&mut self, key: &str, text: &Text, tables: Option<&Tables>, reads: &mut Columns) {
        let read = Reader::new(&text.text, self.engine);
        let read = read
            .and_then(|reader| tables.map_or(Ok(()), |tables| reader.expression(tables, reads)));
        read.unwrap_or_else(|wrong| self.refuse(key, text, wrong));
    }

    fn key(
        &mut self,
        source: &Source,
        tables: Option<&Tables>,
        reads: &mut Columns,
    ) -> Option<Lookup> {
        let Some(id) = source.columns.get("user_id") else {
            self.fault(None, "columns.user_id", "is missing", "name the key of your users");
            return None;
        };
        if let Some(members) = source.lookup.get("user_id") {
            if !self.engine.is_mysql() {
                let line = members.values().map(|text| text.line).min();
                self.fault(
                    line,
                    "lookup.user_id",
                    "is for MySQL and MariaDB alone",
                    "move it to [mysql.lookup]",
                );
            }
            return self.lookup("lookup.user_id", members, tables, reads);
        }
        let expression = id.text.trim().to_owned();
        Some(Lookup { expression, equals: "identifier".to_owned(), of_type: None, collation: None })
    }

    fn lookup(
        &mut self,
        key: &str,
        members: &BTreeMap<String, Text>,
        tables: Option<&Tables>,
        reads: &mut Columns,
    ) -> Option<Lookup> {
        let expression = members.get("expression")?;
        self.expression(key, expression, tables, reads);
        let member = |name: &str| members.get(name).map(|text| text.text.trim().to_owned());
        for name in ["type", "collation"] {
            let Some(text) = members.get(name) else { continue };
            if !text.text.chars().all(|c| c.is_alphanumeric() || "_.\"() ,".contains(c))
                || text.text.is_empty()
            {
                self.fault(
                    Some(text.line),
                    &format!("{key}.{name}"),
                    "is no name",
                    "write for example public.citext, utf8mb4_bin",
                );
            }
        }
        if let Some(text) = members.get("equals") {
            self.equals(key, text);
        }
        let expression = expression.text.trim().to_owned();
        let equals = member("equals").unwrap_or_else(|| self.compared_with(&expression));
        Some(Lookup { expression, equals, of_type: member("type"), collation: member("collation") })
    }

    /// `equals` may hold functions, constants and the word `identifier`.
    fn equals(&mut self, key: &str, text: &Text) {
        let key = format!("{key}.equals");
        if self.engine == Engine::Sqlite {
            self.fault(
                Some(text.line),
                &key,
                "is not possible on SQLite, which has no routines",
                "make the expression equal the identifier itself, with COLLATE NOCASE",
            );
        }
        let standing_in = text.text.replace("identifier", "p.identifier");
        let stand_in = Text { line: text.line, text: standing_in };
        let tables = Tables::from([("p".to_owned(), None)]);
        self.expression(&key, &stand_in, Some(&tables), &mut Columns::new());
        if !text.text.contains("identifier") {
            self.fault(
                Some(text.line),
                &key,
                "does not use `identifier`",
                "write for example lower(identifier)",
            );
        }
    }

    fn compared_with(&self, expression: &str) -> String {
        let folds = |name: &&str| expression.to_ascii_lowercase().starts_with(&format!("{name}("));
        match ["lower", "upper"].iter().find(|name| folds(name)) {
            Some(name) if self.engine != Engine::Sqlite => format!("{name}(identifier)"),
            _ => "identifier".to_owned(),
        }
    }

    fn inside(&mut self, source: &Source) -> bool {
        let Some(text) = source.single.get("password_check") else { return false };
        let line = Some(text.line);
        match text.text.as_str() {
            "inside" if self.engine == Engine::Sqlite => {
                self.fault(
                    line,
                    "password_check",
                    "SQLite cannot compare inside: who opens the file reads it",
                    "write \"outside\"",
                );
            }
            "inside" | "outside" => {}
            _ => {
                self.fault(line, "password_check", "is neither", "write \"outside\" or \"inside\"")
            }
        }
        if text.text == "inside" && !source.columns.contains_key("password_hash") {
            self.fault(
                line,
                "password_check",
                "there is no password_hash to compare",
                "add columns.password_hash",
            );
        }
        text.text == "inside"
    }
}
