//! Who is in the tenant, by id and by address: both answers are immediately consistent.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::client::{Management, Patience};
use super::jobs::unexpected;
use super::outcome::Refusal;

/// A user of the tenant, as far as it decides something. It has no `Debug`.
#[derive(Deserialize)]
pub struct TenantUser {
    /// With its prefix, such as `auth0|42`.
    pub user_id: String,
    /// In lower case.
    pub email: Option<String>,
    /// Where the user can log in.
    #[serde(default)]
    pub identities: Vec<Identity>,
    /// The other members that were asked for.
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// The members of a profile whose differences are told as one.
pub const PROFILE: [&str; 8] = [
    "username",
    "phone_number",
    "phone_verified",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "picture",
];

/// The members that say who and where.
const WHO: [&str; 3] = ["user_id", "email", "identities"];

/// Every member that is compared with the legacy database.
pub(super) fn members() -> impl Iterator<Item = &'static str> {
    let flags_and_metadata = ["email_verified", "blocked", "user_metadata", "app_metadata"];
    WHO.into_iter().chain(flags_and_metadata).chain(PROFILE)
}

/// One way in which a user logs in.
#[derive(Deserialize)]
pub struct Identity {
    /// The connection's name.
    pub connection: Option<String>,
    /// `auth0` for database connections.
    pub provider: Option<String>,
    /// Without a prefix. Some providers have numbers.
    pub user_id: Option<Value>,
}

/// What is known of an id.
pub enum Lookup {
    /// The user is in our connection, under this id.
    Ours(TenantUser),
    /// The id belongs to a user of another connection.
    Elsewhere(TenantUser),
    /// Nobody has it.
    Absent,
}

impl TenantUser {
    /// A member that was asked for.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.more.get(name)
    }

    /// The legacy ids of the user in the connection of this name: several where users of it were
    /// linked to one account, and none that the account has where it belongs to another connection.
    #[must_use]
    pub fn ids_in(&self, connection: &str) -> Vec<String> {
        let here = |it: &&Identity| it.connection.as_deref() == Some(connection);
        let id = |it: &Identity| match &it.user_id {
            Some(Value::String(id)) => bare(id).to_owned(),
            Some(other) => other.to_string(),
            None => bare(&self.user_id).to_owned(),
        };
        self.identities.iter().filter(here).map(id).collect()
    }
}

/// An id without `auth0|`.
pub(super) fn bare(id: &str) -> &str {
    id.strip_prefix("auth0|").unwrap_or(id)
}

impl Management {
    /// Looks up a legacy id, without `auth0|`, in the connection of this name.
    ///
    /// # Errors
    /// As [`Management::get`].
    pub async fn user(&self, id: &str, connection: &str) -> Result<Lookup, Refusal> {
        self.look_up(id, connection, &WHO).await
    }

    /// The same, with every member that is compared.
    ///
    /// # Errors
    /// As [`Management::get`].
    pub async fn whole_user(&self, id: &str, connection: &str) -> Result<Lookup, Refusal> {
        self.look_up(id, connection, &members().collect::<Vec<_>>()).await
    }

    async fn look_up(
        &self,
        id: &str,
        connection: &str,
        members: &[&str],
    ) -> Result<Lookup, Refusal> {
        let path = format!(
            "/api/v2/users/{}?fields={}&include_fields=true",
            encoded(&format!("auth0|{id}")),
            members.join(",")
        );
        let answer = self.get(&path, Patience::Long).await?;
        match answer.status {
            200 => {}
            404 => return Ok(Lookup::Absent),
            // An id that no user of the tenant can have.
            400 if answer.code().as_deref() == Some("invalid_uri") => return Ok(Lookup::Absent),
            _ => return Err(unexpected(&answer)),
        }
        let user: TenantUser = answer
            .object()
            .ok_or_else(|| Refusal::NotAuth0("a user that is no JSON object".to_owned()))?;
        // Accounts of ours may be linked to one of another connection, under whose id they are found.
        let ours = user.ids_in(connection).iter().any(|it| it == id);
        Ok(if ours { Lookup::Ours(user) } else { Lookup::Elsewhere(user) })
    }

    /// All users of an address, in any connection.
    ///
    /// # Errors
    /// As [`Management::get`].
    pub async fn users_by_email(&self, email: &str) -> Result<Vec<TenantUser>, Refusal> {
        let path = format!(
            "/api/v2/users-by-email?email={}&fields=user_id,email,identities,blocked,app_metadata&include_fields=true",
            encoded(&email.to_lowercase())
        );
        let answer = self.get(&path, Patience::Long).await?;
        // What the tenant does not take for an address, none of its users has.
        let no_address = ["invalid_uri", "invalid_query_string"];
        if answer.status == 400 && answer.code().is_some_and(|it| no_address.contains(&&*it)) {
            return Ok(vec![]);
        }
        if answer.status != 200 {
            return Err(unexpected(&answer));
        }
        serde_json::from_slice(&answer.body)
            .map_err(|_| Refusal::NotAuth0("users-by-email gives no list".to_owned()))
    }
}

/// Percent-encodes everything but unreserved characters (RFC 3986, section 2.3).
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}
