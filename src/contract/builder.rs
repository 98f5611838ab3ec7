//! Makes a mapping of what was written, and collects all that is wrong with it.

use std::collections::BTreeMap;

use super::mapping::{Kind, Lookup, Mapping};
use super::source::{Members, Source, Text};
use super::sql::{Token, Wrong, tokens};
use super::{Engine, Fault};

pub(super) struct Builder {
    pub(super) faults: Vec<Fault>,
    pub(super) engine: Engine,
}

impl Builder {
    fn fault(&mut self, line: Option<usize>, key: &str, cause: &str, remedy: &str) {
        let [key, cause, remedy] = [key, cause, remedy].map(str::to_owned);
        self.faults.push(Fault { line, key, cause, remedy });
    }

    pub(super) fn check_engine(&mut self, engine: Option<Engine>, source: &Source) {
        let names: Vec<_> = source.engines.iter().map(|engine| engine.name()).collect();
        let names = names.join(", ");
        match engine {
            None if names.is_empty() => {
                self.fault(None, "engine", "is missing", "write it, or say --engine");
            }
            None => {
                self.fault(None, "--engine", "is missing", &format!("choose one of: {names}"));
            }
            Some(engine) => {
                let shared = engine == Engine::Mariadb && source.engines.contains(&Engine::Mysql);
                if !names.is_empty() && !shared && !source.engines.contains(&engine) {
                    let cause = format!("this mapping is not for {}", engine.name());
                    let remedy =
                        format!("it is for: {names}; or add it and look at every expression");
                    self.fault(None, "engine", &cause, &remedy);
                }
            }
        }
    }

    pub(super) fn build(&mut self, source: &Source, name: &str) -> Option<Mapping> {
        let from = self.from(source);
        let condition = source.single.get("where").map(|text| self.expression("where", text));
        let mut columns = BTreeMap::new();
        for (column, text) in &source.columns {
            let expression = self.expression(&format!("columns.{column}"), text);
            columns.insert(column.clone(), (text.line, expression));
        }
        let lookups = self.lookups(source);
        let key = self.key(source);
        let inside = self.inside(source);
        let reads = self.reads(source);
        let (name, engine) = (name.to_owned(), self.engine);
        let (from, key) = (from?, key?);
        Some(Mapping { name, engine, from, condition, columns, lookups, key, inside, reads })
    }

