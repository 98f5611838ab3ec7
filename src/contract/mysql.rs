//! The script for MySQL and MariaDB.

use std::fmt::Write;

use super::fill::{fill, fixed, guarded};
use super::mapping::{Mapping, Text};
use super::sql::{parts, unquoted};
use super::{COLUMNS, Engine, Holds, Options};

const UP: &str = include_str!("../../migrations/mysql/00000000000001_narrowgate/up.sql");
const DOWN: &str = include_str!("../../migrations/mysql/00000000000001_narrowgate/down.sql");

/// All functions of both ways to compare.
const ALL: [&str; 11] = [
    "login_candidate",
    "password_parameters",
    "password_matches",
    "password_parts",
    "password_form",
    "password_unpacked",
    "password_packed",
    "password_digest",
    "candidate",
    "get_user",
    "mark_migrated",
];

/// What the bulk half gets: one account reads all rows, one may mark a user.
const BULK: &str = "-- The bulk half: one account reads the view and the marks, one may mark a user, and neither may do anything else.
CREATE USER IF NOT EXISTS 'narrowgate_bulk'@'%' /*!80018 IDENTIFIED BY RANDOM PASSWORD */ /*M! IDENTIFIED VIA unix_socket */ ACCOUNT LOCK;
CREATE USER IF NOT EXISTS 'narrowgate_marker'@'%' /*!80018 IDENTIFIED BY RANDOM PASSWORD */ /*M! IDENTIFIED VIA unix_socket */ ACCOUNT LOCK;
GRANT SELECT ON narrowgate.legacy_user TO 'narrowgate_bulk'@'%';
GRANT SELECT ON narrowgate.migrated_user TO 'narrowgate_bulk'@'%';
GRANT EXECUTE ON FUNCTION narrowgate.mark_migrated TO 'narrowgate_marker'@'%';";

const NO_BULK: &str = "-- Without --bulk there are no accounts for the bulk half.
DROP USER IF EXISTS 'narrowgate_bulk'@'%', 'narrowgate_marker'@'%';";

const BULK_BY_HAND: &str = "--    The same for 'narrowgate_bulk'@'%' and 'narrowgate_marker'@'%', only while the bulk migration runs.";

pub(super) fn script(mapping: &Mapping, options: &Options, origin: &str) -> String {
    fill(
        include_str!("mysql.sql"),
        &[
            ("origin", origin),
            (
                "versions",
                if mapping.engine == Engine::Mariadb {
                    "MariaDB 10.6 and later"
                } else {
                    "MySQL 8.0 and later"
                },
            ),
            ("client", client(mapping)),
            ("guard", guarded(DOWN, "-- THE MARKS GO").0),
            ("fixed", fixed(UP)),
            ("grants", &grants(mapping)),
            ("indexes", &super::index::comment(mapping)),
            ("columns", &columns(mapping)),
            ("from", &mapping.from.text),
            ("where", &super::condition(mapping)),
            ("drop_own", &super::own_table::drops(mapping.engine)),
            ("own", &super::own_table::views(mapping)),
            ("tables", &tables(mapping)),
            ("about", &literal(&mapping.about())),
            ("same", &same(mapping, options)),
            ("columns_read", &columns_read(mapping)),
            ("again", again(mapping)),
            ("drops", &drops(&kept(mapping))),
            ("questions", &replacing(&super::mysql_questions::questions(mapping), mapping.engine)),
            ("rights", &rights(mapping)),
            ("bulk", if options.bulk { BULK } else { NO_BULK }),
            ("bulk_by_hand", if options.bulk { BULK_BY_HAND } else { "" }),
            ("decoy", &decoy(mapping)),
            ("probes", &super::probes(mapping, routines(mapping))),
        ],
    )
}

pub(super) fn removal(mapping: &Mapping, origin: &str) -> String {
    let template = include_str!("mysql_remove.sql");
    let (guard, rest) = guarded(DOWN, "-- THE MARKS GO");
    fill(
        template,
        &[
            ("origin", origin),
            ("client", client(mapping)),
            ("drops", &drops(&[])),
            ("drop_own", &super::own_table::drops(mapping.engine)),
            ("guard", guard),
            ("fixed", rest),
        ],
    )
}

fn drops(kept: &[&str]) -> String {
    let gone = ALL.iter().filter(|name| !kept.contains(name));
    let drops: Vec<_> =
        gone.map(|name| format!("DROP FUNCTION IF EXISTS narrowgate.{name};")).collect();
    drops.chunks(2).map(|two| two.join(" ")).collect::<Vec<_>>().join("\n")
}

fn kept(mapping: &Mapping) -> Vec<&'static str> {
    routines(mapping).iter().chain(own(mapping)).copied().collect()
}

/// What it costs whoever logs in meanwhile.
fn again(mapping: &Mapping) -> &'static str {
    if mapping.engine == Engine::Mariadb {
        "nothing that is in use is away for a moment."
    } else {
        "each function is away for a moment."
    }
}

