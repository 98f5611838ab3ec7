//! Marking whoever is confirmed: through a role that may do nothing else, or by a script for the DBA.
//! Whom the marks are of is in the journal before the first of them is set.

use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::join_all;

use super::sort::Sorted;
use super::{Step, Verify, VerifyError, marks_sql};
use crate::bulk::random::backoff;
use crate::bulk::run::{Event, RunError};
use crate::bulk::{CONNECT_TIMEOUT, rows};
use crate::config::{Database as Settings, DatabaseTarget, PasswordComparison};
use crate::database::{Budget, Database, Error, MarkMigrated};
use crate::profile::UserId;

/// Users of one line of the journal.
const BATCH: usize = 200;
/// Marks on their way at once, and the connections for them.
const AT_ONCE: usize = 8;
const CONNECTIONS: usize = 4;
/// How often a mark is tried while the database cannot be reached: about five minutes.
const TRIES: u32 = 14;
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// What becomes of confirmed users.
#[derive(Clone)]
pub enum Marking {
    /// `marks.sql` is written.
    Script,
    /// They are marked, as this role.
    Role(Box<DatabaseTarget>),
    /// Nothing: in a rehearsal nobody has moved.
    Nothing,
}

/// What became of confirmed users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// Who has a mark now.
    pub set: u64,
    /// Whom the routine refused: the row breaks the contract.
    pub refused: u64,
    /// Who is not in the legacy database any more.
    pub gone: u64,
    /// The script, where there is one.
    pub script: Option<PathBuf>,
}

enum Mark {
    Set,
    Refused,
    Gone,
}

impl Verify {
    /// Marks all of these, or writes the script that does.
    pub(super) async fn mark(
        &self,
        mut confirmed: Sorted,
        total: u64,
    ) -> Result<Marks, VerifyError> {
        let folder = self.ledger.path();
        if let Marking::Nothing = self.marking {
            return Ok(Marks::default());
        }
        let Marking::Role(target) = &self.marking else {
            let binding = self.ledger.binding();
            let about = (binding.tenant.as_str(), binding.run.as_str());
            let written = tokio::task::block_in_place(|| {
                marks_sql::write(folder, &self.database, about, &mut confirmed)
            });
            let script = Some(written.map_err(|error| unmarked(&error))?);
            return Ok(Marks { script, ..Marks::default() });
        };
        // A script of an earlier verification would set marks that this one may not confirm.
        match std::fs::remove_file(folder.join(marks_sql::FILE)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(unmarked(&error));
            }
            _ => {}
        }
        let marker = role(target).await?;
        let mut marks = Marks::default();
        // The first goes alone: whether its mark can be seen, shows whether it is the same database.
        let mut size = 1;
        loop {
            let users = batch(&mut confirmed, size).map_err(|error| unmarked(&error))?;
            if users.is_empty() {
                return Ok(marks);
            }
            let before = marks.set;
            self.set(&marker, &users, &mut marks).await?;
            if before == 0 && marks.set > 0 {
                self.must_be_seen(&users).await?;
            }
            size = BATCH;
            self.tell(Step::Mark, marks.set, Some(total));
            self.breathe().await?;
        }
    }

    /// Sets the marks of some users, with the journal around it.
    async fn set(
        &self,
        marker: &MarkMigrated,
        users: &[String],
        marks: &mut Marks,
    ) -> Result<(), VerifyError> {
        self.ledger.record(Event::Marking { users: users.to_vec() }, true)?;
        let before = marks.set;
        for some in users.chunks(AT_ONCE) {
            for mark in join_all(some.iter().map(|user| set_one(marker, user))).await {
                match mark? {
                    Mark::Set => marks.set += 1,
                    Mark::Refused => marks.refused += 1,
                    Mark::Gone => marks.gone += 1,
                }
            }
        }
        Ok(self.ledger.record(Event::Marked { users: marks.set - before }, true)?)
    }

    async fn must_be_seen(&self, users: &[String]) -> Result<(), VerifyError> {
        let (_, marked) = rows::both(&self.database, users).await?;
        if users.iter().any(|user| marked.contains(user)) {
            return Ok(());
        }
        Err(VerifyError::Marker(
            "the first mark cannot be seen by the role of database.url: marker.url leads to another database; delete that mark there, and check both URLs".to_owned(),
        ))
    }

    /// Writes down what became of marks that a killed process had begun to set. None is set here:
    /// they are confirmed anew first.
    pub(super) async fn end_marks(&self) -> Result<(), VerifyError> {
        let begun = self.ledger.books(|books| books.marking.clone());
        if begun.is_empty() {
            return Ok(());
        }
        let (_, marked) = self.unless_stopped(rows::both(&self.database, &begun)).await?;
        Ok(self.ledger.record(Event::Marked { users: marked.len() as u64 }, true)?)
    }
}

/// The run directory cannot be written, and everybody was judged before.
fn unmarked(error: &std::io::Error) -> VerifyError {
    VerifyError::from(RunError::Broken(format!(
        "the run directory cannot be used: {error}; differences.ndjson is whole, and not all marks are set or written; make room, then run the same command again"
    )))
}

fn batch(confirmed: &mut Sorted, size: usize) -> std::io::Result<Vec<String>> {
    let mut users = Vec::with_capacity(size);
    while users.len() < size {
        let Some(id) = confirmed.next()? else { break };
        users.push(String::from_utf8_lossy(&id).into_owned());
    }
    Ok(users)
}

/// Connects as the role, and asks its routine about nobody.
async fn role(target: &DatabaseTarget) -> Result<MarkMigrated, VerifyError> {
    let settings = Settings {
        target: target.clone(),
        pool_size: CONNECTIONS,
        connect_timeout: CONNECT_TIMEOUT,
        acquire_timeout: STATEMENT_TIMEOUT,
        statement_timeout: STATEMENT_TIMEOUT,
        password_check: PasswordComparison::Outside,
    };
    let told = |error: Error| {
        VerifyError::Marker(format!(
            "{}; check marker.url, and that the contract was applied with --bulk",
            error.words()
        ))
    };
    let database = Database::open(&settings, CONNECTIONS, &Budget::new(CONNECTIONS + 1));
    let database = database.map_err(told)?;
    database.probe_marks().await.map_err(told)?;
    Ok(database.questions().2)
}

/// Sets one mark. Setting it twice is setting it once.
async fn set_one(marker: &MarkMigrated, user: &str) -> Result<Mark, VerifyError> {
    let Ok(id) = UserId::try_from(user.to_owned()) else { return Ok(Mark::Refused) };
    for attempt in 0..TRIES {
        match marker.mark(&id, None).await {
            Ok(Some(_)) => return Ok(Mark::Set),
            Ok(None) => return Ok(Mark::Gone),
            Err(Error::InvalidRecord(_) | Error::Row(..)) => return Ok(Mark::Refused),
            Err(error @ (Error::Refused(_) | Error::Replica)) => {
                return Err(VerifyError::Marker(error.words()));
            }
            Err(Error::Unreachable(_) | Error::Overdue(_) | Error::Statement(_)) => {
                tokio::time::sleep(backoff(attempt, Duration::from_secs(30))).await;
            }
        }
    }
    Err(VerifyError::Marker(
        "the database was not reached, or its routine failed, for five minutes; run the same command again".to_owned(),
    ))
}
