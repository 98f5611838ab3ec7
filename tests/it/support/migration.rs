//! A migration to try: a legacy store, a tenant, a folder with the configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::program::Program;
use super::{Legacy, Tenant};

pub const BCRYPT: &str = "$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6";
const PATIENCE: Duration = Duration::from_secs(120);

/// What came of a command: its exit code, and everything it printed.
pub type Told = (Option<i32>, String);

pub struct Migration {
    pub folder: TempDir,
    pub legacy: Legacy,
    pub tenant: Tenant,
}

impl Migration {
    /// So many users with bcrypt hashes, in SQLite; five to a file.
    pub fn of(users: u32) -> Self {
        Self::with(Legacy::sqlite(), users, "requests_per_second = 100\nmax_users_per_file = 5")
    }

    pub fn with(legacy: Legacy, users: u32, bulk: &str) -> Self {
        let (folder, tenant) = (TempDir::new().expect("a folder"), Tenant::start());
        tenant.configure(folder.path(), &legacy.bulk_url(), bulk);
        if legacy.engine != super::Engine::Sqlite {
            legacy.execute("DELETE FROM sample_shop.credential");
        }
        legacy.execute(&format!("DELETE FROM {}", legacy.customers()));
        let migration = Self { folder, legacy, tenant };
        migration.add(1..=users);
        migration
    }

    /// Adds users with bcrypt hashes.
    pub fn add(&self, ids: std::ops::RangeInclusive<u32>) {
        let quoted = self.legacy.literal(Some(BCRYPT));
        let (table, mut users, mut hashes) = (self.legacy.customers(), vec![], vec![]);
        for id in ids {
            let names =
                format!("({id}, 'user{id}', 'User{id}@example.com', 'Y', 'Name {id}', NULL");
            if self.legacy.engine == super::Engine::Sqlite {
                users.push(format!("{names}, {quoted})"));
            } else {
                users.push(format!("{names})"));
                hashes.push(format!("({id}, {quoted})"));
            }
        }
        if users.is_empty() {
            return;
        }
        let hash = if hashes.is_empty() { ", password_hash" } else { "" };
        let columns = format!("id, login, email, email_confirmed, full_name, preferences{hash}");
        self.legacy
            .execute(&format!("INSERT INTO {table} ({columns}) VALUES {}", users.join(", ")));
        if !hashes.is_empty() {
            let hashes = hashes.join(", ");
            self.legacy.execute(&format!("INSERT INTO sample_shop.credential VALUES {hashes}"));
        }
    }

    /// Changes a user's row; the hash has a table of its own on servers.
    pub fn set(&self, id: u32, change: &str) {
        let table = self.legacy.customers();
        self.legacy.execute(&format!("UPDATE {table} SET {change} WHERE id = {id}"));
    }

    /// Makes SQLite's view anew, with something else in the place of some of its words.
    pub fn change_view(&self, changes: &[(&str, &str)]) {
        let view = self.legacy.column("SELECT sql FROM sqlite_master WHERE name = 'legacy_user'");
        let mut view = view.concat();
        for (from, to) in changes {
            assert!(view.contains(from), "no {from:?} in {view}");
            view = view.replace(from, to);
        }
        self.legacy.execute(&format!("DROP VIEW legacy_user; {view}"));
    }

    pub fn mark(&self, id: u32) {
        let (table, now) = match self.legacy.engine {
            super::Engine::Sqlite => ("migrated_user", "'2026-01-01'"),
            super::Engine::Postgresql => ("narrowgate.migrated_user", "now()"),
            super::Engine::Mysql => ("narrowgate.migrated_user", "'2026-01-01'"),
        };
        self.legacy
            .execute(&format!("INSERT INTO {table} (user_id, migrated_at) VALUES ('{id}', {now})"));
    }

