//! What an export job gives: one JSON object a line, compressed by gzip, and never a password.
//! Source: auth0.com/docs, "Bulk User Exports"; the Management API's description of export jobs.

use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value};

use super::store::{Profile, profiles};

/// The longest name of a field.
const LONGEST_NAME: usize = 100;

/// What an export gives.
#[derive(Clone)]
pub(super) struct Export {
    /// Members, and the names that they get; none for all.
    pub(super) fields: Option<Vec<(String, String)>>,
    /// So many users at most.
    pub(super) limit: Option<usize>,
}

impl Export {
    /// Reads the body of `POST /api/v2/jobs/users-exports`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(body: &Map<String, Value>) -> Result<Self, &'static str> {
        const KNOWN: [&str; 4] = ["connection_id", "format", "limit", "fields"];
        if !body.keys().all(|name| KNOWN.contains(&name.as_str())) {
            return Err("Payload validation error: 'Additional properties not allowed'.");
        }
        match body.get("format").map(Value::as_str) {
            None | Some(Some("json")) => {}
            Some(Some("csv")) => return Err("The stand-in of a rehearsal writes JSON alone."),
            Some(_) => return Err("Payload validation error: 'No enum match' on property format."),
        }
        let limit = match body.get("limit") {
            None => None,
            Some(limit) => {
                let limit = limit.as_u64().and_then(|it| usize::try_from(it).ok());
                Some(limit.filter(|it| *it > 0).ok_or("Payload validation error on limit.")?)
            }
        };
        let fields = body.get("fields").map(fields).transpose()?;
        Ok(Self { fields, limit })
    }

    /// The whole file.
    pub(super) fn render(&self, blocks: &[Arc<[u8]>]) -> Vec<u8> {
        let mut file = GzEncoder::new(Vec::new(), Compression::fast());
        let all = blocks.iter().flat_map(|block| profiles(block));
        for profile in all.take(self.limit.unwrap_or(usize::MAX)) {
            // Writing into memory does not fail.
            let _ = serde_json::to_writer(&mut file, &self.shown(profile));
            let _ = file.write_all(b"\n");
        }
        file.finish().unwrap_or_default()
    }

    fn shown(&self, profile: Profile) -> Profile {
        let Some(fields) = &self.fields else { return profile };
        let mut shown = Profile::new();
        for (name, told) in fields {
            if let Some(value) = member(&profile, name) {
                shown.insert(told.clone(), value.clone());
            }
        }
        shown
    }
}

fn fields(value: &Value) -> Result<Vec<(String, String)>, &'static str> {
    const WRONG: &str = "Payload validation error on fields.";
    let fields = value.as_array().ok_or(WRONG)?;
    let field = |field: &Value| {
        let text = |name: &str| field.get(name).and_then(Value::as_str);
        let name = text("name")?;
        let told = text("export_as").unwrap_or(name);
        let fits = |it: &str| (1..=LONGEST_NAME).contains(&it.len());
        (fits(name) && fits(told)).then(|| (name.to_owned(), told.to_owned()))
    };
    fields.iter().map(|it| field(it).ok_or(WRONG)).collect()
}

/// A member by its path: `email`, `user_metadata.theme`, `identities[0].connection`.
fn member<'a>(profile: &'a Profile, path: &str) -> Option<&'a Value> {
    let mut steps = path.split('.');
    let mut value = step(steps.next()?, |name| profile.get(name))?;
    for next in steps {
        value = step(next, |name| value.get(name))?;
    }
    Some(value)
}

fn step<'a>(step: &str, get: impl Fn(&str) -> Option<&'a Value>) -> Option<&'a Value> {
    let Some((name, rest)) = step.split_once('[') else { return get(step) };
    get(name)?.get(rest.strip_suffix(']')?.parse::<usize>().ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_found_by_their_paths() {
        let profile = json!({ "email": "a@example.com", "user_metadata": { "theme": "dark" },
            "identities": [{ "connection": "x" }] });
        let profile = profile.as_object().expect("an object");
        assert_eq!(member(profile, "email"), Some(&json!("a@example.com")));
        assert_eq!(member(profile, "user_metadata.theme"), Some(&json!("dark")));
        assert_eq!(member(profile, "identities[0].connection"), Some(&json!("x")));
        for absent in ["name", "identities[1]", "identities[x]", "email.x", ""] {
            assert_eq!(member(profile, absent), None, "{absent}");
        }
    }
}
