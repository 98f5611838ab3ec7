//! Database servers of one test's own, which it may stop and start again.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mysql_async::prelude::Queryable;
use tempfile::TempDir;
use url::Url;

use super::process::signal;
use super::{Engine, wait_until};

const PASSWORD: &str = "only-for-one-test";
const PATIENCE: Duration = Duration::from_secs(60);

/// PostgreSQL and MariaDB, with the contract applied. They end when it is dropped.
#[derive(Debug)]
pub struct Cluster {
    folder: TempDir,
    owners: Vec<Url>,
}

/// How a server was started, so that it can be started again.
#[derive(Debug)]
pub struct Stopped {
    command: Vec<String>,
    folder: PathBuf,
    log: PathBuf,
    user: (u32, u32),
    engine: Engine,
    owner: Url,
}

impl Cluster {
    /// None where the other tests have no servers either.
    pub fn start() -> Option<Self> {
        std::env::var_os("NARROWGATE_TEST_POSTGRESQL").filter(|url| !url.is_empty())?;
        let mut cluster = Self { folder: TempDir::new().expect("a folder"), owners: vec![] };
        let output = cluster.script("start");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let urls = printed.lines().filter_map(|line| line.split_once('=')?.1.parse().ok());
        cluster.owners = urls.filter(Url::has_host).collect();
        for engine in [Engine::Postgresql, Engine::Mysql] {
            cluster.apply(engine);
        }
        Some(cluster)
    }

    fn script(&self, command: &str) -> std::process::Output {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/databases");
        let mut script = Command::new(script);
        script.arg(command).arg(self.folder.path().join("servers")).stdin(Stdio::null());
        script.output().expect("scripts/databases runs")
    }

    fn owner(&self, engine: Engine) -> &Url {
        let scheme = if engine == Engine::Mysql { "mysql" } else { "postgres" };
        self.owners.iter().find(|url| url.scheme() == scheme).expect("a URL of that server")
    }

    fn apply(&self, engine: Engine) {
        let open = if engine == Engine::Mysql {
            format!("ALTER USER 'narrowgate_api'@'%' IDENTIFIED BY '{PASSWORD}' ACCOUNT UNLOCK")
        } else {
            format!("ALTER ROLE narrowgate_api PASSWORD '{PASSWORD}'")
        };
        let owner = self.owner(engine);
        for script in [engine.scripts(), vec![open]].concat() {
            execute(owner, &script).unwrap_or_else(|e| panic!("{e}: {script}"));
        }
    }

    /// Runs statements as the owner of everything.
    #[track_caller]
    pub fn execute(&self, engine: Engine, sql: &str) {
        execute(self.owner(engine), sql).unwrap_or_else(|e| panic!("{e}: {sql}"));
    }

    /// What `database.url` should say.
    pub fn url(&self, engine: Engine) -> String {
        let mut url = self.owner(engine).clone();
        url.set_username("narrowgate_api").expect("a URL with a host");
        url.set_password(Some(PASSWORD)).expect("a URL with a host");
        if engine == Engine::Mysql {
            url.set_path("narrowgate");
        }
        url.to_string()
    }

    /// Has PostgreSQL serve with this certificate from now on.
    #[track_caller]
    pub fn serve_certificate(&self, certificate: &str, key: &str) {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let folder = self.folder.path().join("servers/postgresql");
        let owned = std::fs::metadata(&folder).expect("the server's folder");
        for (name, text) in [("crt", certificate), ("key", key)] {
            let path = folder.join(format!("own{number}.{name}"));
            std::fs::write(&path, text).expect("written");
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("its mode");
            std::os::unix::fs::chown(&path, Some(owned.uid()), Some(owned.gid()))
                .expect("its owner");
        }
        self.execute(
            Engine::Postgresql,
            &format!("ALTER SYSTEM SET ssl_key_file = 'own{number}.key'"),
        );
        self.execute(
            Engine::Postgresql,
            &format!("ALTER SYSTEM SET ssl_cert_file = 'own{number}.crt'"),
        );
        self.execute(Engine::Postgresql, "SELECT pg_reload_conf()");
        let taken = format!(
            "DO $$ BEGIN ASSERT current_setting('ssl_cert_file') = 'own{number}.crt'; END $$"
        );
        wait_until("the certificate is taken over", PATIENCE, || {
            execute(self.owner(Engine::Postgresql), &taken).is_ok()
        });
    }

    /// Stops a server by a signal, and waits until it has gone.
    pub fn stop(&self, engine: Engine, by: &str) -> Stopped {
        let servers = self.folder.path().join("servers");
        let (folder, file, log) = match engine {
            Engine::Mysql => ("mariadb", "mariadb.pid", "mariadb.log"),
            _ => ("postgresql", "postmaster.pid", "postgresql.log"),
        };
        let folder = servers.join(folder);
        let file = std::fs::read_to_string(folder.join(file)).expect("a pid file");
        let pid: u32 = file.lines().next().and_then(|line| line.parse().ok()).expect("a pid");
        let process = PathBuf::from(format!("/proc/{pid}"));
        let words = std::fs::read_to_string(process.join("cmdline")).expect("a running server");
        let owned = std::fs::metadata(&folder).expect("the server's folder");
        signal(pid, by);
        wait_until("the server has gone", PATIENCE, || {
            // A child of ours stays until it is waited for, but without a command line.
            std::fs::read(process.join("cmdline")).map_or(true, |words| words.is_empty())
        });
        Stopped {
            command: words.split_terminator('\0').map(str::to_owned).collect(),
            folder,
            log: servers.join(log),
            user: (owned.uid(), owned.gid()),
            engine,
            owner: self.owner(engine).clone(),
        }
    }
}

impl Stopped {
    /// PostgreSQL comes back as a server that only follows another.
    pub fn following(self) -> Self {
        let path = self.folder.join("standby.signal");
        std::fs::write(&path, "").expect("written");
        std::os::unix::fs::chown(&path, Some(self.user.0), Some(self.user.1)).expect("its owner");
        self
    }

    /// Starts it as it was, and waits until it takes connections.
    pub fn start(self) {
        let log = std::fs::File::options().append(true).open(&self.log).expect("the server's log");
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).current_dir(&self.folder).stdin(Stdio::null());
        command.stdout(log.try_clone().expect("a file")).stderr(log);
        if self.user.0 != 0
            && self.user.0 != std::fs::metadata("/proc/self").map_or(0, |me| me.uid())
        {
            command.uid(self.user.0).gid(self.user.1);
        }
        drop(command.spawn().expect("the server starts"));
        wait_until(&format!("{:?} is back", self.engine), PATIENCE, || {
            execute(&self.owner, "SELECT 1").is_ok()
        });
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.script("stop");
    }
}

/// On a connection and in a runtime of its own.
fn execute(owner: &Url, sql: &str) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        if owner.scheme() == "mysql" {
            let mut connection =
                mysql_async::Conn::from_url(owner).await.map_err(|e| e.to_string())?;
            return connection.query_drop(sql).await.map_err(|e| e.to_string());
        }
        let (client, connection) = tokio_postgres::connect(owner.as_str(), tokio_postgres::NoTls)
            .await
            .map_err(|e| e.to_string())?;
        tokio::spawn(connection);
        client.batch_execute(sql).await.map_err(|e| format!("{e:?}"))
    })
}
