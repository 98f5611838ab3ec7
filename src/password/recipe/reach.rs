//! Whether the password has a part in what a recipe makes. What it has none in lets anybody in.
//!
//! The row's own values decide it, so the recipe is followed with them for some passwords. A quick digest
//! stands for each function: it reads and makes as many bytes, and costs next to nothing.

use super::cost::Sizes;
use super::evaluate::Inputs;
use super::tree::{Change, Recipe, Variable};
use crate::password::primitives::Digest;

/// Passwords differ in the first character alone, because one character may be all of a password. Those of
/// a line are changed alike: all steps read the first line; Latin-1 and SASLprep leave the second as it is.
const FIRST: [[&str; 4]; 2] =
    [["a", "b", "c", "d"], ["\u{e000}", "\u{f000}", "\u{f0000}", "\u{100000}"]];
/// What follows: hexadecimal and base64 are undone for some lengths only.
const REST: [&str; 4] = ["aaa", "aaaa", "aaaaa", "aaaaaa"];
/// How often a step is repeated. Where each turn reads all of the one before, the last tells no less than these.
const MAX_TURNS: u32 = 16;
/// A recipe that is dearer than this without its repetitions is no software's.
const MAX_NANOSECONDS: u64 = 100_000;

impl Recipe {
    /// Whether another password makes another value, with these inputs beside it. None where telling would
    /// take too long.
    pub(in crate::password) fn reads_password(&self, inputs: Inputs<'_>) -> Option<bool> {
        if self.begins_with_password() { Some(true) } else { self.tells_apart(inputs) }
    }

    /// The same, by following the recipe.
    fn tells_apart(&self, inputs: Inputs<'_>) -> Option<bool> {
        let sketch = self.sketch(MAX_TURNS);
        let sizes = Sizes {
            password: 16,
            salt: inputs.salt.len(),
            names: inputs.username.len().max(inputs.email.len()),
            pepper: inputs.pepper.len(),
        };
        if sketch.cost_of(sizes).nanoseconds > MAX_NANOSECONDS {
            return None;
        }
        let made = |first: &str, rest: &str| {
            let password = [first, rest].concat();
            sketch.evaluate(Inputs { password: password.as_bytes(), ..inputs })
        };
        let mut some_told = false;
        for [one, others @ ..] in FIRST {
            for rest in REST {
                // What makes nothing is a wrong password everywhere.
                let Some(value) = made(one, rest) else { continue };
                if others.iter().all(|other| made(other, rest).as_ref() == Some(&value)) {
                    return Some(false);
                }
                some_told = true;
            }
        }
        if some_told && self.may_fade(1) { None } else { Some(some_told) }
    }

    /// Whether a little of the password may be left at each of more turns than are followed, in so many turns around it.
    fn may_fade(&self, around: u32) -> bool {
        let fades = |of: &Self| of.may_fade(around);
        match self {
            Self::Variable(_) | Self::Constant(_) => false,
            Self::Join(parts) => parts.iter().any(fades),
            Self::Change(_, of) | Self::Digest(_, of) => fades(of),
            Self::Hmac { key: one, message: other, .. }
            | Self::Derive { password: one, salt: other, .. } => fades(one) || fades(other),
            Self::Iterate { first, step, count } => {
                let turns = around.saturating_mul(*count);
                turns > MAX_TURNS && step.cuts_result() || step.may_fade(turns) || fades(first)
            }
        }
    }

    /// Whether something is cut, and no function reads the whole of the turn before.
    fn cuts_result(&self) -> bool {
        let (mut cuts, mut reads) = (false, false);
        self.walk(&mut |of| {
            cuts |= matches!(of, Self::Change(Change::Part { .. } | Change::Repeat(_), _));
            reads |= match of {
                Self::Digest(_, of) => of.holds(Variable::Digest),
                Self::Hmac { key, message, .. } => {
                    key.holds(Variable::Digest) || message.holds(Variable::Digest)
                }
                Self::Derive { salt, .. } => salt.holds(Variable::Digest),
                _ => false,
            };
        });
        cuts && !reads
    }

