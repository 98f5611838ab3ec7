//! The two questions of a contract with `password_check = "inside"`: how a password was hashed, and
//! whether a digest is the stored one. No digest ever leaves the database.

use diesel::define_sql_function;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::routines::{ask, found};
use super::{Candidate, Database, Engine, Error, Found, StoredPassword, run};
use crate::identifier::Identifier;
use crate::json;
use crate::profile::InvalidUserRecord;

define_sql_function! {
    #[sql_name = "narrowgate.password_parameters"]
    fn password_parameters_routine(identifier: Text) -> diesel::sql_types::Nullable<Text>;
}
define_sql_function! {
    #[sql_name = "narrowgate.password_matches"]
    fn password_matches_routine(identifier: Text, digest: Text) -> diesel::sql_types::Nullable<Text>;
}

/// May ask how a password was hashed, and have a digest compared.
#[derive(Clone)]
pub struct PasswordCheck(pub(super) Database);

/// How a user's password was hashed; of an unknown user, how it might have been.
pub enum HowHashed {
    /// In this way: the hash is the stored text without its digest.
    So(StoredPassword),
    /// Two users have the identifier.
    Several,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default)]
    ambiguous: bool,
    prefix: Option<Zeroizing<String>>,
    salt: Option<Zeroizing<String>>,
    scheme: Option<String>,
}

impl PasswordCheck {
    /// How the password of the unmarked user was hashed. An unknown user has an answer, too, and
    /// always the same one.
    ///
    /// # Errors
    /// No answer, or one that breaks the contract.
    pub async fn how_hashed(&self, identifier: &Identifier) -> Result<HowHashed, Error> {
        let answer = ask!(self.0, password_parameters_routine(identifier.as_str()))?;
        let answer = json::object(answer.unwrap_or_default().as_bytes());
        match answer.map_err(|_| InvalidUserRecord("the password's parameters are no object"))? {
            Answer { ambiguous: true, .. } => Ok(HowHashed::Several),
            Answer { prefix: Some(hash), salt, scheme, .. } => {
                Ok(HowHashed::So(StoredPassword { hash, salt, scheme }))
            }
            _ => Err(InvalidUserRecord("the password's parameters lack the prefix").into()),
        }
    }

    /// The unmarked user, if the digest is the stored one.
    ///
    /// # Errors
    /// No answer, or one that breaks the contract.
    pub async fn matching(
        &self,
        identifier: &Identifier,
        digest: &str,
    ) -> Result<Found<Candidate>, Error> {
        let answer = ask!(self.0, password_matches_routine(identifier.as_str(), digest))?;
        found(answer.as_deref(), identifier, Candidate::from_row)
    }
}
