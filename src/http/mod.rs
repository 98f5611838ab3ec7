//! The listener that faces the network, and the life of the service around it.

mod body;
mod decision;
mod door;
mod get_user;
mod health;
mod limits;
mod login;
mod management;
mod mark_migrated;
mod problem;
mod service;
mod tls;
mod unread;

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

pub use service::Service;
pub use tls::check_files;

use crate::auth::Gate;
use crate::config::Settings;
use crate::database::{self, Database};
use crate::password::Verifier;
use crate::telemetry::{Pseudonym, Pseudonyms};
use decision::{Decision, Draining};
use door::{Door, Endpoint, serve};
use get_user::GetUser;
use limits::Tally;
use login::Login;
use mark_migrated::MarkMigrated;
use problem::Problem;

const SECOND: Duration = Duration::from_secs(1);

/// The whole surface.
const PATHS: [&str; 3] = [Login::PATH, GetUser::PATH, MarkMigrated::PATH];

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot be carried out: key, cause and remedy.
    #[error("{0}")]
    Configuration(String),
    /// The database is there and refuses us; waiting will not mend it.
    #[error("{0}; check database.url, the role's grants and that the contract was applied")]
    Database(#[from] database::Error),
    /// An address cannot be listened on.
    #[error("{key}: cannot listen on {address}: {cause}; choose another address or port")]
    Listen {
        /// The key that names the address.
        key: &'static str,
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
}

/// What all workers share.
#[derive(Clone)]
struct Shared {
    door: Data<Door>,
    draining: Data<Draining>,
    verifier: Arc<Verifier>,
    failures: Arc<Tally<Pseudonym>>,
    pseudonyms: Pseudonyms,
}

impl Shared {
    fn new(
        settings: &Settings,
        gate: Arc<Gate>,
        verifier: Arc<Verifier>,
        pseudonyms: Pseudonyms,
    ) -> Self {
        let limits = &settings.limits;
        let door = Door {
            gate,
            clients: Tally::new(limits.requests_per_client, SECOND, limits.instances),
            database_down: false.into(),
            request_timeout: settings.server.request_timeout,
            body_timeout: settings.server.body_timeout,
        };
        let failures =
            Tally::new(limits.attempts_per_user, limits.attempts_window, limits.instances);
        let failures = Arc::new(failures);
        Self { door: Data::new(door), draining: Data::default(), verifier, failures, pseudonyms }
    }

    /// The route table of one worker, over its own connections.
    fn routes(self, database: Database, config: &mut ServiceConfig) {
        let (question, users, marks) = database.questions();
        let pseudonyms = self.pseudonyms;
        let login = Login {
            question,
            verifier: self.verifier,
            failures: self.failures,
            pseudonyms: pseudonyms.clone(),
        };
        config.app_data(self.door).app_data(self.draining);
        route(config, login);
        route(config, GetUser { users, pseudonyms: pseudonyms.clone() });
        route(config, MarkMigrated { marks, pseudonyms });
        config.default_service(web::to(no_such_endpoint));
    }
}

fn route<E: Endpoint>(config: &mut ServiceConfig, endpoint: E) {
    let resource = web::resource(E::PATH)
        .app_data(Data::new(endpoint))
        .route(web::post().to(serve::<E>))
        .default_service(web::to(method_not_allowed));
    config.service(resource);
}

async fn no_such_endpoint(request: HttpRequest, body: Payload) -> Result<HttpResponse, Problem> {
    Decision::of(&request).leave_unread(body.into_inner());
    Err(Problem::NoSuchEndpoint)
}

async fn method_not_allowed(request: HttpRequest, body: Payload) -> Result<HttpResponse, Problem> {
    Decision::of(&request).leave_unread(body.into_inner());
    Err(Problem::MethodNotAllowed)
}
