//! How passwords are verified: what the configuration says, and what it makes of an account.

use std::time::Duration;

use zeroize::Zeroizing;

use crate::password::recipe::{Inputs, MAX_NAME_BYTES, Recipe, Variable};
use crate::password::stored::{Columns, Refusal, Schemes, StoredHash, Unverifiable};

/// How passwords are verified. It has no `Debug`: it holds the pepper.
#[derive(Clone)]
pub struct Settings {
    /// What is known and allowed of stored hashes.
    pub schemes: Schemes,
    /// What the legacy system mixed into every password, beside the salt.
    pub pepper: Option<Zeroizing<String>>,
    /// What is done to a password and the pepper before any scheme sees them, unless the scheme
    /// has a place for the pepper.
    pub preparation: Recipe,
    /// Hashes computed at once.
    pub max_concurrent: usize,
    /// The longest wait for a hash to start.
    pub max_wait: Duration,
    /// Refusals are held back to a multiple of this.
    pub min_response: Duration,
    /// Memory for hashing, in MiB.
    pub max_memory_mib: u32,
}

/// A user's stored password, and the names that some schemes mix into it.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    /// The password columns.
    pub columns: Columns<'a>,
    /// The row's username.
    pub username: Option<&'a str>,
    /// The row's e-mail address.
    pub email: Option<&'a str>,
}

impl Settings {
    /// The account's hash, if a password can be compared with it.
    ///
    /// # Errors
    /// Why none can.
    pub fn read(&self, account: Account<'_>) -> Result<StoredHash, Refusal> {
        self.complete(self.schemes.read(account.columns)?, account)
    }

    /// The same of a hash whose digest the database keeps, and compares. Where all that is
    /// derived is the password itself, it is not derived: nobody else should learn it.
    pub(super) fn read_parameters(&self, account: Account<'_>) -> Result<StoredHash, Refusal> {
        let hash = self.read(account)?;
        if !hash.recipe().is_one_way() {
            return Err(Refusal { scheme: hash.scheme(), reason: Unverifiable::Unsupported });
        }
        Ok(hash)
    }

    /// The same, also of a weak scheme that is off: for reports, never for logins.
    ///
    /// # Errors
    /// Why no password could be compared with it even then.
    pub fn read_even_weak(&self, account: Account<'_>) -> Result<StoredHash, Refusal> {
        self.complete(self.schemes.read_even_weak(account.columns)?, account)
    }

    /// The hash, if everything that goes into it is there.
    fn complete(&self, hash: StoredHash, account: Account<'_>) -> Result<StoredHash, Refusal> {
        let absent = |text: Option<&str>| text.is_none_or(str::is_empty);
        let lacks = hash.uses(Variable::Username) && absent(account.username)
            || hash.uses(Variable::Email) && absent(account.email)
            || hash.uses(Variable::Pepper) && self.pepper.is_none();
        let refuse = |reason| Err(Refusal { scheme: hash.scheme(), reason });
        let username = account.username.unwrap_or_default();
        let email = account.email.unwrap_or_default();
        if lacks {
            return refuse(Unverifiable::Incomplete);
        }
        if hash.uses(Variable::Username) && username.len() > MAX_NAME_BYTES
            || hash.uses(Variable::Email) && email.len() > MAX_NAME_BYTES
        {
            return refuse(Unverifiable::OverCap);
        }
        let row = Inputs { salt: &hash.salt, username, email, ..Inputs::NONE };
        match self.fault(&hash.recipe, row) {
            Some(reason) => refuse(reason),
            None => Ok(hash),
        }
    }

    /// Why no password of such a row is compared, if that is so.
    fn fault(&self, recipe: &Recipe, row: Inputs<'_>) -> Option<Unverifiable> {
        let mut whole = recipe.clone();
        if let Some(preparation) = self.preparation(recipe) {
            whole.over(preparation);
        }
        let pepper = self.pepper.as_ref().map_or(&[][..], |pepper| pepper.as_bytes());
        Unverifiable::of(&whole, Inputs { pepper, ..row })
    }