    pub fn run_directory(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    pub fn start(&self, arguments: &[&str]) -> Program {
        Program::migrate(self.folder.path(), arguments, &[])
    }

    #[track_caller]
    pub fn command(&self, arguments: &[&str]) -> Told {
        self.start(arguments).end_within(PATIENCE)
    }

    /// `import --execute`, on the one run directory.
    #[track_caller]
    pub fn import(&self, more: &[&str]) -> Told {
        let arguments = ["import", "--run", "run", "--execute", "--progress", "none"];
        self.command(&[&arguments, more].concat())
    }

    /// Names the role that may set marks.
    pub fn with_marker(&self) {
        let file = self.folder.path().join("narrowgate-migrate.toml");
        let text = std::fs::read_to_string(&file).expect("the configuration");
        let marker = format!("{text}[marker]\nurl = \"{}\"\n", self.legacy.marker_url());
        std::fs::write(file, marker).expect("written");
    }

    /// `verify`, on the one run directory.
    #[track_caller]
    pub fn verify(&self, more: &[&str]) -> Told {
        self.command(&[&["verify", "--run", "run", "--progress", "none"], more].concat())
    }

    /// What `verify` found: id and kind.
    #[track_caller]
    pub fn differences(&self) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        for line in self.file("differences.ndjson").lines() {
            let line: Value = serde_json::from_str(line).expect("a JSON line");
            let members = line.as_object().expect("an object");
            assert!(members.keys().eq(["kind", "user_id"]), "{line}");
            let id = line["user_id"].as_str().unwrap_or("null").to_owned();
            let kind = line["kind"].as_str().expect("a kind").to_owned();
            assert!(found.insert((id, kind)), "differences.ndjson has {line} twice");
        }
        found
    }

    #[track_caller]
    pub fn status(&self) -> Value {
        let (_, text) = self.command(&["status", "--run", "run", "--format", "json"]);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    pub fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.run_directory().join(name)).unwrap_or_default()
    }

    /// `held.ndjson` or `quarantine.ndjson`: each user once, with the reason or the code.
    #[track_caller]
    pub fn listed(&self, name: &str, member: &str) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for line in self.file(name).lines() {
            let line: Value = serde_json::from_str(line).expect("a JSON line");
            let word = line[member].as_str().expect("a word").to_owned();
            let id = line["user_id"].as_str().unwrap_or("null").to_owned();
            assert!(found.insert(id.clone(), word).is_none(), "{name} has {id} twice");
        }
        found
    }

    pub fn held(&self) -> BTreeMap<String, String> {
        self.listed("held.ndjson", "reason")
    }

    pub fn quarantined(&self) -> BTreeMap<String, String> {
        self.listed("quarantine.ndjson", "code")
    }

    /// The run is done, everybody is accounted for, nobody is lost, nobody is there twice.
    #[track_caller]
    pub fn assert_balanced(&self, planned: u64) {
        let (status, held, refused) = (self.status(), self.held(), self.quarantined());
        let number = |name: &str| status[name].as_u64().expect("a number");
        assert_eq!(status["done"], true, "{status:#}");
        assert_eq!(number("planned"), planned, "{status:#}");
        let sum = number("inserted") + number("present") + number("quarantined") + number("held");
        assert_eq!(sum, planned, "{status:#}");
        assert_eq!(number("held"), held.len() as u64, "{status:#}\n{held:?}");
        assert_eq!(number("quarantined"), refused.len() as u64, "{status:#}\n{refused:?}");
        self.tenant.assert_calm();
        let there = self.tenant.ids();
        for id in self.legacy.column(&self.unmarked()) {
            let known = there.contains(&id) as u8
                + held.contains_key(&id) as u8
                + refused.contains_key(&id) as u8;
            assert_eq!(known, 1, "user {id}: {:?} {:?}", held.get(&id), refused.get(&id));
        }
    }

    fn unmarked(&self) -> String {
        let (view, marks) = match self.legacy.engine {
            super::Engine::Sqlite => ("legacy_user", "migrated_user"),
            _ => ("narrowgate.legacy_user", "narrowgate.migrated_user"),
        };
        format!("SELECT user_id FROM {view} WHERE user_id NOT IN (SELECT user_id FROM {marks})")
    }
}
