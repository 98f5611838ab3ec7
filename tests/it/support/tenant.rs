//! A tenant of Auth0 on loopback, written from its documentation: tokens, connections, import and
//! export jobs, look-ups by id and by address. It refuses what the documentation says it refuses, and has the
//! faults that people report of the real one.

mod exports;
mod faults;
mod http;
mod import;
mod judge;
mod profile;
mod routes;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use rustls::ServerConfig;
use serde_json::{Value, json};

use super::certificates::Authority;
use super::program::write_secret;
pub use exports::{ExportFault, Exports};
pub use faults::{Fault, Faults, Random};
pub use import::Job;

pub const CONNECTION: &str = "legacy-users";
pub const CONNECTION_ID: &str = "con_0123456789abcdef";
pub const SCOPES: &str = "create:users read:users read:connections read:connections_options";
const SECRET: &str = "tenant-secret-canary-5f1c";

/// The tenant. It lies down when dropped.
pub struct Tenant {
    pub state: Arc<Mutex<State>>,
    authority: Authority,
    port: u16,
    up: Arc<AtomicBool>,
}

pub struct State {
    /// Every user, by the full id.
    pub users: BTreeMap<String, User>,
    /// How often a user was created, by the full id.
    pub created: BTreeMap<String, usize>,
    /// Ids and addresses that exist in the shadows: an import says so, a look-up does not.
    pub ghosts: BTreeSet<String>,
    /// Full ids that the tenant takes for no ids.
    pub no_ids: BTreeSet<String>,
    pub jobs: BTreeMap<String, Job>,
    /// Job ids in the order in which they were accepted.
    pub accepted: Vec<String>,
    /// Every request: method, path without ids, status; 0 where none was given.
    pub requests: Vec<(String, String, u16)>,
    pub connection: Value,
    pub clients: Vec<Value>,
    pub scopes: String,
    pub token_status: u16,
    /// What stands in the place of the tokens to come; none means the token.
    pub token_pages: VecDeque<Option<(u16, String)>>,
    /// So many deliveries meet a token that has expired.
    pub expire_tokens: u32,
    /// Every question is refused so: status, code, message.
    pub refuse_questions: Option<(u16, &'static str, &'static str)>,
    /// Further members of a job's answer while it is under way.
    pub job_members: Value,
    pub faults: Faults,
    /// Deliveries are refused so: status, code, message.
    pub refuse: Option<(u16, &'static str, &'static str)>,
    /// So many users are all that the plan has.
    pub quota: usize,
    pub exports: Exports,
    /// How long a job takes.
    pub job_time: Duration,
    /// What every request is answered with, in place of an answer.
    pub page: Option<(u16, String)>,
    /// What the documentation would not have: told when the test ends.
    pub violations: Vec<String>,
    /// The most import jobs that were active at once.
    pub most_active: usize,
    pub hook: Option<Hook>,
}

/// Told of moments at which a client may be killed.
pub type Hook = Box<dyn FnMut(&str) + Send>;

#[derive(Debug, Clone)]
pub struct User {
    pub email: Option<String>,
    pub connection: String,
    pub record: Value,
}

impl Tenant {
    pub fn start() -> Self {
        let authority = Authority::new("tenant authority");
        let tls = Arc::new(authority.issue().server());
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (state, up) = (Arc::new(Mutex::new(State::new())), Arc::new(AtomicBool::new(true)));
        let (serving, going) = (Arc::clone(&state), Arc::clone(&up));
        thread::spawn(move || accept(&listener, &serving, &going, &tls));
        Self { state, authority, port, up }
    }

