//! Asks a DBA's database whether rows would be hidden from the contract, or look like what they are not.

use std::collections::BTreeSet;

use super::aggregate;
use super::mapping::{Lookup, Mapping};
use super::sql::{Token, parts, tokens, unquoted};
use super::{Engine, Fault, literal, mysql, one_line};
use crate::database::{Affinity, Describer};

/// Tables whose row security would hide users, and dates of zeros, which are there and not NULL.
pub(super) async fn hidden(
    mapping: &Mapping,
    accepted: &[String],
    database: &mut Describer,
) -> Vec<Fault> {
    let mut faults = vec![];
    for (table, columns) in &mapping.reads {
        let told = match mapping.engine {
            Engine::Postgresql if accepted.iter().any(|code| code == "row_security") => None,
            Engine::Postgresql => secured(table, database).await,
            Engine::Mysql | Engine::Mariadb => zero_date(table, mapping, database).await,
            Engine::Sqlite => None,
        };
        let line = columns.first().map(|column| column.line);
        let key = format!("reads.{table}");
        faults.extend(told.map(|(cause, remedy)| Fault { line, key, cause, remedy }));
    }
    faults
}

/// What is not of one row: it makes one row of all, or several of one, or reads all for one. A condition takes none of these,
/// whichever function it is.
pub(super) async fn of_several(mapping: &Mapping, database: &mut Describer) -> Vec<Fault> {
    let mut faults = vec![];
    for (key, line, [from, expression]) in expressions(mapping) {
        let value = format!(
            "SELECT 'a row' AS answer FROM (SELECT {expression} AS value FROM {from} WHERE 1 = 0) AS t"
        );
        // What the database refuses in any place is told elsewhere.
        let Ok(row) = database.answer(&value).await else { continue };
        let condition = super::describe::nothing(from, &format!("({expression}) IS NULL AND "));
        let cause = match database.answer(&condition).await {
            _ if row.is_some() => "makes one row of all rows".to_owned(),
            Err(words) => format!("is of several rows, and the view has one a user: {words}"),
            Ok(_) => continue,
        };
        let remedy = aggregate::REMEDY.to_owned();
        faults.push(Fault { line: Some(line), key, cause, remedy });
    }
    faults
}

/// All that becomes a column of the view of users: key, line, the table and the expression. A lookup's own table may have any
/// number of rows.
fn expressions(mapping: &Mapping) -> Vec<(String, usize, [&str; 2])> {
    let from = mapping.from.text.as_str();
    let columns = mapping
        .columns
        .iter()
        .map(|(column, (line, text))| (format!("columns.{column}"), *line, [from, text.as_str()]));
    let lookups = mapping.lookups.iter().filter(|(_, lookup)| lookup.own.is_none());
    let lookups = lookups.map(|(kind, lookup)| {
        (format!("lookup.{}", kind.name()), lookup.line, [from, lookup.expression.as_str()])
    });
    columns.chain(lookups).collect()
}

/// What a lookup's own table has to accept: member, statement.
pub(super) fn of_own_table(lookup: &Lookup) -> Vec<(&'static str, String)> {
    let Some(own) = &lookup.own else { return vec![] };
    let value = |expression: &str| {
        format!(
            "SELECT CAST(NULL AS CHAR(1)) AS answer FROM (SELECT {expression} AS value FROM {} WHERE 1 = 0) AS t",
            own.from
        )
    };
    vec![
        ("from", super::describe::nothing(&own.from, "")),
        (
            "where",
            super::describe::nothing(&own.from, &super::describe::and(own.condition.as_ref())),
        ),
        ("user_id", value(&own.user_id)),
        ("stored", value(&own.stored)),
    ]
}

/// Other servers that hold tables of the view, and know no account for who owns it.
pub(super) async fn servers(mapping: &Mapping, database: &mut Describer) -> BTreeSet<String> {
    let mut servers = BTreeSet::new();
    for table in mapping.reads.keys().filter(|_| mapping.engine == Engine::Postgresql) {
        servers.extend(database.answer(&server(table)).await.ok().flatten());
    }
    servers
}

fn server(table: &str) -> String {
    format!(
        "SELECT quote_ident(s.srvname) AS answer FROM pg_foreign_table AS f JOIN pg_foreign_server AS s ON s.oid = f.ftserver \
         WHERE f.ftrelid = {}::regclass AND NOT EXISTS (SELECT FROM pg_user_mappings AS m \
         WHERE m.srvid = s.oid AND m.umuser IN (0, COALESCE(to_regrole('narrowgate_owner')::oid, 0)))",
        literal(table)
    )
}

type Told = Option<(String, String)>;

async fn secured(table: &str, database: &mut Describer) -> Told {
    database.answer(&security(table)).await.ok().flatten()?;
    let remedy = format!(
        "CREATE ROLE narrowgate_owner NOLOGIN; CREATE POLICY narrowgate ON {table} FOR SELECT TO narrowgate_owner USING (true); or --accept row_security"
    );
    Some(("has row security, which would hide users from narrowgate_owner".to_owned(), remedy))
}

