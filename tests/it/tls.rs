//! TLS on both sides: what the listener speaks and to whom, certificates that change under way, and
//! databases that cannot prove who they are.

mod clients;
mod configuration;
mod database;
mod identity;
mod listener;
mod place;
mod reload;

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::certificates::{Authority, Certificate, replace};
use crate::support::sample::World;
use crate::support::{GateBuilder, Legacy, Request};

/// Changed files are looked at every few seconds; this is several times as long.
const RELOAD: Duration = Duration::from_secs(10);

/// The listener's files.
#[derive(Debug)]
struct Files {
    folder: TempDir,
}

impl Files {
    fn new(certificate: &Certificate) -> Self {
        let files = Self { folder: TempDir::new().expect("a folder") };
        files.replace(certificate);
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn replace(&self, certificate: &Certificate) {
        self.write("tls.key", &certificate.key);
        self.write("tls.crt", &certificate.chain);
    }

    fn write(&self, name: &str, text: &str) {
        replace(&self.path(name), text);
    }

    fn configure(&self, gate: GateBuilder) -> GateBuilder {
        let path = |name| self.path(name).to_string_lossy().into_owned();
        gate.config("server.tls_certificate", path("tls.crt"))
            .config("server.tls_private_key", path("tls.key"))
    }
}

/// A gate with a certificate of this authority.
struct Secure {
    world: World,
    authority: Authority,
    files: Files,
    served: Certificate,
}

impl Secure {
    fn start() -> Self {
        Self::with(|_, gate| gate)
    }

    fn with(settings: impl FnOnce(&Files, GateBuilder) -> GateBuilder) -> Self {
        let authority = Authority::new("the gate's authority");
        let served = authority.issue();
        let files = Files::new(&served);
        let world = World::with(Legacy::sqlite(), |gate| settings(&files, files.configure(gate)));
        Self { world, authority, files, served }
    }

    /// A question about a user who exists.
    fn question(&self) -> Vec<u8> {
        Request::post("/get_user", r#"{"identifier":"ada"}"#).bearer(&self.world.token).bytes()
    }
}
