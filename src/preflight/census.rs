//! The census of password hashes: how many of which kind, and what becomes of them.

use std::collections::HashMap;
use std::fmt::Write;

use super::findings::{codes, findings};
use super::judge::{Cause, Gate, judge};
use super::mask::masked;
use super::report::{Kind, Report, Shape};
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

    /// Counts one user, and gives the codes of the findings that the user will be part of.
    pub fn count(&mut self, row: &PasswordRow) -> Vec<&'static str> {
        self.users += 1;
        let judgement = judge(row, &self.settings);
        let (gate, bulk) = (judgement.gate, judgement.bulk);
        let codes = codes(&gate, &bulk, &judgement.warnings).collect();
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
        codes
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
        Report { users: self.users, kinds, shapes, findings, skipped: vec![] }
    }
}

impl Cause {
    /// Whether seeing the shape of the hash helps.
    fn is_about_the_form(self) -> bool {
        use Unverifiable::{Incomplete, Locked, OverCap, Weak};
        !matches!(self, Self::Unverifiable(Incomplete | Locked | OverCap | Weak))
    }
}
