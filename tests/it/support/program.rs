//! The program with any command line, for what is not a running gate: help, faults, the demonstration, text logs.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::process::signal;
use super::wait_until;

/// Writes a file that holds secrets, as one should be.
pub fn write_secret(path: &Path, text: &str) {
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).expect("its mode");
}

/// A run of the program in a folder of the test's own. Killed when dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    out: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Program {
    /// Starts the gate with these arguments and no environment but this.
    pub fn start(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_binary(env!("CARGO_BIN_EXE_narrowgate"), folder, arguments, environment)
    }

    /// Starts `narrowgate-migrate` in the same way.
    pub fn migrate(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_binary(env!("CARGO_BIN_EXE_narrowgate-migrate"), folder, arguments, environment)
    }

    fn start_binary(
        binary: &str,
        folder: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let inherited = ["PATH", "LLVM_PROFILE_FILE", "TMPDIR"];
        let mut child = Command::new(binary)
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(inherited.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let out = Arc::<Mutex<String>>::default();
        let readers = vec![
            collect(child.stdout.take().expect("piped"), out.clone()),
            collect(child.stderr.take().expect("piped"), out.clone()),
        ];
        Self { child, out, readers }
    }

    /// Runs it to its end: the exit code and everything it printed.
    #[track_caller]
    pub fn run(
        folder: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> (Option<i32>, String) {
        Self::start(folder, arguments, environment).end()
    }

    /// Everything printed so far.
    pub fn output(&self) -> String {
        self.out.lock().unwrap().clone()
    }

    /// Waits for a line that holds this text, and gives it.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> String {
        let find = || self.output().lines().find(|line| line.contains(text)).map(str::to_owned);
        wait_until(text, Duration::from_secs(20), || find().is_some());
        find().expect("just seen")
    }

    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(self) -> (Option<i32>, String) {
        self.end_within(Duration::from_secs(15))
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended.
    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().expect("a child to wait for").is_some()
    }

    /// Waits for its end, this long.
    #[track_caller]
    pub fn end_within(mut self, patience: Duration) -> (Option<i32>, String) {
        let mut status = None;
        wait_until("the program ends", patience, || {
            status = self.child.try_wait().expect("a child to wait for");
            status.is_some()
        });
        for reader in self.readers.drain(..) {
            reader.join().expect("a reader");
        }
        (status.and_then(|status| status.code()), self.output())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn collect(stream: impl Read + Send + 'static, out: Arc<Mutex<String>>) -> JoinHandle<()> {
    thread::spawn(move || {
        let (mut reader, mut line) = (BufReader::new(stream), Vec::new());
        while reader.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            out.lock().unwrap().push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    })
}
