//! Marking whoever is confirmed: through a role that may do nothing else, or by a script for the DBA.
//! Whom the marks are of is in the journal before the first of them is set.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::time::sleep;

use super::marker::{Mark, role, set_one};
use super::portrait::Portrait;
use super::print::{Key, Short};
use super::sort::Sorted;
use super::{Step, Verify, VerifyError, marks_sql};
use crate::bulk::rows;
use crate::bulk::run::{Event, MARKS_SCRIPT, MEND, RunError, is_full};
use crate::config::DatabaseTarget;
use crate::database::{MarkMigrated, UserRow};

/// Users of one line of the journal.
const BATCH: usize = 200;
/// Users whose rows are read again before they are marked: a question that may cost a walk through a table.
const READ_AGAIN: usize = 2_000;
/// A routine that knows none of so many users belongs to another database.
const MOST_UNKNOWN: u64 = 20;
/// How often it is looked for the first mark, each time twice as late: for about six seconds.
const LOOKS: u32 = 7;
/// Marks on their way at once.
const AT_ONCE: usize = 8;

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
    /// Whose row is another by now than the one that was compared.
    pub changed: u64,
    /// Who has a mark by another hand by now.
    pub already: u64,
    /// The script, where there is one.
    pub script: Option<PathBuf>,
}

/// Who is confirmed, and the seal of the row as it was compared.
type Confirmed = (String, Short);

impl Verify {
    /// Marks all of these, or writes the script that does.
    pub(super) async fn mark(
        &self,
        key: &Key,
        mut confirmed: Sorted,
        total: u64,
    ) -> Result<Marks, VerifyError> {
        match &self.marking {
            Marking::Nothing => Ok(Marks::default()),
            Marking::Script if total > 0 => {
                let binding = self.ledger.binding();
                let about = (binding.tenant.as_str(), binding.run.as_str());
                let written = tokio::task::block_in_place(|| {
                    marks_sql::write(self.ledger.path(), &self.database, about, || {
                        Ok(next(&mut confirmed)?.map(|(id, _)| id))
                    })
                });
                let script = Some(written.map_err(|error| unmarked(&error))?);
                Ok(Marks { script, ..Marks::default() })
            }
            Marking::Script => {
                self.remove_script()?;
                Ok(Marks::default())
            }
            Marking::Role(target) => {
                self.remove_script()?;
                self.mark_as(target, key, confirmed, total).await
            }
        }
    }

