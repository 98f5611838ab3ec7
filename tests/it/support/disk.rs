//! A small file system that can become full or read-only. Root ignores permissions, so only a mount
//! of its own will do, and that takes rights which not every machine gives.

use std::fs::{File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::wait_until;

/// The file system. Unmounted when dropped.
#[derive(Debug)]
pub struct Disk {
    folder: TempDir,
    mounted: bool,
}

impl Disk {
    /// None, and a word on why, where nothing may be mounted.
    pub fn new() -> Option<Self> {
        let folder = TempDir::new().expect("a temporary directory");
        if run("mount", &["-t", "tmpfs", "-o", "size=1m", "tmpfs"], folder.path()) {
            return Some(Self { folder, mounted: true });
        }
        say("left out: a full disk; a tmpfs cannot be mounted here\n");
        None
    }

    /// A folder that permissions can make read-only, but nothing can make full. None, and a word on
    /// why, where permissions do not bind us.
    pub fn in_folder() -> Option<Self> {
        let disk = Self { folder: TempDir::new().expect("a temporary directory"), mounted: false };
        disk.read_only(true);
        let bound = File::create(disk.path().join("attempt")).is_err();
        disk.read_only(false);
        if bound {
            return Some(disk);
        }
        say("left out: a read-only file; root ignores permissions and nothing can be mounted\n");
        None
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    #[track_caller]
    pub fn read_only(&self, only: bool) {
        if self.mounted {
            let options = if only { "remount,ro" } else { "remount,rw" };
            // Refused while a file is open for writing, and a child of another test's may still
            // hold one of ours for a moment.
            wait_until("remounted", Duration::from_secs(5), || {
                run("mount", &["-o", options], self.path())
            });
            return;
        }
        let (file, folder) = if only { (0o444, 0o555) } else { (0o644, 0o755) };
        let allow = |path: &Path, mode| {
            std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("our own file");
        };
        for entry in std::fs::read_dir(self.path()).expect("our own folder") {
            allow(&entry.expect("an entry").path(), file);
        }
        allow(self.path(), folder);
    }

    /// Takes all the room there is.
    pub fn fill(&self) {
        assert!(self.mounted, "this would fill a real disk");
        let mut filler = File::create(self.path().join("filler")).expect("a file");
        while filler.write_all(&[0; 4096]).is_ok() {}
        while filler.write_all(&[0]).is_ok() {}
    }

    pub fn free(&self) {
        std::fs::remove_file(self.path().join("filler")).expect("removed");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            run("umount", &["-l"], self.path());
        }
    }
}

/// Straight to the stream: the test harness hides what passing tests print.
fn say(line: &str) {
    std::io::stderr().write_all(line.as_bytes()).ok();
}

fn run(program: &str, arguments: &[&str], path: &Path) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).arg(path).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
