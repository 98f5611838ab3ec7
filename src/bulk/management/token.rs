//! The machine token for the Management API.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::outcome::{Answer, Refusal};

/// A token, and what it may be used for. It has no `Debug`.
pub(super) struct Token {
    pub(super) value: Zeroizing<String>,
    /// None where the tenant does not say.
    pub(super) scopes: Option<Vec<String>>,
    renew_at: Instant,
}

#[derive(Deserialize)]
struct Granted {
    access_token: Zeroizing<String>,
    expires_in: Option<u64>,
    scope: Option<String>,
}

impl Token {
    /// Reads the answer of `/oauth/token`.
    pub(super) fn read(answer: &Answer) -> Result<Self, Refusal> {
        match answer.status {
            200 => {}
            // Whoever else answers with such a status has a page for it.
            status @ 400..=499 if answer.is_oauth_error() => {
                return Err(Refusal::Credentials(status));
            }
            status => return Err(Refusal::NotAuth0(format!("/oauth/token answers {status}"))),
        }
        let granted: Granted = answer
            .object()
            .ok_or_else(|| Refusal::NotAuth0("/oauth/token gives no JSON object".to_owned()))?;
        // Renewed at four fifths of its life.
        let life = Duration::from_secs(granted.expires_in.unwrap_or(600).clamp(5, 86_400));
        Ok(Self {
            value: granted.access_token,
            scopes: granted.scope.map(|text| text.split(' ').map(str::to_owned).collect()),
            renew_at: Instant::now() + life * 4 / 5,
        })
    }

    pub(super) fn is_fresh(&self) -> bool {
        Instant::now() < self.renew_at
    }
}
