//! Which types the fields of metadata have over all users, in memory that does not grow with them.

use std::collections::HashMap;

use serde_json::Value;

use super::fault::TWO_TYPES;
use super::notes::{Note, Notes};

/// Names that are told apart, in each column.
const NAMES: u32 = 1_000;
/// Shapes that are told apart, in each column. Most systems write a few dozen.
const SHAPES: usize = 5_000;
/// Users of one shape who are remembered.
const IDS: usize = 100;
/// Types of JSON, without null.
const TYPES: u32 = 5;

/// A name and its type, as one number.
type Field = u32;

/// The names of one metadata column.
#[derive(Default)]
pub(super) struct Names {
    /// Each with its place among them.
    known: HashMap<String, u32>,
    /// Users by all of their fields, sorted: whoever has several of a rare type counts once.
    shapes: HashMap<Vec<Field>, Note>,
    full: bool,
}

impl Names {
    /// Adds a user's fields.
    pub(super) fn add<'a>(
        &mut self,
        fields: impl Iterator<Item = (&'a String, &'a Value)>,
        id: Option<&str>,
        limit: usize,
    ) {
        let mut shape: Vec<Field> =
            fields.filter_map(|(name, value)| self.field(name, value)).collect();
        shape.sort_unstable();
        let limit = limit.min(IDS);
        if let Some(users) = self.shapes.get_mut(&shape) {
            users.add(id, limit);
        } else if self.shapes.len() < SHAPES {
            self.shapes.entry(shape).or_default().add(id, limit);
        } else {
            // Field by field, in which two rare ones count twice.
            for field in shape {
                self.shapes.entry(vec![field]).or_default().add(id, limit);
            }
        }
    }

    fn field(&mut self, name: &str, value: &Value) -> Option<Field> {
        let kind = match value {
            Value::Null => return None,
            Value::Bool(_) => 0,
            Value::Number(_) => 1,
            Value::String(_) => 2,
            Value::Array(_) => 3,
            Value::Object(_) => 4,
        };
        let new = u32::try_from(self.known.len()).unwrap_or(NAMES);
        let at = match self.known.get(name) {
            Some(at) => *at,
            None if new < NAMES => *self.known.entry(name.to_owned()).or_insert(new),
            None => {
                self.full = true;
                return None;
            }
        };
        Some(at * TYPES + kind)
    }

    /// Whether there are more names than are told apart.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Notes who has a name with another type than most; all, where no type is the most frequent.
    pub(super) fn judge(self, column: &'static str, notes: &mut Notes) {
        let mut users = HashMap::<Field, u64>::new();
        for (shape, note) in &self.shapes {
            for field in shape {
                *users.entry(*field).or_default() += note.users();
            }
        }
        let is_rare = |field: &Field| {
            let of = |field: Field| users.get(&field).copied().unwrap_or_default();
            let first = field / TYPES * TYPES;
            let mut others = (first..first + TYPES).filter(|other| other != field);
            others.any(|other| of(other) >= of(*field))
        };
        let rare = self.shapes.iter().filter(|(shape, _)| shape.iter().any(is_rare));
        rare.for_each(|(_, note)| notes.add_note(TWO_TYPES, Some(column), note));
    }
}
