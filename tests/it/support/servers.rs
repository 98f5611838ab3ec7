//! PostgreSQL and MySQL for tests, on servers whose superuser URLs the environment names.
//! `./scripts/test` sets them.

use std::future::Future;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use futures_util::StreamExt;
use mysql_async::prelude::Queryable;
use tokio_postgres::AsyncMessage;
use tokio_postgres::error::SqlState;
use url::Url;

/// What the runtime role logs in with, on servers that live as long as the test run.
const PASSWORD: &str = "only-for-tests";
const ROLE: &str = "narrowgate_api";
/// A database of MySQL for somebody else's tables.
pub const LEGACY: &str = "legacy_store";
const BULK_ROLES: [&str; 2] = ["narrowgate_bulk", "narrowgate_marker"];

/// A database to use as its owner.
#[derive(Debug)]
pub struct Database {
    owner: Url,
    scrap: Option<(Url, String)>,
    _alone: Option<MutexGuard<'static, ()>>,
}

/// A client of its own for each statement: tests want truth, not speed. On a thread of its own,
/// because the test may already run inside a runtime.
fn wait<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> T {
    let thread = std::thread::spawn(|| {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(task)
    });
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn server(variable: &str) -> Option<Url> {
    static SAID: Once = Once::new();
    let Some(url) = std::env::var(variable).ok().filter(|url| !url.is_empty()) else {
        // Straight to the stream: the test harness hides what passing tests print.
        let line = b"left out: PostgreSQL and MySQL, whichever lacks NARROWGATE_TEST_POSTGRESQL or NARROWGATE_TEST_MYSQL; ./scripts/test runs all\n";
        SAID.call_once(|| drop(std::io::stderr().write_all(line)));
        return None;
    };
    Some(Url::parse(&url).unwrap_or_else(|e| panic!("{variable}: {e}")))
}

fn as_role(url: &Url) -> String {
    let mut url = url.clone();
    url.set_username(ROLE).expect("a URL with a host");
    url.set_password(Some(PASSWORD)).expect("a URL with a host");
    url.to_string()
}

/// A new database for one test. Roles are cluster-wide, so only one preparation runs at a time,
/// also across processes.
pub fn postgresql(scripts: &[String]) -> Option<(Database, String)> {
    postgresql_after(&|_| (), scripts)
}

/// The same, where something else fills the database before the scripts are applied.
pub fn postgresql_after(fill: &dyn Fn(&Url), scripts: &[String]) -> Option<(Database, String)> {
    postgresql_like("", fill, scripts)
}

/// The same, of a database that is created with these words.
pub fn postgresql_like(
    words: &str,
    fill: &dyn Fn(&Url),
    scripts: &[String],
) -> Option<(Database, String)> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let admin = server("NARROWGATE_TEST_POSTGRESQL")?;
    let name = format!("ng_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
    let mut owner = admin.clone();
    owner.set_path(&name);
    let open = format!("ALTER ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'");
    // Something of theirs in another database: no test's `--drop` takes the roles from the others.
    let keep = format!("GRANT CONNECT ON DATABASE postgres TO narrowgate_owner, {ROLE}");
    let scripts = [scripts, &[keep, open]].concat();
    let create = format!("CREATE DATABASE {name} {words}");
    let creator = admin.clone();
    wait(async move {
        let client = postgresql_client(&creator).await;
        client.batch_execute(&create).await.expect("a new database");
    });
    fill(&owner);
    apply_alone(&owner, scripts);
    let url = as_role(&owner);
    Some((Database { owner, scrap: Some((admin, name)), _alone: None }, url))
}

/// Roles belong to the whole server, so whoever changes them takes turns.
fn apply_alone(owner: &Url, scripts: Vec<String>) {
    let (mut place, database) = (owner.clone(), owner.clone());
    place.set_path("postgres");
    wait(async move {
        let lock = postgresql_client(&place).await;
        lock.batch_execute("SELECT pg_advisory_lock(4711)").await.expect("the lock");
        let client = postgresql_client(&database).await;
        for script in scripts {
            client.batch_execute(&script).await.unwrap_or_else(|e| panic!("{e:?}: {script}"));
        }
    });
}

/// The one database that the fixed name allows, made anew for each test; tests take turns.
pub fn mysql(scripts: &[String]) -> Option<(Database, String)> {
    mysql_after(&|_| (), scripts)
}

/// The same, where something else fills the empty database [`LEGACY`] before the scripts are applied.
pub fn mysql_after(fill: &dyn Fn(&Url), scripts: &[String]) -> Option<(Database, String)> {
    static TURN: Mutex<()> = Mutex::new(());
    let owner = server("NARROWGATE_TEST_MYSQL")?;
    let alone = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let database = Database { owner, scrap: None, _alone: Some(alone) };
    for name in ["narrowgate", "sample_shop", LEGACY] {
        database.execute(&format!("DROP DATABASE IF EXISTS {name}"));
    }
    // Rights on routines outlive their database.
    database.execute("DROP USER IF EXISTS 'narrowgate_api'@'%', 'narrowgate_bulk'@'%', 'narrowgate_marker'@'%', 'narrowgate_owner'@'localhost'");
    database.execute(&format!("CREATE DATABASE {LEGACY} CHARACTER SET utf8mb4"));
    let mut legacy = database.owner.clone();
    legacy.set_path(LEGACY);
    fill(&legacy);
    for script in scripts {
        database.execute(script);
    }
    database.execute(&open_account(ROLE));
    let mut url = database.owner.clone();
    url.set_path("narrowgate");
    let url = as_role(&url);
    Some((database, url))
}

fn open_account(role: &str) -> String {
    format!("ALTER USER '{role}'@'%' IDENTIFIED BY '{PASSWORD}' ACCOUNT UNLOCK")
}

/// Everything that a server answers to somebody, errors included, as text.
pub fn heard(url: &str, sql: &str) -> String {
    let (url, sql) = (Url::parse(url).expect("a URL"), sql.to_owned());
    wait(async move {
        if url.scheme().starts_with("mysql") {
            let connection = mysql_async::Conn::from_url(url.as_str()).await;
            let mut connection = connection.expect("MySQL answers");
            let rows: Result<Vec<mysql_async::Row>, _> = connection.query(&sql).await;
            return match rows {
                Ok(rows) => {
                    let values = rows.into_iter().flat_map(mysql_async::Row::unwrap);
                    values.map(|value| value.as_sql(true) + "\n").collect()
                }
                Err(error) => format!("{error:?}"),
            };
        }
        match postgresql_client(&url).await.simple_query(&sql).await {
            Ok(messages) => format!("{messages:?}"),
            Err(error) => format!("{error:?}"),
        }
    })
}

/// The notices of PostgreSQL while it runs these statements, with their details.
pub fn notices(url: &str, sql: &str) -> String {
    let (url, sql) = (url.to_owned(), sql.to_owned());
    wait(async move {
        let (client, mut connection) =
            tokio_postgres::connect(&url, tokio_postgres::NoTls).await.expect("PostgreSQL answers");
        let messages = futures_util::stream::poll_fn(move |turn| connection.poll_message(turn));
        let listening = tokio::spawn(messages.collect::<Vec<_>>());
        client.batch_execute(&sql).await.unwrap_or_else(|e| panic!("{e:?}: {sql}"));
        drop(client);
        let told = listening.await.expect("the connection's task").into_iter().flatten();
        let texts = told.filter_map(|message| match message {
            AsyncMessage::Notice(notice) => {
                Some(format!("{} {}\n", notice.message(), notice.detail().unwrap_or_default()))
            }
            _ => None,
        });
        texts.collect()
    })
}

/// What MySQL answers to statements on one connection, rows and errors, as text.
pub fn heard_in_turn(url: &str, statements: &[&str]) -> String {
    let url = url.to_owned();
    let statements: Vec<String> = statements.iter().map(|sql| (*sql).to_owned()).collect();
    wait(async move {
        let mut connection = mysql_async::Conn::from_url(&url).await.expect("MySQL answers");
        let mut heard = String::new();
        for sql in statements {
            let rows: Result<Vec<mysql_async::Row>, _> = connection.query(&sql).await;
            match rows {
                Ok(rows) => {
                    let values = rows.into_iter().flat_map(mysql_async::Row::unwrap);
                    heard.extend(values.map(|value| value.as_sql(true) + "\n"));
                }
                Err(error) => heard.push_str(&format!("{error:?}\n")),
            }
        }
        heard
    })
}

impl Database {
    pub fn owner_url(&self) -> String {
        self.owner.to_string()
    }

    /// Applies the contract that has the roles of the bulk half, and opens those.
    #[track_caller]
    pub fn apply_bulk(&self, script: String) {
        let roles = BULK_ROLES;
        if self.owner.scheme().starts_with("mysql") {
            self.execute(&script);
            roles.iter().for_each(|role| self.execute(&open_account(role)));
            return;
        }
        let open = roles.map(|role| format!("ALTER ROLE {role} LOGIN PASSWORD '{PASSWORD}'"));
        let keep = format!("GRANT CONNECT ON DATABASE postgres TO {}", roles.join(", "));
        apply_alone(&self.owner, [vec![script], open.into(), vec![keep]].concat());
    }

    #[track_caller]
    pub fn execute(&self, sql: &str) {
        let (url, sql) = (self.owner.clone(), sql.to_owned());
        if url.scheme().starts_with("mysql") {
            wait(async move {
                let mut connection =
                    mysql_async::Conn::from_url(url.as_str()).await.expect("MySQL answers");
                // Sent whole: the server knows where a function ends, and takes the script apart.
                connection.query_drop(&sql).await.unwrap_or_else(|e| panic!("{e}: {sql}"));
                connection.disconnect().await.ok();
            });
        } else {
            wait(async move {
                // Roles are the whole cluster's: two tests may change them at once, and the server ends one of the two.
                while let Err(error) = postgresql_client(&url).await.batch_execute(&sql).await {
                    let is_deadlock = error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED);
                    assert!(is_deadlock, "{error:?}: {sql}");
                }
            });
        }
    }

    #[track_caller]
    pub fn column(&self, sql: &str) -> Vec<String> {
        let (url, sql) = (self.owner.clone(), sql.to_owned());
        let null = || "NULL".to_owned();
        if url.scheme().starts_with("mysql") {
            return wait(async move {
                let mut connection =
                    mysql_async::Conn::from_url(url.as_str()).await.expect("MySQL answers");
                let rows: Vec<Option<String>> =
                    connection.query(&sql).await.unwrap_or_else(|e| panic!("{e}: {sql}"));
                rows.into_iter().map(|value| value.unwrap_or_else(null)).collect()
            });
        }
        wait(async move {
            let messages = postgresql_client(&url)
                .await
                .simple_query(&sql)
                .await
                .unwrap_or_else(|e| panic!("{e:?}: {sql}"));
            let rows = messages.iter().filter_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => {
                    Some(row.get(0).map_or_else(null, str::to_owned))
                }
                _ => None,
            });
            rows.collect()
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((admin, name)) = self.scrap.take() {
            wait(async move {
                postgresql_client(&admin)
                    .await
                    .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
                    .await
                    .ok()
            });
        }
    }
}

async fn postgresql_client(url: &Url) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls)
        .await
        .expect("PostgreSQL answers");
    tokio::spawn(connection);
    client
}
