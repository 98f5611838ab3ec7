//! The legacy side: the view, the marks, and what the import has noted of users.

use super::merge::{Source, record};
use super::portrait::Portrait;
use super::print::Key;
use super::sort::{BUDGET, Sorter};
use super::{Step, Verify, VerifyError, full};
use crate::bulk::run::List;
use crate::bulk::{CONNECT_TIMEOUT, HeldReason};
use crate::database::{Directory, Order, UserRow};

/// Everybody whom the legacy system knows.
pub(super) struct Legacy {
    pub(super) sorter: Sorter,
    /// Users without a mark, and marks.
    pub(super) users: u64,
    /// Rows without an id, or with one that is no text.
    pub(super) nameless: u64,
    /// As many of them as the import held back.
    pub(super) nameless_held: u64,
}

impl Verify {
    pub(super) async fn read_legacy(&self, key: &Key) -> Result<Legacy, VerifyError> {
        let sorter = Sorter::new(self.ledger.path(), BUDGET);
        let mut legacy = Legacy { sorter, users: 0, nameless: 0, nameless_held: 0 };
        self.read_rows(key, &mut legacy).await?;
        // Marks come behind the rows: who is marked in between is in both, and never in neither.
        self.read_marks(key, &mut legacy).await?;
        tokio::task::block_in_place(|| self.read_lists(key, &mut legacy))?;
        Ok(legacy)
    }

    async fn read_rows(&self, key: &Key, legacy: &mut Legacy) -> Result<(), VerifyError> {
        let opening = Directory::open(self.database.clone(), CONNECT_TIMEOUT);
        let mut rows = self.unless_stopped(opening).await?.users(Order::AsTheyCome);
        while let Some(batch) = self.unless_stopped(rows.next()).await? {
            let taken = tokio::task::block_in_place(|| {
                batch.iter().try_for_each(|row| legacy.take(key, row))
            });
            taken.map_err(|error| full(&error))?;
            self.tell(Step::Legacy, legacy.users, None);
        }
        Ok(())
    }

    async fn read_marks(&self, key: &Key, legacy: &mut Legacy) -> Result<(), VerifyError> {
        let opening = Directory::open(self.database.clone(), CONNECT_TIMEOUT);
        let mut marks = self.unless_stopped(opening).await?.marks();
        while let Some(batch) = self.unless_stopped(marks.next()).await? {
            for mark in &batch {
                legacy.users += 1;
                let record = record(key, &mark.0, Source::Mark, None);
                legacy.sorter.push(&record).map_err(|error| full(&error))?;
            }
            self.tell(Step::Legacy, legacy.users, None);
        }
        Ok(())
    }

    fn read_lists(&self, key: &Key, legacy: &mut Legacy) -> Result<(), VerifyError> {
        let (run, books) = (self.ledger.path(), self.ledger.books(Clone::clone));
        let held = List::held(run, &books)?.map(|user| (Source::Held, user));
        let refused = List::quarantined(run, &books)?.map(|user| (Source::Ghost, user));
        for (source, user) in held.chain(refused) {
            let user = user?;
            // The first row of that id was sent, or has a line of its own.
            if user.code == HeldReason::RepeatedId.code() {
                continue;
            }
            let Some(id) = user.user_id else {
                legacy.nameless_held += u64::from(source == Source::Held);
                continue;
            };
            if source == Source::Held || user.code == "ghost" {
                let pushed = legacy.sorter.push(&record(key, &id, source, None));
                pushed.map_err(|error| full(&error))?;
            }
        }
        Ok(())
    }
}

impl Legacy {
    fn take(&mut self, key: &Key, row: &UserRow) -> std::io::Result<()> {
        self.users += 1;
        let Some(id) = row.user_id() else {
            self.nameless += 1;
            return Ok(());
        };
        let print = Portrait::of_row(row).map(|portrait| key.print(id, &portrait));
        let source = if print.is_some() { Source::Row } else { Source::Unreadable };
        self.sorter.push(&record(key, id, source, print.as_ref()))
    }
}
