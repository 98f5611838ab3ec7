//! What is compared of a user, the same of either side.
//!
//! Auth0 makes a name, a nickname and a picture for whoever has none: what the legacy database does
//! not have is not compared. Addresses and usernames are compared in lower case, as the tenant
//! stores them; metadata as JSON, where a member that is null is one that is not there.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::bulk::management::{PROFILE, TenantUser};
use crate::database::UserRow;
use crate::profile::{LEGACY_BLOCKED, Profile};

/// What is compared of a user. It has no `Debug`, and is never written.
#[derive(Default)]
pub(super) struct Portrait {
    /// In lower case.
    pub(super) email: Option<String>,
    pub(super) verified: bool,
    pub(super) blocked: bool,
    /// Of the tenant: `legacy_blocked` is all that blocks the user, and only the Action heeds it.
    pub(super) by_action: bool,
    /// Those of [`super::Kind::ProfileDiffers`], in the order of [`PROFILE`].
    pub(super) fields: [Option<String>; PROFILE.len()],
    /// Both objects in one form; empty where both are empty.
    pub(super) metadata: String,
}

impl Portrait {
    /// Of a row; none where it breaks the contract.
    pub(super) fn of_row(row: &UserRow) -> Option<Self> {
        let profile = row.profile().ok()?;
        let [of_user, of_application] = profile.metadata();
        Some(Self {
            email: profile.email().map(str::to_lowercase),
            verified: profile.is_email_verified(),
            blocked: row.is_blocked() || is_blocked(of_application),
            by_action: false,
            fields: fields(&profile),
            metadata: canonical(of_user, of_application),
        })
    }

    /// Of a user of the tenant.
    pub(super) fn of_tenant(user: &TenantUser) -> Self {
        let none = Map::new();
        let object = |name| user.value(name).and_then(Value::as_object).unwrap_or(&none);
        let (of_user, of_application) = (object("user_metadata"), object("app_metadata"));
        let text = |name: &str| match user.value(name).unwrap_or(&Value::Null) {
            Value::String(text) if name == "username" => Some(text.to_lowercase()),
            Value::String(text) => Some(text.clone()),
            Value::Null => (name == "phone_verified").then(|| "false".to_owned()),
            other => Some(other.to_string()),
        };
        let flag = |name| user.value(name).is_some_and(|value| *value == Value::Bool(true));
        Self {
            email: user.email.as_deref().map(str::to_lowercase),
            verified: flag("email_verified"),
            blocked: flag("blocked") || is_blocked(of_application),
            by_action: is_blocked(of_application) && !flag("blocked"),
            fields: PROFILE.map(text),
            metadata: canonical(of_user, of_application),
        }
    }
}

fn fields(profile: &Profile) -> [Option<String>; PROFILE.len()] {
    let described = profile.descriptions();
    PROFILE.map(|name| match name {
        "username" => profile.username().map(str::to_lowercase),
        "phone_number" => profile.phone_number().map(str::to_owned),
        "phone_verified" => profile.phone_verified().map(|verified| verified.to_string()),
        other => {
            let found = described.iter().find(|(name, _)| *name == other);
            found.and_then(|(_, text)| text.map(str::to_owned))
        }
    })
}

/// As the Action decides, in JavaScript.
fn is_blocked(of_application: &Map<String, Value>) -> bool {
    match of_application.get(LEGACY_BLOCKED) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(_) => true,
    }
}

/// Both objects as one text that does not depend on the order of members or on how numbers are
/// written. The block is compared as a block.
fn canonical(of_user: &Map<String, Value>, of_application: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (mark, object, without) in [('u', of_user, ""), ('a', of_application, LEGACY_BLOCKED)] {
        let from = text.len();
        text.push(mark);
        if !write_object(&mut text, object, without) {
            text.truncate(from);
        }
    }
    text
}

/// Whether it had any members.
fn write_object(text: &mut String, object: &Map<String, Value>, without: &str) -> bool {
    let kept = |(name, value): &(&String, &Value)| !value.is_null() && name.as_str() != without;
    let mut members: Vec<(&String, &Value)> = object.iter().filter(kept).collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    text.push('{');
    for (name, value) in &members {
        let _ = write!(text, "{}:", Value::String((*name).clone()));
        write_value(text, value);
        text.push(',');
    }
    text.push('}');
    !members.is_empty()
}

fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Object(object) => drop(write_object(text, object, "")),
        Value::Array(values) => {
            text.push('[');
            for value in values {
                write_value(text, value);
                text.push(',');
            }
            text.push(']');
        }
        // 1, 1.0 and 1e0 are one number of JSON, and so are 0 and -0.
        Value::Number(number) => {
            let _ = match number.as_f64() {
                Some(double) => write!(text, "{:e}", double + 0.0),
                None => write!(text, "{number}"),
            };
        }
        other => drop(write!(text, "{other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_are_compared_by_what_they_say() {
        let of = |user: &str, application: &str| {
            let object =
                |text| serde_json::from_str::<Map<String, Value>>(text).expect("an object");
            canonical(&object(user), &object(application))
        };
        assert_eq!(of("{}", "{}"), "");
        assert_eq!(of(r#"{"a":null}"#, r#"{"legacy_blocked":true}"#), "");
        assert_eq!(of(r#"{"a":1,"b":[2.0]}"#, "{}"), of(r#"{"b":[2],"c":null,"a":1.0}"#, "{}"));
        assert_eq!(of(r#"{"a":-0.0}"#, "{}"), of(r#"{"a":0}"#, "{}"));
        assert_ne!(of(r#"{"a":1}"#, "{}"), of("{}", r#"{"a":1}"#));
        assert_ne!(of(r#"{"a":"1"}"#, "{}"), of(r#"{"a":1}"#, "{}"));
        assert_ne!(of(r#"{"a":{}}"#, "{}"), of("{}", "{}"));
        assert_ne!(of(r#"{"a":["b,c"]}"#, "{}"), of(r#"{"a":["b","c"]}"#, "{}"));
        assert_ne!(of(r#"{"a":true}"#, "{}"), of(r#"{"a":"true"}"#, "{}"));
    }
}
