//! The language of `password_scheme`: a scheme's name, parameters in parentheses, or a recipe in
//! hashcat's notation. A closed grammar over named digests; nothing in it is ever executed as code.
//!
//! A digest inside another part of a recipe is written as lower-case hexadecimal, as hashcat and
//! PHP have it; `md5_bin(…)` gives its raw bytes, `base64(md5(…))` and `strtoupper(md5(…))` other
//! ways of writing it.

use super::evaluate::Inputs;
use super::functions::Function;
use super::parameters::Parameters;
use super::parser::{MAX_BYTES, MAX_DEPTH, Parser};
use super::tree::{Recipe, Variable};

/// What `password_scheme` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::password) struct Spoken<'a> {
    /// A scheme's name; none for a recipe alone.
    pub(in crate::password) name: Option<&'a str>,
    /// What is made of the password before the named scheme sees it, or the recipe.
    pub(in crate::password) recipe: Option<Recipe>,
    /// What lies outside the hash.
    pub(in crate::password) parameters: Parameters,
}

/// Reads `password_scheme`; none when it is neither a name with parameters nor a recipe.
pub(in crate::password) fn parse(text: &str) -> Option<Spoken<'_>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut parser = Parser::new(text);
    let is_name = |name: &str, next: &str| next.is_empty() || Function::named(name).is_none();
    let mut ahead = Parser::new(text);
    let spoken = match ahead.word() {
        // A variable alone has its `$`: without it, `plain` is a scheme.
        Some(name) if is_name(name, ahead.rest) => {
            let recipe = if ahead.rest.is_empty() { None } else { ahead.arguments()?.pop() };
            let (name, Parser { rest, parameters, .. }) = (Some(name), ahead);
            (Spoken { name, recipe, parameters }, rest)
        }
        _ => {
            let piece = parser.joined(MAX_DEPTH)?;
            parser.blank();
            if !parser.rest.is_empty() && !parser.arguments()?.is_empty() {
                return None;
            }
            let (recipe, Parser { rest, parameters, .. }) = (Some(piece.raw()), parser);
            (Spoken { name: None, recipe, parameters }, rest)
        }
    };
    let (spoken, rest) = spoken;
    // What the password has no part in would let anybody in.
    (rest.is_empty() && spoken.recipe.as_ref().is_none_or(may_read)).then_some(spoken)
}

/// Whether the password has a part in it for some row; what is too dear to tell is left to the caps.
fn may_read(recipe: &Recipe) -> bool {
    recipe.reads_password(Inputs::NONE) != Some(false)
}

/// A recipe for what stands in for a password: a digest is written in hexadecimal.
pub(in crate::password) fn inner(text: &str) -> Option<Recipe> {
    let mut parser = Parser::new(text);
    let recipe = parser.joined(MAX_DEPTH)?.text();
    let whole = parser.rest.trim().is_empty();
    (whole && may_read(&recipe)).then_some(recipe)
}

/// A recipe alone.
pub(in crate::password) fn recipe(text: &str) -> Option<Recipe> {
    parse(text).filter(|spoken| spoken.name.is_none())?.recipe
}

impl Recipe {
    /// What is done to every password before a scheme sees it: a recipe over the password and the
    /// pepper. A digest that is the whole of it is written in hexadecimal.
    #[must_use]
    pub fn preparation(text: &str) -> Option<Self> {
        let recipe = inner(text)?;
        let salts = [Variable::Salt, Variable::Salt1, Variable::Salt2];
        let from_row = salts.into_iter().chain([Variable::Username, Variable::Email]);
        let foreign = from_row.into_iter().any(|variable| recipe.uses(variable));
        (!foreign).then_some(recipe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_recipe_are_one() {
        let salted = recipe("md5(md5($pass).$salt)");
        assert!(salted.is_some());
        for same in [
            "md5(md5(password) + salt)",
            "MD5( md5($pass) . $salt )",
            "md5(hex(md5($pw)).$salt)",
            "hex(md5(md5($pass).$salt))",
            "md5(md5($pass).$salt, salt=hex)",
            "md5(md5($pass).$salt)(salt=hex)",
        ] {
            assert_eq!(recipe(same), salted, "{same}");
        }
        assert_eq!(recipe("HMAC-SHA256 (key = $salt)"), recipe("hmac_sha256(key=$salt, $pass)"));
    }

    #[test]
    fn what_is_no_recipe_is_refused() {
        for text in [
            "",
            "md5",
            "md5(",
            "md5()",
            "md5($pass",
            "md5($pass))",
            "md5($pass) x",
            "md5($nothing)",
            "rot13($pass)",
            "md5($pass.)",
            "md5('$pass)",
            "hmac_md5($pass)",
            "hmac_md5(key=$pass, key=$salt)",
            "md5($pass, iterations=0)",
            "md5($pass, iterations=-1)",
            "repeat($pass, 100000)",
            "substr($pass)",
            "system('id')",
            "md5($pass);",
            // Nothing of the password is read.
            "md5($salt)",
            "sha1('constant')",
            "$salt",
            "hmac_sha1(key=$salt, $username)",
            "md5(left($pass, 0))",
            "md5(repeat($pass, 0))",
            "md5(substr($pass, 1, 8))",
            "md5(left('constant'.$pass, 8))",
            "md5(substr(md5($pass), 40, 8))",
            "substr(md5($pass), 32, 8)",
            "iterate($pass, md5($salt), 10)",
            "iterate($pass, md5($salt.'--'), 1)",
            // A little less of it is left each time.
            "md5(iterate($pass, left('x'.$digest, 8), 10))",
            "md5(iterate(md5($pass), left(hex($digest), 64), 40))",
            "md5($digest)",
            // Nothing is repeated around it.
            "md5($digest.$pass)",
            "iterate(md5($digest.$pass), md5($digest), 2)",
        ] {
            assert_eq!(recipe(text), None, "{text}");
        }
        let deep = format!("{}$pass{}", "hex(".repeat(40), ")".repeat(40));
        assert_eq!(recipe(&deep), None);
        assert_eq!(recipe(&format!("md5($pass.'{}')", "x".repeat(MAX_BYTES))), None);
    }

    /// The row is not known where every password is prepared.
    #[test]
    fn a_preparation_reads_no_row() {
        for text in ["$salt", "$salt1", "$salt2", "$username", "$email", "$digest"] {
            assert_eq!(Recipe::preparation(&format!("sha1($pass.{text})")), None, "{text}");
        }
        assert!(Recipe::preparation("iterate($pass, sha1($digest.$pepper), 3)").is_some());
    }

    #[test]
    fn parameters_follow_a_name() {
        let spoken = parse("pbkdf2_sha512(iterations=10000, salt=hex)").expect("a scheme");
        assert_eq!(
            (spoken.name, spoken.parameters.iterations),
            (Some("pbkdf2_sha512"), Some(10_000))
        );
        assert!(parse("bcrypt(md5($pass))").is_some_and(|spoken| spoken.recipe.is_some()));
        for text in [
            "pbkdf2_sha512(iterations=x)",
            "pbkdf2_sha512(colour=red)",
            "bcrypt(md5($pass), sha1($pass))",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
