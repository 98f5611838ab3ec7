//! The script for PostgreSQL.

use std::collections::BTreeSet;

use super::fill::{fill, fixed};
use super::mapping::Mapping;
use super::postgresql_questions::INSIDE;
use super::sql::Token::{Symbol, Word};
use super::sql::{parts, tokens};
use super::{COLUMNS, Engine, Holds};

const UP: &str = include_str!("../../migrations/postgresql/00000000000001_narrowgate/up.sql");
const DOWN: &str = include_str!("../../migrations/postgresql/00000000000001_narrowgate/down.sql");

/// Whatever mapping it was granted for.
const REVOKE: &str = "DO $$
DECLARE
  what text;
BEGIN
  FOR what IN
    SELECT DISTINCT CASE d.classid WHEN 'pg_class'::regclass THEN 'TABLE ' || d.objid::regclass ELSE 'SCHEMA ' || d.objid::regnamespace END
    FROM pg_shdepend AS d
    JOIN pg_roles AS r ON r.oid = d.refobjid AND d.refclassid = 'pg_authid'::regclass
    JOIN pg_database AS b ON b.oid = d.dbid
    WHERE r.rolname = 'narrowgate_owner' AND b.datname = current_database() AND d.deptype = 'a'
      AND d.classid IN ('pg_class'::regclass, 'pg_namespace'::regclass)
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM narrowgate_owner', what);
  END LOOP;
END
$$;";

pub(super) fn script(mapping: &Mapping, origin: &str) -> String {
    fill(
        include_str!("postgresql.sql"),
        &[
            ("origin", origin),
            ("fixed", fixed(UP)),
            ("revoke", REVOKE),
            ("grants", &grants(mapping)),
            ("indexes", &super::index::comment(mapping)),
            ("columns", &columns(mapping)),
            ("from", &mapping.from.text),
            ("where", &super::condition(mapping)),
            ("drop_own", &super::own_table::drops(mapping.engine)),
            ("own", &super::own_table::views(mapping)),
            ("questions", &super::postgresql_questions::questions(mapping)),
            ("rights", &rights(mapping)),
            ("probes", &super::probes(mapping, routines(mapping))),
        ],
    )
}

pub(super) fn removal(origin: &str) -> String {
    // Of both ways to compare: the mapping may have changed since the script was applied.
    let outside = [
        "login_candidate(text)",
        "get_user(text)",
        "mark_migrated(text)",
        "mark_migrated(text, text)",
    ];
    let drop = |routine: &str| format!("DROP FUNCTION IF EXISTS narrowgate.{routine};");
    let mut questions: Vec<_> = outside.into_iter().chain(INSIDE).map(drop).collect();
    questions.push("DROP TABLE IF EXISTS narrowgate.password_decoy;".to_owned());
    fill(
        include_str!("postgresql_remove.sql"),
        &[
            ("origin", origin),
            ("fixed", fixed(DOWN)),
            ("revoke", REVOKE),
            ("questions", &questions.join("\n")),
            ("drop_own", &super::own_table::drops(Engine::Postgresql)),
        ],
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

/// The schemas that the owner has to enter: of the tables, of the types compared with, and of the
/// functions that bring an identifier to the form of a key.
fn schemas(mapping: &Mapping) -> Vec<&str> {
    let types = mapping.lookups.values().filter_map(|lookup| lookup.of_type.as_deref());
    let names = mapping.reads.keys().map(String::as_str).chain(types);
    let schemas = names.filter_map(|name| parts(name, mapping.engine)).map(|(schema, _)| schema);
    let functions =
        mapping.lookups.values().flat_map(|lookup| schemas_of_functions(&lookup.equals));
    let schemas = schemas.chain(functions).filter(|schema| *schema != "pg_catalog");
    schemas.collect::<BTreeSet<_>>().into_iter().collect()
}

/// `public` of `public.unaccent(identifier)`.
fn schemas_of_functions(expression: &str) -> Vec<&str> {
    let tokens = tokens(expression, Engine::Postgresql).unwrap_or_default();
    let called = tokens.windows(4).filter_map(|window| match window {
        [(_, Word(schema)), (_, Symbol('.')), (_, Word(_)), (_, Symbol('('))] => Some(*schema),
        _ => None,
    });
    called.collect()
}

fn grants(mapping: &Mapping) -> String {
    let mut lines =
        vec![format!("GRANT USAGE ON SCHEMA {} TO narrowgate_owner;", schemas(mapping).join(", "))];
    for (table, columns) in &mapping.reads {
        let columns = super::wrapped(columns, "  ");
        lines.push(format!("GRANT SELECT ({columns}) ON {table} TO narrowgate_owner;"));
    }
    lines.join("\n")
}

/// The view's columns: the canonical ones, then the keys.
fn columns(mapping: &Mapping) -> String {
    let mut lines = vec![];
    for (column, holds) in COLUMNS {
        let cast = match holds {
            Holds::Text => "text",
            Holds::Flag => "boolean",
            Holds::Object => "jsonb",
        };
        let expression = match (mapping.column(column), holds) {
            (None, _) => format!("NULL::{cast}"),
            (Some(expression), Holds::Text) => format!("({expression})::text"),
            (Some(expression), _) => format!("({expression})"),
        };
        lines.push(format!("  {expression} AS {column}"));
    }
    lines.extend(super::own_table::user_key(mapping));
    for (kind, lookup) in mapping.lookups.iter().filter(|(_, lookup)| lookup.own.is_none()) {
        lines.push(format!("  ({}) AS {}_key", lookup.expression, kind.name()));
    }
    lines.join(",\n")
}

fn rights(mapping: &Mapping) -> String {
    let full = |name: &&str| format!("narrowgate.{name}");
    let service: Vec<_> = routines(mapping).iter().map(full).collect();
    let own: &[&str] = if mapping.inside { &INSIDE[2..] } else { &[] };
    let all: Vec<_> = service.iter().cloned().chain(own.iter().map(full)).collect();
    let mut lines: Vec<_> = all
        .iter()
        .map(|name| format!("ALTER FUNCTION {name} OWNER TO narrowgate_owner;"))
        .collect();
    lines.push(format!("REVOKE ALL ON FUNCTION {} FROM PUBLIC;", all.join(", ")));
    lines.push(format!("GRANT EXECUTE ON FUNCTION {} TO narrowgate_api;", service.join(", ")));
    lines.join("\n")
}
