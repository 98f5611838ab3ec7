//! What the script for PostgreSQL says of names that others chose.

use super::mapping::Mapping;
use super::sql::Token::{Symbol, Word};
use super::sql::tokens;
use super::{Engine, literal};

/// Whether the contract that is there is of another mapping, or of this one with other rows.
pub(super) fn another(mapping: &Mapping, any_condition: bool) -> String {
    let table = literal_inside(&mapping.about_table());
    if any_condition {
        return format!("there <> {table} AND NOT starts_with(there, {table} || ' where ')");
    }
    format!("there <> {}", literal_inside(&mapping.about()))
}

/// `public` of `public.unaccent(identifier)`, of `OPERATOR(public.=)` and of `'x'::public.citext`.
pub(super) fn schemas_named(expression: &str) -> Vec<&str> {
    let tokens = tokens(expression, Engine::Postgresql).unwrap_or_default();
    let tokens: Vec<_> = tokens.into_iter().map(|(_, token)| token).collect();
    let named = (0..tokens.len()).filter_map(|at| {
        let (before, here) = tokens.split_at_checked(at)?;
        let [Word(schema), Symbol('.'), name, rest @ ..] = here else { return None };
        let is_function = matches!((name, rest), (Word(_), [Symbol('('), ..]));
        let is_operator = matches!(before, [.., word, Symbol('(')] if word.is("OPERATOR"));
        let is_type = matches!(before, [.., Symbol(':'), Symbol(':')])
            || matches!(before, [.., word] if word.is("AS") || word.is("COLLATE"));
        (is_function || is_operator || is_type).then_some(*schema)
    });
    named.collect()
}

/// A text within a block between `$$` and `$$`, which it must not end.
pub(super) fn literal_inside(text: &str) -> String {
    let mut literal = literal(text);
    while literal.contains("$$") {
        literal = literal.replacen("$$", "$' || '$", 1);
    }
    literal
}
