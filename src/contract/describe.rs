//! Asks a DBA's database about a mapping: whether it accepts each expression, of what type and
//! collation it is, and whether an index serves the lookups. No statement reads a row.

use super::mapping::{Kind, Lookup, Mapping, Text};
use super::sql::parts;
use super::{COLUMNS, Engine, Fault, Holds, described_fold, described_operators, described_rows};
use crate::database::{Affinity, Describer};

/// The type of a key that needs no cast on SQLite.
const TEXT: &str = "TEXT";

/// What no user is called.
const PROBE: &str = Kind::Username.nobody();

/// Completes a mapping with what the catalogue knows. What is accepted is no fault.
///
/// # Errors
/// What the database refuses, and what it says is of the wrong type.
pub async fn describe(
    mapping: &mut Mapping,
    accepted: &[String],
    database: &mut Describer,
) -> Result<(), Vec<Fault>> {
    let from = &mapping.from;
    if let Err(words) = database.answer(&nothing(&from.text, "")).await {
        return Err(vec![refused("from", from.line, &words)]);
    }
    let mut faults = described_rows::hidden(mapping, accepted, database).await;
    mapping.servers = described_rows::servers(mapping, database).await;
    faults.extend(described_rows::of_several(mapping, database).await);
    faults.extend(described_operators::overlooked(mapping, database).await);
    for (key, line, sql) in plain(mapping) {
        faults.extend(database.answer(&sql).await.err().map(|words| refused(&key, line, &words)));
    }
    for (column, holds) in COLUMNS {
        let Some((line, expression)) = mapping.columns.get(column) else { continue };
        if expression.eq_ignore_ascii_case("NULL") {
            continue;
        }
        let found =
            database.answer(&question(mapping.engine, &mapping.from.text, expression)).await;
        faults.extend(judge(column, *line, holds, found, mapping.engine));
    }
    for (kind, mut lookup) in mapping.lookups.clone() {
        for (name, sql) in described_rows::of_own_table(&lookup) {
            let key = format!("lookup.{}.{name}", kind.name());
            let told = database.answer(&sql).await.err();
            faults.extend(told.map(|words| refused(&key, lookup.line, &words)));
        }
        let found = complete(mapping, &mut lookup, false, database).await;
        let name = format!("lookup.{}", kind.name());
        faults.extend(found.err().map(|words| refused(&name, lookup.line, &words)));
        faults.extend(described_fold::ask(kind, &mut lookup, mapping, database).await);
        mapping.lookups.insert(kind, lookup);
    }
    let mut key = mapping.key.clone();
    let found = complete(mapping, &mut key, true, database).await;
    faults.extend(found.err().map(|words| refused("lookup.user_id", key.line, &words)));
    mapping.key = key;
    faults.sort_by_key(|fault| fault.line);
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// What has only to be accepted: key, line, statement.
fn plain(mapping: &Mapping) -> Vec<(String, usize, String)> {
    let mut questions = vec![];
    if let Some(condition) = &mapping.condition {
        let sql = nothing(&mapping.from.text, &and(Some(condition)));
        questions.push(("where".to_owned(), condition.line, sql));
    }
    // SQLite compares the identifier as it is, and has no rights to grant.
    if mapping.engine == Engine::Sqlite {
        return questions;
    }
    let text = if mapping.engine.is_mysql() { "CHAR(320)" } else { "text" };
    let keys = mapping.lookups.iter().map(|(kind, lookup)| (kind.name(), lookup));
    for (name, lookup) in keys.chain([("user_id", &mapping.key)]) {
        let identifier = format!("(SELECT CAST(NULL AS {text}) AS identifier) AS i");
        let sql = nothing(&identifier, &format!("({}) IS NULL AND ", lookup.equals));
        questions.push((format!("lookup.{name}.equals"), lookup.line, sql));
    }
    for (table, columns) in &mapping.reads {
        let line = columns.first().map_or(1, |column| column.line);
        let names = super::wrapped(columns, "");
        let sql = nothing(&format!("(SELECT {names} FROM {table} WHERE 1 = 0) AS t"), "");
        questions.push((format!("reads.{table}"), line, sql));
    }
    questions
}

/// Reads no row.
pub(super) fn nothing(from: &str, condition: &str) -> String {
    format!("SELECT CAST(NULL AS CHAR(1)) AS answer FROM {from} WHERE {condition}1 = 0")
}

/// A mapping's condition, for more to follow.
pub(super) fn and(condition: Option<&Text>) -> String {
    condition.map(|condition| format!("({}) AND ", condition.text)).unwrap_or_default()
}

/// What MySQL and MariaDB call the coercibility of numbers and times.
const NUMBER: u8 = 5;

/// The same of constants.
const CONSTANT: u8 = 4;

/// Asks for an expression's type (PostgreSQL), or its collation or that it is a number (MySQL,
/// MariaDB), reading nothing.
pub(super) fn question(engine: Engine, from: &str, expression: &str) -> String {
    let value = format!("(SELECT ({expression}) FROM {from} WHERE 1 = 0)");
    match engine {
        // What a domain is made of, without a length: `character` alone would be one character.
        Engine::Postgresql => format!(
            "WITH RECURSIVE base (oid) AS (SELECT pg_catalog.pg_typeof({value})::oid \
             UNION ALL SELECT t.typbasetype FROM base JOIN pg_type AS t USING (oid) WHERE t.typtype = 'd') \
             SELECT format_type(oid, -1) AS answer FROM base JOIN pg_type AS t USING (oid) WHERE t.typtype <> 'd'"
        ),
        Engine::Mysql | Engine::Mariadb => {
            let collation = format!("COLLATION({value})");
            // A UUID or an IP address (MariaDB) coerces as a number does, and has a text's collation; EXISTS coerces as
            // a constant does.
            let number = format!("IF({collation} = 'binary', 'number', NULL)");
            let is_number = format!(
                "COERCIBILITY({value}) = {NUMBER} OR COERCIBILITY({value}) = {CONSTANT} AND {collation} = 'binary'"
            );
            format!("SELECT IF({is_number}, {number}, {collation}) AS answer")
        }
        Engine::Sqlite => format!("SELECT typeof({value}) AS answer"),
    }
}

fn refused(key: &str, line: usize, words: &str) -> Fault {
    let remedy = "mend the expression; is each column there, with its table's alias?".to_owned();
    let cause = format!("the database refuses: {words}");
    Fault { line: Some(line), key: key.to_owned(), cause, remedy }
}

fn judge(
    column: &str,
    line: usize,
    holds: Holds,
    found: Result<Option<String>, String>,
    engine: Engine,
) -> Option<Fault> {
    let key = format!("columns.{column}");
    let found = match found {
        Ok(found) => found?,
        Err(words) => return Some(refused(&key, line, &words)),
    };
    let remedy = match (engine, holds, found.as_str()) {
        (Engine::Postgresql, Holds::Flag, found) if found != "boolean" => {
            "compare it with what means true, such as (...) = 'Y' or (...) = 1"
        }
        (Engine::Postgresql, Holds::Object, found) if !["json", "jsonb"].contains(&found) => {
            "make it a JSON object, such as jsonb_build_object('plan', u.plan) or (...)::jsonb"
        }
        (Engine::Postgresql, Holds::Text, "bytea") => {
            "make it a text, such as encode(..., 'hex') or convert_from(..., 'UTF8')"
        }
        (Engine::Mysql | Engine::Mariadb, Holds::Flag, found) if found != "number" => {
            "compare it with what means true, such as COALESCE(... = 'Y', FALSE)"
        }
        (Engine::Mysql | Engine::Mariadb, Holds::Text, "binary") => {
            "make it a text, such as LOWER(HEX(...)), or CONVERT(... USING utf8mb4) where the bytes are one"
        }
        _ => return None,
    };
    let kind = if engine.is_mysql() { "a text of collation" } else { "of type" };
    let cause = format!("is {kind} {found}");
    Some(Fault { line: Some(line), key, cause, remedy: remedy.to_owned() })
}

async fn complete(
    mapping: &Mapping,
    lookup: &mut Lookup,
    is_key: bool,
    database: &mut Describer,
) -> Result<(), String> {
    let own = lookup.own.as_ref();
    let from = own.map_or(&mapping.from.text, |own| &own.from).clone();
    let condition = own.map_or(mapping.condition.as_ref(), |own| own.condition.as_ref()).cloned();
    let found = database.answer(&question(mapping.engine, &from, &lookup.expression)).await?;
    let mut probe = format!("'{PROBE}'");
    let mut equals = "=".to_owned();
    let mut expression = format!("({})", lookup.expression);
    match (mapping.engine, found) {
        (Engine::Postgresql, found) if is_key => {
            expression = format!("({})::text", lookup.expression);
            lookup.of_type = found;
        }
        (Engine::Postgresql, Some(found)) => {
            if let Some((schema, _)) = parts(&found, mapping.engine) {
                equals = format!("OPERATOR({schema}.=)");
            }
            probe = format!("'{PROBE}'::{found}");
            let plain = ["text", "character varying", "unknown"].contains(&found.as_str());
            lookup.of_type = (!plain).then_some(found);
        }
        (Engine::Mysql | Engine::Mariadb, Some(collation)) => {
            match collation.split('_').next() {
                Some("number") => "0".clone_into(&mut probe),
                None | Some("binary") => {}
                Some(set) => {
                    probe = format!("CONVERT('{PROBE}' USING {set}) COLLATE {collation}");
                }
            }
            lookup.collation = Some(collation);
        }
        (Engine::Sqlite, _) => {
            in_file(mapping, lookup, (&from, is_key), database);
            if is_key {
                expression = super::sqlite::key(lookup);
            }
        }
        _ => {}
    }
    let condition = and(condition.as_ref());
    // A wrapper of foreign tables may fail where no column of them is asked for.
    let output = if mapping.engine == Engine::Postgresql { &lookup.expression } else { "1" };
    let all = format!("SELECT {output} FROM {from} WHERE {condition}");
    let question = format!("{all}{expression} {equals} {probe}");
    // Where the probe cannot be of that type, a number or a UUID, nothing is known of the index.
    let found = database.way(&question, &format!("{all}1 = 1"), PROBE).await;
    lookup.way = found.ok().flatten();
    Ok(())
}

/// Of what is stored as a text nothing is to be told, and a key needs no cast, which would keep its index from being used.
fn in_file(
    mapping: &Mapping,
    lookup: &mut Lookup,
    (from, is_key): (&str, bool),
    database: &mut Describer,
) {
    if !is_key {
        let is_only_one = mapping.lookups.len() == 1;
        let notes = described_rows::of_no_text(lookup, (from, is_only_one), database);
        lookup.notes.extend(notes.into_iter().flatten());
    } else if database.affinity(from, &lookup.expression) == Some(Affinity::Text) {
        lookup.of_type = Some(TEXT.to_owned());
    }
}