    /// Whether its first bytes are the password's, or a function's that reads the password from its beginning: so are
    /// nearly all recipes, and nothing has to be followed.
    fn begins_with_password(&self) -> bool {
        match self {
            Self::Variable(variable) => *variable == Variable::Password,
            Self::Join(parts) => parts.first().is_some_and(Self::begins_with_password),
            Self::Change(change, of) => change.keeps_beginning() && of.begins_with_password(),
            Self::Iterate { first, count: 0, .. } => first.begins_with_password(),
            Self::Iterate { first, step, .. } => {
                step.begins_with_result() && first.begins_with_password()
            }
            Self::Digest(_, of) => of.holds(Variable::Password),
            Self::Hmac { key, message, .. } => {
                key.holds(Variable::Password) || message.holds(Variable::Password)
            }
            Self::Derive { password, .. } => password.begins_with_password(),
            Self::Constant(_) => false,
        }
    }

    /// The same of the turn before.
    fn begins_with_result(&self) -> bool {
        match self {
            Self::Change(change, of) => change.keeps_beginning() && of.begins_with_result(),
            Self::Digest(_, of) => of.holds(Variable::Digest),
            Self::Hmac { key, message, .. } => {
                key.holds(Variable::Digest) || message.holds(Variable::Digest)
            }
            _ => false,
        }
    }

    /// Whether what is read to its end has all of this in it, or of what a function makes of the password.
    fn holds(&self, variable: Variable) -> bool {
        match self {
            Self::Variable(own) => *own == variable,
            Self::Join(parts) => parts.iter().any(|part| part.holds(variable)),
            Self::Change(change, of) if variable == Variable::Digest => {
                matches!(change, Change::Hex | Change::UpperHex | Change::Base64)
                    && of.holds(variable)
            }
            other => variable == Variable::Password && other.begins_with_password(),
        }
    }

    /// The recipe with a quick digest for each function, and with few repetitions.
    fn sketch(&self, turns: u32) -> Self {
        let quick = |of: Vec<Self>, length: usize| {
            let digest = Self::Digest(Digest::Sha256, Box::new(Self::Join(of)));
            digest.then(Change::Repeat(length))
        };
        match self {
            Self::Variable(_) | Self::Constant(_) => self.clone(),
            Self::Join(parts) => Self::Join(parts.iter().map(|part| part.sketch(turns)).collect()),
            Self::Change(change, of) => of.sketch(turns).then(*change),
            Self::Digest(digest, of) => quick(vec![of.sketch(turns)], digest.length()),
            Self::Hmac { digest, key, message } => {
                quick(vec![key.sketch(turns), message.sketch(turns)], digest.length())
            }
            Self::Derive { kdf, password, salt, length } => {
                let read = Change::Part { start: 0, length: kdf.reads().unwrap_or(usize::MAX) };
                quick(vec![password.sketch(turns).then(read), salt.sketch(turns)], *length)
            }
            Self::Iterate { first, step, count } => {
                let count = (*count).min(turns);
                let inner = turns.checked_div(count).unwrap_or(1).max(1);
                let (first, step) = (Box::new(first.sketch(turns)), Box::new(step.sketch(inner)));
                Self::Iterate { first, step, count }
            }
        }
    }
}

