//! Makes a mapping of what was written, and collects all that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use super::mapping::Mapping;
use super::source::{Source, Text};
use super::sql::{Token, Wrong, tokens};
use super::{Engine, Fault};

/// What follows a condition, or another SELECT.
const ENDS: [&str; 12] = [
    "GROUP",
    "HAVING",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "INTO",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "PROCEDURE",
];

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
        let condition = self.condition(source);
        let mut columns = BTreeMap::new();
        for (column, text) in &source.columns {
            let expression = self.expression(&format!("columns.{column}"), text);
            if column == "password_scheme" {
                self.schemes(text);
            }
            columns.insert(column.clone(), (text.line, expression));
        }
        let lookups = self.lookups(source);
        let key = self.key(source);
        let inside = self.inside(source);
        let reads = self.reads(source);
        let (name, engine) = (name.to_owned(), self.engine);
        let (from, key) = (from?, key?);
        let servers = BTreeSet::new();
        Some(Mapping {
            name,
            engine,
            from,
            condition,
            columns,
            lookups,
            key,
            inside,
            reads,
            servers,
        })
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

    pub(super) fn expression(&mut self, key: &str, text: &Text) -> String {
        self.single(key, text);
        text.text.trim().to_owned()
    }

    /// The tokens of one expression.
    pub(super) fn single<'a>(&mut self, key: &str, text: &'a Text) -> Vec<(usize, Token<'a>)> {
        let tokens = self.tokens(key, text);
        let mut depth = 0_usize;
        for (offset, token) in &tokens {
            match token {
                Token::Symbol('(' | '[') => depth += 1,
                Token::Symbol(')' | ']') => depth = depth.saturating_sub(1),
                Token::Symbol(',') if depth == 0 => {
                    let cause = "is more than one expression".to_owned();
                    self.wrong(key, text, (*offset, cause, "write one, without a comma"));
                }
                _ => {}
            }
        }
        if let Some((offset, word)) = super::aggregate::find(&tokens) {
            let cause = format!("{word} is of all rows, and the view would have one");
            self.wrong(key, text, (offset, cause, super::aggregate::REMEDY));
        }
        tokens
    }

    fn from(&mut self, source: &Source) -> Option<Text> {
        let Some(text) = source.single.get("from") else {
            self.fault(None, "from", "is missing", "name the table or tables of your users");
            return None;
        };
        Some(self.tables("from", text))
    }

    /// What follows FROM.
    pub(super) fn tables(&mut self, key: &str, text: &Text) -> Text {
        self.clause(key, text, |word| match word {
            "FROM" | "SELECT" => Some("write tables and joins alone, without this word"),
            "WHERE" => Some("write conditions under the key `where`"),
            _ => ENDS.contains(&word).then_some("put it into a subquery"),
        });
        trimmed(text)
    }

    fn condition(&mut self, source: &Source) -> Option<Text> {
        Some(self.one_condition("where", source.single.get("where")?))
    }

    /// What follows WHERE.
    pub(super) fn one_condition(&mut self, key: &str, text: &Text) -> Text {
        self.clause(key, text, |word| {
            let ends = ENDS.contains(&word) || ["WHERE", "FOR", "LOCK"].contains(&word);
            ends.then_some("write one condition: it would hide users, whose addresses are then free for strangers")
        });
        trimmed(text)
    }

    /// Refuses words outside all brackets, unless they are names after a point.
    fn clause(&mut self, key: &str, text: &Text, refused: impl Fn(&str) -> Option<&'static str>) {
        let mut depth = 0_usize;
        let mut before = Token::Symbol(' ');
        for (offset, token) in self.tokens(key, text) {
            match token {
                Token::Symbol('(') => depth += 1,
                Token::Symbol(')') => depth = depth.saturating_sub(1),
                Token::Word(word) if depth == 0 => {
                    let named = before == Token::Symbol('.')
                        || (before.is("DISTINCT") && word.eq_ignore_ascii_case("FROM"));
                    let remedy = refused(&word.to_ascii_uppercase()).filter(|_| !named);
                    if let Some(remedy) = remedy {
                        let cause = format!("{word} does not belong here");
                        self.wrong(key, text, (offset, cause, remedy));
                    }
                }
                _ => {}
            }
            before = token;
        }
    }

    /// Only words of one name, such as `public.users`.
    pub(super) fn name<'a>(&mut self, key: &str, text: &'a Text) -> Vec<(usize, Token<'a>)> {
        let parts = self.tokens(key, text);
        let wrong = parts.iter().enumerate().any(|(place, (_, part))| match part {
            Token::Word(_) => place % 2 == 1,
            part => place % 2 == 0 || *part != Token::Symbol('.'),
        });
        if wrong {
            let cause = format!("{:?} is no name", text.text);
            self.fault(Some(text.line), key, &cause, "write one name, quoted as the engine does");
        }
        parts
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

    fn reads(&mut self, source: &Source) -> BTreeMap<String, Vec<Text>> {
        if self.engine != Engine::Sqlite && source.reads.is_empty() {
            let remedy = "name each table and the columns that the view may read";
            self.fault(None, "reads", "is missing", remedy);
        }
        let mut reads = BTreeMap::new();
        for (table, columns) in &source.reads {
            let key = format!("reads.{table}");
            let line = columns.first().map_or(1, |column| column.line);
            let name = Text { line, text: table.clone() };
            let parts = self.name(&key, &name);
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
            reads.insert(table.clone(), columns.clone());
        }
        reads
    }
}

fn trimmed(text: &Text) -> Text {
    Text { line: text.line, text: text.text.trim().to_owned() }
}
