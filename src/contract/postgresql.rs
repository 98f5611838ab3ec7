//! The script for PostgreSQL.

use std::collections::BTreeSet;

use super::fill::{fill, fixed, guarded};
use super::mapping::{Kind, Lookup, Mapping};
use super::postgresql_names::{another, literal_inside, schemas_named};
use super::postgresql_questions::INSIDE;
use super::sql::parts;
use super::{COLUMNS, Holds, Options};

const UP: &str = include_str!("../../migrations/postgresql/00000000000001_narrowgate/up.sql");
const DOWN: &str = include_str!("../../migrations/postgresql/00000000000001_narrowgate/down.sql");

/// Where the part of it begins that changes something.
const MEMBER: &str = "-- Only a member";

/// What the schema's comment says as long as no mapping is known.
const MARKS: &str = "'Narrowgate''s marks'";

/// Whatever mapping it was granted for.
const REVOKE: &str = include_str!("postgresql_revoke.sql");

/// Whoever has one, its subscribers stop at a table that they do not have.
const PUBLICATION: &str = include_str!("postgresql_publication.sql");

/// Found before anybody logs in.
const SECURITY: &str = include_str!("postgresql_security.sql");

/// Who had the bulk half and has it no more.
const NO_BULK: &str = include_str!("postgresql_no_bulk.sql");

/// What the bulk half gets: `narrowgate_bulk` reads all rows, `narrowgate_marker` marks one.
const BULK: &str = include_str!("postgresql_bulk.sql");

pub(super) fn script(mapping: &Mapping, options: &Options, origin: &str) -> String {
    let [roles, schema, end] = fixed_parts(mapping, options.bulk);
    let accepted = |code: &str| options.accepted.iter().any(|accepted| accepted == code);
    let security = fill(SECURITY.trim_end(), &[("tables", &tables(mapping))]);
    let publication = publication(mapping);
    let (bulk, no_bulk) =
        if options.bulk { (BULK.trim_end(), "") } else { ("", NO_BULK.trim_end()) };
    fill(
        include_str!("postgresql.sql"),
        &[
            ("origin", origin),
            ("guard", guarded(DOWN, MEMBER).0),
            ("another", &another(mapping, accepted("condition"))),
            ("publication", if accepted("publication") { "" } else { &publication }),
            ("roles", &roles),
            ("schema", &schema),
            ("no_bulk", no_bulk),
            ("end", &end),
            ("revoke", REVOKE.trim_end()),
            ("grants", &grants(mapping)),
            ("security", if accepted("row_security") { "" } else { &security }),
            ("logins", &logins(options).join(", ")),
            ("indexes", &super::index::comment(mapping)),
            ("mapping", &view(mapping)),
            ("questions", &super::postgresql_questions::questions(mapping)),
            ("functions", &functions(mapping)),
            ("rights", &rights(mapping)),
            ("bulk", bulk),
            ("tables", own_tables(mapping)),
            ("probes", &super::probes(mapping, routines(mapping))),
        ],
    )
}

fn publication(mapping: &Mapping) -> String {
    let tables: Vec<_> = own_tables(mapping).split(", ").collect();
    let missing = tables.iter().map(|table| format!("to_regclass('{table}') IS NULL"));
    let missing = missing.collect::<Vec<_>>().join(" OR ");
    let missing = if tables.len() > 1 { format!("({missing})") } else { missing };
    let names = tables.join(" and ");
    fill(PUBLICATION.trim_end(), &[("missing", &missing), ("tables", &names)])
}

/// The roles, the schema with the marks, and what comes at the very end.
fn fixed_parts(mapping: &Mapping, bulk: bool) -> [String; 3] {
    let names = "ARRAY['narrowgate_owner', 'narrowgate_api']";
    let all = "ARRAY['narrowgate_owner', 'narrowgate_api', 'narrowgate_bulk', 'narrowgate_marker']";
    let up = fixed(UP).replace(names, if bulk { all } else { names });
    let (roles, rest) = up.split_once("-- The schema.").unwrap_or((&up, ""));
    let (schema, end) = rest.split_once("-- Nobody").unwrap_or((rest, ""));
    let about = super::literal(&mapping.about());
    let roles = roles.trim_start_matches("-- ").trim_end();
    [
        format!("{roles}\n"),
        format!("The schema.{}\n", schema.trim_end().replace(MARKS, &about)),
        format!("-- Nobody{}", end.trim_end()),
    ]
}

fn logins(options: &Options) -> &'static [&'static str] {
    if options.bulk {
        &["narrowgate_api", "narrowgate_bulk", "narrowgate_marker"]
    } else {
        &["narrowgate_api"]
    }
}

/// What whoever owns the database has to read for a dump.
fn own_tables(mapping: &Mapping) -> &'static str {
    if mapping.inside {
        "narrowgate.migrated_user, narrowgate.password_decoy"
    } else {
        "narrowgate.migrated_user"
    }
}

fn tables(mapping: &Mapping) -> String {
    let tables: Vec<_> = mapping.reads.keys().map(|table| literal_inside(table)).collect();
    tables.join(", ")
}

/// The view. It stands on the tables themselves: what is looked up late, in a function below it, loses the collations of the
/// keys, and with them their indexes.
fn view(mapping: &Mapping) -> String {
    let filled = fill(
        include_str!("postgresql_view.sql"),
        &[
            ("columns", &columns(mapping)),
            ("from", &mapping.from.text),
            ("where", &super::condition(mapping)),
            ("own", &super::own_table::views(mapping)),
        ],
    );
    filled.trim_end().to_owned()
}

