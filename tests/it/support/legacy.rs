//! Fresh legacy databases: the sample store and the contract with it, as a DBA would apply them.

use std::path::PathBuf;
use std::sync::OnceLock;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel::sqlite::SqliteConnection;
use tempfile::TempDir;
use url::Url;

use super::program::Program;
use super::servers::{self, Database};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgresql,
    Mysql,
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgresql => "postgresql",
            Self::Mysql => "mysql",
        }
    }

    /// What to apply, in order: the store that was there before us, the contract.
    pub(super) fn scripts(self) -> Vec<String> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deploy/contract");
        let sample = |suffix: &str| {
            let file = folder.join(format!("sample-{}{suffix}.sql", self.name()));
            let text = std::fs::read_to_string(&file);
            text.unwrap_or_else(|e| panic!("{}: {e}", file.display()))
        };
        vec![sample("-legacy"), without_delimiters(&sample(""))]
    }
}

/// A script for the `mysql` client as the server itself understands it: the server knows where a
/// function ends, and `DELIMITER` is the client's own command.
pub fn without_delimiters(script: &str) -> String {
    if !script.contains("DELIMITER $$\n") {
        return script.to_owned();
    }
    script.replace("DELIMITER $$\n", "").replace("DELIMITER ;\n", "").replace("$$\n", ";\n")
}

/// What the generator makes of the sample mapping when digests are to stay inside.
fn inside_contract(engine: Engine) -> String {
    printed(engine, true, &[])
}

/// What the generator makes of the sample mapping.
fn printed(engine: Engine, inside: bool, further: &[&str]) -> String {
    let folder = TempDir::new().expect("a folder");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/contract/mapping.example.toml");
    let mapping = std::fs::read_to_string(example).expect("the example");
    let changed = mapping.replace("password_check = \"outside\"", "password_check = \"inside\"");
    assert_ne!(mapping, changed);
    let mapping = if inside { changed } else { mapping };
    std::fs::write(folder.path().join("mapping.toml"), mapping).expect("written");
    let engine = if engine == Engine::Mysql { "mariadb" } else { engine.name() };
    let arguments = ["contract", "--mapping", "mapping.toml", "--engine", engine];
    let arguments = [&arguments[..], further].concat();
    let (code, script) = Program::migrate(folder.path(), &arguments, &[]).end();
    assert_eq!(code, Some(0), "{script}");
    without_delimiters(&script)
}

/// A legacy database of its own for one test (on MySQL: for one test at a time).
#[derive(Debug)]
pub struct Legacy {
    pub engine: Engine,
    url: String,
    place: Place,
    bulk: OnceLock<()>,
}

#[derive(Debug)]
enum Place {
    File(PathBuf, TempDir),
    Server(Database),
}

impl Legacy {
    pub fn sqlite() -> Self {
        Self::file(&|_| (), &Engine::Sqlite.scripts())
    }

    /// A new database on the server of `NARROWGATE_TEST_POSTGRESQL`; none without it.
    pub fn postgresql() -> Option<Self> {
        let (database, url) = servers::postgresql(&Engine::Postgresql.scripts())?;
        Some(Self {
            engine: Engine::Postgresql,
            url,
            place: Place::Server(database),
            bulk: OnceLock::new(),
        })
    }

    /// The same in PostgreSQL's other encodings.
    pub fn in_encoding(encoding: &str) -> Option<Self> {
        let words = format!("ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0");
        let scripts = Engine::Postgresql.scripts();
        let (database, url) = servers::postgresql_like(&words, &|_| (), &scripts)?;
        let place = Place::Server(database);
        Some(Self { engine: Engine::Postgresql, url, place, bulk: OnceLock::new() })
    }

    /// The database `narrowgate` on the server of `NARROWGATE_TEST_MYSQL`, for this test alone
    /// until it is dropped.
    pub fn mysql() -> Option<Self> {
        let (database, url) = servers::mysql(&Engine::Mysql.scripts())?;
        Some(Self {
            engine: Engine::Mysql,
            url,
            place: Place::Server(database),
            bulk: OnceLock::new(),
        })
    }

    /// A database that `fill` makes a legacy store of, told its owner's URL, and that the scripts are
    /// applied to afterwards. None where the engine is not at hand.
    pub fn filled(engine: Engine, fill: &dyn Fn(&Url), scripts: &[String]) -> Option<Self> {
        let (database, url) = match engine {
            Engine::Sqlite => return Some(Self::file(fill, scripts)),
            Engine::Postgresql => servers::postgresql_after(fill, scripts)?,
            Engine::Mysql => servers::mysql_after(fill, scripts)?,
        };
        Some(Self { engine, url, place: Place::Server(database), bulk: OnceLock::new() })
    }

    /// The sample store under a contract by which the hash never leaves the database; none for
    /// SQLite, and none without a server.
    pub fn inside(engine: Engine) -> Option<Self> {
        let [store, _] = &engine.scripts()[..] else { panic!("the store and the contract") };
        let scripts = [store.clone(), inside_contract(engine)];
        (engine != Engine::Sqlite).then(|| Self::filled(engine, &|_| {}, &scripts))?
    }

    /// All that the server says to the runtime role: rows, or the error with everything in it.
    pub fn as_role(&self, sql: &str) -> String {
        servers::heard(&self.url, sql)
    }

    /// Statements of the runtime role in PostgreSQL, and all that the server says beside its answers.
    pub fn as_role_aloud(&self, sql: &str) -> String {
        servers::notices(&self.url, sql)
    }

    /// Statements of the runtime role in MySQL, one after the other on one connection.
    pub fn as_role_in_turn(&self, statements: &[&str]) -> String {
        servers::heard_in_turn(&self.url, statements)
    }

    fn file(fill: &dyn Fn(&Url), scripts: &[String]) -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        let file = dir.path().join("legacy.db");
        let url = format!("sqlite://{}", file.display());
        fill(&Url::parse(&url).expect("a URL"));
        let legacy = Self {
            engine: Engine::Sqlite,
            url,
            place: Place::File(file, dir),
            bulk: OnceLock::new(),
        };
        scripts.iter().for_each(|script| legacy.execute(script));
        legacy
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

    /// What `narrowgate-migrate` should be told: the bulk role. It is made when it is asked for first.
    pub fn bulk_url(&self) -> String {
        self.with_bulk("narrowgate_bulk")
    }

    /// The role that may mark users, and do nothing else; made in the same way.
    pub fn marker_url(&self) -> String {
        self.with_bulk("narrowgate_marker")
    }

    fn with_bulk(&self, role: &str) -> String {
        if let Place::Server(database) = &self.place {
            self.bulk.get_or_init(|| database.apply_bulk(printed(self.engine, false, &["--bulk"])));
        }
        self.url.replace("//narrowgate_api:", &format!("//{role}:"))
    }

    /// The URL of the owner of everything.
    pub fn owner_url(&self) -> String {
        match &self.place {
            Place::File(..) => self.url.clone(),
            Place::Server(database) => database.owner_url(),
        }
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
