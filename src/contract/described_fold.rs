//! Asks a DBA's database whether a lookup folds case as the service does.

use super::fold::{Fold, PAIRS, question, replaced};
use super::mapping::{Kind, Lookup, Mapping};
use super::sql::parts;
use super::{Engine, Fault, one_line};
use crate::database::Describer;

/// Notes who is not found by the lookup; a fault is what makes an address nobody's by every spelling.
pub(super) async fn ask(
    kind: Kind,
    lookup: &mut Lookup,
    mapping: &Mapping,
    database: &mut Describer,
) -> Option<Fault> {
    let engine = mapping.engine;
    let from = lookup.own.as_ref().map_or(&mapping.from.text, |own| &own.from).clone();
    let statement = match engine {
        Engine::Sqlite => in_file(&from, &lookup.expression),
        _ => on_server(engine, &from, lookup, database).await?,
    };
    let told = database.answer(&statement).await.ok().flatten();
    // What is compared in capitals is kept so by software that saw to it.
    let is_address = kind == Kind::Email && !lookup.equals.to_ascii_lowercase().contains("upper(");
    let column = lookup.own.as_ref().map_or(mapping.column(kind.column()), |own| Some(&own.stored));
    match told.and_then(|answer| Fold::told(&answer))? {
        Fold::Otherwise => return Some(otherwise(kind, lookup, engine)),
        Fold::Not if is_address => {
            let stored = one_line(column.unwrap_or(&lookup.expression));
            lookup.notes.push(
                "MINDS CASE: addresses that are stored with capitals or blanks are found by nobody. Look for some:".to_owned(),
            );
            let condition = if engine.is_mysql() {
                // As bytes: a collation may hold blanks at the end for nothing.
                let text = format!("CONVERT({stored} USING utf8mb4)");
                format!("CAST({text} AS BINARY) <> CAST(LOWER(TRIM({text})) AS BINARY)")
            } else {
                format!("{stored} <> lower(trim({stored}))")
            };
            lookup.notes.push(format!(
                "  SELECT count(*) FROM {} WHERE {condition};", one_line(&from)
            ));
        }
        Fold::Ascii if is_address => lookup.notes.push(
            "folds ASCII alone here: an address with other capitals (\u{c9}) is found by nobody, and free for a stranger".to_owned(),
        ),
        _ => {}
    }
    None
}

fn otherwise(kind: Kind, lookup: &Lookup, engine: Engine) -> Fault {
    let remedy = match engine {
        Engine::Postgresql => {
            "write lower(... COLLATE \"und-x-icu\") COLLATE \"C\", with an index on just that"
        }
        _ => {
            "look users up by a generated column of another collation, such as utf8mb4_unicode_ci, with an index"
        }
    };
    let cause = format!(
        "folds case otherwise than the service ({}): INFO@EXAMPLE.COM is not found as info@example.com, and free for a stranger",
        lookup.collation.as_deref().unwrap_or("by its collation or the database's locale")
    );
    let key = format!("lookup.{}", kind.name());
    Fault { line: Some(lookup.line), key, cause, remedy: remedy.to_owned() }
}

/// By the collation that the column of a subquery has.
fn in_file(from: &str, expression: &str) -> String {
    let one = |[stored, asked]: [&str; 2]| {
        format!(
            "(SELECT CASE count(*) WHEN 0 THEN 'n' ELSE 'y' END FROM (SELECT {expression} AS k FROM {from} WHERE 0 \
             UNION ALL SELECT '{stored}') WHERE k = '{asked}')"
        )
    };
    format!("SELECT {} AS answer", PAIRS.map(one).join(" || "))
}

/// By constants of the types and collations of the columns.
async fn on_server(
    engine: Engine,
    from: &str,
    lookup: &Lookup,
    database: &mut Describer,
) -> Option<String> {
    let mut constants = vec![];
    for column in columns(&lookup.expression, engine) {
        let value = format!("(SELECT {column} FROM {from} WHERE 1 = 0)");
        let constant = if engine == Engine::Postgresql {
            let of_type =
                database.answer(&super::describe::question(engine, from, &column)).await.ok()??;
            let collation = format!("SELECT pg_catalog.pg_collation_for({value}) AS answer");
            let collation = database.answer(&collation).await.ok()??;
            format!("(CAST('{{}}' AS {of_type}) COLLATE {collation})")
        } else {
            let collation =
                database.answer(&format!("SELECT COLLATION({value}) AS answer")).await.ok()??;
            match collation.split_once('_') {
                Some((set, _)) => format!("(CONVERT('{{}}' USING {set}) COLLATE {collation})"),
                None => "CAST('{}' AS BINARY)".to_owned(),
            }
        };
        constants.push((column, constant));
    }
    let schema = lookup.of_type.as_deref().and_then(|of_type| parts(of_type, engine));
    let equals = schema.map_or("=".to_owned(), |(schema, _)| format!("OPERATOR({schema}.=)"));
    let key = |text: &str| {
        replaced(&lookup.expression, engine, |table, name| {
            let column = format!("{}.{name}", table?);
            let constant = constants.iter().find(|(known, _)| *known == column)?;
            Some(constant.1.replace("{}", text))
        })
    };
    Some(question(engine, &equals, key))
}

/// The columns of an expression, each with its table's alias.
fn columns(expression: &str, engine: Engine) -> Vec<String> {
    let found = std::cell::RefCell::new(vec![]);
    let _ = replaced(expression, engine, |table, name| {
        found.borrow_mut().extend(table.map(|table| format!("{table}.{name}")));
        None
    });
    found.into_inner()
}
