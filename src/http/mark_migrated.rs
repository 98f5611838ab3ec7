//! `POST /mark_migrated`: from now on the gate knows this user no more.

use serde::{Deserialize, Deserializer};

use super::decision::Decision;
use super::door::Endpoint;
use super::problem::Problem;
use crate::auth::Scope;
use crate::database;
use crate::identifier::Identifier;
use crate::profile::{Profile, UserId};
use crate::telemetry::Pseudonyms;

/// Holds the one question that writes.
pub(super) struct MarkMigrated {
    pub(super) marks: database::MarkMigrated,
    pub(super) pseudonyms: Pseudonyms,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    user_id: UserId,
    #[serde(default, deserialize_with = "given")]
    identifier: Option<Identifier>,
}

/// May be left out; whatever is there must be an identifier, and `null` is none.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Identifier>, D::Error> {
    Identifier::deserialize(value).map(Some)
}

impl Endpoint for MarkMigrated {
    const PATH: &'static str = "/mark_migrated";
    const SCOPE: Scope = Scope::MarkUsers;
    const WRITES: bool = true;
    type Body = User;

    async fn answer(&self, body: User, decision: &Decision) -> Result<Profile, Problem> {
        decision.about(self.pseudonyms.of(body.user_id.as_str()));
        self.marks.mark(&body.user_id, body.identifier.as_ref()).await?.ok_or(Problem::UserNotFound)
    }
}