    pub fn domain(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Writes the configuration of a migration from `database` into this tenant.
    pub fn configure(&self, folder: &Path, database: &str, bulk: &str) {
        std::fs::write(folder.join("tenant-ca.pem"), &self.authority.pem).expect("written");
        std::fs::write(folder.join("narrowgate.toml"), "").expect("written");
        let text = format!(
            "[database]\nurl = \"{database}\"\n[tenant]\ndomain = \"{}\"\nclient_id = \"migration\"\n\
             client_secret = \"{SECRET}\"\nconnection = \"{CONNECTION}\"\nca_certificate = \"{}\"\n[bulk]\n{bulk}\n",
            self.domain(),
            folder.join("tenant-ca.pem").display(),
        );
        write_secret(&folder.join("narrowgate-migrate.toml"), &text);
    }

    /// Somebody logs in, or signs up, whom the import may meet.
    pub fn arrive(&self, id: &str, email: &str, connection: &str) {
        let mut state = self.state();
        let email = Some(email.to_lowercase());
        let user = User { email, connection: connection.to_owned(), record: Value::Null };
        *state.created.entry(id.to_owned()).or_default() += 1;
        state.users.insert(id.to_owned(), user);
    }

    /// Changes a member of a user's profile.
    pub fn change(&self, id: &str, name: &str, value: Value) {
        let mut state = self.state();
        let user = state.users.get_mut(&format!("auth0|{id}")).expect("a user");
        match name {
            "email" => user.email = value.as_str().map(str::to_owned),
            "connection" => user.connection = value.as_str().expect("a name").to_owned(),
            _ => user.record[name] = value,
        }
    }

    /// A user is deleted.
    pub fn remove(&self, id: &str) {
        self.state().users.remove(&format!("auth0|{id}")).expect("a user");
    }

    /// Ids without their prefix.
    pub fn ids(&self) -> BTreeSet<String> {
        let state = self.state();
        let ours = state.users.iter().filter(|(_, user)| user.connection == CONNECTION);
        ours.map(|(id, _)| id.trim_start_matches("auth0|").to_owned()).collect()
    }

    /// How many requests there were to a path.
    pub fn requests(&self, method: &str, path: &str) -> usize {
        let state = self.state();
        state.requests.iter().filter(|it| it.0 == method && it.1 == path).count()
    }

    /// Nothing was asked that the documentation does not have, and nobody was created twice.
    #[track_caller]
    pub fn assert_calm(&self) {
        let state = self.state();
        assert!(state.violations.is_empty(), "{:#?}", state.violations);
        assert!(state.most_active <= 2, "{} jobs at once", state.most_active);
        let doubled: Vec<_> = state.created.iter().filter(|(_, times)| **times > 1).collect();
        assert!(doubled.is_empty(), "created twice: {doubled:?}");
        let mut addresses = BTreeSet::new();
        for user in state.users.values().filter(|user| user.connection == CONNECTION) {
            assert!(addresses.insert(&user.email), "an address twice: {:?}", user.email);
        }
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        self.up.store(false, Ordering::SeqCst);
        // Wakes the listener.
        let _ = std::net::TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl State {
    fn new() -> Self {
        Self {
            users: BTreeMap::new(),
            created: BTreeMap::new(),
            ghosts: BTreeSet::new(),
            no_ids: BTreeSet::new(),
            jobs: BTreeMap::new(),
            accepted: vec![],
            requests: vec![],
            connection: json!({
                "id": CONNECTION_ID, "name": CONNECTION, "strategy": "auth0",
                "options": {
                    "import_mode": true, "enabledDatabaseCustomization": true,
                    "requires_username": true, "validation": { "username": { "min": 1, "max": 128 } },
                    "attributes": { "phone_number": { "identifier": { "active": true } },
                        "username": { "validation": { "min_length": 1, "max_length": 128 } } },
                },
            }),
            clients: vec![json!({ "client_id": "app" })],
            scopes: SCOPES.to_owned(),
            token_status: 200,
            token_pages: VecDeque::new(),
            expire_tokens: 0,
            refuse_questions: None,
            job_members: json!({}),
            faults: Faults::default(),
            refuse: None,
            quota: usize::MAX,
            exports: Exports::default(),
            job_time: Duration::from_millis(30),
            page: None,
            violations: vec![],
            most_active: 0,
            hook: None,
        }
    }

    /// A moment at which a client may be killed.
    pub(self) fn moment(&mut self, name: &str) {
        if let Some(hook) = &mut self.hook {
            hook(name);
        }
    }
}

fn accept(
    listener: &TcpListener,
    state: &Arc<Mutex<State>>,
    up: &Arc<AtomicBool>,
    tls: &Arc<ServerConfig>,
) {
    while let Ok((stream, _)) = listener.accept() {
        if !up.load(Ordering::SeqCst) {
            return;
        }
        let (state, tls) = (Arc::clone(state), Arc::clone(tls));
        thread::spawn(move || {
            // Whoever hangs up half-way is the test's own doing.
            let _ = http::serve(stream, tls, &state);
        });
    }
}
