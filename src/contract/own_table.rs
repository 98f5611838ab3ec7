//! Lookups that read a table of their own: any number of rows a user, such as one for each address.
//! The view of users keeps one row a user; these get a view of their own beside it.

use super::mapping::{Kind, Lookup, Mapping};
use super::{Engine, condition_of};

/// Kinds and lookups of a mapping that have a table of their own.
fn own(mapping: &Mapping) -> impl Iterator<Item = (Kind, &Lookup)> {
    let own = mapping.lookups.iter().filter(|(_, lookup)| lookup.own.is_some());
    own.map(|(kind, lookup)| (*kind, lookup))
}

/// Whether any lookup has one.
pub(super) fn any(mapping: &Mapping) -> bool {
    own(mapping).next().is_some()
}

/// Drops the views of this mapping and of any before it.
pub(super) fn drops(engine: Engine) -> String {
    let schema = if engine == Engine::Sqlite { "" } else { "narrowgate." };
    let names = Kind::ALL.map(|kind| format!("{schema}legacy_{}", kind.name()));
    // SQLite drops one at a time.
    let between = if engine == Engine::Sqlite { "; DROP VIEW IF EXISTS " } else { ", " };
    format!("DROP VIEW IF EXISTS {};", names.join(between))
}

/// The views: whose row it is, the key, and what is stored.
pub(super) fn views(mapping: &Mapping) -> String {
    let views = own(mapping).map(|(kind, lookup)| view(mapping.engine, kind, lookup));
    views.collect::<String>().trim_end().to_owned()
}

fn view(engine: Engine, kind: Kind, lookup: &Lookup) -> String {
    let Some(own) = &lookup.own else { return String::new() };
    let (name, about) = (kind.name(), "One row for each that a user has, for the lookup alone.");
    let condition = condition_of(own.condition.as_ref());
    let (from, user, key, stored) = (&own.from, &own.user_id, &lookup.expression, &own.stored);
    match engine {
        Engine::Postgresql => format!(
            "-- {about}\nCREATE VIEW narrowgate.legacy_{name}_new AS\nSELECT\n  ({user}) AS user_key,\n  ({key}) AS {name}_key,\n  \
             ({stored})::text AS stored\nFROM {from}{condition};\n"
        ),
        Engine::Mysql | Engine::Mariadb => format!(
            "-- {about}\nCREATE ALGORITHM = MERGE DEFINER = 'narrowgate_owner'@'localhost' SQL SECURITY DEFINER\n\
             VIEW narrowgate.legacy_{name} AS\nSELECT\n  ({user}) AS user_key,\n  ({key}) AS {name}_key,\n  \
             ({stored}) AS stored\nFROM {from}{condition};\n\
             GRANT SELECT ON narrowgate.legacy_{name} TO 'narrowgate_owner'@'localhost';\n"
        ),
        Engine::Sqlite => format!(
            "-- {about}\nCREATE VIEW legacy_{name} AS -- Narrowgate's\nSELECT\n  {user} AS user_key,\n  {key} AS {name}_key\n\
             FROM {from}{condition};\n"
        ),
    }
}

/// The users' key as it is stored, by which their rows are found.
pub(super) fn user_key(mapping: &Mapping) -> Option<String> {
    any(mapping).then(|| format!("  {} AS user_key", mapping.key.expression))
}
