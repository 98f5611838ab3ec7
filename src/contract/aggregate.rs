//! Finds what makes one row of all rows.

use super::sql::Token;

/// As the engines call them.
const NAMES: [&str; 24] = [
    "ARRAY_AGG",
    "AVG",
    "BIT_AND",
    "BIT_OR",
    "BIT_XOR",
    "BOOL_AND",
    "BOOL_OR",
    "COUNT",
    "EVERY",
    "GROUP_CONCAT",
    "JSONB_AGG",
    "JSONB_OBJECT_AGG",
    "JSON_AGG",
    "JSON_ARRAYAGG",
    "JSON_GROUP_ARRAY",
    "JSON_GROUP_OBJECT",
    "JSON_OBJECTAGG",
    "JSON_OBJECT_AGG",
    "MAX",
    "MIN",
    "STRING_AGG",
    "SUM",
    "TOTAL",
    "VARIANCE",
];

/// What to write where an expression would make one row of all.
pub(super) const REMEDY: &str = "put it into a subquery of this one user: (SELECT MAX(m.value) FROM ... AS m WHERE m.user_id = u.id)";

/// The first call of an aggregate outside of subqueries and windows, and the byte where it begins.
pub(super) fn find<'a>(tokens: &[(usize, Token<'a>)]) -> Option<(usize, &'a str)> {
    let mut open = vec![];
    for (at, (offset, token)) in tokens.iter().enumerate() {
        let after = tokens.get(at + 1..).unwrap_or_default();
        match token {
            Token::Symbol('(') => {
                open.push(after.first().is_some_and(|(_, next)| next.is("SELECT")));
            }
            Token::Symbol(')') => drop(open.pop()),
            Token::Word(word) if !open.contains(&true) => {
                let named = at > 0
                    && tokens.get(at - 1).is_some_and(|(_, before)| *before == Token::Symbol('.'));
                let known = NAMES.iter().any(|name| name.eq_ignore_ascii_case(word));
                if known && !named && aggregates(word, after) {
                    return Some((*offset, word));
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether its brackets follow, and no window. Of several arguments SQLite's MAX and MIN take one.
fn aggregates(name: &str, after: &[(usize, Token<'_>)]) -> bool {
    let chooses = ["MAX", "MIN"].iter().any(|known| known.eq_ignore_ascii_case(name));
    let mut depth = 0_usize;
    for (at, (_, token)) in after.iter().enumerate() {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth = depth.saturating_sub(1),
            Token::Symbol(',') if depth == 1 && chooses => return false,
            _ => {}
        }
        if depth == 0 {
            let next = after.get(at + 1);
            return at > 0 && !next.is_some_and(|(_, next)| next.is("OVER"));
        }
    }
    false
}
