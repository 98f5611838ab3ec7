//! The two questions of a contract with `password_check = "inside"`: how a password was hashed, and
//! whether a digest is the stored one. No digest ever leaves the database.

use serde::Deserialize;
use zeroize::Zeroizing;

use super::question::Question;
use super::routines::found;
use super::{Candidate, Database, Error, Found, Names, Reply, StoredPassword};
use crate::identifier::Identifier;
use crate::json;
use crate::profile::{InvalidUserRecord, Profile};

/// May ask how a password was hashed, and have a digest compared.
#[derive(Clone)]
pub struct PasswordCheck(pub(super) Database);

/// How a user's password was hashed; of an unknown user, how it might have been.
pub enum HowHashed {
    /// In this way: in the hash other letters stand in the digest's place; it is empty where there
    /// is no password. The names are those that some schemes mix in.
    So(StoredPassword, Names),
    /// Two users have the identifier.
    Several,
}

/// What came of comparing.
pub enum Compared {
    /// The digest is the one of this user.
    Same(Box<Candidate>),
    /// There is a user, with another digest or none that could be compared.
    Other,
    /// The identifier leads to nobody.
    Nobody,
    /// The identifier leads to more than one user.
    Several,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default)]
    ambiguous: bool,
    hash: Option<Zeroizing<String>>,
    salt: Option<Zeroizing<String>>,
    scheme: Option<String>,
    username: Option<String>,
    email: Option<String>,
}

impl PasswordCheck {
    /// How the password of the unmarked user was hashed. An unknown user has an answer, too, and
    /// always the same one.
    ///
    /// # Errors
    /// No answer, or one that breaks the contract.
    pub async fn how_hashed(&self, identifier: &Identifier) -> Result<HowHashed, Error> {
        let Some(text) = self.spelling(identifier).await? else { return Ok(HowHashed::Several) };
        let question = Question::PasswordParameters;
        let answer = match self.0.ask(question, &[Some(text)]).await? {
            Reply::Told(answer) => answer,
            // Nobody has it, and unknown users have an answer: of a name that can be asked for.
            Reply::Unsayable => {
                let other = text.escape_unicode().to_string();
                self.0.ask(question, &[Some(&other)]).await?.text()
            }
        };
        let answer = json::object(answer.unwrap_or_default().as_bytes());
        match answer.map_err(|_| InvalidUserRecord("the password's parameters are no object"))? {
            Answer { ambiguous: true, .. } => Ok(HowHashed::Several),
            Answer { hash: Some(hash), salt, scheme, username, email, .. } => {
                let names = Names { username, email };
                Ok(HowHashed::So(StoredPassword { hash, salt, scheme }, names))
            }
            _ => Err(InvalidUserRecord("the password's parameters lack the hash").into()),
        }
    }

    /// Whether the digest is the stored one, and of which unmarked user.
    ///
    /// # Errors
    /// No answer, or one that breaks the contract.
    pub async fn matching(&self, identifier: &Identifier, digest: &str) -> Result<Compared, Error> {
        let Some(text) = self.spelling(identifier).await? else { return Ok(Compared::Several) };
        let arguments = [Some(text), Some(digest)];
        let answer = self.0.ask(Question::PasswordMatches, &arguments).await?.text();
        Ok(match found(answer.as_deref(), identifier, Candidate::from_row, Candidate::profile)? {
            Found::One(user) => Compared::Same(Box::new(user)),
            Found::Several => Compared::Several,
            Found::Nobody if answer.is_some() => Compared::Other,
            Found::Nobody => Compared::Nobody,
        })
    }

    /// The spelling that leads to a user; none where each leads to another. Whether anybody is there
    /// shows in no answer of the routines above, so `get_user` is asked where there are two.
    async fn spelling<'a>(&self, identifier: &'a Identifier) -> Result<Option<&'a str>, Error> {
        let mut known = identifier.as_str();
        if identifier.spellings().count() == 1 {
            return Ok(Some(known));
        }
        let mut all = Found::Nobody;
        for text in identifier.spellings() {
            let answer = self.0.ask(Question::GetUser, &[Some(text)]).await?.text();
            let found = found(answer.as_deref(), identifier, Profile::names_in_row, |user| user)?;
            if matches!((&all, &found), (Found::Nobody, Found::One(_))) {
                known = text;
            }
            all = all.or(found, Profile::user_id);
        }
        Ok((!matches!(all, Found::Several)).then_some(known))
    }
}
