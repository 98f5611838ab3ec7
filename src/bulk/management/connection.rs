//! Whether users can be imported into the connection: asked before any user leaves.

use serde::Deserialize;

use super::client::{Management, Patience};
use super::outcome::Refusal;
use super::users::encoded;

/// The connection that users go into.
#[derive(Clone)]
pub struct Connection {
    /// `con_…`
    pub id: String,
    /// Its name, by which users say where they are from.
    pub name: String,
    /// The lengths of usernames; none where it is not known, or where it takes none.
    pub usernames: Option<(usize, usize)>,
    /// What an engineer should know before the import.
    pub cautions: Vec<String>,
}

#[derive(Deserialize)]
struct Found {
    id: String,
    name: String,
    strategy: String,
    options: Option<Options>,
    enabled_clients: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Options {
    import_mode: Option<bool>,
    #[serde(rename = "enabledDatabaseCustomization")]
    custom: Option<bool>,
    requires_username: Option<bool>,
    validation: Option<Validation>,
    attributes: Option<Attributes>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Attributes {
    username: Option<UsernameAttribute>,
    phone_number: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct UsernameAttribute {
    validation: Option<AttributeLengths>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct AttributeLengths {
    min_length: Option<usize>,
    max_length: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Validation {
    username: Option<Lengths>,
}

#[derive(Deserialize)]
struct Lengths {
    min: usize,
    max: usize,
}

#[derive(Deserialize)]
struct Clients {
    clients: Vec<serde::de::IgnoredAny>,
}

/// What the importer's client needs, whatever else it may.
const TO_IMPORT: [&str; 3] = ["create:users", "read:users", "read:connections"];
/// What shows a connection's options.
const OPTIONS: &str = "read:connections_options";
/// What is enough for looking.
const TO_LOOK: [&str; 2] = ["read:users", "read:connections"];

impl Management {
    /// Checks token, scopes and connection, and finds the connection's id and name.
    ///
    /// # Errors
    /// Why users cannot be imported.
    pub async fn connection(&self) -> Result<Connection, Refusal> {
        let found = self.found(&TO_IMPORT).await?;
        let mut cautions = self.enabled(&found).await?;
        let options = found.options.unwrap_or_default();
        let has_scripts = options.import_mode.is_some() || options.custom.is_some();
        let scopes = self.scopes().await?;
        let told = has_scripts || scopes.is_none_or(|has| has.iter().any(|it| it == OPTIONS));
        if options.custom == Some(true) && options.import_mode != Some(true) {
            return Err(Refusal::Connection(
                "the connection's import mode is off: switch on \"Import Users to Auth0\", or every login would ask the legacy database",
            ));
        }
        if !told {
            cautions
                .push(format!("import mode is not known: the client lacks the scope {OPTIONS}"));
        } else if !has_scripts {
            cautions.push("the connection has no scripts, so nobody moves into it at a login: look whether tenant.connection names the one that asks the gate".to_owned());
        }
        let usernames = options.usernames();
        if told && usernames.is_none() {
            cautions.push("the connection takes no usernames: users that have one may be refused; switch on usernames, or map the column to NULL".to_owned());
        }
        let phone = options.attributes.as_ref().is_some_and(|it| it.phone_number.is_some());
        if told && !phone {
            cautions.push("the connection has no attribute for phone numbers: users that have one may be refused".to_owned());
        }
        Ok(Connection { id: found.id, name: found.name, usernames, cautions })
    }

    /// Checks token and scopes, and finds the id and the name of a connection that is looked at
    /// alone.
    ///
    /// # Errors
    /// Why users cannot be looked at.
    pub async fn connection_to_look(&self) -> Result<Connection, Refusal> {
        let Found { id, name, .. } = self.found(&TO_LOOK).await?;
        Ok(Connection { id, name, usernames: None, cautions: vec![] })
    }

    async fn found(&self, needed: &[&str]) -> Result<Found, Refusal> {
        let scopes = self.scopes().await?;
        if let Some(scopes) = &scopes
            && let Some(missing) = needed.iter().find(|it| !scopes.iter().any(|has| has == *it))
        {
            return Err(Refusal::Scope((*missing).to_owned()));
        }
        let found = self.find().await?;
        if found.strategy != "auth0" {
            return Err(Refusal::Connection(
                "tenant.connection is no database connection: name one whose strategy is auth0",
            ));
        }
        Ok(found)
    }

    async fn find(&self) -> Result<Found, Refusal> {
        const MISSING: Refusal =
            Refusal::Connection("the tenant has no such connection: check tenant.connection");
        let wanted = &self.tenant().connection;
        let unreadable = || Refusal::NotAuth0("a connection that cannot be read".to_owned());
        if wanted.starts_with("con_") {
            let path = format!("/api/v2/connections/{}", encoded(wanted));
            let answer = self.get(&path, Patience::Short).await?;
            return match answer.status {
                200 => answer.object().ok_or_else(unreadable),
                _ => Err(MISSING),
            };
        }
        let path = format!("/api/v2/connections?strategy=auth0&name={}", encoded(wanted));
        let answer = self.get(&path, Patience::Short).await?;
        if answer.status != 200 {
            return Err(MISSING);
        }
        let found: Vec<Found> = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
        found.into_iter().find(|it| it.name == *wanted).ok_or(MISSING)
    }

    /// Whether an application may use the connection: without one, imports are refused.
    async fn enabled(&self, found: &Found) -> Result<Vec<String>, Refusal> {
        let path = format!("/api/v2/connections/{}/clients", encoded(&found.id));
        let answer = self.get(&path, Patience::Short).await?;
        let clients = answer.object::<Clients>().filter(|_| answer.status == 200);
        let number =
            clients.map(|it| it.clients.len()).or(found.enabled_clients.as_ref().map(Vec::len));
        match number {
            Some(0) => Err(Refusal::Connection(
                "the connection is enabled for no application: enable it for one in Authentication > Database",
            )),
            Some(_) => Ok(vec![]),
            None => {
                Ok(vec!["whether an application may use the connection is not known".to_owned()])
            }
        }
    }
}

impl Options {
    fn usernames(&self) -> Option<(usize, usize)> {
        let attribute = self.attributes.as_ref().and_then(|it| it.username.as_ref());
        if let Some(username) = attribute {
            let lengths = username.validation.as_ref();
            let (min, max) = lengths.map_or((None, None), |it| (it.min_length, it.max_length));
            return Some((min.unwrap_or(1), max.unwrap_or(15)));
        }
        let lengths = self.validation.as_ref().and_then(|it| it.username.as_ref());
        let required = self.requires_username == Some(true);
        required.then(|| lengths.map_or((1, 15), |it| (it.min, it.max)))
    }
}
