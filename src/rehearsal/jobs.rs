//! Jobs: imports, which insert user by user, and exports.

use std::collections::{HashSet, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::value::RawValue;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::export::Export;
use super::job::{Done, Job, Kind, Rendered};
use super::kept::{completed, now};
use super::schema;
use super::store::{Store, UNIQUE};

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
        self.remember(Kind::Export { export, file: Rendered::Not })
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

    /// What an export is to give, and its file, which is given once.
    pub(super) fn fetch(&mut self, id: &str) -> Option<(Export, Option<Vec<u8>>)> {
        let job = self.jobs.iter_mut().find(|job| job.id == id)?;
        let Kind::Export { export, file } = &mut job.kind else { return None };
        match std::mem::replace(file, Rendered::Gone) {
            Rendered::Not => {
                *file = Rendered::Not;
                None
            }
            Rendered::Whole(bytes) => Some((export.clone(), Some(bytes))),
            Rendered::Gone => Some((export.clone(), None)),
        }
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

/// Makes the file of an export.
pub(super) fn render(tenant: &Mutex<Tenant>, id: &str) {
    let (ordered, blocks) = {
        let tenant = lock(tenant);
        let ordered = tenant.job(id).and_then(|job| match &job.kind {
            Kind::Export { export, .. } => Some(export.clone()),
            Kind::Import { .. } => None,
        });
        (ordered, tenant.store.blocks())
    };
    let rendered = ordered.map(|export| export.render(&blocks));
    let mut tenant = lock(tenant);
    let job = tenant.jobs.iter_mut().find(|job| job.id == id);
    if let (Some(Job { kind: Kind::Export { file, .. }, .. }), Some(bytes)) = (job, rendered) {
        *file = Rendered::Whole(bytes);
    }
}

/// The tenant, for this thread alone.
pub(super) fn lock(tenant: &Mutex<Tenant>) -> MutexGuard<'_, Tenant> {
    tenant.lock().unwrap_or_else(PoisonError::into_inner)
}