/// The lookups whose key is a column of the view.
fn keyed(mapping: &Mapping) -> impl Iterator<Item = (&Kind, &Lookup)> {
    mapping.lookups.iter().filter(|(_, lookup)| lookup.own.is_none())
}

const RIGHTS: &str = include_str!("postgresql_rights.sql");

/// Takes from PUBLIC what the service's role should not have, or gives it back.
pub(super) fn close_public(origin: &str, open: bool) -> String {
    let (template, grantee) = if open {
        (include_str!("postgresql_open.sql"), "'narrowgate_everybody'::regrole")
    } else {
        (include_str!("postgresql_close.sql"), "0")
    };
    let rights = fill(RIGHTS, &[("grantee", grantee)]);
    fill(template, &[("origin", origin), ("rights", rights.trim_end())])
}

pub(super) fn removal(origin: &str) -> String {
    let (guard, rest) = guarded(DOWN, MEMBER);
    fill(
        include_str!("postgresql_remove.sql"),
        &[("origin", origin), ("guard", guard), ("fixed", rest), ("revoke", REVOKE.trim_end())],
    )
}

/// What the service may call.
fn routines(mapping: &Mapping) -> &'static [&'static str] {
    if mapping.inside {
        &[
            "password_parameters(text)",
            "password_matches(text, text)",
            "get_user(text)",
            "mark_migrated(text, text)",
        ]
    } else {
        &["login_candidate(text)", "get_user(text)", "mark_migrated(text, text)"]
    }
}

/// The schemas that the owner has to enter: of the tables, and of the types, functions and operators of the mapping.
fn schemas(mapping: &Mapping) -> Vec<&str> {
    let types = mapping.lookups.values().filter_map(|lookup| lookup.of_type.as_deref());
    let names = mapping.reads.keys().map(String::as_str).chain(types);
    let schemas = names.filter_map(|name| parts(name, mapping.engine)).map(|(schema, _)| schema);
    let texts = mapping.texts();
    let of_sql = texts.into_iter().flat_map(schemas_named);
    let schemas = schemas.chain(of_sql).filter(|schema| *schema != "pg_catalog");
    schemas.collect::<BTreeSet<_>>().into_iter().collect()
}

fn grants(mapping: &Mapping) -> String {
    let mut lines =
        vec![format!("GRANT USAGE ON SCHEMA {} TO narrowgate_owner;", schemas(mapping).join(", "))];
    for (table, columns) in &mapping.reads {
        let columns = super::wrapped(columns, "  ");
        lines.push(format!("GRANT SELECT ({columns}) ON {table} TO narrowgate_owner;"));
    }
    for server in &mapping.servers {
        lines.push(format!(
            "-- TO FILL IN, with an account of that server that may read these columns alone, by the options of its wrapper:\n\
             -- CREATE USER MAPPING FOR narrowgate_owner SERVER {server} OPTIONS (user '...', password '...');"
        ));
    }
    lines.join("\n")
}

/// The view's columns: the canonical ones, then the keys.
fn columns(mapping: &Mapping) -> String {
    let mut lines = vec![];
    for (column, holds) in COLUMNS {
        let cast = type_of(holds);
        let expression = match (mapping.column(column), holds) {
            (None, _) => format!("NULL::{cast}"),
            (Some(expression), Holds::Text) => format!("({expression})::text"),
            (Some(expression), Holds::Object) => format!("({expression})::jsonb"),
            (Some(expression), Holds::Flag) => format!("({expression})"),
        };
        lines.push(format!("  {expression} AS {column}"));
    }
    lines.extend(super::own_table::user_key(mapping));
    for (kind, lookup) in keyed(mapping) {
        lines.push(format!(
            "  ({})::{} AS {}_key",
            lookup.expression,
            key_type(lookup),
            kind.name()
        ));
    }
    lines.join(",\n")
}

fn key_type(lookup: &Lookup) -> &str {
    lookup.of_type.as_deref().unwrap_or("text")
}

fn type_of(holds: Holds) -> &'static str {
    match holds {
        Holds::Text => "text",
        Holds::Flag => "boolean",
        Holds::Object => "jsonb",
    }
}

/// All of them, as in an array.
fn functions(mapping: &Mapping) -> String {
    let all = own(mapping).iter().chain(routines(mapping)).copied();
    let all: Vec<_> = all.map(|name| format!("'narrowgate.{name}'")).collect();
    super::wrapped(&all, "        ")
}

fn own(mapping: &Mapping) -> &'static [&'static str] {
    if mapping.inside { &INSIDE[2..] } else { &[] }
}

fn rights(mapping: &Mapping) -> String {
    let full = |name: &&str| format!("narrowgate.{name}");
    let service: Vec<_> = routines(mapping).iter().map(full).collect();
    let all: Vec<_> = service.iter().cloned().chain(own(mapping).iter().map(full)).collect();
    let public = format!("REVOKE ALL ON FUNCTION {} FROM PUBLIC;", super::wrapped(&all, "  "));
    let api = format!("GRANT EXECUTE ON FUNCTION {} TO narrowgate_api;", service.join(", "));
    [public, api].join("\n")
}
