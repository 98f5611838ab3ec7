//! The stand-in's only connection. It takes what a connection can be set to take at most: usernames
//! of 1 to 128 letters and phone numbers.

use serde_json::{Value, json};

/// Its id.
pub(super) const CONNECTION_ID: &str = "con_rehearsal0000000";
/// Its name.
pub(super) const CONNECTION_NAME: &str = "rehearsal";

/// What `GET /api/v2/connections/{id}` says.
pub(super) fn connection() -> Value {
    json!({
        "id": CONNECTION_ID,
        "name": CONNECTION_NAME,
        "strategy": "auth0",
        "options": {
            "enabledDatabaseCustomization": true,
            "import_mode": true,
            "requires_username": true,
            "validation": { "username": { "min": 1, "max": 128 } },
            "attributes": {
                "email": { "identifier": { "active": true } },
                "phone_number": { "identifier": { "active": true } },
                "username": {
                    "identifier": { "active": true },
                    "validation": { "min_length": 1, "max_length": 128 },
                },
            },
        },
    })
}