/// MariaDB replaces a function in one step, and what was granted on it stays.
fn replacing(questions: &str, engine: Engine) -> String {
    const CREATE: &str = "CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION ";
    let mut parts = questions.split(CREATE);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = part.split('(').next().unwrap_or_default();
        if engine == Engine::Mariadb {
            text += &CREATE.replace("CREATE", "CREATE OR REPLACE");
        } else {
            let _ = write!(text, "DROP FUNCTION IF EXISTS {name}$$\n{CREATE}");
        }
        text += part;
    }
    text
}

/// As the catalogue names them; the server minds no case there.
fn columns_read(mapping: &Mapping) -> String {
    let mut names = vec![];
    for (table, columns) in &mapping.reads {
        let Some((schema, table)) = parts(table, mapping.engine) else { continue };
        for column in columns {
            let name = [schema, table, &column.text].map(|name| unquoted(name, mapping.engine));
            names.push(literal(&name.join(".")));
        }
    }
    super::wrapped(&names, "      ")
}

/// Whether the contract that is there is of this mapping.
fn same(mapping: &Mapping, options: &Options) -> String {
    if !options.accepted.iter().any(|code| code == "condition") {
        return format!("@narrowgate_there = {}", literal(&mapping.about()));
    }
    let table = mapping.about_table();
    let length = table.chars().count() + " where ".len();
    let begin = literal(&format!("{table} where "));
    format!(
        "@narrowgate_there = {} OR LEFT(@narrowgate_there, {length}) = {begin}",
        literal(&table)
    )
}

/// A text where a backslash escapes.
pub(super) fn literal(text: &str) -> String {
    super::literal(&text.replace('\\', "\\\\"))
}

fn client(mapping: &Mapping) -> &'static str {
    if mapping.engine == Engine::Mariadb { "mariadb" } else { "mysql" }
}

fn grants(mapping: &Mapping) -> String {
    let grant = |(table, columns): (&String, &Vec<Text>)| {
        let columns = super::wrapped(columns, "  ");
        format!("GRANT SELECT ({columns}) ON {table} TO 'narrowgate_owner'@'localhost';")
    };
    mapping.reads.iter().map(grant).collect::<Vec<_>>().join("\n")
}

fn tables(mapping: &Mapping) -> String {
    let bare = |name: &str| super::one_line(&literal(&unquoted(name, mapping.engine)));
    let pair = |table: &String| {
        let (schema, table) = parts(table, mapping.engine)?;
        Some(format!("({}, {})", bare(schema), bare(table)))
    };
    mapping.reads.keys().filter_map(pair).collect::<Vec<_>>().join(", ")
}

fn columns(mapping: &Mapping) -> String {
    let mut lines = vec![];
    for (column, holds) in COLUMNS {
        let expression = match (mapping.column(column), holds) {
            (Some(expression), _) if column == "user_id" => {
                format!("CAST({expression} AS CHAR(255) CHARACTER SET utf8mb4) COLLATE utf8mb4_bin")
            }
            (Some(expression), _) => format!("({expression})"),
            (None, Holds::Text) => "CAST(NULL AS CHAR(255))".to_owned(),
            (None, _) => "NULL".to_owned(),
        };
        lines.push(format!("  {expression} AS {column}"));
    }
    lines.push(format!("  ({}) AS user_key", mapping.key.expression));
    for (kind, lookup) in mapping.lookups.iter().filter(|(_, lookup)| lookup.own.is_none()) {
        lines.push(format!("  ({}) AS {}_key", lookup.expression, kind.name()));
    }
    lines.join(",\n")
}

fn routines(mapping: &Mapping) -> &'static [&'static str] {
    if mapping.inside {
        &["password_parameters", "password_matches", "get_user", "mark_migrated"]
    } else {
        &["login_candidate", "get_user", "mark_migrated"]
    }
}

/// What comparing inside needs, and nobody calls from outside.
fn own(mapping: &Mapping) -> &'static [&'static str] {
    if mapping.inside {
        &[
            "candidate",
            "password_parts",
            "password_form",
            "password_unpacked",
            "password_packed",
            "password_digest",
        ]
    } else {
        &[]
    }
}

fn rights(mapping: &Mapping) -> String {
    let own = own(mapping);
    let grant = |name: &&str, to: &str| {
        format!(
            "GRANT EXECUTE ON FUNCTION narrowgate.{name} TO 'narrowgate_owner'@'localhost'{to};"
        )
    };
    let service = routines(mapping).iter().map(|name| grant(name, ", 'narrowgate_api'@'%'"));
    service.chain(own.iter().map(|name| grant(name, ""))).collect::<Vec<_>>().join("\n")
}

fn decoy(mapping: &Mapping) -> String {
    if !mapping.inside {
        return "DROP TABLE IF EXISTS narrowgate.password_decoy;".to_owned();
    }
    // MariaDB has the function since 10.10.
    let random = match mapping.engine {
        Engine::Mysql => "RANDOM_BYTES(32)",
        _ => {
            "COALESCE(/*M!101001 RANDOM_BYTES(32), */ UNHEX(SHA2(CONCAT(UUID(), RAND(), UUID_SHORT(), NOW(6)), 256)))"
        }
    };
    fill(include_str!("mysql_decoy.sql"), &[("random", random)]).trim_end().to_owned()
}