/// Only where an expression asks whether there is a date at all.
async fn zero_date(table: &str, mapping: &Mapping, database: &mut Describer) -> Told {
    let columns = database.answer(&zeros(table, mapping.engine)?).await.ok().flatten()?;
    let columns: Vec<String> = serde_json::from_str(&columns).ok()?;
    let texts = mapping.texts();
    let asked = |column: &String| texts.iter().any(|text| asks(text, column, mapping.engine));
    let column = columns.into_iter().find(asked)?;
    let cause = format!("{column} is 0000-00-00 where there is no date, which is not NULL");
    Some((cause, format!("write NULLIF({column}, 0) IS NULL")))
}

/// Whether a column is asked for NULL: `IS`, `ISNULL(...)` or `<=>`.
fn asks(text: &str, column: &str, engine: Engine) -> bool {
    const SAME: [Token<'_>; 3] = [Token::Symbol('<'), Token::Symbol('='), Token::Symbol('>')];
    let tokens = tokens(text, engine).unwrap_or_default();
    let tokens: Vec<_> = tokens.into_iter().map(|(_, token)| token).collect();
    (0..tokens.len()).any(|at| {
        let Some((mut before, [Token::Word(name), after @ ..])) = tokens.split_at_checked(at)
        else {
            return false;
        };
        if !unquoted(name, engine).eq_ignore_ascii_case(column) {
            return false;
        }
        while let [rest @ .., Token::Word(_), Token::Symbol('.')] = before {
            before = rest;
        }
        let asked_before = match before {
            [.., word, Token::Symbol('(')] => word.is("ISNULL"),
            [rest @ .., _, _, _] if before.ends_with(&SAME) => {
                rest.last().is_some_and(|word| word.is("NULL"))
            }
            _ => false,
        };
        let ended = after.iter().take_while(|token| **token == Token::Symbol(')')).count();
        let after = after.get(ended..).unwrap_or_default();
        let is = after.first().is_some_and(|word| word.is("IS"));
        let same = after.starts_with(&SAME) && after.get(3).is_some_and(|word| word.is("NULL"));
        asked_before || is || same
    })
}

/// Where a column of SQLite that is not declared as a text keeps numbers and bytes as they are, which no text is equal to.
/// Numbers alone are found by a lookup that is the only one: the answers of several are put together first.
pub(super) fn of_no_text(
    lookup: &Lookup,
    (from, is_only_one): (&str, bool),
    database: &mut Describer,
) -> Option<[String; 3]> {
    let words = tokens(&lookup.expression, Engine::Sqlite).ok()?;
    let is_column =
        words.iter().all(|(_, word)| matches!(word, Token::Word(_) | Token::Symbol('.')));
    let affinity = database.affinity(from, &lookup.expression)?;
    let is_equal = affinity == Affinity::Text || is_only_one && affinity == Affinity::Number;
    if !is_column || is_equal {
        return None;
    }
    let end = words
        .iter()
        .find(|(_, word)| word.is("COLLATE"))
        .map_or(lookup.expression.len(), |(at, _)| *at);
    let (column, collation) = lookup.expression.split_at_checked(end)?;
    let column = column.trim_end();
    Some([
        "KEEPS NUMBERS AND BYTES: whoever is stored as one is found by nobody. Look for some:"
            .to_owned(),
        format!(
            "  SELECT count(*) FROM {} WHERE typeof({column}) NOT IN ('text', 'null');",
            one_line(from)
        ),
        format!(
            "  If there are, write CAST({column} AS TEXT) {collation} here, with an index on just that."
        ),
    ])
}

/// One row where row security holds and no policy shows every row to the owner, or to everybody.
fn security(table: &str) -> String {
    format!(
        "SELECT c.relname AS answer FROM pg_class AS c WHERE c.oid = {}::regclass AND c.relrowsecurity \
         AND (SELECT bool_or(pg_get_expr(p.polqual, c.oid) = 'true') AND bool_and(p.polpermissive) FROM pg_policy AS p \
         WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*') AND (0 = ANY (p.polroles) OR to_regrole('narrowgate_owner')::oid = ANY (p.polroles))) \
         IS NOT TRUE",
        literal(table)
    )
}

/// All columns whose default is a date of zeros, as a list in JSON.
fn zeros(table: &str, engine: Engine) -> Option<String> {
    let (schema, table) = parts(table, engine)?;
    let bare = |name: &str| mysql::literal(&unquoted(name, engine));
    Some(format!(
        "SELECT CAST(JSON_ARRAYAGG(c.column_name) AS CHAR) AS answer FROM information_schema.columns AS c \
         WHERE c.table_schema = {} AND c.table_name = {} AND c.column_default LIKE '%0000-00-00%'",
        bare(schema),
        bare(table)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_whether_there_is_a_date_is_known() {
        for (text, expected) in [
            ("c.deleted_at IS NULL", true),
            ("c.`deleted_at`  is not null", true),
            ("ISNULL(c.deleted_at)", true),
            ("isnull(deleted_at) = 1", true),
            ("c.deleted_at <=> NULL", true),
            ("NULL <=> s.c.DELETED_AT", true),
            ("(DATE(c.deleted_at)) IS NULL", true),
            ("'c.deleted_at IS NULL'", false),
            ("NULLIF(c.deleted_at, 0) IS NULL", false),
            ("c.deleted_at > NOW() AND c.closed IS NULL", false),
            ("c.deleted_at <=> c.created_at", false),
            ("c.not_deleted_at IS NULL", false),
        ] {
            assert_eq!(asks(text, "deleted_at", Engine::Mysql), expected, "{text}");
        }
    }
}
