//! `narrowgate serve`

use super::{Ending, Location, asked_to_stop, explain, load};
use crate::http::Service;
use crate::telemetry;

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
    let stop = asked_to_stop();
    let service = match Service::open(&settings).await {
        Ok(service) => service,
        Err(error) => return explain(&error),
    };
    tokio::select! {
        () = service.run(stop) => {}
        () = telemetry::go_on(|| telemetry::tell_heads(&logging)) => {}
    }
    telemetry::log_end();
    Ending::Done
}
