//! What the script for PostgreSQL says of names that others chose.

use super::mapping::Mapping;
use super::sql::Token::{Constant, Symbol, Word};
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

/// A text that is read in a function, in which a backslash stands for itself also where `standard_conforming_strings` is off.
pub(super) fn literal_anywhere(text: &str) -> String {
    escaped(&literal(text)).unwrap_or_else(|| literal(text))
}

/// The same for each text of an expression.
pub(super) fn texts_anywhere(expression: &str) -> String {
    let (mut text, mut done, mut end) = (String::new(), 0, None);
    for (at, token) in tokens(expression, Engine::Postgresql).unwrap_or_default() {
        let (length, other) = match token {
            // What stands right before it says how it is read, as in E'' and U&''.
            Constant(constant) if end != Some(at) => (constant.len(), escaped(constant)),
            Constant(constant) => (constant.len(), None),
            Word(word) => (word.len(), None),
            Symbol('&') => (1, None),
            Symbol(_) => (0, None),
        };
        if let Some(other) = other {
            text.push_str(expression.get(done..at).unwrap_or_default());
            text.push_str(&other);
            done = at + length;
        }
        end = (length > 0).then_some(at + length);
    }
    text + expression.get(done..).unwrap_or_default()
}

/// A text with its backslashes escaped, where it has any.
fn escaped(literal: &str) -> Option<String> {
    literal.contains('\\').then(|| format!("E{}", literal.replace('\\', "\\\\")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_is_one_however_texts_are_read() {
        for (written, expected) in [
            (r"lower(identifier)", r"lower(identifier)"),
            (r"replace(identifier, '\', '')", r"replace(identifier, E'\\', '')"),
            (r"('\d' || E'\\' || e'\'' || '\')", r"(E'\\d' || E'\\' || e'\'' || E'\\')"),
            (r"U&'\00e9' || 'it''s \'", r"U&'\00e9' || E'it''s \\'"),
        ] {
            assert_eq!(texts_anywhere(written), expected);
        }
        assert_eq!(literal_anywhere(r"a'\"), r"E'a''\\'");
        assert_eq!(literal_anywhere("a'b"), "'a''b'");
    }
}
