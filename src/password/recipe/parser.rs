//! Reads recipes, part by part; see [`super::grammar`] for the language.

use super::functions::Function;
use super::parameters::Parameters;
use super::tree::{Change, Recipe, Variable};
use crate::password::primitives::Digest;

/// The longest text, and the deepest nesting: hexadecimal doubles with each level.
pub(super) const MAX_BYTES: usize = 1024;
pub(super) const MAX_DEPTH: usize = 10;

/// A part of a recipe.
pub(super) struct Piece {
    recipe: Recipe,
    /// A digest, of which nobody has said yet how it is written.
    bare: bool,
}

impl Piece {
    fn plain(recipe: Recipe) -> Self {
        Self { recipe, bare: false }
    }

    /// As a part of something else.
    pub(super) fn text(self) -> Recipe {
        if self.bare { self.recipe.then(Change::Hex) } else { self.recipe }
    }

    /// As the whole: how the stored digest is written shows by itself.
    pub(super) fn raw(self) -> Recipe {
        match self.recipe {
            Recipe::Change(Change::Hex | Change::UpperHex | Change::Base64, of)
                if of.length().is_some() =>
            {
                *of
            }
            recipe => recipe,
        }
    }
}

pub(super) struct Parser<'a> {
    pub(super) rest: &'a str,
    pub(super) parameters: Parameters,
    /// Inside the step of an `iterate`.
    repeats: bool,
}

impl<'a> Parser<'a> {
    pub(super) fn new(rest: &'a str) -> Self {
        Self { rest, parameters: Parameters::default(), repeats: false }
    }

    pub(super) fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn sign(&mut self, sign: char) -> Option<()> {
        self.blank();
        self.rest = self.rest.strip_prefix(sign)?;
        Some(())
    }

