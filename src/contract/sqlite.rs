//! The script for SQLite, where views give the answers of the other engines' routines.

use super::fill::{fill, fixed};
use super::mapping::{Kind, Lookup, Mapping};
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
            (Some(_), _) if column == "user_id" => key(&mapping.key),
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

/// The key as a text: without a cast where the database told that it is one, because the index of the
/// column itself serves nothing else.
pub(super) fn key(key: &Lookup) -> String {
    match key.of_type {
        Some(_) => format!("({})", key.expression),
        None => format!("CAST({} AS TEXT)", key.expression),
    }
}

fn questions(mapping: &Mapping) -> String {
    let unmarked =
        "\n  WHERE NOT EXISTS (SELECT 1 FROM migrated_user AS m WHERE m.user_id = f.user_id)";
    let question = |name: &str, columns: &[&str]| {
        let answer = answer(mapping, columns);
        let found = branches(mapping).join("\n    UNION ALL\n");
        format!(
            "CREATE VIEW {name}(identifier, answer) AS -- Narrowgate's\n  SELECT f.identifier, {answer}\n  FROM (\n{found}\n  ) AS f{unmarked};"
        )
    };
    let mut marks = branches(mapping);
    let nothing = if super::own_table::any(mapping) { "NULL, NULL, NULL" } else { "NULL, NULL" };
    marks.push(format!("    SELECT {nothing}, u.* FROM legacy_user AS u"));
    let answer = answer(mapping, &super::profile());
    let marks = format!(
        "CREATE VIEW mark_migrated(user_id, identifier, answer) AS -- Narrowgate's
  SELECT f.user_id, f.identifier, CASE WHEN f.matched IS NULL THEN json_object('user_id', f.user_id) ELSE {answer} END
  FROM (\n{}\n  ) AS f;",
        marks.join("\n    UNION ALL\n")
    );
    [
        question("get_user", &super::profile()),
        format!(
            "-- The same with the password columns.\n{}",
            question("login_candidate", &super::all())
        ),
        format!(
            "-- All users, marked or not: by an id and an identifier of this very user the profile, by the id alone no more than that.\n\
             -- The service marks one it has found here: INSERT OR IGNORE INTO migrated_user ...\n{marks}"
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

/// One SELECT for each kind of identifier, of marked users, too.
fn branches(mapping: &Mapping) -> Vec<String> {
    let mut branches = vec![];
    let mut before: Vec<(Kind, bool)> = vec![];
    for (kind, lookup) in &mapping.lookups {
        let name = kind.name();
        let own = lookup.own.is_some();
        let row = if own { "k" } else { "u" };
        let key = format!("{row}.{name}_key");
        let found_as = match (super::own_table::any(mapping), own) {
            (false, _) => String::new(),
            (true, false) => "NULL AS found_as, ".to_owned(),
            (true, true) => format!("json_array({key}) AS found_as, "),
        };
        // A user may have one text twice, but for its case.
        let table = if own {
            format!(
                "(SELECT DISTINCT user_key, {name}_key FROM legacy_{name}) AS k\n      JOIN legacy_user AS u ON u.user_key = k.user_key"
            )
        } else {
            "legacy_user AS u".to_owned()
        };
        let mut branch = format!(
            "    SELECT {key} AS identifier, '{name}' AS matched, {found_as}u.* FROM {table}\n    WHERE {}",
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
            branch = format!("{branch}\n      AND NOT ({found})");
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

/// The JSON of a row that was found.
fn answer(mapping: &Mapping, columns: &[&str]) -> String {
    let member = |column: &&str| {
        let value = match COLUMNS.iter().find(|(name, _)| name == column) {
            // Bytes would be taken for JSON that SQLite has packed, and one of them for false.
            Some((_, Holds::Flag)) => format!(
                "json(CASE f.{column} WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(CAST(f.{column} AS TEXT)) END)"
            ),
            Some((_, Holds::Object)) => format!(
                "json(CASE WHEN json_valid(f.{column}) THEN f.{column} ELSE json_quote(f.{column}) END)"
            ),
            _ => format!("f.{column}"),
        };
        format!("'{column}', {value}")
    };
    let found_as =
        super::own_table::any(mapping).then(|| "'found_as', json(f.found_as)".to_owned());
    let members = ["'matched', f.matched".to_owned()].into_iter().chain(found_as);
    let members: Vec<_> = members.chain(columns.iter().map(member)).collect();
    format!("json_object(\n    {})", super::wrapped(&members, "    "))
}
