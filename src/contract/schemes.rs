//! The names of schemes that a mapping writes itself.

use super::builder::Builder;
use super::source::Text;
use super::sql::Token;
use crate::password::Scheme;

impl Builder {
    /// A misspelt scheme would make every password of its rows a wrong one. Where that is meant, the name
    /// begins with `unsupported`.
    pub(super) fn schemes(&mut self, text: &Text) {
        let tokens = self.tokens("columns.password_scheme", text);
        for (at, (_, token)) in tokens.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| tokens.get(at)).map(|(_, token)| token);
            let after = tokens.get(at + 1).map(|(_, token)| token);
            let is_result = before.is_none_or(|token| token.is("THEN") || token.is("ELSE"))
                && after.is_none_or(|token| matches!(token, Token::Word(_)));
            let Token::Constant(name) = token else { continue };
            let name = name.trim_matches('\'');
            let plain = !name.is_empty()
                && !name.starts_with("unsupported")
                && !name.contains(['(', '$', '{', ' ']);
            if is_result && plain && Scheme::named(name).is_empty() {
                let cause = format!("{name:?} is no scheme");
                let remedy = "docs/passwords.md lists the names; leave the column out where hashes tell their scheme; begin it with unsupported where such passwords are to be wrong";
                self.fault(Some(text.line), "columns.password_scheme", &cause, remedy);
            }
        }
    }
}
