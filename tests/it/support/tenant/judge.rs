//! What the documentation says of a request: Auth0's own OpenAPI description of the import, and the
//! schema of a user of an import file.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::http::Request;

static OPENAPI: LazyLock<Value> = LazyLock::new(|| {
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/auth0/management-import.openapi.json");
    serde_json::from_str(&std::fs::read_to_string(file).expect("the description")).expect("JSON")
});

static IMPORT: LazyLock<Validator> = LazyLock::new(|| {
    let schema = &OPENAPI["components"]["schemas"]["CreateImportUsersRequestContent"];
    jsonschema::validator_for(schema).expect("a schema")
});

/// Whether the description has this method at this path.
pub fn is_described(method: &str, path: &str) -> bool {
    !OPENAPI["paths"][path][method.to_lowercase()].is_null()
}

/// The parts of a form: name and body.
pub fn multipart(request: &Request) -> Result<Vec<(String, Vec<u8>)>, String> {
    let kind = request.header("content-type").unwrap_or_default();
    let boundary =
        kind.strip_prefix("multipart/form-data; boundary=").ok_or("no multipart form")?;
    let delimiter = format!("--{boundary}");
    let body = String::from_utf8(request.body.clone()).map_err(|_| "a form that is no UTF-8")?;
    let mut parts = vec![];
    for part in body.split(&delimiter).skip(1) {
        if part.starts_with("--") {
            break;
        }
        let (head, body) = part.split_once("\r\n\r\n").ok_or("a part without a head")?;
        let name = head.split("name=\"").nth(1).and_then(|rest| rest.split('"').next());
        let name = name.ok_or("a part without a name")?.to_owned();
        if name == "users" && !head.contains("filename=\"") {
            return Err("users is no file".to_owned());
        }
        let body = body.strip_suffix("\r\n").ok_or("a part without an end")?;
        parts.push((name, body.as_bytes().to_vec()));
    }
    Ok(parts)
}

/// Insert only, no mail, and nothing that the description does not have.
pub fn import(parts: &[(String, Vec<u8>)]) -> Result<(), String> {
    let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
    let due = ["connection_id", "upsert", "external_id", "send_completion_email", "users"];
    if names != due {
        return Err(format!("the parts are {names:?}"));
    }
    let mut value = json!({});
    for (name, body) in parts {
        let text = String::from_utf8_lossy(body);
        value[name] = match (name.as_str(), text.as_ref()) {
            ("upsert" | "send_completion_email", "true") => json!(true),
            ("upsert" | "send_completion_email", "false") => json!(false),
            _ => json!(text),
        };
    }
    if value["upsert"] != json!(false) || value["send_completion_email"] != json!(false) {
        return Err("upsert or mail".to_owned());
    }
    IMPORT.validate(&value).map_err(|error| error.to_string())
}

/// Whether the API takes a text for an address at all.
pub fn is_address(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(_, domain)| domain.contains('.'))
}

/// What is wrong with a user, as the import says it: code and path.
pub fn user(user: &Value) -> Option<(&'static str, &'static str)> {
    let members = [
        "email",
        "email_verified",
        "user_id",
        "username",
        "given_name",
        "family_name",
        "name",
        "nickname",
        "picture",
        "blocked",
        "password_hash",
        "custom_password_hash",
        "app_metadata",
        "user_metadata",
        "mfa_factors",
        "phone_number",
        "phone_verified",
    ];
    let unknown =
        user.as_object().is_none_or(|user| user.keys().any(|it| !members.contains(&it.as_str())));
    if unknown {
        return Some(("INVALID_TYPE", "user"));
    }
    if user["email"].as_str().is_none_or(|email| !is_address(email)) {
        return Some(("FORMAT", "email"));
    }
    if !user["email_verified"].is_boolean() {
        return Some(("INVALID_TYPE", "email_verified"));
    }
    if !user["password_hash"].is_null() && !user["custom_password_hash"].is_null() {
        return Some(("NOT_PASSED", "password_hash"));
    }
    if let Some(hash) = user["password_hash"].as_str() {
        let plain = hash.starts_with("$2a$10$") || hash.starts_with("$2b$10$");
        if !plain || hash.len() != 60 {
            return Some(("PATTERN", "password_hash"));
        }
    }
    // Something that no rule of ours knows.
    user["nickname"]
        .as_str()
        .is_some_and(|it| it.contains("poison"))
        .then_some(("PATTERN", "nickname"))
}
