//! Other processes. Signals go by the `kill` program: the suite is free of `unsafe`, as the service is.

use std::process::Command;

/// Sends a signal, by its name without SIG.
#[track_caller]
pub fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args(["-s", name, &pid.to_string()]).status();
    assert!(status.expect("kill runs").success(), "no SIG{name} for {pid}");
}

/// The most memory that a process has had so far.
pub fn peak_kib(pid: u32) -> u64 {
    peak_of(pid).expect("a peak, on Linux")
}

/// The same; none of a process that has ended.
pub fn peak_of(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
