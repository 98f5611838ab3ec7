//! The script for PostgreSQL.

use std::collections::BTreeSet;

use super::fill::{fill, fixed, indent};
use super::mapping::{Kind, Lookup, Mapping};
use super::sql::Token::{Symbol, Word};
use super::sql::{parts, tokens};
use super::{COLUMNS, Engine, Holds};

const UP: &str = include_str!("../../migrations/postgresql/00000000000001_narrowgate/up.sql");
const DOWN: &str = include_str!("../../migrations/postgresql/00000000000001_narrowgate/down.sql");

/// A reading routine. The key variables are NULL where the identifier cannot be of their kind.
const QUESTION: &str = "{{about}}
CREATE OR REPLACE FUNCTION narrowgate.{{name}}(identifier text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
{{variables}}
BEGIN
  IF octet_length(identifier) > 320 THEN
    RETURN '[]';
  END IF;
{{keys}}
  RETURN '[' || array_to_string(ARRAY(
{{branches}}
    LIMIT 2
  ), ',') || ']';
END
$$;
";

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

const MARK: &str = include_str!("postgresql_mark.sql");

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
            ("questions", &questions(mapping)),
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

/// What comparing inside needs.
const INSIDE: [&str; 8] = [
    "password_parameters(text)",
    "password_matches(text, text)",
    "password_parts(text, text, text)",
    "password_form(text, text, text)",
    "password_unpacked(text, text)",
    "password_packed(text, integer)",
    "password_digest(text, text)",
    "candidate(text)",
];

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

fn questions(mapping: &Mapping) -> String {
    let about = "-- One user without the password.";
    let get_user = question(mapping, "get_user", about, &super::profile());
    let login = if mapping.inside {
        let about = "-- The same with the password columns, for the two functions below alone.";
        let candidate = question(mapping, "candidate", about, &super::all());
        let inside = include_str!("postgresql_inside.sql");
        let branches = super::inside::branches(mapping.engine);
        let values = branches.each_ref().map(|(name, text)| (*name, text.as_str()));
        format!("{candidate}\n{}", fill(inside, &values))
    } else {
        let about = "-- The same with the password columns.";
        let drops =
            INSIDE.map(|name| format!("DROP FUNCTION IF EXISTS narrowgate.{name};")).join("\n");
        let login = question(mapping, "login_candidate", about, &super::all());
        format!("{login}{drops}\nDROP TABLE IF EXISTS narrowgate.password_decoy;\n")
    };
    [get_user, login, mark(mapping)].join("\n").trim_end().to_owned()
}

fn mark(mapping: &Mapping) -> String {
    let known = |(kind, lookup): (&Kind, &Lookup)| {
        format!("WHEN {} THEN '{}'", is_wanted(*kind, lookup), kind.name())
    };
    let known: Vec<_> = mapping.lookups.iter().map(known).collect();
    let found = |(kind, lookup): (&Kind, &Lookup)| {
        let texts = found_as(*kind, lookup)?;
        Some(format!("WHEN '{}' THEN {texts}", kind.name()))
    };
    let found: Vec<_> = mapping.lookups.iter().filter_map(found).collect();
    let found = match found.join(" ") {
        none if none.is_empty() => none,
        found => format!("'found_as', CASE known.by {found} END, "),
    };
    fill(
        MARK,
        &[
            ("found_as", &found),
            ("variables", &variables(mapping)),
            ("keys", &keys(mapping)),
            ("members", &members(&super::profile(), "        ")),
            ("known", &known.join(" ")),
        ],
    )
}

/// What a routine compares, one variable for each kind of identifier.
fn variables(mapping: &Mapping) -> String {
    let variable = |(kind, lookup): (&Kind, &Lookup)| {
        format!("  wanted_{} {};", kind.name(), lookup.of_type.as_deref().unwrap_or("text"))
    };
    mapping.lookups.iter().map(variable).collect::<Vec<_>>().join("\n")
}

/// Sets them. One stays NULL where the identifier cannot be of its kind.
fn keys(mapping: &Mapping) -> String {
    let keys = mapping.lookups.iter().map(|(kind, lookup)| key(*kind, lookup));
    keys.collect::<Vec<_>>().join("\n")
}

fn question(mapping: &Mapping, name: &str, about: &str, columns: &[&str]) -> String {
    let mut branches = vec![];
    let mut before: Vec<Kind> = vec![];
    for (kind, lookup) in &mapping.lookups {
        let found = found_as(*kind, lookup).map(|texts| format!("'found_as', {texts}, "));
        let mut branch = format!(
            "SELECT json_build_object('matched', '{0}', {3}{1})::text\nFROM narrowgate.legacy_user AS u\nWHERE {2}",
            kind.name(),
            members(columns, "  "),
            is_wanted(*kind, lookup),
            found.unwrap_or_default(),
        );
        for other in &before {
            let found = mapping.lookups.get(other).map(|lookup| is_wanted(*other, lookup));
            branch.push_str("\n  AND (");
            branch.push_str(&found.unwrap_or_default());
            branch.push_str(") IS NOT TRUE");
        }
        branch += "\n  AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id COLLATE \"default\") IS NULL";
        branches.push(indent(&branch, "    "));
        before.push(*kind);
    }
    fill(
        QUESTION,
        &[
            ("name", name),
            ("about", about),
            ("variables", &variables(mapping)),
            ("keys", &keys(mapping)),
            ("branches", &branches.join("\n    UNION ALL\n")),
        ],
    )
}

/// The members of the JSON object.
fn members(columns: &[&str], margin: &str) -> String {
    let pairs: Vec<_> = columns.iter().map(|column| format!("'{column}', u.{column}")).collect();
    super::wrapped(&pairs, margin)
}

/// An operator of an extension's type is found in that extension's schema alone.
fn is_wanted(kind: Kind, lookup: &Lookup) -> String {
    let equals = equals(lookup);
    let has = |row: &str| format!("{row}.{0}_key {equals} wanted_{0}", kind.name());
    if lookup.own.is_none() {
        return has("u");
    }
    // The keys first, whatever the planner thinks: with them it has no choice but the index of users.
    let keys = format!("SELECT o.user_key FROM narrowgate.legacy_{} AS o WHERE {}", kind.name(), has("o"));
    format!("u.user_key = ANY (ARRAY({keys}))")
}

/// What a table of its own holds for the user: the rows that were found.
fn found_as(kind: Kind, lookup: &Lookup) -> Option<String> {
    lookup.own.as_ref()?;
    let equals = equals(lookup);
    Some(format!(
        "ARRAY(SELECT o.stored FROM narrowgate.legacy_{0} AS o WHERE o.user_key = u.user_key AND o.{0}_key {equals} wanted_{0})",
        kind.name()
    ))
}

fn equals(lookup: &Lookup) -> String {
    let schema = lookup.of_type.as_deref().and_then(|of_type| parts(of_type, Engine::Postgresql));
    schema.map_or("=".to_owned(), |(schema, _)| format!("OPERATOR({schema}.=)"))
}

fn key(kind: Kind, lookup: &Lookup) -> String {
    let set = format!("wanted_{} := {};", kind.name(), lookup.equals);
    let set = match lookup.of_type.as_deref() {
        // Not every identifier can be read as a number or a UUID.
        Some(of_type) if !is_text(of_type) => {
            format!("BEGIN\n  {set}\nEXCEPTION WHEN data_exception THEN\n  NULL;\nEND;")
        }
        _ => set,
    };
    let of_kind = match kind {
        Kind::Email => Some("strpos(identifier, '@') > 0"),
        Kind::Phone => Some("identifier ~ '^[+][1-9][0-9]{6,14}$'"),
        Kind::Username => None,
    };
    let set = of_kind
        .map_or(set.clone(), |test| format!("IF {test} THEN\n{}\nEND IF;", indent(&set, "  ")));
    indent(&set, "  ")
}

fn is_text(of_type: &str) -> bool {
    let name = of_type.rsplit('.').next().unwrap_or_default();
    ["text", "citext", "name"].contains(&name) || name.contains("char")
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
