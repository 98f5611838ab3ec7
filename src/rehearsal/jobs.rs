//! Jobs: imports, which insert user by user, and exports.

use std::collections::{HashSet, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::connection::{CONNECTION_ID, CONNECTION_NAME};
use super::export::Export;
use super::schema;
use super::store::{Profile, Store, UNIQUE};

/// Import jobs at once.
const AT_ONCE: usize = 2;
/// Jobs that are remembered. The tenant remembers a day's.
const REMEMBERED: usize = 200;

/// Users and jobs.
#[derive(Default)]
pub(super) struct Tenant {
    pub(super) store: Store,
    jobs: VecDeque<Job>,
}

/// A job.
pub(super) struct Job {
    pub(super) id: String,
    created: String,
    kind: Kind,
}

enum Kind {
    Import { external_id: Option<String>, done: Option<Done> },
    Export(Export),
}

struct Done {
    inserted: u64,
    errors: Vec<Value>,
}

/// A file that was accepted: the body of the request, and where the users are in it. It wipes itself.
pub(super) struct File {
    pub(super) body: Zeroizing<Vec<u8>>,
    pub(super) users: Range<usize>,
}

impl File {
    /// The users, if the file is an array.
    pub(super) fn users(&self) -> Option<Vec<&RawValue>> {
        serde_json::from_slice(self.body.get(self.users.clone())?).ok()
    }
}

impl Tenant {
    /// Accepts a file, if fewer than two jobs are under way, and gives the job's id.
    pub(super) fn begin(&mut self, external_id: Option<String>) -> Option<Value> {
        let open = |job: &&Job| matches!(job.kind, Kind::Import { done: None, .. });
        if self.jobs.iter().filter(open).count() >= AT_ONCE {
            return None;
        }
        Some(self.remember(Kind::Import { external_id, done: None }))
    }

    /// Notes an export.
    pub(super) fn export(&mut self, export: Export) -> Value {
        self.remember(Kind::Export(export))
    }

    fn remember(&mut self, kind: Kind) -> Value {
        let id: String = uuid::Uuid::new_v4().simple().to_string().chars().take(16).collect();
        let job = Job { id: format!("job_{id}"), created: now(), kind };
        let told = job.told("pending");
        self.jobs.push_back(job);
        if self.jobs.len() > REMEMBERED {
            self.jobs.pop_front();
        }
        told
    }

    /// The job of this id.
    pub(super) fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// Notes users of whom the ids alone are known.
    pub(super) fn arrive(&mut self, ids: &[String]) {
        let mut block = Store::block();
        for id in ids {
            let profile = [("user_id".to_owned(), json!(id))].into_iter().collect();
            self.store.add(&mut block, &completed(profile));
        }
        self.store.keep(block);
    }

    /// Inserts one user, or says why not.
    fn insert(
        &mut self,
        block: &mut super::store::Block,
        user: &RawValue,
        seen: &mut HashSet<(&'static str, String)>,
    ) -> Result<(), Value> {
        let complain = |code: &str, message: &str, path: &str| {
            let error = json!({ "code": code, "message": message, "path": path });
            json!({ "user": schema::shown(user), "errors": [error] })
        };
        let profile = schema::read(user)
            .map_err(|it| complain(it.code, "The user does not match the schema.", &it.path))?;
        let profile = completed(profile);
        for name in UNIQUE {
            let value = profile.get(name).and_then(Value::as_str).map(str::to_owned);
            if value.is_some_and(|value| !seen.insert((name, value))) {
                let message = format!("A user with this {name} was already provided.");
                return Err(complain("DUPLICATED_USER", &message, name));
            }
        }
        if let Some(name) = self.store.taken(&profile) {
            return Err(complain("DUPLICATED_USER", "The user already exists.", name));
        }
        self.store.add(block, &profile);
        Ok(())
    }
}

/// Works through a file. Whoever was inserted stays, whatever becomes of the others.
pub(super) fn work(tenant: &Arc<Mutex<Tenant>>, id: &str, file: &File) {
    let (mut block, mut seen) = (Store::block(), HashSet::new());
    let mut done = Done { inserted: 0, errors: vec![] };
    let mut tenant = lock(tenant);
    for user in file.users().unwrap_or_default() {
        match tenant.insert(&mut block, user, &mut seen) {
            Ok(()) => done.inserted += 1,
            Err(error) => done.errors.push(error),
        }
    }
    tenant.store.keep(block);
    let job = tenant.jobs.iter_mut().find(|job| job.id == id);
    if let Some(Job { kind: Kind::Import { done: open, .. }, .. }) = job {
        *open = Some(done);
    }
}

/// The tenant, for this thread alone.
pub(super) fn lock(tenant: &Mutex<Tenant>) -> MutexGuard<'_, Tenant> {
    tenant.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As the tenant keeps a user: its prefix before the id, names for logging in in lower case, and
/// where the user is from.
fn completed(mut profile: Profile) -> Profile {
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

fn now() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}

impl Job {
    /// What `GET /api/v2/jobs/{id}` says. `link` makes the address of an export.
    pub(super) fn shown(&self, link: impl Fn(&str) -> String) -> Value {
        match &self.kind {
            Kind::Import { done: None, .. } => self.told("pending"),
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
            Kind::Export(_) => {
                let mut job = self.told("completed");
                put(&mut job, "location", json!(link(&self.id)));
                job
            }
        }
    }

    fn told(&self, status: &str) -> Value {
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
            Kind::Export(_) => {
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

    /// What an export is to give.
    pub(super) fn as_export(&self) -> Option<Export> {
        match &self.kind {
            Kind::Export(export) => Some(export.clone()),
            Kind::Import { .. } => None,
        }
    }
}

fn put(job: &mut Value, name: &str, value: Value) {
    if let Some(members) = job.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
