//! Asks a DBA's database about a mapping: whether it accepts each expression, of what type and
//! collation it is, and whether an index serves the lookups. No statement reads a row.

use super::mapping::{Lookup, Mapping};
use super::{COLUMNS, Engine, Fault, Holds};
use crate::database::Describer;

/// What no user is called.
const PROBE: &str = "narrowgate-probe";

/// Completes a mapping with what the catalogue knows.
///
/// # Errors
/// What the database refuses, and what it says is of the wrong type.
pub async fn describe(mapping: &mut Mapping, database: &mut Describer) -> Result<(), Vec<Fault>> {
    let mut faults = vec![];
    let nothing = format!("SELECT CAST(NULL AS CHAR(1)) AS answer FROM {}", nobody(mapping));
    if let Err(words) = database.answer(&nothing).await {
        let remedy = "mend `from` or `where`; the rest was not asked".to_owned();
        let cause = format!("the database refuses: {words}");
        return Err(vec![Fault { line: None, key: "from, where".to_owned(), cause, remedy }]);
    }
    for (column, holds) in COLUMNS {
        let Some((line, expression)) = mapping.columns.get(column) else { continue };
        let found = database.answer(&question(mapping, expression)).await;
        faults.extend(judge(column, *line, holds, found, mapping.engine));
    }
    let mut lookups: Vec<(String, Lookup)> = vec![];
    for (kind, lookup) in &mapping.lookups {
        lookups.push((format!("lookup.{}", kind.name()), lookup.clone()));
    }
    lookups.push(("lookup.user_id".to_owned(), mapping.key.clone()));
    for (key, lookup) in &mut lookups {
        let is_key = key == "lookup.user_id";
        if let Err(words) = complete(mapping, lookup, is_key, database).await {
            faults.push(refused(key, lookup.line, &words));
        }
    }
    mapping.key = lookups.pop().map_or_else(|| mapping.key.clone(), |(_, lookup)| lookup);
    for (old, (_, new)) in mapping.lookups.values_mut().zip(lookups) {
        *old = new;
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The mapping's tables, without a row.
fn nobody(mapping: &Mapping) -> String {
    let condition = mapping.condition.as_ref();
    let condition = condition.map(|text| format!("({text}) AND ")).unwrap_or_default();
    format!("{} WHERE {condition}1 = 0", mapping.from)
}

/// What MySQL and MariaDB call the coercibility of numbers and times.
const NUMBER: u8 = 5;

/// Asks for an expression's type (PostgreSQL), or its collation or that it is a number (MySQL,
/// MariaDB), reading nothing.
fn question(mapping: &Mapping, expression: &str) -> String {
    let value = format!("(SELECT {expression} FROM {})", nobody(mapping));
    match mapping.engine {
        Engine::Postgresql => format!("SELECT pg_catalog.pg_typeof({value})::text AS answer"),
        Engine::Mysql | Engine::Mariadb => {
            let number = format!("COERCIBILITY({value}) = {NUMBER}");
            format!("SELECT IF({number}, 'number', COLLATION({value})) AS answer")
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
        _ => return None,
    };
    Some(Fault {
        line: Some(line),
        key,
        cause: format!("is of type {found}"),
        remedy: remedy.to_owned(),
    })
}

async fn complete(
    mapping: &Mapping,
    lookup: &mut Lookup,
    is_key: bool,
    database: &mut Describer,
) -> Result<(), String> {
    let found = database.answer(&question(mapping, &lookup.expression)).await?;
    let mut probe = format!("'{PROBE}'");
    let mut equals = "=".to_owned();
    let mut expression = format!("({})", lookup.expression);
    match (mapping.engine, found) {
        (Engine::Postgresql, _) if is_key => expression = format!("({})::text", lookup.expression),
        (Engine::Postgresql, Some(found)) => {
            if let Some((schema, _)) = found.rsplit_once('.') {
                equals = format!("OPERATOR({schema}.=)");
            }
            probe = format!("'{PROBE}'::{found}");
            let plain = ["text", "character varying", "unknown"].contains(&found.as_str());
            lookup.of_type = (!plain).then_some(found);
        }
        (Engine::Mysql | Engine::Mariadb, Some(collation)) => {
            match collation.split('_').next() {
                Some("number") => probe = "0".to_owned(),
                None | Some("binary") => {}
                Some(set) => {
                    probe = format!("CONVERT('{PROBE}' USING {set}) COLLATE {collation}");
                }
            }
            lookup.collation = Some(collation);
        }
        (Engine::Sqlite, _) if is_key => {
            expression = format!("CAST({} AS TEXT)", lookup.expression);
        }
        _ => {}
    }
    let condition = mapping.condition.as_ref();
    let condition = condition.map(|text| format!("({text}) AND ")).unwrap_or_default();
    let plan =
        format!("SELECT 1 FROM {} WHERE {condition}{expression} {equals} {probe}", mapping.from);
    // Where the probe cannot be of that type, a number or a UUID, nothing is known of the index.
    lookup.indexed = database.goes_by_index(&plan, PROBE).await.ok();
    Ok(())
}