    fn tokens<'a>(&mut self, key: &str, text: &'a Text) -> Vec<(usize, Token<'a>)> {
        tokens(&text.text, self.engine).unwrap_or_else(|wrong| {
            for (offset, cause, remedy) in wrong {
                self.wrong(key, text, (offset, cause, remedy));
            }
            vec![]
        })
    }

    fn wrong(&mut self, key: &str, text: &Text, (offset, cause, remedy): Wrong) {
        let below = text.text.get(..offset).map_or(0, |before| before.matches('\n').count());
        self.fault(Some(text.line + below), key, &cause, remedy);
    }

    fn expression(&mut self, key: &str, text: &Text) -> String {
        self.tokens(key, text);
        text.text.trim().to_owned()
    }

    /// Its own keywords stand outside all brackets.
    fn from(&mut self, source: &Source) -> Option<String> {
        let Some(text) = source.single.get("from") else {
            self.fault(None, "from", "is missing", "name the table or tables of your users");
            return None;
        };
        let mut depth = 0_usize;
        for (offset, token) in self.tokens("from", text) {
            match token {
                Token::Symbol('(') => depth += 1,
                Token::Symbol(')') => depth = depth.saturating_sub(1),
                Token::Word(word) if depth == 0 => {
                    let remedy = match word.to_ascii_uppercase().as_str() {
                        "FROM" | "SELECT" => "write tables and joins alone, without this word",
                        "WHERE" => "write conditions under the key `where`",
                        "GROUP" | "ORDER" | "LIMIT" | "UNION" | "HAVING" => {
                            "put it into a subquery"
                        }
                        _ => continue,
                    };
                    self.wrong(
                        "from",
                        text,
                        (offset, format!("{word} does not belong here"), remedy),
                    );
                }
                _ => {}
            }
        }
        Some(text.text.trim().to_owned())
    }

    fn lookups(&mut self, source: &Source) -> BTreeMap<Kind, Lookup> {
        let mut lookups = BTreeMap::new();
        for kind in Kind::ALL {
            let Some(members) = source.lookup.get(kind.name()) else { continue };
            let key = format!("lookup.{}", kind.name());
            if !source.columns.contains_key(kind.column()) {
                let line = members.values().map(|text| text.line).min();
                let cause = format!("needs columns.{}, which the service compares", kind.column());
                self.fault(line, &key, &cause, &format!("add columns.{}", kind.column()));
            }
            if let Some(expression) = members.get("expression") {
                lookups.insert(kind, self.lookup(&key, expression, members));
            }
        }
        if source.lookup.keys().all(|kind| kind == "user_id") {
            let remedy = "add [lookup] with email, username or phone";
            self.fault(None, "lookup", "has no kind of identifier", remedy);
        }
        lookups
    }

    /// The user's key, by which marks find it.
    fn key(&mut self, source: &Source) -> Option<Lookup> {
        let own = source.lookup.get("user_id");
        for name in ["expression", "equals", "type", "collation"] {
            let Some(text) = own.and_then(|own| own.get(name)) else { continue };
            if !self.engine.is_mysql() {
                let key = format!("lookup.user_id.{name}");
                self.fault(
                    Some(text.line),
                    &key,
                    "is for MySQL and MariaDB alone",
                    "move it to [mysql.lookup]",
                );
            }
        }
        let Some(id) = source.columns.get("user_id") else {
            self.fault(None, "columns.user_id", "is missing", "name the key of your users");
            return None;
        };
        let members = own.cloned().unwrap_or_default();
        let expression = members.get("expression").unwrap_or(id);
        Some(self.lookup("lookup.user_id", expression, &members))
    }

    fn lookup(&mut self, key: &str, expression: &Text, members: &Members) -> Lookup {
        let parts = self.tokens(key, expression);
        let is_column =
            parts.iter().all(|(_, part)| matches!(part, Token::Word(_) | Token::Symbol('.')));
        if self.engine == Engine::Mariadb && !is_column {
            let remedy = "look users up by a bare column, stored or generated";
            self.fault(
                Some(expression.line),
                key,
                "is an expression, and MariaDB has no index on one",
                remedy,
            );
        }
        let member = |name: &str| members.get(name).map(|text| text.text.trim().to_owned());
        for name in ["type", "collation", "index"] {
            let Some(text) = members.get(name) else { continue };
            let key = format!("{key}.{name}");
            self.tokens(&key, text);
            if name != "index" && text.text.contains(['\'', '(', '=']) && name == "collation" {
                self.fault(Some(text.line), &key, "is no name", "write for example utf8mb4_bin");
            }
        }
        if let Some(text) = members.get("equals") {
            self.equals(&format!("{key}.equals"), text);
        }
        let expression_text = expression.text.trim().to_owned();
        Lookup {
            equals: member("equals").unwrap_or_else(|| self.compared_with(&expression_text)),
            expression: expression_text,
            of_type: member("type"),
            collation: member("collation"),
            index: member("index"),
            indexed: None,
            line: expression.line,
        }
    }

    fn equals(&mut self, key: &str, text: &Text) {
        let line = Some(text.line);
        if self.engine == Engine::Sqlite {
            let remedy = "make the expression itself equal the identifier, with COLLATE NOCASE";
            self.fault(line, key, "is not possible on SQLite, which has no routines", remedy);
        }
        let parts = self.tokens(key, text);
        if !parts.is_empty() && !parts.iter().any(|(_, part)| part.is("identifier")) {
            let remedy = "write for example lower(identifier)";
            self.fault(line, key, "does not use `identifier`", remedy);
        }
    }

    fn compared_with(&self, expression: &str) -> String {
        let text = expression.to_ascii_lowercase();
        let folds = |name: &&str| text.starts_with(&format!("{name}("));
        match ["lower", "upper"].iter().find(|name| folds(name)) {
            Some(name) if self.engine != Engine::Sqlite => format!("{name}(identifier)"),
            _ => "identifier".to_owned(),
        }
    }

    fn inside(&mut self, source: &Source) -> bool {
        let Some(text) = source.single.get("password_check") else { return false };
        let (line, key) = (Some(text.line), "password_check");
        let inside = text.text == "inside";
        if !inside && text.text != "outside" {
            self.fault(line, key, "is neither", "write \"outside\" or \"inside\"");
        }
        if inside && self.engine == Engine::Sqlite {
            let cause = "is not possible on SQLite: whoever opens the file can read it";
            self.fault(line, key, cause, "write \"outside\"");
        }
        if inside && !source.columns.contains_key("password_hash") {
            self.fault(line, key, "has nothing to compare", "add columns.password_hash");
        }
        inside
    }

    fn reads(&mut self, source: &Source) -> BTreeMap<String, Vec<String>> {
        if self.engine != Engine::Sqlite && source.reads.is_empty() {
            let remedy = "name each table and the columns that the view may read";
            self.fault(None, "reads", "is missing", remedy);
        }
        let mut reads = BTreeMap::new();
        for (table, columns) in &source.reads {
            let key = format!("reads.{table}");
            let line = columns.first().map_or(1, |column| column.line);
            let name = Text { line, text: table.clone() };
            let parts = self.tokens(&key, &name);
            if self.engine != Engine::Sqlite
                && !parts.iter().any(|(_, part)| *part == Token::Symbol('.'))
            {
                let remedy = "write it in full, here and in `from`, such as public.users (MySQL: DATABASE.users)";
                self.fault(Some(line), &key, "has no schema", remedy);
            }
            for column in columns {
                if !matches!(self.tokens(&key, column)[..], [(_, Token::Word(_))]) {
                    let cause = format!("{:?} is no column", column.text);
                    self.fault(Some(column.line), &key, &cause, "name one column a text");
                }
            }
            reads.insert(table.clone(), columns.iter().map(|column| column.text.clone()).collect());
        }
        reads
    }
}
