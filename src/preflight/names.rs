//! Which types the fields of metadata have over all users, in memory that does not grow with them.

use std::collections::HashMap;

use serde_json::Value;

use super::fault::TWO_TYPES;
use super::notes::{Note, Notes};

/// Names that are told apart, in each column.
const NAMES: usize = 1_000;
/// Users of one name and type who are remembered.
const IDS: usize = 100;

/// The names of one metadata column.
#[derive(Default)]
pub(super) struct Names {
    types: HashMap<String, [Note; 5]>,
    full: bool,
}

impl Names {
    pub(super) fn add(&mut self, name: &str, value: &Value, id: Option<&str>, limit: usize) {
        let at = match value {
            Value::Null => return,
            Value::Bool(_) => 0,
            Value::Number(_) => 1,
            Value::String(_) => 2,
            Value::Array(_) => 3,
            Value::Object(_) => 4,
        };
        if !self.types.contains_key(name) {
            if self.types.len() >= NAMES {
                self.full = true;
                return;
            }
            self.types.insert(name.to_owned(), Default::default());
        }
        let types = self.types.get_mut(name);
        if let Some(note) = types.and_then(|types| types.get_mut(at)) {
            note.add(id, limit.min(IDS));
        }
    }

    /// Whether there are more names than are told apart.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Notes who has a name with another type than most; all, where no type is the most frequent.
    pub(super) fn judge(self, column: &'static str, notes: &mut Notes) {
        for types in self.types.into_values() {
            let most = types.iter().map(Note::users).max().unwrap_or_default();
            let tied = types.iter().filter(|note| note.users() == most).count() > 1;
            for note in types.iter().filter(|note| tied || note.users() < most) {
                notes.add_note(TWO_TYPES, Some(column), note);
            }
        }
    }
}
