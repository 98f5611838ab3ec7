//! `POST /mark_migrated`: from now on the gate knows this user no more.

use serde::Deserialize;

use super::decision::Decision;
use super::door::Endpoint;
use super::problem::Problem;
use crate::auth::Scope;
use crate::database;
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
}

impl Endpoint for MarkMigrated {
    const PATH: &'static str = "/mark_migrated";
    const SCOPE: Scope = Scope::MarkUsers;
    type Body = User;

    async fn answer(&self, body: User, decision: &Decision) -> Result<Profile, Problem> {
        decision.about(self.pseudonyms.of(body.user_id.as_str()));
        self.marks.mark(&body.user_id).await?.ok_or(Problem::UserNotFound)
    }
}
