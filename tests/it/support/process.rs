//! Signals, by the `kill` program: the suite is free of `unsafe`, as the service is.

use std::process::Command;

/// Sends a signal, by its name without SIG.
#[track_caller]
pub fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args(["-s", name, &pid.to_string()]).status();
    assert!(status.expect("kill runs").success(), "no SIG{name} for {pid}");
}
