//! Fresh legacy databases: the sample store, our fixed objects and the mapping between them, as a
//! DBA would apply them.

use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel::sqlite::SqliteConnection;
use tempfile::TempDir;

use super::servers::{self, Database};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgresql,
    Mysql,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgresql => "postgresql",
            Self::Mysql => "mysql",
        }
    }

    /// Everything to apply, in order: the store that was there before us, our fixed objects, the
    /// mapping.
    pub(super) fn scripts(self) -> Vec<String> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let migrations = root.join("migrations").join(self.name());
        let mut folders: Vec<_> = std::fs::read_dir(&migrations)
            .unwrap_or_else(|e| panic!("{}: {e}", migrations.display()))
            .map(|entry| entry.expect("an entry").path().join("up.sql"))
            .collect();
        folders.sort();
        let sample =
            |suffix: &str| root.join(format!("deploy/contract/sample-{}{suffix}.sql", self.name()));
        let files = [vec![sample("-legacy")], folders, vec![sample("")]].concat();
        files
            .iter()
            .map(|file| {
                std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
            })
            .collect()
    }
}

/// A legacy database of its own for one test (on MySQL: for one test at a time).
#[derive(Debug)]
pub struct Legacy {
    pub engine: Engine,
    url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File(PathBuf, TempDir),
    Server(Database),
}

impl Legacy {
    pub fn sqlite() -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        let file = dir.path().join("legacy.db");
        let url = format!("sqlite://{}", file.display());
        let legacy = Self { engine: Engine::Sqlite, url, place: Place::File(file, dir) };
        legacy.execute(&Engine::Sqlite.scripts().concat());
        legacy
    }

    /// A new database on the server of `NARROWGATE_TEST_POSTGRESQL`; none without it.
    pub fn postgresql() -> Option<Self> {
        let (database, url) = servers::postgresql(&Engine::Postgresql.scripts())?;
        Some(Self { engine: Engine::Postgresql, url, place: Place::Server(database) })
    }

    /// The database `narrowgate` on the server of `NARROWGATE_TEST_MYSQL`, for this test alone
    /// until it is dropped.
    pub fn mysql() -> Option<Self> {
        let (database, url) = servers::mysql(&Engine::Mysql.scripts())?;
        Some(Self { engine: Engine::Mysql, url, place: Place::Server(database) })
    }

    /// Runs a test on every engine at hand. What is left out is said once for the whole run.
    pub fn each(test: impl Fn(Self)) {
        for make in [|| Some(Self::sqlite()), Self::postgresql, Self::mysql] {
            if let Some(legacy) = make() {
                println!("engine: {}", legacy.engine.name());
                test(legacy);
            }
        }
    }

    /// What `database.url` should say: the runtime role, not the owner.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What `narrowgate-migrate` should be told: the bulk role.
    pub fn bulk_url(&self) -> String {
        self.url.replace("//narrowgate_api:", "//narrowgate_bulk:")
    }

    /// Runs statements as the owner of everything.
    #[track_caller]
    pub fn execute(&self, sql: &str) {
        match &self.place {
            Place::File(..) => {
                self.connect().batch_execute(sql).unwrap_or_else(|e| panic!("{e}: {sql}"));
            }
            Place::Server(database) => database.execute(sql),
        }
    }

    /// The first column of the rows, as the owner. Select text; NULL gives "NULL".
    #[track_caller]
    pub fn column(&self, sql: &str) -> Vec<String> {
        match &self.place {
            Place::File(..) => {
                let wrapped = format!(
                    "SELECT value FROM (SELECT NULL AS value WHERE 0 UNION ALL SELECT * FROM ({sql}))"
                );
                let rows = diesel::sql_query(wrapped)
                    .load::<Row>(&mut self.connect())
                    .unwrap_or_else(|e| panic!("{e}: {sql}"));
                rows.into_iter().map(|row| row.value.unwrap_or_else(|| "NULL".into())).collect()
            }
            Place::Server(database) => database.column(sql),
        }
    }

    /// The users marked as migrated, in order.
    pub fn marks(&self) -> Vec<String> {
        let table = if self.engine == Engine::Sqlite {
            "migrated_user"
        } else {
            "narrowgate.migrated_user"
        };
        self.column(&format!("SELECT user_id FROM {table} ORDER BY user_id"))
    }

    fn connect(&self) -> SqliteConnection {
        let Place::File(file, _) = &self.place else { panic!("not a file") };
        SqliteConnection::establish(&file.to_string_lossy()).expect("the database opens")
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}
