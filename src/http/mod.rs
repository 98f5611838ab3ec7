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
mod shadow;
mod tls;
mod trace;

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use service::Service;
pub use tls::check_files;

use crate::auth::Gate;
use crate::config::{self, Settings};
use crate::database::{self, Database};
use crate::password::Verifier;
use crate::telemetry::{Pseudonym, Pseudonyms};
use crate::wire::{Answer, Exchange, Fault, Handler};
use decision::{Decision, Draining};
use door::{Door, Endpoint, Outcome};
use get_user::GetUser;
use limits::Tally;
use login::Login;
use mark_migrated::MarkMigrated;
use problem::Problem;
use shadow::{Shadow, Turns};
use trace::Trace;

const SECOND: Duration = Duration::from_secs(1);

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot be carried out: key, cause and remedy.
    #[error("{0}")]
    Configuration(String),
    /// The database is there and refuses us; waiting will not mend it.
    #[error("{0}; {remedy}", remedy = .0.remedy("database.url"))]
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
    door: Arc<Door>,
    draining: Arc<Draining>,
    verifier: Arc<Verifier>,
    failures: Arc<Tally<Pseudonym>>,
    pseudonyms: Pseudonyms,
    shadow: Option<(Arc<Turns>, SystemTime)>,
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
            || Tally::new(limits.attempts_per_user, limits.attempts_window, limits.instances);
        let turns = |shadow: config::Shadow| (Arc::new(Turns::new(failures())), shadow.ends);
        Self {
            door: Arc::new(door),
            draining: Arc::default(),
            verifier,
            failures: Arc::new(failures()),
            pseudonyms,
            shadow: settings.shadow.map(turns),
        }
    }

    /// What one worker answers with, over its own connections.
    fn surface(self, database: Database) -> Surface {
        let (question, users, marks) = database.questions();
        let (verifier, failures, pseudonyms) = (self.verifier, self.failures, self.pseudonyms);
        let login = Rc::new(Login { question, verifier, failures, pseudonyms: pseudonyms.clone() });
        let shadow = |(turns, ends)| Rc::new(Shadow { login: Rc::clone(&login), turns, ends });
        Surface {
            shadow: self.shadow.map(shadow),
            door: self.door,
            draining: self.draining,
            login,
            get_user: Rc::new(GetUser { users, pseudonyms: pseudonyms.clone() }),
            mark_migrated: Rc::new(MarkMigrated { marks, pseudonyms }),
        }
    }
}

/// The whole surface: three paths, and POST.
struct Surface {
    door: Arc<Door>,
    draining: Arc<Draining>,
    login: Rc<Login>,
    get_user: Rc<GetUser>,
    mark_migrated: Rc<MarkMigrated>,
    /// None but where the configuration asks for it.
    shadow: Option<Rc<Shadow>>,
}

impl Handler for Surface {
    async fn answer(&self, exchange: &mut Exchange<'_>) -> Answer {
        match exchange.path() {
            // The other two need no room for all that a login holds.
            Login::PATH => Box::pin(self.serve(&self.login, exchange)).await,
            GetUser::PATH => self.serve(&self.get_user, exchange).await,
            MarkMigrated::PATH => self.serve(&self.mark_migrated, exchange).await,
            Shadow::PATH => self.serve_shadow(exchange).await,
            _ => Decision::begin(OTHER).conclude(Err(&Problem::NoSuchEndpoint)),
        }
    }

    fn refuse(&self, fault: Fault) -> Answer {
        Decision::begin(OTHER).conclude(Err(&match fault {
            Fault::Malformed(reason) => Problem::InvalidRequest(reason),
            Fault::TooLarge => Problem::HeadersTooLarge,
            Fault::Late => Problem::RequestTimeout,
        }))
    }
}

/// Stands for all that is none of our paths: what else callers try stays out of logs and metrics.
const OTHER: &str = "other";

impl Surface {
    async fn serve<E: Endpoint>(&self, endpoint: &Rc<E>, exchange: &mut Exchange<'_>) -> Answer {
        let decision = Rc::new(begin(E::PATH, exchange));
        let outcome = if exchange.is("POST") {
            self.door.serve(endpoint, exchange, &decision).await
        } else {
            Err(Problem::MethodNotAllowed)
        };
        self.ended(decision.conclude(written(&outcome)))
    }

    /// A path like any other that is not there, unless the configuration has it, and until its end.
    async fn serve_shadow(&self, exchange: &mut Exchange<'_>) -> Answer {
        let Some(shadow) = self.shadow.as_ref().filter(|shadow| !shadow.is_over()) else {
            return Decision::begin(OTHER).conclude(Err(&Problem::NoSuchEndpoint));
        };
        let decision = begin(Shadow::PATH, exchange);
        let outcome = if exchange.is("POST") {
            shadow.take(&self.door, exchange, &decision).await
        } else {
            Err(Problem::MethodNotAllowed)
        };
        self.ended(decision.conclude(outcome.as_ref().map(|()| None)))
    }

    /// Once the service is about to end, answers end their connections.
    fn ended(&self, mut answer: Answer) -> Answer {
        answer.closes |= self.draining.has_begun();
        answer
    }
}

/// The record of a request for one of our paths.
fn begin(path: &'static str, exchange: &Exchange<'_>) -> Decision {
    let decision = Decision::begin(path);
    decision.part_of(
        Trace::read(exchange.fields("traceparent")),
        trace::correlation_id(exchange.fields("x-correlation-id")),
    );
    decision
}

/// The body of a success. (A profile that cannot be written as JSON cannot be made.)
fn written(outcome: &Outcome) -> Result<Option<Vec<u8>>, &Problem> {
    const UNWRITTEN: Problem = Problem::InternalError("the profile cannot be written");
    serde_json::to_vec(outcome.as_ref()?).map(Some).map_err(|_| &UNWRITTEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_fails_tells_what_mends_it() {
        for (error, remedy) in [
            (database::Error::Replica, "; let database.url name the primary"),
            (database::Error::Refused("no".to_owned()), "; check database.url, the role's grants"),
        ] {
            let told = StartError::Database(error).to_string();
            assert!(told.contains(remedy), "{told}");
        }
    }
}
