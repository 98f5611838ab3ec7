//! Asks a DBA's database whether rows would be hidden from the contract, or look like what they are not.

use super::mapping::Mapping;
use super::sql::parts;
use super::{Engine, Fault, literal, one_line};
use crate::database::Describer;

/// Tables whose row security would hide users, and dates of zeros, which are there and not NULL.
pub(super) async fn hidden(
    mapping: &Mapping,
    accepted: &[String],
    database: &mut Describer,
) -> Vec<Fault> {
    let mut faults = vec![];
    for (table, columns) in &mapping.reads {
        let line = columns.first().map(|column| column.line);
        let key = format!("reads.{table}");
        match mapping.engine {
            Engine::Postgresql if !accepted.iter().any(|code| code == "row_security") => {
                if database.answer(&security(table)).await.is_ok_and(|told| told.is_some()) {
                    faults.push(Fault {
                        line,
                        key,
                        cause: "has row security, which would hide users from narrowgate_owner".to_owned(),
                        remedy: format!(
                            "CREATE ROLE narrowgate_owner NOLOGIN; CREATE POLICY narrowgate ON {table} FOR SELECT TO narrowgate_owner USING (true); or --accept row_security"
                        ),
                    });
                }
            }
            Engine::Mysql | Engine::Mariadb => {
                let zeros = zeros(table, mapping.engine);
                let told = match zeros {
                    Some(sql) => database.answer(&sql).await.ok().flatten(),
                    None => None,
                };
                // Only where an expression asks whether there is a date at all.
                let asked = |column: &str| {
                    let test =
                        |text: &str| text.to_ascii_lowercase().contains(&format!("{column} is "));
                    mapping.columns.values().any(|(_, text)| test(text))
                        || mapping.condition.as_ref().is_some_and(|condition| test(&condition.text))
                };
                if let Some(column) = told.filter(|column| asked(column)) {
                    faults.push(Fault {
                        line,
                        key,
                        cause: format!(
                            "{column} is 0000-00-00 where there is no date, which is not NULL"
                        ),
                        remedy: format!("write NULLIF({column}, 0) IS NULL"),
                    });
                }
            }
            _ => {}
        }
    }
    faults
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

/// A column whose default is a date of zeros.
fn zeros(table: &str, engine: Engine) -> Option<String> {
    let (schema, table) = parts(table, engine)?;
    let bare = |name: &str| literal(&one_line(&name.replace('`', "").replace('\\', "")));
    Some(format!(
        "SELECT LOWER(c.column_name) AS answer FROM information_schema.columns AS c WHERE c.table_schema = {} AND c.table_name = {} \
         AND c.column_default LIKE '%0000-00-00%' ORDER BY c.ordinal_position LIMIT 1",
        bare(schema),
        bare(table)
    ))
}
