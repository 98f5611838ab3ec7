//! Whether lookups take capitals for small letters as the service does. Where they do not, a user can
//! be nobody by every spelling, and the address is free for a stranger.

use super::Finding;
use crate::contract::{Engine, Fold, fold_question, replaced};
use crate::database::Error;
use crate::database::catalog::{MysqlCatalog, PostgresqlCatalog, Row};
use crate::identifier::Kind;

/// What stands before a key in the definition of a view.
const BEFORE: [&str; 5] = [
    " AS password_scheme,",
    " AS user_key,",
    " AS email_key,",
    " AS phone_key,",
    " AS username_key,",
];

/// By the views' definitions, with constants of the columns' types and collations.
pub(super) async fn postgresql(catalog: &PostgresqlCatalog) -> Result<Vec<Finding>, Error> {
    let rows = catalog.lookups().await?;
    let mut findings = vec![];
    for kind in Kind::ALL {
        let own = format!("legacy_{}", kind.name());
        let definition =
            |view: &str| rows.iter().find(|row| row.text(0) == view && row.text(1).is_empty());
        let Some(view) = definition(&own).or_else(|| definition("legacy_user")) else { continue };
        let Some(expression) = key_of(kind, view.text(2)) else { continue };
        let question =
            fold_question(Engine::Postgresql, "=", |text| constant(expression, view, &rows, text));
        let told = catalog.evaluated(&question).await?;
        findings.extend(judge(kind, told, "that and the database's locale"));
    }
    Ok(findings)
}

/// The key's expression.
fn key_of(kind: Kind, definition: &str) -> Option<&str> {
    let (before, _) = definition.split_once(&format!(" AS {}_key", kind.name()))?;
    let start = BEFORE.iter().filter_map(|name| Some(before.rfind(name)? + name.len())).max();
    before.get(start?..).map(str::trim)
}

fn constant(expression: &str, view: &Row, rows: &[Row], text: &str) -> String {
    replaced(expression, Engine::Postgresql, |_, name| {
        let mut columns = rows.iter().filter(|row| row.text(0) == view.text(0));
        let column = columns.find(|row| row.text(1) == name)?;
        Some(format!("(CAST('{text}' AS {}) COLLATE {})", column.text(2), column.text(3)))
    })
}

/// By what the contract's script says of the keys.
pub(super) async fn mysql(catalog: &MysqlCatalog) -> Result<Vec<Finding>, Error> {
    let keys = catalog.keys().await?;
    let mut findings = vec![];
    for told in keys.strip_prefix("keys: ").unwrap_or_default().split(", ") {
        let [kind, function, collation] = told.split(' ').collect::<Vec<_>>()[..] else { continue };
        let Some(kind) = Kind::ALL.into_iter().find(|known| known.name() == kind) else { continue };
        let is_name =
            |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let Some((set, _)) = collation.split_once('_').filter(|_| is_name(collation)) else {
            continue;
        };
        let function = if ["lower", "upper"].contains(&function) { function } else { "" };
        let question = fold_question(Engine::Mysql, "=", |text| {
            format!("{function}(CONVERT('{text}' USING {set}) COLLATE {collation})")
        });
        findings.extend(judge(kind, catalog.evaluated(&question).await?, collation));
    }
    Ok(findings)
}

fn judge(kind: Kind, answer: Option<String>, collation: &str) -> Option<Finding> {
    let name = kind.name();
    match Fold::told(&answer?)? {
        Fold::Otherwise => Some(Finding::new(
            "case_folds_otherwise",
            format!(
                "the lookup by {name} folds case otherwise than the service (by {collation}): INFO@EXAMPLE.COM is not found as info@example.com, and free for a stranger"
            ),
            "look users up by an expression or a column of another collation; narrowgate-migrate contract --describe says how",
        )),
        Fold::Ascii if kind == Kind::Email => Some(Finding::new(
            "case_folds_ascii_only",
            format!(
                "the lookup by {name} folds ASCII letters alone (by {collation}): an address that is stored with other capitals is found by nobody, and free for a stranger"
            ),
            "on PostgreSQL write lower(... COLLATE \"und-x-icu\") COLLATE \"C\" with an index on just that, or see that such addresses are stored in lower case",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_a_definition() {
        let definition = " SELECT c.id::text AS user_id,\n    NULL::text AS password_scheme,\n    lower(c.email) AS email_key,\n        CASE\n            WHEN true THEN c.login\n        END AS username_key\n   FROM c;";
        assert_eq!(key_of(Kind::Email, definition), Some("lower(c.email)"));
        assert!(key_of(Kind::Username, definition).is_some_and(|key| key.starts_with("CASE")));
        assert_eq!(key_of(Kind::Phone, definition), None);
    }
}
