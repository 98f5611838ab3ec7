//! The script for SQLite, where views give the answers of the other engines' routines.

use super::fill::{fill, fixed};
use super::mapping::{Kind, Mapping};
use super::{COLUMNS, Holds};

const UP: &str = include_str!("../../migrations/sqlite/00000000000001_narrowgate/up.sql");
const DOWN: &str = include_str!("../../migrations/sqlite/00000000000001_narrowgate/down.sql");

/// A file has one room for all names. Each of ours says in its SQL whose it is.
const GUARD: &str = "-- Whoever has used one of these names is not harmed: the script ends here.
CREATE TEMPORARY TABLE narrowgate_guard (strangers INTEGER
  CONSTRAINT \"legacy_user, get_user, login_candidate, mark_migrated or migrated_user is there and not Narrowgate's\" CHECK (strangers = 0));
INSERT INTO narrowgate_guard
SELECT count(*) FROM sqlite_master AS s
WHERE lower(s.name) IN ('legacy_user', 'legacy_email', 'legacy_phone', 'legacy_username', 'get_user', 'login_candidate', 'mark_migrated', 'migrated_user')
  AND s.sql NOT LIKE '%narrowgate%';
DROP TABLE narrowgate_guard;";

pub(super) fn script(mapping: &Mapping, origin: &str) -> String {
    fill(
        include_str!("sqlite.sql"),
        &[
            ("origin", origin),
            ("guard", GUARD),
            ("fixed", fixed(UP)),
            ("indexes", &super::index::comment(mapping)),
            ("columns", &columns(mapping)),
            ("from", &mapping.from.text),
            ("where", &super::condition(mapping)),
            ("drop_own", &super::own_table::drops(mapping.engine)),
            ("own", &super::own_table::views(mapping)),
            ("questions", &questions(mapping)),
            ("probes", &probes(mapping)),
        ],
    )
}

pub(super) fn removal(origin: &str) -> String {
    let template = include_str!("sqlite_remove.sql");
    let drop_own = super::own_table::drops(super::Engine::Sqlite);
    fill(
        template,
        &[("origin", origin), ("guard", GUARD), ("drop_own", &drop_own), ("fixed", fixed(DOWN))],
    )
}

fn columns(mapping: &Mapping) -> String {
    let mut lines = vec![];
    for (column, holds) in COLUMNS {
        let expression = match (mapping.column(column), holds) {
            (None, _) => "NULL".to_owned(),
            (Some(expression), Holds::Text) => format!("CAST({expression} AS TEXT)"),
            (Some(expression), _) => format!("({expression})"),
        };
        lines.push(format!("  {expression} AS {column}"));
    }
    lines.extend(super::own_table::user_key(mapping));
    for (kind, lookup) in mapping.lookups.iter().filter(|(_, lookup)| lookup.own.is_none()) {
        lines.push(format!("  {} AS {}_key", lookup.expression, kind.name()));
    }
    lines.join(",\n")
}

fn questions(mapping: &Mapping) -> String {
    let view = |name: &str, branches: &[String]| {
        let branches = branches.join("\n  UNION ALL\n");
        format!("CREATE VIEW {name} AS -- Narrowgate's\n{branches};")
    };
    let get_user = view("get_user(identifier, answer)", &branches(mapping, &super::profile(), ""));
    let login = view("login_candidate(identifier, answer)", &branches(mapping, &super::all(), ""));
    let mut marks = branches(mapping, &super::profile(), "u.user_id, ");
    // The first one's collation holds for all, so this one is the last.
    marks.push(
        "  SELECT u.user_id, NULL, json_object('user_id', u.user_id)\n  FROM legacy_user AS u"
            .to_owned(),
    );
    [
        get_user,
        format!("-- The same with the password columns.\n{login}"),
        format!(
            "-- All users, marked or not: by an id and an identifier of this very user the profile, by the id alone no more than that.\n\
             -- The service marks one it has found here: INSERT OR IGNORE INTO migrated_user ...\n{}",
            view("mark_migrated(user_id, identifier, answer)", &marks)
        ),
    ]
    .join("\n\n")
}

/// A file's SQL is looked at only when it is asked.
fn probes(mapping: &Mapping) -> String {
    let ask = |view: &str, key: &str| {
        let names = super::nobody(mapping, view);
        let asked =
            names.iter().map(|name| format!("SELECT answer FROM {view} WHERE {key} = '{name}';"));
        vec![asked.collect::<Vec<_>>().join(" ")]
    };
    let questions = ask("get_user", "identifier").into_iter();
    let questions = questions.chain(ask("login_candidate", "identifier"));
    questions.chain(ask("mark_migrated", "user_id")).collect::<Vec<_>>().join("\n")
}

/// One SELECT for each kind of identifier; with the id, of marked users, too.
fn branches(mapping: &Mapping, columns: &[&str], id: &str) -> Vec<String> {
    let mut branches = vec![];
    let mut before: Vec<(Kind, bool)> = vec![];
    for (kind, lookup) in &mapping.lookups {
        let name = kind.name();
        let own = lookup.own.is_some();
        let row = if own { "k" } else { "u" };
        let key = format!("{row}.{name}_key");
        let found_as = if own { format!("'found_as', json_array({key}), ") } else { String::new() };
        // A user may have one text twice, but for its case.
        let table = if own {
            format!(
                "(SELECT DISTINCT user_key, {name}_key FROM legacy_{name}) AS k\n  JOIN legacy_user AS u ON u.user_key = k.user_key"
            )
        } else {
            "legacy_user AS u".to_owned()
        };
        let mut branch = format!(
            "  SELECT {id}{key}, {}\n  FROM {table}\n  WHERE {}",
            answer(&format!("'matched', '{name}', {found_as}"), columns),
            of_kind(*kind, row),
        );
        for (other, own) in &before {
            let found = if *own {
                format!(
                    "{} AND EXISTS (SELECT 1 FROM legacy_{1} AS o WHERE o.{1}_key = {key} AND o.user_key = u.user_key)",
                    of_kind_text(*other, &key),
                    other.name()
                )
            } else {
                format!("{} AND {key} IS u.{}_key", of_kind(*other, "u"), other.name())
            };
            branch = format!(
                "{branch}
    AND NOT ({found})"
            );
        }
        if id.is_empty() {
            branch += "\n    AND NOT EXISTS (SELECT 1 FROM migrated_user AS m WHERE m.user_id = u.user_id)";
        }
        branches.push(branch);
        before.push((*kind, own));
    }
    branches
}

/// Whether a stored key is of its kind; the identifier equals it.
fn of_kind(kind: Kind, row: &str) -> String {
    of_kind_text(kind, &format!("{row}.{}_key", kind.name()))
}

fn of_kind_text(kind: Kind, key: &str) -> String {
    match kind {
        Kind::Email => format!("COALESCE(instr({key}, '@'), 0) > 0"),
        Kind::Phone => format!("{key} IS NOT NULL AND {key} GLOB '+[1-9]*'"),
        Kind::Username => format!("{key} IS NOT NULL"),
    }
}

fn answer(first: &str, columns: &[&str]) -> String {
    let member = |column: &&str| {
        let value = match COLUMNS.iter().find(|(name, _)| name == column) {
            Some((_, Holds::Flag)) => format!(
                "json(CASE u.{column} WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.{column}) END)"
            ),
            Some((_, Holds::Object)) => format!(
                "json(CASE WHEN json_valid(u.{column}) THEN u.{column} ELSE json_quote(u.{column}) END)"
            ),
            _ => format!("u.{column}"),
        };
        format!("'{column}', {value}")
    };
    let members: Vec<_> = columns.iter().map(member).collect();
    format!("json_object({first}\n    {})", super::wrapped(&members, "    "))
}
