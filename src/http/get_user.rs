//! `POST /get_user`: the profile of the user that an identifier names.

use serde::Deserialize;

use super::decision::Decision;
use super::door::Endpoint;
use super::problem::Problem;
use crate::auth::Scope;
use crate::database::{self, Found};
use crate::identifier::Identifier;
use crate::profile::Profile;
use crate::telemetry::Pseudonyms;

/// Holds the question: nothing that could write, and nothing that sees a password.
pub(super) struct GetUser {
    pub(super) users: database::GetUser,
    pub(super) pseudonyms: Pseudonyms,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    identifier: Identifier,
}

impl Endpoint for GetUser {
    const PATH: &'static str = "/get_user";
    const SCOPE: Scope = Scope::ReadUsers;
    type Body = Question;

    async fn answer(&self, body: Question, decision: &Decision) -> Result<Profile, Problem> {
        decision.about(self.pseudonyms.of(body.identifier.as_str()));
        match self.users.find(&body.identifier).await? {
            Found::Nobody => Err(Problem::UserNotFound),
            Found::One(user) => Ok(user),
            Found::Several => Err(Problem::AmbiguousUser),
        }
    }
}
