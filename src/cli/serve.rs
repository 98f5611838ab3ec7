//! `narrowgate serve`

use tokio::signal::unix::{SignalKind, signal};

use super::{Ending, Location, asked_to_stop, explain, load};
use crate::http::Service;
use crate::{supervisor, telemetry};

pub(super) async fn run(location: &Location) -> Ending {
    let settings = match load(location) {
        Ok(settings) => settings,
        Err(ending) => return ending,
    };
    let logging = match telemetry::start_logging(&settings.log) {
        Ok(logging) => logging,
        Err(error) => {
            eprintln!("narrowgate cannot start: stdout: {error}; give it somewhere to log to");
            return Ending::Fault;
        }
    };
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "starting");
    for caution in &settings.cautions {
        tracing::warn!(caution, "caution");
    }
    // From now on a SIGHUP does not end the program, also one that comes while the database is awaited.
    let _hangup = signal(SignalKind::hangup());
    let asked = asked_to_stop();
    let stop = async {
        asked.await;
        supervisor::notify("STOPPING=1");
    };
    let listener = match supervisor::inherited_listener() {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("narrowgate cannot start: LISTEN_FDS: {error}; give it one stream socket");
            return Ending::Usage;
        }
    };
    let service = match Service::open(&settings, listener).await {
        Ok(service) => service,
        Err(error) => return explain(&error),
    };
    supervisor::notify("READY=1");
    tokio::select! {
        () = service.run(stop) => {}
        () = telemetry::go_on(|| telemetry::tell_heads(&logging)) => {}
    }
    telemetry::log_end();
    Ending::Done
}
