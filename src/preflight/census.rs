//! The census of password hashes: how many of which kind, and what becomes of them.

use std::collections::HashMap;
use std::fmt::Write;

use super::findings::{Finding, findings};
use super::judge::{Bulk, Cause, Gate, judge};
use super::mask::masked;
use crate::bulk::Warning;
use crate::database::PasswordRow;
use crate::password::{Settings, Unverifiable};

/// Kinds of hashes and shapes of unknown texts that are told apart. A table in which every row has
/// parameters of its own must not fill the memory; what comes later counts together.
const KINDS: usize = 1000;
const SHAPES: usize = 1000;

/// Counts hashes, in memory that does not grow with their number.
pub struct Census {
    settings: Settings,
    users: u64,
    kinds: HashMap<String, Kind>,
    shapes: HashMap<String, Shape>,
    key: String,
}

/// A kind of hash. It holds nothing of any user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// The scheme's name; `unknown`, `none` for no password, `several` for what was not told apart.
    pub scheme: &'static str,
    /// Its parameters, as the scheme writes them.
    pub parameters: String,
    /// How many users.
    pub users: u64,
    /// Whether the gate verifies it.
    pub gate: Gate,
    /// How it gets into Auth0 without its user.
    pub bulk: Bulk,
    /// What to know about that.
    pub warnings: Vec<Warning>,
}

/// The masked shape of texts that were not recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Why they were not.
    pub reason: &'static str,
    /// Of `password_hash`.
    pub hash: String,
    /// Of `password_salt`, where there is one.
    pub salt: Option<String>,
    /// How many users.
    pub users: u64,
}

/// What the census found, the most frequent first.
#[derive(Debug)]
pub struct Report {
    /// Users that were counted.
    pub users: u64,
    /// The kinds of hashes.
    pub kinds: Vec<Kind>,
    /// What was not recognised.
    pub shapes: Vec<Shape>,
    /// What to do about it.
    pub findings: Vec<Finding>,
}

impl Census {
    /// Counts as a gate with these settings would see it.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let (kinds, shapes) = (HashMap::new(), HashMap::new());
        Self { settings, users: 0, kinds, shapes, key: String::new() }
    }

    /// How many users were counted so far.
    #[must_use]
    pub fn users(&self) -> u64 {
        self.users
    }

    /// Counts one user.
    pub fn count(&mut self, row: &PasswordRow) {
        self.users += 1;
        let judgement = judge(row, &self.settings);
        let (gate, bulk) = (judgement.gate, judgement.bulk);
        self.key.clear();
        let _ =
            write!(self.key, "{}/{gate:?}/{bulk:?}/{:?}/", judgement.scheme, judgement.warnings);
        let names = self.key.len();
        if let Some(hash) = &judgement.hash {
            let _ = write!(self.key, "{}", hash.parameters());
        }
        if let Some(kind) = self.kinds.get_mut(&self.key) {
            kind.users += 1;
        } else {
            let parameters = self.key.get(names..).unwrap_or_default().to_owned();
            let (scheme, warnings) = (judgement.scheme, judgement.warnings);
            let kind = Kind { scheme, parameters, users: 1, gate, bulk, warnings };
            self.note(kind);
        }
        if let Gate::Cannot(cause) = gate
            && cause.is_about_the_form()
        {
            self.sample(row, cause.code());
        }
    }

    fn note(&mut self, kind: Kind) {
        let Kind { gate, bulk, warnings, .. } = &kind;
        if self.kinds.len() < KINDS {
            self.kinds.insert(self.key.clone(), kind);
            return;
        }
        let key = format!("several/{gate:?}/{bulk:?}/{warnings:?}");
        let more = Kind { scheme: "several", parameters: String::new(), users: 0, ..kind };
        self.kinds.entry(key).or_insert(more).users += 1;
    }

    fn sample(&mut self, row: &PasswordRow, reason: &'static str) {
        let (hash, salt) = match row {
            PasswordRow::Stored(password, _) => {
                let salt = password.salt.as_ref().filter(|salt| !salt.is_empty());
                (masked(&password.hash), salt.map(|salt| masked(salt)))
            }
            _ => ("bytes".to_owned(), None),
        };
        let known = format!("{reason}/{hash}/{salt:?}");
        let full = self.shapes.len() >= SHAPES && !self.shapes.contains_key(&known);
        let (key, hash, salt) = if full {
            ("several".to_owned(), "several".to_owned(), None)
        } else {
            (known, hash, salt)
        };
        self.shapes.entry(key).or_insert(Shape { reason, hash, salt, users: 0 }).users += 1;
    }

    /// Ends the counting.
    #[must_use]
    pub fn report(self) -> Report {
        let mut kinds: Vec<Kind> = self.kinds.into_values().collect();
        kinds.sort_by(|a, b| {
            let key = |kind: &Kind| (kind.scheme, kind.parameters.clone());
            b.users.cmp(&a.users).then_with(|| key(a).cmp(&key(b)))
        });
        let mut shapes: Vec<Shape> = self.shapes.into_values().collect();
        shapes.sort_by(|a, b| b.users.cmp(&a.users).then_with(|| a.hash.cmp(&b.hash)));
        let findings = findings(self.users, &kinds);
        Report { users: self.users, kinds, shapes, findings }
    }
}

impl Cause {
    /// The word for it in reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unverifiable(reason) => reason.code(),
            Self::NotText => "not_text",
        }
    }

    /// Whether seeing the shape of the hash helps.
    fn is_about_the_form(self) -> bool {
        use Unverifiable::{Incomplete, Locked, OverCap, Weak};
        !matches!(self, Self::Unverifiable(Incomplete | Locked | OverCap | Weak))
    }
}
