//! What every test stands on. Start with `Issuer::start()`, `Legacy::sqlite()` and
//! `Gate::start(&issuer, &legacy)`.
//!
//! Nothing here or in the tests knows the inside of the service: the suite drives the binary over
//! its wire, its configuration file, its signals and its log.
#![allow(dead_code, unused_imports, reason = "a kit: not every tool is used by every theme")]

pub mod answer;
pub mod balancer;
pub mod builder;
pub mod certificates;
pub mod cluster;
pub mod dear;
pub mod disk;
pub mod endpoint;
pub mod gate;
pub mod issuer;
pub mod keys;
pub mod legacy;
pub mod migration;
pub mod offload;
pub mod pooler;
pub mod process;
pub mod program;
pub mod proxy;
pub mod sample;
pub mod servers;
pub mod tenant;
pub mod token;
pub mod twist;
pub mod wire;

use std::time::{Duration, Instant};

pub use answer::Answer;
pub use builder::GateBuilder;
pub use endpoint::Behaviour;
pub use gate::Gate;
pub use issuer::Issuer;
pub use legacy::{Engine, Legacy};
pub use migration::Migration;
pub use pooler::Pooler;
pub use process::{peak_kib, peak_of, signal};
pub use proxy::{Network, Proxy};
pub use tenant::Tenant;
pub use token::{AUDIENCE, CLIENT, ISSUER, Token};
pub use wire::Request;

/// Waits until `done`, failing after `patience` with what was waited for.
#[track_caller]
pub fn wait_until(what: &str, patience: Duration, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < patience, "waited {patience:?} in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
