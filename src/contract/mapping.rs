//! A mapping that has been looked through: from here on nothing in it can be wrong but for what
//! the database alone knows.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::sql::{Token, tokens};
use super::{Engine, Fault};
use crate::database::Way;
use crate::digest::written;

pub use super::source::Text;

pub use crate::identifier::Kind;

/// A table of a lookup's own, with any number of rows a user.
#[derive(Debug, Clone)]
pub struct OwnTable {
    /// What follows FROM.
    pub from: String,
    /// What follows WHERE.
    pub condition: Option<Text>,
    /// Whose row it is, as the expression of `user_id` has it.
    pub user_id: String,
    /// What is stored, which the service compares once more.
    pub stored: String,
}

/// How users are found by one kind of identifier, or by their id.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// Where the users' own row does not hold it.
    pub own: Option<OwnTable>,
    /// The expression that has an index.
    pub expression: String,
    /// What it is compared with, in terms of `identifier`.
    pub equals: String,
    /// PostgreSQL: the type of the expression.
    pub of_type: Option<String>,
    /// MySQL, MariaDB: its collation.
    pub collation: Option<String>,
    /// The index that serves it, as after ON in the statement that makes it.
    pub index: Option<String>,
    /// How its question finds the row, once the database was asked and told.
    pub way: Option<Way>,
    /// Who is not found by it, once the database was asked.
    pub notes: Vec<String>,
    /// Its line in the mapping.
    pub line: usize,
}

/// A mapping for one engine.
#[derive(Debug)]
pub struct Mapping {
    /// Where it comes from, to be told.
    pub name: String,
    /// The engine.
    pub engine: Engine,
    /// What follows FROM.
    pub from: Text,
    /// What follows WHERE.
    pub condition: Option<Text>,
    /// Expressions by canonical column, each with its line in the mapping.
    pub columns: BTreeMap<String, (usize, String)>,
    /// Lookups by kind of identifier; at least one.
    pub lookups: BTreeMap<Kind, Lookup>,
    /// Lookup by user id.
    pub key: Lookup,
    /// Whether digests are compared in the database.
    pub inside: bool,
    /// What the view may read: columns by table.
    pub reads: BTreeMap<String, Vec<Text>>,
    /// PostgreSQL: other servers that hold these tables, and know no account for their owner here, once the
    /// database was asked.
    pub servers: BTreeSet<String>,
}

/// The most letters that are told of a mapping; the comment of a table holds 2,048 on MySQL and MariaDB.
const LONGEST: usize = 1800;

/// As that comment holds letters.
fn held(text: &str) -> String {
    text.chars().map(|letter| if u32::from(letter) > 0xffff { '?' } else { letter }).collect()
}

impl Mapping {
    /// Takes usernames out: the column, and the lookup by it.
    ///
    /// # Errors
    /// Users are looked up by nothing else.
    pub fn leave_out_usernames(&mut self) -> Result<(), Fault> {
        self.columns.remove(Kind::Username.column());
        self.lookups.remove(&Kind::Username);
        if !self.lookups.is_empty() {
            return Ok(());
        }
        Err(Fault {
            line: None,
            key: "lookup".to_owned(),
            cause: "finds users by their usernames alone".to_owned(),
            remedy: "add [lookup] with email or phone, or keep usernames".to_owned(),
        })
    }

    /// Whose contract it is, in words that stay while expressions change: the first table, the user's key, and
    /// which rows are users.
    #[must_use]
    pub fn about(&self) -> String {
        let condition = self.condition.as_ref().map(|condition| super::one_line(&condition.text));
        let condition = condition.map(|text| format!(" where {text}")).unwrap_or_default();
        let about = self.about_table() + &held(&condition);
        if about.chars().count() <= LONGEST {
            return about;
        }
        // Two that begin alike are not one.
        let digest = written(&Sha256::digest(about.as_bytes()).into());
        about.chars().take(LONGEST).chain(format!(" … {digest}").chars()).collect()
    }

    /// The same, whichever rows are users.
    pub(super) fn about_table(&self) -> String {
        let from = tokens(&self.from.text, self.engine).unwrap_or_default();
        let mut end = 0;
        let mut point = true;
        for (offset, token) in &from {
            match token {
                Token::Word(word) if point => end = offset + word.len(),
                Token::Symbol('.') if !point => {}
                _ => break,
            }
            point = !point;
        }
        let table = self.from.text.get(..end).filter(|table| !table.is_empty());
        let id = self.column("user_id").unwrap_or_default();
        // The alias may change, and the column not.
        let id = id.rsplit('.').next().filter(|_| !id.contains('(')).unwrap_or(id);
        let table = super::one_line(table.unwrap_or(&self.from.text));
        held(&format!("users of {table} by {}", super::one_line(id)))
    }

    /// All SQL of it that is more than told.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        let mut texts = vec![self.from.text.as_str()];
        texts.extend(self.condition.as_ref().map(|condition| condition.text.as_str()));
        texts.extend(self.columns.values().map(|(_, expression)| expression.as_str()));
        for lookup in self.lookups.values().chain([&self.key]) {
            texts.extend([lookup.expression.as_str(), &lookup.equals]);
            let further = [&lookup.of_type, &lookup.collation];
            texts.extend(further.into_iter().flatten().map(String::as_str));
            if let Some(own) = &lookup.own {
                texts.extend([own.from.as_str(), &own.user_id, &own.stored]);
                texts.extend(own.condition.as_ref().map(|condition| condition.text.as_str()));
            }
        }
        for (table, columns) in &self.reads {
            texts.push(table);
            texts.extend(columns.iter().map(|column| column.text.as_str()));
        }
        texts
    }

    /// The expression of a canonical column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&str> {
        self.columns.get(name).map(|(_, expression)| expression.as_str())
    }
}
