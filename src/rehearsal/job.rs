//! One job, and what is told of it.

use serde_json::{Value, json};

use super::connection::{CONNECTION_ID, CONNECTION_NAME};
use super::export::Export;

/// A job.
pub(super) struct Job {
    pub(super) id: String,
    pub(super) created: String,
    pub(super) kind: Kind,
}

/// What it is.
pub(super) enum Kind {
    Import { external_id: Option<String>, done: Option<Done> },
    Export { export: Export, file: Rendered },
}

/// The file of an export.
pub(super) enum Rendered {
    /// It is being made.
    Not,
    /// It is there.
    Whole(Vec<u8>),
    /// It was fetched; whoever fetches it again waits for it.
    Gone,
}

/// What came of an import.
pub(super) struct Done {
    pub(super) inserted: u64,
    pub(super) errors: Vec<Value>,
}

impl Job {
    /// What `GET /api/v2/jobs/{id}` says. `link` makes the address of an export.
    pub(super) fn shown(&self, link: impl Fn(&str) -> String) -> Value {
        match &self.kind {
            Kind::Import { done: None, .. } | Kind::Export { file: Rendered::Not, .. } => {
                self.told("pending")
            }
            Kind::Import { done: Some(done), .. } => {
                let mut job = self.told("completed");
                let failed = done.errors.len() as u64;
                let total = done.inserted + failed;
                put(&mut job, "percentage_done", json!(100));
                let summary = json!({
                    "failed": failed, "updated": 0, "inserted": done.inserted, "total": total,
                });
                put(&mut job, "summary", summary);
                job
            }
            Kind::Export { .. } => {
                let mut job = self.told("completed");
                put(&mut job, "location", json!(link(&self.id)));
                job
            }
        }
    }

    /// What every job says of itself.
    pub(super) fn told(&self, status: &str) -> Value {
        let mut job = json!({
            "id": self.id, "status": status, "created_at": self.created,
            "connection_id": CONNECTION_ID, "connection": CONNECTION_NAME,
        });
        match &self.kind {
            Kind::Import { external_id, .. } => {
                put(&mut job, "type", json!("users_import"));
                if let Some(external_id) = external_id {
                    put(&mut job, "external_id", json!(external_id));
                }
            }
            Kind::Export { .. } => {
                put(&mut job, "type", json!("users_export"));
                put(&mut job, "format", json!("json"));
            }
        }
        job
    }

    /// The users who were refused; none where the job is no import at its end.
    pub(super) fn errors(&self) -> &[Value] {
        match &self.kind {
            Kind::Import { done: Some(done), .. } => &done.errors,
            _ => &[],
        }
    }
}

fn put(job: &mut Value, name: &str, value: Value) {
    if let Some(members) = job.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
