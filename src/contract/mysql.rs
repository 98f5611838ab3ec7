//! The script for MySQL and MariaDB.

use super::fill::{fill, fixed};
use super::mapping::{Mapping, Text};
use super::sql::parts;
use super::{COLUMNS, Engine, Holds};

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

pub(super) fn script(mapping: &Mapping, origin: &str) -> String {
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
            ("fixed", fixed(UP)),
            ("grants", &grants(mapping)),
            ("indexes", &super::index::comment(mapping)),
            ("columns", &columns(mapping)),
            ("from", &mapping.from.text),
            ("where", &super::condition(mapping)),
            ("drop_own", &super::own_table::drops(mapping.engine)),
            ("own", &super::own_table::views(mapping)),
            ("tables", &tables(mapping)),
            ("drops", &drops()),
            ("questions", &super::mysql_questions::questions(mapping)),
            ("rights", &rights(mapping)),
            ("decoy", &decoy(mapping)),
            ("probes", &super::probes(mapping, routines(mapping))),
        ],
    )
}

pub(super) fn removal(mapping: &Mapping, origin: &str) -> String {
    let template = include_str!("mysql_remove.sql");
    fill(
        template,
        &[
            ("origin", origin),
            ("client", client(mapping)),
            ("drops", &drops()),
            ("drop_own", &super::own_table::drops(mapping.engine)),
            ("fixed", fixed(DOWN).trim_end()),
        ],
    )
}

fn drops() -> String {
    ALL.map(|name| format!("DROP FUNCTION IF EXISTS narrowgate.{name};")).join("\n")
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
    let bare = |name: &str| super::one_line(&name.replace('`', "").replace('\'', "''"));
    let pair = |table: &String| {
        let (schema, table) = parts(table, mapping.engine)?;
        Some(format!("('{}', '{}')", bare(schema), bare(table)))
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

fn rights(mapping: &Mapping) -> String {
    let own: &[&str] = if mapping.inside {
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
    };
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
