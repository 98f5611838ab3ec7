//! The contract's questions, handed out one by one.

use super::inside::PasswordCheck;
use super::marks::MarkMigrated;
use super::routines::{GetUser, LoginCandidate, aloud};
use super::{Database, Error};
use crate::config::PasswordComparison as Comparison;
use crate::identifier::{Identifier, Kind};
use crate::profile::UserId;

/// The question of `/login`, as the contract has it.
#[derive(Clone)]
pub enum LoginQuestion {
    /// The stored hash comes out and is compared here.
    Outside(LoginCandidate),
    /// The digest stays where it is and is compared there.
    Inside(PasswordCheck),
}

impl Database {
    /// Splits the database into its three questions.
    #[must_use]
    pub fn questions(self) -> (LoginQuestion, GetUser, MarkMigrated) {
        (self.login_question(), GetUser(self.clone()), MarkMigrated::new(self))
    }

    fn login_question(&self) -> LoginQuestion {
        match self.password_check {
            Comparison::Outside => LoginQuestion::Outside(LoginCandidate(self.clone())),
            Comparison::Inside => LoginQuestion::Inside(PasswordCheck(self.clone())),
        }
    }

    /// Tries the reading routines with an identifier that names nobody.
    ///
    /// # Errors
    /// Why the contract cannot be used, in the server's own words: no user's data is involved.
    pub async fn probe(&self) -> Result<(), Error> {
        let nobody = Identifier::parse(NOBODY).map_err(|_| Error::Overdue("no probe"))?;
        match self.login_question() {
            LoginQuestion::Outside(candidates) => {
                candidates.find(&nobody).await.map_err(aloud)?;
            }
            LoginQuestion::Inside(check) => {
                check.how_hashed(&nobody).await.map_err(aloud)?;
                check.matching(&nobody, NOBODY).await.map_err(aloud)?;
            }
        }
        GetUser(self.clone()).find(&nobody).await.map_err(aloud).map(drop)
    }

    /// Tries the writing routine with an id that names nobody, so that nothing is written.
    ///
    /// # Errors
    /// As [`Database::probe`].
    pub async fn probe_marks(&self) -> Result<(), Error> {
        let nobody = UserId::try_from(NOBODY.to_owned())?;
        MarkMigrated::new(self.clone()).mark(&nobody, None).await.map_err(aloud).map(drop)
    }
}

/// Names no user.
const NOBODY: &str = Kind::Username.nobody();
