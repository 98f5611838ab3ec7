//! The management listener: `/live`, `/ready` and `/metrics`, never on the public port.

use std::net::SocketAddr;

use actix_web::dev::Server;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer, Responder};

use super::StartError;
use super::health::Health;

pub(super) fn listen(bind: SocketAddr, health: &Health) -> Result<Server, StartError> {
    let health = Data::new(health.clone());
    let failed = |cause| StartError::Listen { key: "management.bind", address: bind, cause };
    let http = HttpServer::new(move || {
        App::new()
            .app_data(health.clone())
            .route("/live", web::get().to(async || "live\n"))
            .route("/ready", web::get().to(ready))
            .route("/metrics", web::get().to(metrics))
    })
    .workers(1)
    .shutdown_timeout(1)
    .disable_signals()
    .bind(bind)
    .map_err(failed)?;
    let address = http.addrs().first().copied().unwrap_or(bind);
    tracing::info!(%address, "management listening");
    Ok(http.run())
}

async fn ready(health: Data<Health>) -> impl Responder {
    match health.not_ready() {
        None => HttpResponse::Ok().body("ready\n"),
        Some(missing) => HttpResponse::ServiceUnavailable().body(format!("not ready: {missing}\n")),
    }
}

async fn metrics(health: Data<Health>) -> impl Responder {
    let page = health.metrics.as_ref().map(metrics_exporter_prometheus::PrometheusHandle::render);
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(page.unwrap_or_default())
}