impl Change {
    /// Whether what begins otherwise also does so when it is changed.
    fn keeps_beginning(self) -> bool {
        !matches!(
            self,
            Self::FromHex
                | Self::FromBase64
                | Self::Part { .. }
                | Self::Braced
                | Self::Realm
                | Self::Repeat(_)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::recipe::grammar::inner;

    fn reads(recipe: &str, inputs: Inputs<'_>) -> Option<bool> {
        inner(recipe).expect("a recipe").reads_password(inputs)
    }

    /// The real length of what stands before the password decides, whatever it was made by.
    #[test]
    fn what_a_value_grows_to_is_counted() {
        for (recipe, salt, length) in [
            ("left($salt.$pass, 72)", "é", 36),
            ("left(strtolower($salt).$pass, 72)", "İ", 24),
            ("left(trim($salt).$pass, 72)", "s", 72),
            ("left(utf16le($salt).$pass, 72)", "s", 36),
            ("left(utf16be($salt.$pass), 72)", "s", 36),
            ("left(latin1($salt.$pass), 72)", "é", 36),
            ("left(saslprep($salt).$pass, 72)", "s", 72),
            ("left(nfkd($salt.$pass), 72)", "é", 24),
            ("left(hex($salt.$pass), 72)", "s", 36),
            ("left(base64($salt.$pass), 72)", "s", 54),
            ("left(unhex($salt.$pass), 36)", "a", 72),
            ("left(addslashes($salt.$pass), 72)", "'", 36),
            ("left(htmlspecialchars($salt.$pass), 72)", "&", 15),
            ("left(braced($salt).$pass, 72)", "s", 70),
            ("left(repeat($salt.$pass, 72), 72)", "s", 72),
            ("left(iterate($pass, left($salt.$digest, 72), 9), 72)", "s", 8),
        ] {
            let with = |length| {
                let salt = salt.repeat(length);
                reads(recipe, Inputs { salt: salt.as_bytes(), ..Inputs::NONE })
            };
            assert_eq!([with(length), with(length - 1)], [Some(false), Some(true)], "{recipe}");
        }
    }

    /// What is seen at a glance is what following it says.
    #[test]
    fn the_short_way_leads_to_the_same() {
        let change = |change: &str| format!("{change}($pass)");
        let changes =
            ["strtolower", "strtoupper", "addslashes", "htmlspecialchars", "trim", "nfc", "nfkc"];
        let more = ["nfkd", "saslprep", "latin1", "utf16le", "utf16be", "hex", "base64"];
        let recipes = changes.into_iter().chain(more).map(change).chain(
            ["md5($salt.$pass)", "iterate(sha1($pass), sha1($digest.$salt), 1000)", "$pass.$salt"]
                .map(str::to_owned),
        );
        for recipe in recipes {
            let recipe = inner(&recipe).expect(&recipe);
            assert!(recipe.begins_with_password(), "{recipe:?}");
            assert_eq!(recipe.tells_apart(Inputs::NONE), Some(true), "{recipe:?}");
        }
        for recipe in ["left($pass, 8)", "$salt.$pass", "md5(left($salt.$pass, 20))"] {
            assert!(!inner(recipe).expect("a recipe").begins_with_password(), "{recipe}");
        }
    }

    /// What a turn loses may be little, and nothing is left in the end.
    #[test]
    fn what_may_fade_is_not_told() {
        for recipe in [
            "iterate($pass, left('x'.$digest, 100), 200)",
            "md5(iterate($pass, left($salt.$digest, 40), 1000))",
            "iterate($pass, iterate($digest, left('x'.$digest, 30), 8), 8)",
        ] {
            assert_eq!(reads(recipe, Inputs { salt: b"ab", ..Inputs::NONE }), None, "{recipe}");
        }
        // No password that can be tried says anything.
        assert!(inner("left($salt.nfc(unhex($pass)), 72)").is_none());
        for recipe in [
            "left(iterate($pass, sha1($digest.$salt), 1000), 8)",
            "left(iterate(sha1($pass), sha1(hex($digest)), 1000), 8)",
        ] {
            assert_eq!(reads(recipe, Inputs::NONE), Some(true), "{recipe}");
        }
    }

    #[test]
    fn what_costs_too_much_is_not_told() {
        let salt = "s".repeat(1024);
        let inputs = Inputs { salt: salt.as_bytes(), ..Inputs::NONE };
        let part = "sha1(hex(hex(hex(hex(hex($salt))))))";
        let recipe = format!("{}.$pass", [part; 20].join("."));
        assert_eq!(reads(&recipe, inputs), None);
        assert_eq!(reads(&recipe, Inputs::NONE), Some(true));
        let many = "iterate($pass, iterate($digest, iterate($digest, sha1($digest), 99), 99), 99)";
        assert_eq!(reads(many, inputs), Some(true));
    }
}
