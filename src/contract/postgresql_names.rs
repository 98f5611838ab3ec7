//! What the script for PostgreSQL says of names that others chose.

use super::literal;
use super::mapping::Mapping;

/// Whether the contract that is there is of another mapping, or of this one with other rows.
pub(super) fn another(mapping: &Mapping, any_condition: bool) -> String {
    let table = literal_inside(&mapping.about_table());
    if any_condition {
        return format!("there <> {table} AND NOT starts_with(there, {table} || ' where ')");
    }
    format!("there <> {}", literal_inside(&mapping.about()))
}

/// A text within a block between `$$` and `$$`, which it must not end.
pub(super) fn literal_inside(text: &str) -> String {
    let mut literal = literal(text);
    while literal.contains("$$") {
        literal = literal.replacen("$$", "$' || '$", 1);
    }
    literal
}