    pub(super) fn word(&mut self) -> Option<&'a str> {
        self.blank();
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let end = self.rest.find(|c| !inside(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn number(&mut self) -> Option<usize> {
        self.word()?.parse().ok()
    }

    fn variable(name: &str) -> Option<Variable> {
        Some(match name.to_ascii_lowercase().as_str() {
            "pass" | "password" | "pw" | "plain" => Variable::Password,
            "salt" => Variable::Salt,
            "salt1" => Variable::Salt1,
            "salt2" => Variable::Salt2,
            "username" | "user" | "login" => Variable::Username,
            "email" | "mail" => Variable::Email,
            "pepper" => Variable::Pepper,
            "digest" | "hash" => Variable::Digest,
            _ => return None,
        })
    }

    /// `( … )` behind a name or a recipe: parameters, and at most one expression.
    pub(super) fn arguments(&mut self) -> Option<Vec<Recipe>> {
        self.sign('(')?;
        let mut recipes = vec![];
        loop {
            if !self.setting()? {
                recipes.push(self.joined(MAX_DEPTH)?.text());
            }
            if self.sign(',').is_none() {
                self.sign(')')?;
                return (recipes.len() < 2).then_some(recipes);
            }
        }
    }

    /// `key=value`, if that is what comes next.
    fn setting(&mut self) -> Option<bool> {
        let mut ahead = Self::new(self.rest);
        let Some(key) = ahead.word() else { return Some(false) };
        if ahead.sign('=').is_none() || key == "key" {
            return Some(false);
        }
        let end = ahead.rest.find([',', ')'])?;
        let (value, rest) = ahead.rest.split_at_checked(end)?;
        self.parameters.set(key, value.trim().trim_matches(['\'', '"']))?;
        self.rest = rest;
        Some(true)
    }

    /// Parts with `.` or `+` between them.
    pub(super) fn joined(&mut self, depth: usize) -> Option<Piece> {
        let first = self.part(depth.checked_sub(1)?)?;
        let mut parts = vec![];
        while self.sign('.').or_else(|| self.sign('+')).is_some() {
            parts.push(self.part(depth - 1)?.text());
        }
        if parts.is_empty() {
            return Some(first);
        }
        parts.insert(0, first.text());
        Some(Piece::plain(Recipe::Join(parts)))
    }

    fn part(&mut self, depth: usize) -> Option<Piece> {
        self.blank();
        if let Some(quote) = self.rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let (text, rest) = self.rest.get(1..)?.split_once(quote)?;
            self.rest = rest;
            return Some(Piece::plain(Recipe::Constant(text.as_bytes().to_vec().into())));
        }
        let dollar = self.sign('$').is_some();
        let word = self.word()?;
        self.blank();
        if dollar || !self.rest.starts_with('(') {
            // The result so far is that of a repetition.
            let is_there = |it: &Variable| *it != Variable::Digest || self.repeats;
            let variable = Self::variable(word).filter(is_there)?;
            return Some(Piece::plain(Recipe::Variable(variable)));
        }
        self.sign('(')?;
        let piece = self.call(Function::named(word)?, depth)?;
        self.sign(')')?;
        Some(piece)
    }

    fn call(&mut self, function: Function, depth: usize) -> Option<Piece> {
        match function {
            Function::Digest(digest, raw) => self.digest(digest, raw, depth),
            Function::Hmac(digest, raw) => self.hmac(digest, raw, depth),
            Function::Raw => Some(Piece::plain(self.joined(depth)?.recipe)),
            Function::Change(mut change) => {
                let Piece { recipe, bare } = self.joined(depth)?;
                if let Change::Html { .. } = change
                    && self.sign(',').is_some()
                {
                    change = match self.word()? {
                        "ENT_QUOTES" => Change::Html { quotes: true },
                        "ENT_COMPAT" => Change::Html { quotes: false },
                        _ => return None,
                    };
                }
                Some(Piece::plain(match (bare, change) {
                    (true, Change::Upper | Change::UnicodeUpper) => recipe.then(Change::UpperHex),
                    (true, Change::Lower | Change::UnicodeLower) => recipe.then(Change::Hex),
                    (true, Change::Hex | Change::Base64) | (false, _) => recipe.then(change),
                    (true, _) => recipe.then(Change::Hex).then(change),
                }))
            }
            Function::Part | Function::Left => {
                let of = self.joined(depth)?.text();
                let start = match function {
                    Function::Part => (self.sign(',')?, self.number()?).1,
                    _ => 0,
                };
                self.sign(',')?;
                let length = self.number()?;
                Some(Piece::plain(of.then(Change::Part { start, length })))
            }
            Function::Repeat => {
                let of = self.joined(depth)?.text();
                self.sign(',')?;
                let length = self.number().filter(|length| *length <= MAX_BYTES)?;
                Some(Piece::plain(of.then(Change::Repeat(length))))
            }
            Function::Iterate => {
                let first = Box::new(self.joined(depth)?.text());
                self.sign(',')?;
                let outside = std::mem::replace(&mut self.repeats, true);
                let step = Box::new(self.joined(depth)?.text());
                self.repeats = outside;
                self.sign(',')?;
                let count = u32::try_from(self.number()?).ok()?;
                Some(Piece::plain(Recipe::Iterate { first, step, count }))
            }
        }
    }

    /// `sha512($pass.$salt, iterations=20)`: the digest of the digest, twenty in all, written in
    /// between as the name says.
    fn digest(&mut self, digest: Digest, raw: bool, depth: usize) -> Option<Piece> {
        let first = Recipe::Digest(digest, Box::new(self.joined(depth)?.text()));
        let before = std::mem::take(&mut self.parameters);
        while self.sign(',').is_some() {
            if !self.setting()? {
                return None;
            }
        }
        let count = self.parameters.iterations.take().unwrap_or(1).checked_sub(1)?;
        self.parameters = before.merged(std::mem::take(&mut self.parameters));
        if count == 0 {
            return Some(Piece { recipe: first, bare: !raw });
        }
        let so_far = Piece { recipe: Recipe::Variable(Variable::Digest), bare: !raw };
        let step = Box::new(Recipe::Digest(digest, Box::new(so_far.text())));
        let recipe = Recipe::Iterate { first: Box::new(first), step, count };
        Some(Piece { recipe, bare: !raw })
    }

    /// `hmac_md5(key=$pass)`: the message is then the salt; with any other key, the password.
    fn hmac(&mut self, digest: Digest, raw: bool, depth: usize) -> Option<Piece> {
        let (mut key, mut message) = (None, None);
        loop {
            let before = self.rest;
            let slot = match self.word() {
                Some("key") if self.sign('=').is_some() => &mut key,
                _ => {
                    self.rest = before;
                    &mut message
                }
            };
            if slot.is_some() {
                return None;
            }
            *slot = Some(self.joined(depth)?.text());
            if self.sign(',').is_none() {
                break;
            }
        }
        let key = key?;
        let of_password = key == Recipe::PASSWORD;
        let usual = if of_password { Recipe::SALT } else { Recipe::PASSWORD };
        let message = message.unwrap_or(usual);
        let (key, message) = (Box::new(key), Box::new(message));
        Some(Piece { recipe: Recipe::Hmac { digest, key, message }, bare: !raw })
    }
}
