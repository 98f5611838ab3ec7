//! How the tenant keeps a user.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::connection::CONNECTION_NAME;
use super::store::Profile;

/// As the tenant keeps a user: its prefix before the id, names for logging in in lower case, and
/// where the user is from.
pub(super) fn completed(mut profile: Profile) -> Profile {
    let own = profile.get("user_id").and_then(Value::as_str).map(str::to_owned);
    let own = own.unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    for name in ["email", "username"] {
        if let Some(Value::String(text)) = profile.get_mut(name) {
            *text = text.to_lowercase();
        }
    }
    profile.entry("email_verified").or_insert(json!(false));
    profile.insert("user_id".to_owned(), json!(format!("auth0|{own}")));
    let identity = json!({
        "connection": CONNECTION_NAME, "provider": "auth0", "user_id": own, "isSocial": false,
    });
    profile.insert("identities".to_owned(), json!([identity]));
    for name in ["created_at", "updated_at"] {
        profile.insert(name.to_owned(), json!(now()));
    }
    profile
}

/// This instant, in UTC.
pub(super) fn now() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}
