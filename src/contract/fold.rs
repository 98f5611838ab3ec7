//! Whether a lookup takes capitals for small letters as the service does: `INFO@EXAMPLE.COM` that is
//! stored under a Turkish locale is nobody to whoever asks for `info@example.com`.

use super::Engine;
use super::sql::{Token, tokens};

/// How a lookup folds case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// As the service does.
    Alike,
    /// ASCII letters alone.
    Ascii,
    /// Not at all.
    Not,
    /// In a way of its own, even in ASCII.
    Otherwise,
}

/// Stored, and asked for: letters that every locale folds alike, all of ASCII, and some beyond it.
pub(super) const PAIRS: [[&str; 2]; 3] = [
    ["ADA@EXAMPLE.COM", "ada@example.com"],
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZ@EXAMPLE.COM", "abcdefghijklmnopqrstuvwxyz@example.com"],
    ["ÀÉÎÕÜÅÆØŁČŞΑΔЖЯ@EXAMPLE.COM", "àéîõüåæøłčşαδжя@example.com"],
];

/// What is asked of an engine: one text of three letters, `y` or `n`, for [`Fold::told`]. `key` makes
/// the key of a constant.
#[must_use]
pub fn question(engine: Engine, equals: &str, key: impl Fn(&str) -> String) -> String {
    let same = PAIRS.map(|[stored, asked]| {
        let (stored, asked) = (key(stored), key(asked));
        format!("CASE WHEN ({stored}) {equals} ({asked}) THEN 'y' ELSE 'n' END")
    });
    let all =
        if engine.is_mysql() { format!("CONCAT({})", same.join(", ")) } else { same.join(" || ") };
    format!("SELECT {all} AS answer")
}

impl Fold {
    /// What the engine's answer says.
    #[must_use]
    pub fn told(answer: &str) -> Option<Self> {
        match answer.as_bytes() {
            [_, b'y', b'y'] => Some(Self::Alike),
            [_, b'y', b'n'] => Some(Self::Ascii),
            [b'y', b'n', _] => Some(Self::Otherwise),
            [b'n', b'n', _] => Some(Self::Not),
            _ => None,
        }
    }
}

/// Puts something else for each column of an expression: `put` is given what stands before the
/// name's point, if anything, and the name.
#[must_use]
pub fn replaced(
    expression: &str,
    engine: Engine,
    put: impl Fn(Option<&str>, &str) -> Option<String>,
) -> String {
    let tokens = tokens(expression, engine).unwrap_or_default();
    let token = |at: usize| tokens.get(at).map(|(_, token)| *token);
    let (mut text, mut done, mut at) = (String::new(), 0, 0);
    while at < tokens.len() {
        let before = at.checked_sub(1).and_then(token);
        let is_type = matches!(before, Some(Token::Symbol(':')))
            || before.is_some_and(|before| before.is("COLLATE") || before.is("AS"));
        let (length, table, name) = match (token(at), token(at + 1), token(at + 2)) {
            (Some(Token::Word(table)), Some(Token::Symbol('.')), Some(Token::Word(name))) => {
                (3, Some(table), name)
            }
            (Some(Token::Word(name)), ..) => (1, None, name),
            _ => {
                at += 1;
                continue;
            }
        };
        let is_call = token(at + length) == Some(Token::Symbol('('));
        let other = (!is_type && !is_call).then(|| put(table, name)).flatten();
        if let (Some(other), Some((start, _)), Some((last, _))) =
            (other, tokens.get(at), tokens.get(at + length - 1))
        {
            text.push_str(expression.get(done..*start).unwrap_or_default());
            text.push_str(&other);
            done = last + name.len();
        }
        at += length;
    }
    text + expression.get(done..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_told_from_functions_types_and_collations() {
        let put = |table: Option<&str>, name: &str| {
            (table == Some("c") || name == "email").then(|| "X".to_owned())
        };
        for (expression, expected) in [
            ("lower(c.email)", "lower(X)"),
            ("lower((c.email)::text)", "lower((X)::text)"),
            (
                "lower(c.email COLLATE \"und-x-icu\") COLLATE pg_catalog.\"C\"",
                "lower(X COLLATE \"und-x-icu\") COLLATE pg_catalog.\"C\"",
            ),
            ("lower(email)", "lower(X)"),
            ("pg_catalog.lower(c.\"E-Mail\") || 'c.email'", "pg_catalog.lower(X) || 'c.email'"),
            (
                "CASE WHEN strpos(c.a, '@') > 0 THEN c.a END",
                "CASE WHEN strpos(X, '@') > 0 THEN X END",
            ),
        ] {
            assert_eq!(replaced(expression, Engine::Postgresql, put), expected);
        }
    }

    #[test]
    fn answers_are_read() {
        let told = ["yyy", "yyn", "ynn", "yny", "nnn", "", "y"].map(Fold::told);
        let [alike, ascii, not, otherwise] =
            [Fold::Alike, Fold::Ascii, Fold::Not, Fold::Otherwise].map(Some);
        let expected = [alike, ascii, otherwise, otherwise, not, None, None];
        assert_eq!(told, expected);
    }
}
