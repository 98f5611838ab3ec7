//! The users of the legacy database in the order of their ids, page by page, each read shortly
//! before being sent.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::bulk::rows;
use crate::config::DatabaseTarget;
use crate::database::{DirectoryError, Page, UserRow};

/// The largest page, in users: about eight megabytes, where rows are of the usual size.
const LARGEST_PAGE: usize = 6_000;
/// The database may spend this part of the time on pages: a twentieth.
const SHARE: u32 = 20;

/// Users on their way from the database. A page is asked for ahead of need; the connection is
/// closed in between, since pages can be minutes apart.
pub(super) struct Source {
    target: DatabaseTarget,
    after: Option<String>,
    rows: VecDeque<(SystemTime, UserRow)>,
    read: SystemTime,
    coming: Option<JoinHandle<Result<Answer, DirectoryError>>>,
    ended: bool,
    smallest: usize,
    size: usize,
    asked: Instant,
}

struct Answer {
    page: Page,
    asked: SystemTime,
    took: Duration,
}

impl Source {
    /// Begins behind an id.
    pub(super) fn new(target: DatabaseTarget, after: Option<String>, smallest: usize) -> Self {
        let smallest = smallest.clamp(100, LARGEST_PAGE);
        Self {
            target,
            after,
            rows: VecDeque::new(),
            read: SystemTime::now(),
            coming: None,
            ended: false,
            smallest,
            size: smallest,
            asked: Instant::now(),
        }
    }

    /// The next user; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<UserRow>, DirectoryError> {
        loop {
            if self.rows.len() < self.smallest / 2 && self.coming.is_none() && !self.ended {
                self.ask();
            }
            if let Some((read, row)) = self.rows.pop_front() {
                self.read = read;
                return Ok(Some(row));
            }
            let Some(coming) = self.coming.take() else { return Ok(None) };
            let answer = coming.await.map_err(|_| DirectoryError::Broken)??;
            self.take(answer)?;
        }
    }

    /// Gives a user back, to be the next.
    pub(super) fn give_back(&mut self, row: UserRow) {
        self.rows.push_front((self.read, row));
    }

    /// When the user who was given last was read.
    pub(super) fn read(&self) -> SystemTime {
        self.read
    }

    fn ask(&mut self) {
        let (target, after, size) = (self.target.clone(), self.after.clone(), self.size);
        self.coming = Some(tokio::spawn(async move {
            let (asked, started) = (SystemTime::now(), Instant::now());
            let page = rows::page(&target, after.as_deref(), size).await?;
            Ok(Answer { page, asked, took: started.elapsed() })
        }));
    }

    /// Pages grow where they cost the database a walk through the table, and shrink where an index
    /// gives them, so that users are read as late as can be.
    fn take(&mut self, answer: Answer) -> Result<(), DirectoryError> {
        let Answer { page: Page { mut rows, is_last }, asked, took } = answer;
        let passed = self.asked.elapsed();
        self.asked = Instant::now();
        self.ended = is_last;
        self.size = if took * SHARE > passed { self.size * 2 } else { self.size / 2 };
        self.size = self.size.clamp(self.smallest, LARGEST_PAGE);
        if !self.ended {
            // The last id may have more rows: they belong to the next page together. So do rows behind
            // whose id nothing can be gone on, because it is no text.
            let last = rows.last().and_then(|row| row.user_id().map(str::to_owned));
            let is_whole =
                |row: &UserRow| row.user_id().is_some() && row.user_id() != last.as_deref();
            match rows.iter().rposition(is_whole) {
                Some(whole) => rows.truncate(whole + 1),
                None if rows.iter().any(|row| row.user_id().is_none()) => {
                    return Err(DirectoryError::NoTextIds);
                }
                None => {}
            }
        }
        match rows.last().and_then(UserRow::user_id) {
            Some(last) => self.after = Some(last.to_owned()),
            // The next page would be this one again.
            None if !self.ended => return Err(DirectoryError::NoTextIds),
            None => {}
        }
        self.rows.extend(rows.into_iter().map(|row| (asked, row)));
        Ok(())
    }
}
