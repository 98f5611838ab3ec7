//! Asks a DBA's PostgreSQL whether the script would overlook an operator that the application uses: where the script is applied,
//! only the system's operators are in sight, and a type such as citext then compares as text.

use super::mapping::{Mapping, Text};
use super::{Engine, Fault};
use crate::database::Describer;

/// The schemas with operators of their own.
const SCHEMAS: &str = "SELECT string_agg(DISTINCT quote_ident(n.nspname), ', ') AS answer FROM pg_operator AS o \
     JOIN pg_namespace AS n ON n.oid = o.oprnamespace WHERE n.nspname <> 'pg_catalog'";

/// Each expression, condition and join that is another one where these schemas are in sight, too.
pub(super) async fn overlooked(mapping: &Mapping, database: &mut Describer) -> Vec<Fault> {
    if mapping.engine != Engine::Postgresql {
        return vec![];
    }
    let Ok(Some(schemas)) = database.answer(SCHEMAS).await else { return vec![] };
    let schemas: Vec<_> = schemas.split(", ").collect();
    let mut faults = vec![];
    for (key, line, question) in questions(mapping) {
        // What a join says is in the plan of whatever is asked of it.
        let of_join = faults.iter().any(|fault: &Fault| fault.key == "from");
        if !of_join && database.is_another(&question, &schemas).await == Ok(true) {
            let cause = "would be compared as text, because the operators of its type are not in sight of the script".to_owned();
            let remedy = "write the operator with its schema, such as u.status OPERATOR(public.=) 'x'::public.citext, or cast to text where case counts".to_owned();
            faults.push(Fault { line: Some(line), key, cause, remedy });
        }
    }
    faults
}

/// Key, line, statement.
fn questions(mapping: &Mapping) -> Vec<(String, usize, String)> {
    let condition = |condition: Option<&Text>| {
        condition.map_or("true".to_owned(), |condition| condition.text.clone())
    };
    let from = &mapping.from;
    let mut questions =
        vec![("from".to_owned(), from.line, format!("SELECT * FROM {}", from.text))];
    if let Some(text) = &mapping.condition {
        let sql = format!("SELECT 1 FROM {} WHERE {}", from.text, text.text);
        questions.push(("where".to_owned(), text.line, sql));
    }
    for (column, (line, expression)) in &mapping.columns {
        let sql = format!("SELECT {expression} FROM {}", from.text);
        questions.push((format!("columns.{column}"), *line, sql));
    }
    for (kind, lookup) in &mapping.lookups {
        let sql = match &lookup.own {
            Some(own) => format!(
                "SELECT {}, {}, {} FROM {} WHERE {}",
                own.user_id,
                own.stored,
                lookup.expression,
                own.from,
                condition(own.condition.as_ref())
            ),
            None => format!("SELECT {} FROM {}", lookup.expression, from.text),
        };
        questions.push((format!("lookup.{}", kind.name()), lookup.line, sql));
    }
    questions
}
