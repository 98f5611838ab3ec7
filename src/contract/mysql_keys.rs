//! What the functions for MySQL and MariaDB compare: a variable of the column's own character set and
//! collation for each kind of identifier.

use super::fill::indent;
use super::mapping::{Kind, Lookup, Mapping};

/// What a key has unless the mapping or the catalogue says otherwise: the default of most software.
const COLLATION: &str = "utf8mb4_unicode_ci";

/// The type that a key is declared with.
pub(super) fn key_type(lookup: &Lookup, length: usize) -> String {
    let collation = lookup.collation.as_deref().unwrap_or(COLLATION);
    match collation.split('_').next() {
        Some("number") => "DECIMAL(65)".to_owned(),
        Some("binary") | None => format!("VARBINARY({})", length * 4),
        Some(character_set) => {
            format!("VARCHAR({length}) CHARACTER SET {character_set} COLLATE {collation}")
        }
    }
}

/// What a routine compares, one variable for each kind of identifier.
pub(super) fn variables(mapping: &Mapping) -> String {
    let variable = |(kind, lookup): (&Kind, &Lookup)| {
        format!("  DECLARE wanted_{} {};", kind.name(), key_type(lookup, 320))
    };
    mapping.lookups.iter().map(variable).collect::<Vec<_>>().join("\n")
}

/// Sets them. One stays NULL where the identifier cannot be of its kind.
pub(super) fn keys(mapping: &Mapping) -> String {
    let keys = mapping.lookups.iter().map(|(kind, lookup)| key(*kind, lookup));
    keys.collect::<Vec<_>>().join("\n")
}

/// How keys are compared, for `narrowgate check`: the service's account sees no column.
pub(super) fn comment(mapping: &Mapping) -> String {
    let told = mapping.lookups.iter().map(|(kind, lookup)| {
        let start = lookup.expression.to_ascii_lowercase();
        let function =
            ["lower", "upper"].into_iter().find(|name| start.starts_with(&format!("{name}(")));
        let collation = lookup.collation.as_deref().unwrap_or(COLLATION);
        format!("{} {} {collation}", kind.name(), function.unwrap_or("as-is"))
    });
    format!("keys: {}", told.collect::<Vec<_>>().join(", "))
}

fn key(kind: Kind, lookup: &Lookup) -> String {
    let set = format!("SET wanted_{} = {};", kind.name(), lookup.equals);
    let set = match kind {
        Kind::Email => format!("IF LOCATE('@', identifier) > 0 THEN {set} END IF;"),
        Kind::Phone => {
            format!("IF identifier REGEXP '^[+][1-9][0-9]{{6,14}}$' THEN {set} END IF;")
        }
        Kind::Username => set,
    };
    indent(&set, "    ")
}
