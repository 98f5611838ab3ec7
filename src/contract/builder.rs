//! Makes a mapping of what was written, and collects all that is wrong with it.

use std::collections::BTreeMap;

use super::mapping::Mapping;
use super::source::{Source, Text};
use super::sql::{Token, Wrong, tokens};
use super::{Engine, Fault};

pub(super) struct Builder {
    pub(super) faults: Vec<Fault>,
    pub(super) engine: Engine,
}

impl Builder {
    pub(super) fn fault(&mut self, line: Option<usize>, key: &str, cause: &str, remedy: &str) {
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

    pub(super) fn tokens<'a>(&mut self, key: &str, text: &'a Text) -> Vec<(usize, Token<'a>)> {
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
