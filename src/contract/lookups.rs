//! How users are looked up: the part of a mapping that decides who is found.

use std::collections::BTreeMap;

use super::Engine;
use super::builder::Builder;
use super::mapping::{Kind, Lookup, OwnTable};
use super::source::{Members, Source, Text};
use super::sql::Token;

impl Builder {
    pub(super) fn lookups(&mut self, source: &Source) -> BTreeMap<Kind, Lookup> {
        let mut lookups = BTreeMap::new();
        for kind in Kind::ALL {
            let Some(members) = source.lookup.get(kind.name()) else { continue };
            let key = format!("lookup.{}", kind.name());
            if !members.contains_key("from") && !source.columns.contains_key(kind.column()) {
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
    pub(super) fn key(&mut self, source: &Source) -> Option<Lookup> {
        let own = source.lookup.get("user_id");
        for name in ["from", "where", "user_id", "stored"] {
            let Some(text) = own.and_then(|own| own.get(name)) else { continue };
            let key = format!("lookup.user_id.{name}");
            self.fault(Some(text.line), &key, "is for other lookups", "take it out");
        }
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
        let parts = self.single(key, expression);
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
        for (name, text) in members {
            let key = format!("{key}.{name}");
            match name.as_str() {
                "equals" => self.equals(&key, text),
                "type" => self.of_type(&key, text),
                "collation" => drop(self.name(&key, text)),
                "index" => drop(self.tokens(&key, text)),
                _ => {}
            }
        }
        let equals =
            member("equals").unwrap_or_else(|| self.compared_with(key, expression, &parts));
        let expression_text = expression.text.trim().to_owned();
        Lookup {
            own: self.own_table(key, expression.line, members),
            equals,
            expression: expression_text,
            of_type: member("type"),
            collation: member("collation"),
            index: member("index"),
            way: None,
            notes: vec![],
            line: expression.line,
        }
    }

    /// The table of its own, if the lookup has one.
    fn own_table(&mut self, key: &str, line: usize, members: &Members) -> Option<OwnTable> {
        let Some(from) = members.get("from") else {
            for name in ["where", "user_id", "stored"] {
                let Some(text) = members.get(name) else { continue };
                let key = format!("{key}.{name}");
                self.fault(Some(text.line), &key, "stands without `from`", "name the table there");
            }
            return None;
        };
        let from = self.tables(&format!("{key}.from"), from).text;
        let condition = members.get("where");
        let condition = condition.map(|text| self.one_condition(&format!("{key}.where"), text));
        let mut needed = |name: &str, remedy: &str| {
            let key = format!("{key}.{name}");
            if let Some(text) = members.get(name) {
                return Some(self.expression(&key, text));
            }
            self.fault(Some(line), &key, "is missing", remedy);
            None
        };
        let user_id = needed("user_id", "name the column that holds the user's key");
        let stored = needed("stored", "name the column that holds what the user has");
        Some(OwnTable { from, condition, user_id: user_id?, stored: stored? })
    }

    /// A type such as `public.citext` or `numeric(20, 0)`, and nothing of a declaration besides.
    fn of_type(&mut self, key: &str, text: &Text) {
        let no_type = |token: &Token<'_>| match token {
            Token::Word(_) => {
                ["default", "not", "null", "constant", "collate"].iter().any(|word| token.is(word))
            }
            Token::Constant(text) => !text.chars().all(|digit| digit.is_ascii_digit()),
            Token::Symbol(symbol) => !['.', ',', '(', ')', '[', ']'].contains(symbol),
        };
        if self.tokens(key, text).iter().any(|(_, token)| no_type(token)) {
            let cause = format!("{:?} is no type", text.text);
            self.fault(Some(text.line), key, &cause, "write for example bigint or public.citext");
        }
    }

    fn equals(&mut self, key: &str, text: &Text) {
        let line = Some(text.line);
        if self.engine == Engine::Sqlite {
            let remedy = "make the expression itself equal the identifier, with COLLATE NOCASE";
            self.fault(line, key, "is not possible on SQLite, which has no routines", remedy);
        }
        if self.engine == Engine::Postgresql && text.text.contains("$$") {
            let remedy = "write the characters apart, as '$' || '$'";
            self.fault(line, key, "holds `$$`, which would end the routine", remedy);
        }
        let parts = self.single(key, text);
        if !parts.is_empty() && !parts.iter().any(|(_, part)| part.is("identifier")) {
            let remedy = "write for example lower(identifier)";
            self.fault(line, key, "does not use `identifier`", remedy);
        }
    }

    /// lower() or upper() of the identifier, where the expression is one.
    fn compared_with(
        &mut self,
        key: &str,
        expression: &Text,
        parts: &[(usize, Token<'_>)],
    ) -> String {
        let mut words = parts.iter().map(|(_, part)| part);
        let folds = loop {
            match words.next() {
                Some(Token::Symbol('(' | '.')) => {}
                Some(part) if part.is("pg_catalog") => {}
                part => break part.filter(|part| part.is("lower") || part.is("upper")),
            }
        };
        match folds {
            // An id is compared as it is.
            Some(Token::Word(_)) if self.engine == Engine::Sqlite && key != "lookup.user_id" => {
                let remedy = "write the column with COLLATE NOCASE";
                let cause = "is compared with the identifier as it was typed";
                self.fault(Some(expression.line), key, cause, remedy);
            }
            Some(Token::Word(name)) => {
                let name = name.to_ascii_lowercase();
                return format!("{name}(identifier{})", collated(expression, parts));
            }
            _ => {}
        }
        "identifier".to_owned()
    }
}

/// The collation by which an expression folds, where it names one.
fn collated(expression: &Text, parts: &[(usize, Token<'_>)]) -> String {
    let inside = parts.iter().take_while(|(_, part)| *part != Token::Symbol(')'));
    let mut after = inside.skip_while(|(_, part)| !part.is("COLLATE"));
    let start = after.next().map(|(at, _)| *at);
    let named = after.take_while(|(_, part)| matches!(part, Token::Word(_) | Token::Symbol('.')));
    let end = named.last().and_then(|(at, part)| match part {
        Token::Word(word) => Some(at + word.len()),
        _ => None,
    });
    let text = start.zip(end).and_then(|(start, end)| expression.text.get(start..end));
    text.map(|text| format!(" {text}")).unwrap_or_default()
}
