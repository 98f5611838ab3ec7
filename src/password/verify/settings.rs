//! How passwords are verified: what the configuration says, and what it makes of an account.

use std::time::Duration;

use zeroize::Zeroizing;

use crate::password::recipe::{Lengths, MAX_NAME_BYTES, Recipe, Variable};
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
        let bytes = |text: Option<&str>| text.map_or(0, str::len);
        let (username, email) = (bytes(account.username), bytes(account.email));
        if lacks {
            return refuse(Unverifiable::Incomplete);
        }
        if hash.uses(Variable::Username) && username > MAX_NAME_BYTES
            || hash.uses(Variable::Email) && email > MAX_NAME_BYTES
        {
            return refuse(Unverifiable::OverCap);
        }
        let pepper = self.pepper.as_ref().map_or(0, |pepper| pepper.len());
        let lengths = Lengths { salt: hash.salt.len(), username, email, pepper };
        let mut whole = hash.recipe.clone();
        if let Some(preparation) = self.preparation(&hash) {
            whole.over(preparation);
        }
        if !whole.reads_password(lengths) {
            return refuse(Unverifiable::Malformed);
        }
        Ok(hash)
    }

    /// What is done to a password before the hash's scheme sees it; nothing where the scheme has
    /// a place of its own for the pepper.
    #[must_use]
    pub fn preparation(&self, hash: &StoredHash) -> Option<&Recipe> {
        let own = hash.uses(Variable::Pepper) || hash.uses(Variable::OptionalPepper);
        (!own).then_some(&self.preparation)
    }
}
