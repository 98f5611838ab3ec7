//! The indexes that lookups need. They are the DBA's to make: the script only names them.

use super::Engine;
use super::mapping::{Lookup, Mapping};
use super::one_line;
use crate::database::Way;

/// Comment lines: what users are looked up by, and the index it needs.
pub(super) fn comment(mapping: &Mapping) -> String {
    let engine = mapping.engine;
    let mut lines = vec![];
    for (kind, lookup) in &mapping.lookups {
        describe(&mut lines, &format!("{}_key", kind.name()), lookup, engine, false);
    }
    let name = if engine.is_mysql() { "user_key" } else { "user_id" };
    describe(&mut lines, name, &mapping.key, engine, true);
    if engine == Engine::Postgresql {
        lines.push(
            "ANALYZE the table after making an index on an expression: it has no statistics until then.".to_owned(),
        );
    }
    lines.iter().map(|line| format!("--      {line}")).collect::<Vec<_>>().join("\n")
}

/// The index of the key as it is compared: the mapping's may be of the column itself, and of another type.
fn of_the_key(index: String, lookup: &Lookup, engine: Engine) -> String {
    let Some(of_type) = lookup.of_type.as_deref() else { return index };
    let Some((table, column)) = index.strip_suffix(')').and_then(|rest| rest.rsplit_once('('))
    else {
        return index;
    };
    let is_text = ["text", "character varying"].contains(&of_type);
    match engine {
        Engine::Postgresql if !is_text && !index.contains("::") && !column.contains(',') => {
            format!("{table}(({column}::text))")
        }
        Engine::Sqlite => index.replace("CAST(", "").replace(" AS TEXT)", ""),
        _ => index,
    }
}

fn describe(lines: &mut Vec<String>, name: &str, lookup: &Lookup, engine: Engine, unique: bool) {
    let expression = match engine {
        Engine::Postgresql if unique => format!("({})::text", lookup.expression),
        Engine::Sqlite if unique => super::sqlite::key(lookup),
        _ => lookup.expression.clone(),
    };
    lines.push(format!("{name:<13} {}", one_line(&expression)));
    lines.extend(lookup.notes.iter().map(|note| format!("  {note}")));
    let index = lookup
        .index
        .as_deref()
        .map(one_line)
        .map(|index| if unique { of_the_key(index, lookup, engine) } else { index });
    let unique = if unique { "UNIQUE " } else { "" };
    let statement = index.map(|index| match engine {
        Engine::Postgresql => format!("CREATE {unique}INDEX CONCURRENTLY ON {index};"),
        _ => format!("CREATE {unique}INDEX narrowgate_{name} ON {index};"),
    });
    let statement = statement.unwrap_or_else(|| "an index on just this expression".to_owned());
    lines.push(match lookup.way {
        Some(Way::Index) => "  is found by an index".to_owned(),
        Some(Way::Walk) => format!(
            "  IS NOT FOUND BY AN INDEX, each question reads the whole table. It needs: {statement}"
        ),
        Some(Way::Sent) => "  is sent to the other server, which needs an index on it".to_owned(),
        Some(Way::Fetched) => {
            "  IS NOT SENT TO THE OTHER SERVER, each question fetches a whole table. Compare a bare column of it"
                .to_owned()
        }
        None => format!("  needs, if there is none: {statement}"),
    });
}
