//! The name of a contract: of its schema (MySQL: its database), and what its roles' names begin with.

use std::str::FromStr;

/// As it is written everywhere where no other is given.
const USUAL: &str = "narrowgate";

/// What follows the word where it is none of the contract's names: our programs and the names of
/// nobody.
const OTHERS: [&str; 3] = ["-", " check", " serve"];

/// What no engine takes for a name without quotes, and the schemas that are theirs.
const RESERVED: &str = include_str!("schema/reserved.txt");

/// The name of one contract of a server. `narrowgate`, unless there are several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema(String);

impl Default for Schema {
    fn default() -> Self {
        Self(USUAL.to_owned())
    }
}

impl FromStr for Schema {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let letters = name.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        let first = name.starts_with(|c: char| c.is_ascii_lowercase());
        // An account of MySQL has at most 32 characters, and ours add seven.
        if !letters || !first || name.len() > 24 || name.starts_with("pg_") {
            return Err("write 1 to 24 of a-z, 0-9 and _, the first a letter, not pg_");
        }
        if RESERVED.split_whitespace().any(|word| word == name) {
            return Err("is a word of SQL or a schema of the server's own: write another");
        }
        Ok(Self(name.to_owned()))
    }
}

impl Schema {
    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the usual one.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        self.0 == USUAL
    }

    /// A name of this contract as the usual one has it.
    #[must_use]
    pub fn usual(&self, text: &str) -> String {
        text.replace(&format!("{}.", self.0), &format!("{USUAL}."))
    }

    /// A text of ours about this contract instead of the usual one.
    #[must_use]
    pub fn named(&self, text: &str) -> String {
        let mut parts = text.split(USUAL);
        let mut named = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let other = OTHERS.iter().any(|other| part.starts_with(other));
            named += if other { USUAL } else { &self.0 };
            named += part;
        }
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_names_change_and_our_programs_do_not() {
        let shop: Schema = "shop".parse().expect("a name");
        let text = "narrowgate.get_user, narrowgate_api: `narrowgate check`, narrowgate-migrate, 'narrowgate'";
        let named = "shop.get_user, shop_api: `narrowgate check`, narrowgate-migrate, 'shop'";
        assert_eq!(shop.named(text), named);
        assert_eq!(Schema::default().named(text), text);
    }

    #[test]
    fn a_name_needs_no_quotes() {
        for name in [
            "",
            "Shop",
            "1shop",
            "sh op",
            "shop\"",
            "pg_shop",
            "é",
            "order",
            "public",
            &"a".repeat(25),
        ] {
            assert!(name.parse::<Schema>().is_err(), "{name}");
        }
    }
}
