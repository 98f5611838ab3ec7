//! Connections to MySQL and MariaDB, each carrying one question at a time.
//!
//! What was begun goes on when nobody waits for it any more, be it a connection or a question: it may
//! still be open at the other end, and counts as long as it may.

mod late;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error as DriverError, Opts, ServerError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::budget::{Budget, Waiting};
use super::mysql::{READ_ONLY, connect, connect_error, statement_error};
use super::question::{Answer, Arguments, Question};
use super::{Error, GRACE};
use crate::config::Database as Settings;
use crate::schema::Schema;
use late::Late;

/// The connections of one worker.
pub(super) struct Connections {
    options: Opts,
    contract: Schema,
    budget: Budget,
    most: usize,
    share: Arc<Semaphore>,
    /// Connections that are open, being made, or waiting for their end: one may be in place of another.
    whole: Arc<Semaphore>,
    idle: Mutex<Vec<Held>>,
    connect_timeout: Duration,
    acquire_timeout: Duration,
    statement_timeout: Duration,
}

/// An open connection, and the leave to have it.
struct Held {
    connection: Conn,
    _permits: (OwnedSemaphorePermit, OwnedSemaphorePermit),
}

type Outcome = Result<Option<Answer>, DriverError>;

impl Connections {
    /// At most `connections`, opened when they are needed and the budget allows.
    pub(super) fn new(
        (options, contract): (Opts, &Schema),
        connections: usize,
        budget: &Budget,
        settings: &Settings,
    ) -> Arc<Self> {
        Arc::new(Self {
            options,
            contract: contract.clone(),
            budget: budget.clone(),
            most: connections,
            share: Arc::new(Semaphore::new(connections)),
            whole: Arc::new(Semaphore::new(connections + 1)),
            idle: Mutex::default(),
            connect_timeout: settings.connect_timeout,
            acquire_timeout: settings.acquire_timeout,
            statement_timeout: settings.statement_timeout,
        })
    }

    /// Closes what is idle.
    pub(super) fn close_idle(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Asks one question within its deadline. A connection that had been idle may have ended
    /// unnoticed; all our questions can be asked twice, so another takes it up.
    pub(super) async fn ask(
        self: &Arc<Self>,
        question: Question,
        arguments: Arguments<'_>,
    ) -> Result<Option<Answer>, Error> {
        let busy = |_| Error::Overdue("no connection came free");
        let turn = Arc::clone(&self.share).acquire_owned();
        let turn = timeout(self.acquire_timeout, turn).await.map_err(busy)?;
        let _turn = turn.map_err(|_| Error::Overdue("no connection came free"))?;
        loop {
            let (held, was_idle) = match self.idle() {
                Some(held) => (held, true),
                None => (self.connect().await?, false),
            };
            let outcome = self.on(held, question, arguments).await?;
            match outcome {
                Err(error) if was_idle && leads_nowhere(&error) => {}
                outcome => return outcome.map_err(|error| statement_error(&error)),
            }
        }
    }

    fn idle(&self) -> Option<Held> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn give_back(&self, held: Held) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.most {
            idle.push(held);
        }
    }

    async fn connect(self: &Arc<Self>) -> Result<Held, Error> {
        let begun = Instant::now();
        let permits = loop {
            if let Ok(of_whole) = Arc::clone(&self.whole).try_acquire_owned()
                && let Some(permit) = self.budget.take()
            {
                break (permit, of_whole);
            }
            if let Some(held) = self.idle() {
                return Ok(held);
            }
            if begun.elapsed() > self.acquire_timeout {
                return Err(Error::Overdue("no connection came free"));
            }
            tokio::time::sleep(GRACE / 10).await;
        };
        let (options, milliseconds) = (self.options.clone(), self.statement_timeout.as_millis());
        let connecting = async move {
            let connection = connect(options, milliseconds).await?;
            Ok::<_, DriverError>(Held { connection, _permits: permits })
        };
        let mut late = Late::new(self, Waiting::Connection, connecting.boxed(), |all, made| {
            if let Ok(held) = made {
                all.give_back(held);
            }
        });
        let made = late.within(self.connect_timeout).await;
        let made = made
            .ok_or_else(|| Error::Unreachable("no connection could be made in time".to_owned()))?;
        self.budget.has_come(Waiting::Connection, begun);
        made.map_err(|error| connect_error(&error))
    }

    async fn on(
        self: &Arc<Self>,
        mut held: Held,
        question: Question,
        arguments: Arguments<'_>,
    ) -> Result<Outcome, Error> {
        let arguments: Vec<_> = arguments.iter().map(|text| text.map(str::to_owned)).collect();
        let contract = self.contract.clone();
        let asking = async move {
            let on = &mut held.connection;
            let outcome = ask_on(on, (&contract, question), arguments).await;
            (held, outcome)
        };
        let mut late = Late::new(self, Waiting::Answer, asking.boxed(), |all, (held, outcome)| {
            if usable(&outcome) {
                all.give_back(held);
            }
        });
        let begun = Instant::now();
        let (held, outcome) = late
            .within(self.statement_timeout + GRACE)
            .await
            .ok_or(Error::Overdue("the statement was not answered"))?;
        if usable(&outcome) {
            self.budget.has_come(Waiting::Answer, begun);
            self.give_back(held);
        }
        Ok(outcome)
    }
}

/// A connection that failed, or whose server may not write, is closed: the next may lead elsewhere.
fn usable(outcome: &Outcome) -> bool {
    match outcome {
        Ok(_) => true,
        Err(error @ DriverError::Server(_)) => !leads_nowhere(error),
        Err(_) => false,
    }
}

fn leads_nowhere(error: &DriverError) -> bool {
    matches!(statement_error(error), Error::Unreachable(_) | Error::Replica)
}

/// The answer, and what says that the server is a replica: Aurora's readers have `innodb_read_only` alone.
type Told = Option<(Option<Vec<u8>>, Option<String>)>;
const IS_REPLICA: &str = "CONCAT(@@GLOBAL.read_only, @@GLOBAL.innodb_read_only)";

/// A replica's answer is none: it may lack a mark, or a user. It is told as the server tells a write.
fn told(row: Told) -> Outcome {
    let Some((bytes, read_only)) = row else { return Ok(None) };
    if !matches!(read_only.as_deref(), Some("00" | "OFF0" | "OFFOFF" | "0OFF")) {
        let (code, state) = (READ_ONLY, "HY000".to_owned());
        return Err(ServerError { code, message: "a replica".to_owned(), state }.into());
    }
    Ok(bytes.map(answer))
}

async fn ask_on(
    on: &mut Conn,
    (contract, question): (&Schema, Question),
    arguments: Vec<Option<String>>,
) -> Outcome {
    let places = vec!["?"; question.arguments()].join(", ");
    let (contract, routine) = (contract.as_str(), question.routine());
    let call = format!("SELECT `{contract}`.{routine}({places}), {IS_REPLICA}");
    told(on.exec_first(call, arguments).await?)
}

fn answer(bytes: Vec<u8>) -> Answer {
    String::from_utf8(bytes).map_err(Into::into)
}
