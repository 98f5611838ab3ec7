//! The closed list of schemes: what each is called, what its rows hold, and whether passwords can
//! be tried against it cheaply. It stands on `recipe` and `primitives`.

mod fast;
mod slow;
mod unsupported;
pub(super) mod usual;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::password::primitives::Digest;
use crate::password::recipe::{SaltText, grammar};

/// What `password_hash` and `password_salt` hold in rows of a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The hash tells its scheme and its parameters.
    Own,
    /// A hash of the scheme `base`, made from what the recipe makes of the password.
    Over {
        /// Whose form it is.
        base: &'static str,
        /// What stands for the password.
        password: &'static str,
    },
    /// A digest alone; the salt is in its column, or behind the digest and a colon.
    Digest(&'static str, SaltText),
    /// The salt is this many characters before the digest.
    Salted(usize, &'static str),
    /// PBKDF2 whose parameters lie outside the hash.
    Pbkdf2(Digest),
    /// scrypt whose parameters lie outside the hash.
    Scrypt,
    /// argon2 whose parameters lie outside the hash.
    Argon2,
    /// Firebase's scrypt.
    Firebase,
    /// Letters of crypt(3) without a prefix that would tell the scheme.
    Bare(Unmarked),
    /// Known, and not verified.
    Unsupported,
}

/// Forms that only their name tells from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unmarked {
    DesCrypt,
    Bigcrypt,
    Crypt16,
    LanManager,
    MysqlOld,
    Oracle10,
    Argon2Secret,
    WoltLab,
    BsdNthash,
    Jasypt,
    SpringPbkdf2,
    SpringStandard,
    Unencoded,
}

/// A scheme by its name.
#[derive(Debug)]
pub(crate) struct Scheme {
    /// passlib's name where passlib has one, the framework's otherwise.
    pub(crate) name: &'static str,
    /// Other names for it, separated by blanks.
    pub(crate) aliases: &'static str,
    /// Whether a guess costs so little that `passwords.weak_schemes` has to name it.
    pub(crate) weak: bool,
    /// What its rows hold.
    pub(crate) kind: Kind,
    /// The stored form, for people.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "a test holds the table of docs/passwords.md against it")
    )]
    pub(crate) form: &'static str,
}

macro_rules! schemes {
    ($($weak:ident $name:literal $(| $aliases:literal)? => $kind:expr, $form:literal;)*) => {
        pub(crate) const SCHEMES: &[Scheme] = &[$(Scheme {
            name: $name,
            aliases: concat!($($aliases)?),
            weak: schemes!($weak),
            kind: $kind,
            form: $form,
        }),*];
    };
    (slow) => { false };
    (weak) => { true };
}

use schemes;

/// The schemes that answer to a name: one, or a few that its hashes tell apart.
static BY_NAME: LazyLock<HashMap<&str, Vec<&Scheme>>> = LazyLock::new(|| {
    let mut names: HashMap<&str, Vec<&Scheme>> = HashMap::new();
    for scheme in Scheme::all() {
        for name in std::iter::once(scheme.name).chain(scheme.aliases.split_whitespace()) {
            names.entry(name).or_default().push(scheme);
        }
    }
    names
});

impl Unmarked {
    /// Whether a hash that tells this scheme can be of this kind all the same.
    pub(crate) fn takes(self, told: &str) -> bool {
        match self {
            Self::WoltLab => told == "bcrypt",
            Self::BsdNthash => told == "nthash_crypt",
            Self::Argon2Secret => told == "argon2",
            Self::Crypt16 => told == "bigcrypt",
            _ => false,
        }
    }
}

impl Scheme {
    /// All schemes.
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        [slow::SCHEMES, fast::SCHEMES, unsupported::SCHEMES].into_iter().flatten()
    }

    /// How many bytes its digests have, where its name tells.
    pub(crate) fn length(&self) -> Option<usize> {
        match self.kind {
            Kind::Digest(recipe, _) => grammar::recipe(recipe)?.length(),
            _ => None,
        }
    }

    /// The schemes that answer to a name, the one whose own name it is first.
    pub(crate) fn named(name: &str) -> &'static [&'static Self] {
        BY_NAME.get(name).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::Schemes;

    /// The line of the table in docs/passwords.md.
    fn line(scheme: &Scheme) -> String {
        let Scheme { name, aliases, weak, kind, form } = scheme;
        let verified = match (kind, weak) {
            (Kind::Unsupported, _) if *name != "recipe" => "no",
            (_, true) => "weak",
            (_, false) => "yes",
        };
        let aliases = aliases.split_whitespace().collect::<Vec<_>>().join(", ");
        format!("| {name} | {verified} | {form} | {aliases} |").replace("  |", " |")
    }

    #[test]
    fn the_documentation_tells_of_every_scheme_and_of_no_other() {
        let page = include_str!("../../../docs/passwords.md");
        let told: Vec<&str> = page
            .lines()
            .filter(|line| {
                [" | yes | ", " | weak | ", " | no | "].iter().any(|it| line.contains(it))
            })
            .collect();
        let due: Vec<String> = Scheme::all().map(line).collect();
        assert_eq!(told, due, "the table should read:\n{}", due.join("\n"));
    }

    #[test]
    fn every_recipe_in_the_list_can_be_read() {
        for scheme in Scheme::all() {
            match scheme.kind {
                Kind::Digest(recipe, _) | Kind::Salted(_, recipe) => {
                    assert!(grammar::recipe(recipe).is_some(), "{recipe}");
                }
                Kind::Over { base, password } => {
                    assert!(grammar::inner(password).is_some(), "{password}");
                    assert!(!Scheme::named(base).is_empty(), "{base}");
                }
                _ => {}
            }
        }
    }

    /// Weak is what costs less than a thousand digests: by the list, and by the recipe.
    #[test]
    fn cheap_recipes_are_weak() {
        for scheme in Scheme::all() {
            if let Kind::Digest(recipe, _) | Kind::Salted(_, recipe) = scheme.kind {
                let recipe = grammar::recipe(recipe).expect("a recipe");
                assert_eq!(recipe.digests() < 1000, scheme.weak, "{}", scheme.name);
            }
        }
    }

    #[test]
    fn names_are_the_configurations_too() {
        for scheme in Scheme::all() {
            for name in std::iter::once(scheme.name).chain(scheme.aliases.split_whitespace()) {
                assert!(Schemes::default().allowing(name).is_ok(), "{name}");
                assert!(Schemes::default().with_default(name).is_ok(), "{name}");
            }
        }
    }
}
