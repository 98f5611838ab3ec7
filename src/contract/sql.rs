//! Takes SQL apart far enough to know where texts, names and brackets begin and end, and refuses
//! what could make a script say something else than it seems to.

use super::Engine;

/// A piece of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name or keyword, or a name in the engine's quotes.
    Word(&'a str),
    /// A text or number constant.
    Constant(&'a str),
    /// Anything else, one character each.
    Symbol(char),
}

impl Token<'_> {
    pub(super) fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// Whether it is a text in single quotes.
    fn is_text(&self) -> bool {
        matches!(self, Self::Constant(text) if text.ends_with('\''))
    }
}

/// What is wrong, the remedy, and the byte where it begins.
pub(super) type Wrong = (usize, String, &'static str);

/// The tokens with the bytes where they begin.
///
/// # Errors
/// Everything that is unbalanced or has no place in an expression.
pub(super) fn tokens(text: &str, engine: Engine) -> Result<Vec<(usize, Token<'_>)>, Vec<Wrong>> {
    let mut scanner = Scanner { text, engine, at: 0, tokens: vec![], open: vec![], wrong: vec![] };
    while let Some(next) = text[scanner.at..].chars().next() {
        scanner.step(next);
    }
    if let Some(at) = text.find('\0') {
        scanner.refuse(at, "holds a NUL character".to_owned(), "take it out");
    }
    for (at, bracket) in std::mem::take(&mut scanner.open) {
        scanner.refuse(at, format!("`{bracket}` is never closed"), "close it");
    }
    if scanner.tokens.is_empty() && scanner.wrong.is_empty() {
        scanner.refuse(0, "is empty".to_owned(), "write an expression or leave the key out");
    }
    if scanner.wrong.is_empty() { Ok(scanner.tokens) } else { Err(scanner.wrong) }
}

struct Scanner<'a> {
    text: &'a str,
    engine: Engine,
    at: usize,
    tokens: Vec<(usize, Token<'a>)>,
    open: Vec<(usize, char)>,
    wrong: Vec<Wrong>,
}

impl<'a> Scanner<'a> {
    fn refuse(&mut self, at: usize, cause: String, remedy: &'static str) {
        self.wrong.push((at, cause, remedy));
    }

    fn push(&mut self, end: usize, token: impl FnOnce(&'a str) -> Token<'a>) {
        self.tokens.push((self.at, token(&self.text[self.at..end])));
        self.at = end;
    }

    fn step(&mut self, next: char) {
        let rest = &self.text[self.at..];
        let comment = ["--", "/*", "*/"].into_iter().find(|mark| rest.starts_with(mark));
        let comment = comment.or((next == '#' && self.engine.is_mysql()).then_some("#"));
        if let Some(mark) = comment {
            let remedy = "say it in a TOML comment, outside the quotes; write minus signs apart";
            self.refuse(self.at, format!("`{mark}` is a comment"), remedy);
            self.at = self.text.len();
            return;
        }
        if self.engine.is_mysql() && rest.starts_with("||") {
            let cause = "`||` is OR here, and joins no texts".to_owned();
            self.refuse(self.at, cause, "write CONCAT(...), or the word OR");
            self.at += 2;
            return;
        }
        match next {
            ' ' | '\n' | '\r' | '\t' => self.at += 1,
            '\'' if self.tokens.last().is_some_and(|(_, last)| last.is_text()) => {
                let remedy = if self.engine.is_mysql() {
                    "join two with CONCAT(...)"
                } else {
                    "join two with ||"
                };
                self.refuse(self.at, "a text follows a text".to_owned(), remedy);
                self.at = self.text.len();
            }
            '\'' | '"' | '`' => self.quoted(next),
            '[' if self.engine == Engine::Sqlite => self.bracketed(),
            '(' | '[' => {
                self.open.push((self.at, next));
                self.push(self.at + 1, |_| Token::Symbol(next));
            }
            ')' | ']' => self.close(next),
            _ if is_word(next) => {
                let number = next.is_ascii_digit() && !self.is_behind_a_name();
                let goes_on = |c: char| is_word(c) || (c == '$' && !number);
                let end = rest.find(|c| !goes_on(c)).map_or(self.text.len(), |n| self.at + n);
                self.push(
                    end,
                    |text| if number { Token::Constant(text) } else { Token::Word(text) },
                );
            }
            ';' => self.stray(next, "one expression a key: take it out"),
            '\\' => self.stray(next, "outside quotes a client program would take it for a command"),
            '{' | '}' => self.stray(next, "name a parameter of [parameters] between braces"),
            '$' => self.stray(next, "write texts in single quotes"),
            _ if next.is_control() => self.stray(next, "take the control character out"),
            _ => self.push(self.at + next.len_utf8(), |_| Token::Symbol(next)),
        }
    }

    fn stray(&mut self, what: char, remedy: &'static str) {
        self.refuse(self.at, format!("{what:?} has no place here"), remedy);
        self.at += what.len_utf8();
    }

    fn close(&mut self, bracket: char) {
        let wanted = if bracket == ')' { '(' } else { '[' };
        if self.open.pop_if(|(_, open)| *open == wanted).is_none() {
            self.refuse(self.at, format!("`{bracket}` closes nothing"), "take it out");
        }
        self.push(self.at + 1, |_| Token::Symbol(bracket));
    }

    /// Whether a name and a point stand before: there MySQL takes `9wp_users` for a name.
    fn is_behind_a_name(&self) -> bool {
        let named =
            matches!(self.tokens.as_slice(), [.., (_, Token::Word(_)), (_, Token::Symbol('.'))]);
        named && self.engine.is_mysql()
    }

    /// Whether an E stands before, alone, which makes a text one with escapes.
    fn is_after_e(&self) -> bool {
        let before = self.text[..self.at].strip_suffix(['E', 'e']);
        before.is_some_and(|before| !before.ends_with(|c| is_word(c) || c == '$'))
    }

    /// A name in brackets.
    fn bracketed(&mut self) {
        if let Some(length) = self.text[self.at..].find(']') {
            return self.push(self.at + length + 1, Token::Word);
        }
        self.refuse(self.at, "`[` is never closed".to_owned(), "close it");
        self.at = self.text.len();
    }

    /// A text or a quoted name; the quote twice stands for itself.
    fn quoted(&mut self, quote: char) {
        let escapes = match self.engine {
            Engine::Mysql | Engine::Mariadb => quote != '`',
            Engine::Postgresql => quote == '\'' && self.is_after_e(),
            Engine::Sqlite => false,
        };
        let mut characters = self.text[self.at + 1..].char_indices().peekable();
        while let Some((offset, character)) = characters.next() {
            if character == '\\' && escapes {
                characters.next();
            } else if character == quote && characters.next_if(|(_, c)| *c == quote).is_none() {
                let name = quote == '`' || (quote == '"' && !self.engine.is_mysql());
                let end = self.at + 1 + offset + 1;
                self.push(end, |text| if name { Token::Word(text) } else { Token::Constant(text) });
                return;
            }
        }
        self.refuse(self.at, format!("the quote {quote} is never closed"), "close it");
        self.at = self.text.len();
    }
}

/// The last part of a name, as written, and what stands before its point.
pub(super) fn parts(name: &str, engine: Engine) -> Option<(&str, &str)> {
    let tokens = tokens(name, engine).ok()?;
    let (point, _) = tokens.iter().rfind(|(_, token)| *token == Token::Symbol('.'))?;
    Some((name.get(..*point)?, name.get(point + 1..)?))
}

/// A name as the catalogue has it: without the quotes around it.
pub(super) fn unquoted(name: &str, engine: Engine) -> String {
    let quote = if engine.is_mysql() { '`' } else { '"' };
    let inner = name.trim().strip_prefix(quote).and_then(|name| name.strip_suffix(quote));
    inner.map_or(name.trim().to_owned(), |name| {
        name.replace(&format!("{quote}{quote}"), &quote.to_string())
    })
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}
