//! The claims of a machine token, and the only way to a [`MachineToken`].

use std::borrow::Cow;
use std::time::Duration;

use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};

use super::Rejection;
use super::header::{Dialect, Text, present};
use crate::config::{Auth, SignatureAlgorithm, is_client_id};
use crate::json;

/// What a token may be good for: one scope for each endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// `login:users`
    LoginUsers,
    /// `read:users`
    ReadUsers,
    /// `mark:users`
    MarkUsers,
    /// `shadow:users`
    ShadowUsers,
}

impl Scope {
    const ALL: [Self; 4] = [Self::LoginUsers, Self::ReadUsers, Self::MarkUsers, Self::ShadowUsers];

    /// The scope as tokens carry it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoginUsers => "login:users",
            Self::ReadUsers => "read:users",
            Self::MarkUsers => "mark:users",
            Self::ShadowUsers => "shadow:users",
        }
    }
}

/// Proof that a token passed every check. Only [`Policy::check`] makes one.
pub struct MachineToken {
    client_id: String,
    scopes: Vec<Scope>,
    expires: f64,
}

impl MachineToken {
    /// The machine client that calls.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether the issuer granted the scope.
    #[must_use]
    pub fn grants(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// What a deployment accepts.
pub(super) struct Policy {
    pub(super) algorithms: Vec<SignatureAlgorithm>,
    issuers: Vec<String>,
    audience: String,
    clients: Vec<String>,
    leeway: f64,
    max_token_age: f64,
}

/// The claims that are looked at. It is a struct and no map, so that a repeated member fails.
#[derive(Deserialize)]
struct Claims<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    aud: Audience<'a>,
    exp: NumericDate,
    iat: NumericDate,
    #[serde(default)]
    nbf: NumericDate,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow, default)]
    azp: Party<'a>,
    #[serde(borrow, default)]
    client_id: Party<'a>,
    #[serde(borrow, default)]
    gty: Party<'a>,
    #[serde(borrow, default)]
    scope: Party<'a>,
    #[serde(borrow)]
    jti: Option<Text<'a>>,
    #[serde(default, deserialize_with = "present")]
    cnf: bool,
    #[serde(default, deserialize_with = "present")]
    act: bool,
    #[serde(default, deserialize_with = "present")]
    sub_profile: bool,
}

/// RFC 7519 section 4.1.3: one text, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience<'a> {
    One(#[serde(borrow)] Text<'a>),
    Several(#[serde(borrow)] Vec<Text<'a>>),
}

/// Seconds since 1970, whole or not (RFC 7519 section 2). None is earlier, and none is endless.
#[derive(Clone, Copy, Default)]
struct NumericDate(f64);

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        if seconds.is_finite() && seconds >= 0.0 {
            return Ok(Self(seconds));
        }
        Err(D::Error::custom("no time since 1970"))
    }
}

/// A claim about the party: of the wrong type it makes a wrong party, not a broken token.
#[derive(Default, PartialEq, Deserialize)]
#[serde(untagged)]
enum Party<'a> {
    #[default]
    #[serde(skip)]
    Absent,
    Is(#[serde(borrow)] Text<'a>),
    Other(IgnoredAny),
}

impl Policy {
    pub(super) fn new(settings: &Auth) -> Self {
        let seconds = |duration: Duration| duration.as_secs_f64();
        Self {
            algorithms: settings.algorithms.clone(),
            issuers: settings.issuers.clone(),
            audience: settings.audience.clone(),
            clients: settings.clients.clone(),
            leeway: seconds(settings.leeway),
            max_token_age: seconds(settings.max_token_age),
        }
    }

    /// Checks the payload of an authentic token: claims first, then the party.
    pub(super) fn check(
        &self,
        dialect: Dialect,
        payload: &[u8],
        now: f64,
    ) -> Result<MachineToken, Rejection> {
        let claims: Claims = json::object(payload).map_err(|_| Rejection::Invalid("claims"))?;
        self.check_claims(dialect, &claims, now)?;
        let client_id = self.party(dialect, &claims)?;
        let scopes = match &claims.scope {
            Party::Is(Text(granted)) => Scope::ALL
                .into_iter()
                .filter(|scope| granted.split(' ').any(|one| one == scope.as_str()))
                .collect(),
            _ => vec![],
        };
        Ok(MachineToken { client_id, scopes, expires: claims.exp.0 })
    }

    /// Whether a token that passed before has not expired since.
    pub(super) fn still_valid(&self, machine: &MachineToken, now: f64) -> bool {
        machine.expires + self.leeway > now
    }

    fn check_claims(
        &self,
        dialect: Dialect,
        claims: &Claims<'_>,
        now: f64,
    ) -> Result<(), Rejection> {
        let ours = match &claims.aud {
            Audience::One(audience) => audience.0 == self.audience,
            Audience::Several(audiences) => audiences.iter().any(|one| one.0 == self.audience),
        };
        let soon = now + self.leeway;
        let (exp, iat, nbf) = (claims.exp.0, claims.iat.0, claims.nbf.0);
        let checks = [
            (self.issuers.iter().any(|issuer| *issuer == claims.iss), "iss"),
            (ours, "aud"),
            (exp + self.leeway > now, "expired"),
            (iat <= soon && nbf <= soon, "not yet valid"),
            (exp - iat <= self.max_token_age, "life-time too long"),
            // RFC 8705 and RFC 9449: a bound token without its proof is no bearer token.
            (!claims.cnf, "cnf"),
            (dialect == Dialect::Auth0 || claims.jti.is_some(), "jti"),
        ];
        match checks.into_iter().find(|(passed, _)| !passed) {
            Some((_, name)) => Err(Rejection::Invalid(name)),
            None => Ok(()),
        }
    }

    /// The strict party rule. "`sub` ends in `@clients`" is not enough: a user may own such an id.
    fn party(&self, dialect: Dialect, claims: &Claims<'_>) -> Result<String, Rejection> {
        let (client, other) = match dialect {
            Dialect::Auth0 => (&claims.azp, &claims.client_id),
            Dialect::Rfc9068 => (&claims.client_id, &claims.azp),
        };
        let Party::Is(Text(client_id)) = client else {
            return Err(Rejection::WrongParty("no client"));
        };
        let machine_grant = match &claims.gty {
            Party::Is(Text(grant)) => grant == "client-credentials",
            Party::Absent => dialect == Dialect::Rfc9068,
            Party::Other(_) => false,
        };
        let checks = [
            (is_client_id(client_id), "client id"),
            (claims.sub.strip_suffix("@clients") == Some(&**client_id), "sub is not the client's"),
            (*other == Party::Absent || other == client, "azp and client_id differ"),
            (machine_grant, "gty"),
            (!claims.act && !claims.sub_profile, "acts for somebody"),
            (self.is_listed(client_id), "client not on the list"),
        ];
        match checks.into_iter().find(|(passed, _)| !passed) {
            Some((_, name)) => Err(Rejection::WrongParty(name)),
            None => Ok(client_id.clone().into_owned()),
        }
    }

    fn is_listed(&self, client_id: &str) -> bool {
        self.clients.is_empty() || self.clients.iter().any(|client| client == client_id)
    }
}
