//! PgBouncer between the gate and PostgreSQL.

use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use url::Url;

use super::{signal, wait_until};

/// The pooler. It ends when dropped.
#[derive(Debug)]
pub struct Pooler {
    child: Child,
    folder: TempDir,
    url: Url,
}

impl Pooler {
    /// In this mode, with so few connections to the server of this URL.
    pub fn before(url: &str, mode: &str, connections: usize, more: &str) -> Self {
        let (server, folder) = (Url::parse(url).expect("a URL"), TempDir::new().expect("a folder"));
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("a port").port();
        drop(free);
        let (host, to) = (server.host_str().expect("a host"), server.port().expect("a port"));
        let settings = format!(
            "[databases]\n* = host={host} port={to}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = plain\nauth_file = {0}/users\npool_mode = {mode}\ndefault_pool_size = {connections}\nlogfile = {0}/log\n{more}\n",
            folder.path().display()
        );
        let password = server.password().expect("a password");
        let users = format!("\"{}\" \"{password}\"\n", server.username());
        for (name, text) in [("settings", settings), ("users", users)] {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        let mut command = Command::new("pgbouncer");
        command.arg(folder.path().join("settings")).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        // It does not run as root.
        if std::fs::metadata("/proc/self")
            .is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
        {
            let nobody = 65534;
            for path in
                [folder.path(), &folder.path().join("settings"), &folder.path().join("users")]
            {
                chown(path, Some(nobody), Some(nobody)).expect("given away");
            }
            command.uid(nobody).gid(nobody);
        }
        let child = command.spawn().expect("pgbouncer runs");
        let mut through = server;
        through.set_port(Some(port)).expect("a URL with a host");
        let pooler = Self { child, folder, url: through };
        wait_until("the pooler listens", Duration::from_secs(10), || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        pooler
    }

    /// What `database.url` should say.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Stops it for a while, or lets it go on.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
