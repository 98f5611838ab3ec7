//! A user as the Management API shows them.

use serde_json::{Value, json};

use super::State;

impl State {
    /// A user as the API shows them. Auth0 makes up what a profile lacks.
    pub(super) fn profile(&self, id: &str) -> Value {
        let user = &self.users[id];
        let bare = id.split_once('|').map_or(id, |(_, bare)| bare);
        let mut profile = json!({ "email_verified": false });
        for (name, value) in user.record.as_object().into_iter().flatten() {
            if !name.contains("password") {
                profile[name] = value.clone();
            }
        }
        let email = user.email.clone().unwrap_or_default();
        for (name, made) in [
            ("name", email.clone()),
            ("nickname", email.split('@').next().unwrap_or_default().to_owned()),
            ("picture", "https://s.gravatar.com/avatar/0?d=identicon".to_owned()),
        ] {
            if profile[name].is_null() {
                profile[name] = json!(made);
            }
        }
        if let Some(username) = profile["username"].as_str().map(str::to_lowercase) {
            profile["username"] = json!(username);
        }
        profile["user_id"] = json!(id);
        profile["email"] = json!(user.email);
        profile["created_at"] = json!("2026-11-29T01:00:00.000Z");
        if profile["identities"].is_null() {
            profile["identities"] = json!([{
                "connection": user.connection, "provider": "auth0", "user_id": bare, "isSocial": false,
            }]);
        }
        profile
    }
}