    /// Whether the password has a part in hashes of the default scheme, as the pepper is mixed in.
    #[must_use]
    pub fn can_be_met(&self) -> bool {
        self.fault(&self.schemes.usual(), Inputs::NONE).is_none()
    }

    /// What is done to a password before the scheme of such a recipe sees it; nothing where the
    /// scheme has a place of its own for the pepper.
    #[must_use]
    pub fn preparation(&self, recipe: &Recipe) -> Option<&Recipe> {
        let own = recipe.uses(Variable::Pepper) || recipe.uses(Variable::OptionalPepper);
        (!own).then_some(&self.preparation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BCRYPT: &str = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    const MD5: &str = "5f4dcc3b5aa765d61d8327deb882cf99";

    fn settings(pepper: &str, preparation: &str) -> Settings {
        Settings {
            schemes: Schemes::default(),
            pepper: Some(Zeroizing::new(pepper.to_owned())),
            preparation: Recipe::preparation(preparation).expect("a preparation"),
            max_concurrent: 1,
            max_wait: Duration::from_secs(1),
            min_response: Duration::ZERO,
            max_memory_mib: 512,
        }
    }

    /// Why the row's password is not compared: `more` is the name or the salt.
    fn refused(hash: &str, scheme: &str, more: &str) -> Option<Unverifiable> {
        let columns = Columns { hash, salt: Some(more), scheme: Some(scheme) };
        let account = Account { columns, username: Some(more), email: Some(more) };
        settings("", "$pass").read_even_weak(account).err().map(|refusal| refusal.reason)
    }

    /// Whatever the recipe makes of a row's own values, none pushes the password out of what is read.
    #[test]
    fn a_row_that_any_password_would_meet_is_refused() {
        for (hash, scheme, letter, length) in [
            (BCRYPT, "bcrypt(strtolower($email).$pass)", "a", 72),
            (BCRYPT, "bcrypt(strtolower($username).$pass)", "İ", 24),
            (BCRYPT, "bcrypt(trim($username).$pass)", "a", 72),
            (BCRYPT, "bcrypt(strtoupper($salt).$pass)", "ß", 36),
            (BCRYPT, "bcrypt(utf16le($salt).$pass)", "s", 36),
            (BCRYPT, "bcrypt(saslprep($salt1).$pass)", "s", 72),
            (BCRYPT, "bcrypt(htmlspecialchars($username.$pass))", "&", 15),
            (BCRYPT, "bcrypt(addslashes($username.$pass))", "'", 36),
            ("CCNf8Sbh3HDfQ", "des_crypt(strtolower($username).$pass)", "M", 8),
            ("CCNf8Sbh3HDfQ", "des_crypt(nfkd($salt).$pass)", "é", 3),
            (MD5, "md5(left($salt1.$pass, 20))", "s", 20),
            (MD5, "md5(left($email.$pass, 20))", "s", 20),
        ] {
            let reason = Some(Unverifiable::Malformed);
            assert_eq!(refused(hash, scheme, &letter.repeat(length)), reason, "{scheme}");
            assert_eq!(refused(hash, scheme, &letter.repeat(length - 1)), None, "{scheme}");
        }
    }

    #[test]
    fn a_pepper_that_leaves_nothing_of_the_password_is_a_fault() {
        for preparation in ["$pepper.$pass", "trim($pepper).$pass", "hex($pepper).$pass"] {
            let [short, long] = ["p".repeat(35), "p".repeat(72)];
            assert!(settings(&short, preparation).can_be_met(), "{preparation}");
            assert!(!settings(&long, preparation).can_be_met(), "{preparation}");
        }
        assert!(settings(&"p".repeat(500), "$pass.$pepper").can_be_met());
        let named = settings("p", "$pepper.$pass").schemes.with_default("md5($pepper.$pass)");
        let own = Settings { schemes: named.expect("a recipe"), ..settings("p", "$pass") };
        assert!(own.can_be_met());
    }
}
