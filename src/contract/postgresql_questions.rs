//! The functions for PostgreSQL.

use super::fill::{fill, indent};
use super::mapping::{Kind, Lookup, Mapping};
use super::postgresql_names::texts_anywhere;
use super::sql::parts;
use super::{COLUMNS, Engine, Holds};
use crate::database::LONGEST_ANSWER;
use crate::profile::LEGACY_BLOCKED;

/// A reading routine. The key variables are NULL where the identifier cannot be of their kind.
const QUESTION: &str = "{{about}}
CREATE OR REPLACE FUNCTION narrowgate.{{name}}(identifier text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
{{variables}}
  users text[];
  answer text;
BEGIN
  IF octet_length(identifier) > 320 THEN RETURN '[]'; END IF;
{{keys}}
  users := ARRAY(
{{branches}}
    LIMIT 3
  );
  IF cardinality(users) > 2 THEN users := ARRAY[users[1], users[1]]; END IF;
  answer := '[' || array_to_string(users, ',') || ']';
  RETURN {{bounded}};
END
$$;
";

const MARK: &str = include_str!("postgresql_mark.sql");

/// What comparing inside needs.
pub(super) const INSIDE: [&str; 8] = [
    "password_parameters(text)",
    "password_matches(text, text)",
    "password_parts(text, text, text)",
    "password_form(text, text, text)",
    "password_unpacked(text, text)",
    "password_packed(text, integer)",
    "password_digest(text, text)",
    "candidate(text)",
];

pub(super) fn questions(mapping: &Mapping) -> String {
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
        let login = question(mapping, "login_candidate", about, &super::all());
        format!("{login}DROP TABLE IF EXISTS narrowgate.password_decoy;\n")
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
            ("keys", &indent(&keys(mapping), "  ")),
            ("members", &members(&super::profile(), "          ")),
            ("known", &known.join(" ")),
            ("tellable", &tellable()),
            ("limit", &LONGEST_ANSWER.to_string()),
            ("bounded", &bounded("answer")),
        ],
    )
}

/// Whether the flags and the metadata of a row are what they should be.
fn tellable() -> String {
    let conditions = COLUMNS.iter().filter_map(|(column, holds)| match holds {
        Holds::Text => None,
        Holds::Flag => {
            Some(format!("(u.{column} IS NULL OR pg_typeof(u.{column}) = 'boolean'::regtype)"))
        }
        Holds::Object => Some(format!(
            "COALESCE(jsonb_typeof(to_jsonb(u.{column})), 'null') IN ('object', 'null')"
        )),
    });
    let block = format!(
        "COALESCE(to_jsonb(u.app_metadata) -> '{LEGACY_BLOCKED}', 'null') IN ('null', 'false', 'true', '0', '1')"
    );
    let conditions: Vec<_> = conditions.chain([block]).collect();
    super::wrapped_by(&conditions, " AND ", "          ")
}

/// An answer, or nothing that could be read in place of one that is too long.
fn bounded(answer: &str) -> String {
    format!("CASE WHEN octet_length({answer}) > {LONGEST_ANSWER} THEN '' ELSE {answer} END")
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
            ("bounded", &bounded("answer")),
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
    let keys =
        format!("SELECT o.user_key FROM narrowgate.legacy_{} AS o WHERE {}", kind.name(), has("o"));
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
    // A function reads its texts when it is called, whatever the session has set by then.
    let set = format!("wanted_{} := {};", kind.name(), texts_anywhere(&lookup.equals));
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
    let set = match of_kind {
        Some(test) if set.contains('\n') => {
            format!("IF {test} THEN\n{}\nEND IF;", indent(&set, "  "))
        }
        Some(test) => format!("IF {test} THEN {set} END IF;"),
        None => set,
    };
    indent(&set, "  ")
}

fn is_text(of_type: &str) -> bool {
    let name = of_type.rsplit('.').next().unwrap_or_default();
    ["text", "citext", "name"].contains(&name) || name.contains("char")
}
