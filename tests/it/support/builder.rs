//! How the program is started: its configuration file, its environment, its command line.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::gate::{Gate, Lines};
use super::wait_until;

/// Collects a configuration; `start` runs it.
#[derive(Debug, Default, Clone)]
pub struct GateBuilder {
    settings: BTreeMap<String, Value>,
    environment: Vec<(String, String)>,
    files: Option<u32>,
}

impl GateBuilder {
    /// Sets `section.key`. The value is anything JSON can say; JSON scalars and arrays are TOML as
    /// well.
    pub fn config(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(key.into(), value.into());
        self
    }

    pub fn without(mut self, key: &str) -> Self {
        self.settings.remove(key);
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// With no more open files than these.
    pub fn files(mut self, most: u32) -> Self {
        self.files = Some(most);
        self
    }

    /// The configuration file's text.
    pub fn toml(&self) -> String {
        let mut sections: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (key, value) in &self.settings {
            let (section, name) = key.split_once('.').expect("section.key");
            sections.entry(section).or_default().push(format!("{name} = {value}"));
        }
        let texts =
            sections.iter().map(|(name, lines)| format!("[{name}]\n{}\n", lines.join("\n")));
        texts.collect::<Vec<_>>().join("\n")
    }

    fn program(&self) -> Command {
        let binary = env!("CARGO_BIN_EXE_narrowgate");
        let Some(files) = self.files else { return Command::new(binary) };
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\""), binary]);
        shell
    }

    fn spawn(&self, command: &str) -> Gate {
        let dir = TempDir::new().expect("a temporary directory");
        let file = dir.path().join("narrowgate.toml");
        std::fs::write(&file, self.toml()).expect("configuration written");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).expect("its mode");
        let inherited = ["PATH", "RUST_BACKTRACE", "LLVM_PROFILE_FILE"];
        let mut child = self
            .program()
            .args(command.split(' '))
            .arg("--config")
            .arg(&file)
            .current_dir(dir.path())
            .env_clear()
            .envs(inherited.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let (lines, paused) = (Lines::default(), Arc::<AtomicBool>::default());
        let readers = vec![
            collect(child.stdout.take().expect("piped"), lines.clone(), paused.clone()),
            collect(child.stderr.take().expect("piped"), lines.clone(), paused.clone()),
        ];
        Gate::new(child, lines, paused, readers, dir)
    }

    /// Runs `serve` and waits until it listens.
    #[track_caller]
    pub fn start(&self) -> Gate {
        let mut gate = self.spawn("serve");
        gate.await_listeners(self.settings.contains_key("management.bind"));
        gate
    }

    /// Runs `serve` at a level at which its log does not tell where it listens: here, without management.
    #[track_caller]
    pub fn start_at(self, address: SocketAddr) -> Gate {
        let mut gate = self.config("server.bind", address.to_string()).spawn("serve");
        gate.address = address;
        wait_until("it listens", Duration::from_secs(20), || TcpStream::connect(address).is_ok());
        gate
    }

    /// Runs a command, with its options, that should end by itself, and gives its exit code and everything it printed.
    /// On an idle machine that takes five seconds at most.
    #[track_caller]
    pub fn run(&self, command: &str) -> (Option<i32>, String) {
        let mut gate = self.spawn(command);
        let status = gate.wait_exit(Duration::from_secs(30));
        (status.code(), gate.log().join("\n"))
    }
}

fn collect(
    stream: impl Read + Send + 'static,
    lines: Lines,
    paused: Arc<AtomicBool>,
) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        let wait = || {
            while paused.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(2));
            }
            true
        };
        while wait() && reader.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            lines
                .lock()
                .unwrap()
                .push(String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned());
            line.clear();
        }
    })
}
