//! A line of the log as it is read.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The members of a line of a chain that are looked at.
#[derive(Deserialize)]
pub(super) struct Line {
    pub(super) seq: u64,
    /// Null in the first line, and in no line left away.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) prev: Option<String>,
    #[serde(default)]
    pub(super) timestamp: String,
    pub(super) audit: Option<String>,
    pub(super) stream: Option<String>,
    pub(super) missing: Option<u64>,
    pub(super) endpoint: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) reason: Option<String>,
    pub(super) identifier: Option<String>,
}

impl Line {
    /// The user of whom it tells that a mark was written, or may have been. Who is not named in the line
    /// was not asked about at the database.
    pub(super) fn mark(&self) -> Option<(&str, bool)> {
        self.endpoint.as_deref().filter(|endpoint| *endpoint == "/mark_migrated")?;
        let user = self.identifier.as_deref()?;
        let came_of_it = |end| self.reason.as_deref().is_some_and(|reason| reason.ends_with(end));
        match self.status? {
            200 => Some((user, true)),
            500.. if came_of_it("asked for: nothing to do") => None,
            500.. => Some((user, came_of_it("asked for: done"))),
            _ => None,
        }
    }
}

/// Whether a line that is part of no chain looks as if it were, and whether it is a whole object: what
/// stdout took half of is none.
pub(super) fn poses(line: &[u8]) -> Option<bool> {
    const ENDPOINTS: [&str; 4] = ["/login", "/get_user", "/mark_migrated", "/shadow"];
    if let Ok(object) = serde_json::from_slice::<Map<String, Value>>(line) {
        let endpoint = object.get("endpoint").and_then(Value::as_str);
        let is_decision = endpoint.is_some_and(|endpoint| ENDPOINTS.contains(&endpoint));
        let is_link = object.contains_key("seq") && object.contains_key("prev");
        return (is_decision || is_link).then_some(true);
    }
    let text = String::from_utf8_lossy(line);
    let has = |text_of: &str| text.contains(text_of);
    let is_link = has("\"seq\":") && has("\"prev\":");
    (is_link || ENDPOINTS.iter().any(|it| has(&format!("\"endpoint\":\"{it}\"")))).then_some(false)
}