    /// A script of an earlier verification would set marks that this one may not confirm.
    fn remove_script(&self) -> Result<(), VerifyError> {
        match std::fs::remove_file(self.ledger.path().join(MARKS_SCRIPT)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unmarked(&error)),
            _ => Ok(()),
        }
    }

    async fn mark_as(
        &self,
        target: &DatabaseTarget,
        key: &Key,
        mut confirmed: Sorted,
        total: u64,
    ) -> Result<Marks, VerifyError> {
        let marker = role(target).await?;
        let (mut marks, mut unknown) = (Marks::default(), 0);
        loop {
            let users = batch(&mut confirmed, READ_AGAIN).map_err(|error| unmarked(&error))?;
            if users.is_empty() {
                return Ok(marks);
            }
            let users = self.unchanged(key, users, &mut marks).await?;
            let mut rest = users.as_slice();
            while !rest.is_empty() {
                // One by one, until a mark that was set can be seen: then it is the same database.
                let size = if marks.set == 0 { 1 } else { BATCH };
                let (some, behind) = rest.split_at(size.min(rest.len()));
                rest = behind;
                let gone = marks.gone;
                self.set(&marker, some, &mut marks).await?;
                unknown += marks.gone - gone;
                if marks.set == 0 && unknown >= MOST_UNKNOWN {
                    return Err(VerifyError::Marker(format!(
                        "it knows none of the first {unknown} users whom database.url shows: marker.url leads to another database; no mark was set; check both URLs"
                    )));
                }
                self.tell(Step::Mark, marks.set, Some(total));
                self.breathe().await?;
            }
        }
    }

    /// Those whose rows are as they were when they were compared, which may be hours ago, and who have
    /// no mark as yet.
    async fn unchanged(
        &self,
        key: &Key,
        users: Vec<Confirmed>,
        marks: &mut Marks,
    ) -> Result<Vec<String>, VerifyError> {
        let ids: Vec<String> = users.iter().map(|(id, _)| id.clone()).collect();
        let reading = rows::both(&self.database, &ids, |row| sealed(key, &row));
        let (rows, marked) = self.unless_stopped(reading).await?;
        let mut now: HashMap<String, Vec<Short>> = HashMap::new();
        for (id, seal) in rows {
            now.entry(id).or_default().push(seal);
        }
        let mut same = vec![];
        for (id, seal) in users {
            match now.get(&id).map(Vec::as_slice) {
                _ if marked.contains(&id) => marks.already += 1,
                Some([row]) if *row == seal => same.push(id),
                Some(_) => marks.changed += 1,
                None => marks.gone += 1,
            }
        }
        Ok(same)
    }

    /// Sets the marks of some users, with the journal around it. The first has to be seen before it counts.
    async fn set(
        &self,
        marker: &MarkMigrated,
        users: &[String],
        marks: &mut Marks,
    ) -> Result<(), VerifyError> {
        self.ledger.record(Event::Marking { users: users.to_vec() }, true)?;
        let before = marks.set;
        for some in users.chunks(AT_ONCE) {
            let set = async {
                Ok::<_, VerifyError>(join_all(some.iter().map(|user| set_one(marker, user))).await)
            };
            for mark in self.unless_stopped(set).await? {
                match mark? {
                    Mark::Set => marks.set += 1,
                    Mark::Refused => marks.refused += 1,
                    Mark::Gone => marks.gone += 1,
                }
            }
        }
        if before == 0 && marks.set > 0 {
            self.must_be_seen(users).await?;
        }
        Ok(self.ledger.record(Event::Marked { users: marks.set - before }, true)?)
    }

    /// Whether the marks of these, who had none just before, are where `database.url` leads to. A replica
    /// may be some seconds behind.
    async fn must_be_seen(&self, users: &[String]) -> Result<(), VerifyError> {
        for attempt in 0..LOOKS {
            let marked = self.unless_stopped(rows::marked(&self.database, users)).await?;
            if users.iter().all(|user| marked.contains(user)) {
                return Ok(());
            }
            if attempt + 1 < LOOKS {
                let pause = sleep(Duration::from_millis(100 << attempt)).map(Ok::<_, VerifyError>);
                self.unless_stopped(pause).await?;
            }
        }
        Err(VerifyError::Marker(
            "the first mark cannot be seen by the role of database.url: marker.url leads to another database, where that mark is to be deleted; or database.url leads to a replica that is far behind; check both URLs".to_owned(),
        ))
    }

    /// Whoever was killed while marks were written into a file has left a transaction there that only a
    /// role that may write can roll back. What else is wrong with the role is told when it is needed.
    pub(super) async fn roll_back(&self) {
        if let Marking::Role(target) = &self.marking
            && let DatabaseTarget::Sqlite(_) = **target
            && target.place() == self.database.place()
        {
            drop(role(target).await);
        }
    }

    /// Writes down what became of marks that a killed process had begun to set. None is set here:
    /// they are confirmed anew first.
    pub(super) async fn end_marks(&self) -> Result<(), VerifyError> {
        let begun = self.ledger.books(|books| books.marking.clone());
        if begun.is_empty() {
            return Ok(());
        }
        let marked = self.unless_stopped(rows::marked(&self.database, &begun)).await?;
        Ok(self.ledger.record(Event::Marked { users: marked.len() as u64 }, true)?)
    }
}

/// The run directory cannot be written, and everybody was judged before.
fn unmarked(error: &std::io::Error) -> VerifyError {
    let remedy = if is_full(error) { "make room" } else { MEND };
    VerifyError::from(RunError::Unwritten(format!(
        "the run directory cannot be used: {error}; differences.ndjson is whole, and not all marks are set or written; {remedy}"
    )))
}

fn next(confirmed: &mut Sorted) -> std::io::Result<Option<Confirmed>> {
    let Some(record) = confirmed.next()? else { return Ok(None) };
    let cut = record.split_last_chunk();
    let (id, seal) = cut.ok_or_else(|| std::io::Error::other("a temporary file is damaged"))?;
    Ok(Some((String::from_utf8_lossy(id).into_owned(), *seal)))
}

fn batch(confirmed: &mut Sorted, size: usize) -> std::io::Result<Vec<Confirmed>> {
    let mut users = Vec::new();
    while users.len() < size {
        let Some(user) = next(confirmed)? else { break };
        users.push(user);
    }
    Ok(users)
}

/// The id of a row, and its seal as [`super::merge::Group::seal`] has it.
fn sealed(key: &Key, row: &UserRow) -> Confirmed {
    let id = row.user_id().unwrap_or_default().to_owned();
    let print = Portrait::of_row(row).map(|portrait| key.print(&id, &portrait));
    let seal = print.map(|print| key.seal(&id, &print)).unwrap_or_default();
    (id, seal)
}
