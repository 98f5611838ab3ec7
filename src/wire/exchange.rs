//! One request while it is being answered.

use std::future::Future;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::body::{self, BodyFault};
use super::connection::{Connection, Ended};
use super::head::{Framing, Head};

/// A request: its head, its body when it is asked for, and the caller who waits.
pub struct Exchange<'a> {
    connection: &'a mut Connection,
    head: &'a Head,
    /// Where the request ends in what has arrived, once that is known.
    end: Option<usize>,
}

impl<'a> Exchange<'a> {
    pub(super) fn new(connection: &'a mut Connection, head: &'a Head) -> Self {
        Self { connection, head, end: None }
    }

    /// Whether the method is this one.
    #[must_use]
    pub fn is(&self, method: &str) -> bool {
        self.head.method(&self.connection.arrived) == method.as_bytes()
    }

    /// The path, literally: nothing in it is decoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.head.path_and_query(&self.connection.arrived).0
    }

    /// What stands behind the path's question mark.
    #[must_use]
    pub fn query(&self) -> &str {
        self.head.path_and_query(&self.connection.arrived).1
    }

    /// The values of a field, whose name is given in lower case.
    pub fn fields<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b [u8]> {
        self.head.fields(&self.connection.arrived, name)
    }

    /// Sets the deadline for all that is done for this request.
    pub fn set_deadline(&mut self, due: Instant) {
        self.connection.deadline.set(due);
    }

    /// Works on the answer until the deadline, and no longer than the caller waits for it.
    ///
    /// # Errors
    /// [`Ended`] before it was done.
    pub async fn while_wanted<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Ended> {
        self.connection.work(true, work).await
    }

    /// Works until the deadline, also for a caller who has gone.
    ///
    /// # Errors
    /// [`Ended::Late`] before it was done.
    pub async fn until_due<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Ended> {
        self.connection.work(false, work).await
    }

    /// Has something go on beside the connection. The server waits for it when it stops.
    pub fn spawn<T: 'static>(
        &self,
        work: impl Future<Output = T> + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.connection.tasks.spawn_local(work)
    }

    /// Reads the body, which may be chunked.
    ///
    /// # Errors
    /// [`BodyFault`]: there is no body that could be used.
    pub async fn body(
        &mut self,
        most: usize,
        within: Duration,
    ) -> Result<Zeroizing<Vec<u8>>, BodyFault> {
        let start = self.head.end;
        let length = match self.head.framing {
            Framing::Length(length) => {
                let length = usize::try_from(length).ok().filter(|length| *length <= most);
                Some(length.ok_or(BodyFault::TooLarge)?)
            }
            Framing::Chunked => None,
        };
        let due = self.connection.deadline.due();
        self.connection.deadline.set(due.min(Instant::now() + within));
        if self.head.expects_continue && self.taken().is_none() {
            self.connection.ask_for_body().await?;
        }
        let (body, end) = match length {
            Some(length) => body::of_length(self.connection, start, length).await?,
            None => body::in_chunks(self.connection, start, most).await?,
        };
        self.end = Some(end);
        self.connection.deadline.set(due);
        Ok(body)
    }

    /// Where the request ends in what has arrived; nothing if there is more to come.
    pub(super) fn taken(&self) -> Option<usize> {
        self.end.or_else(|| match self.head.framing {
            Framing::Length(length) => {
                let end = self.head.end.checked_add(usize::try_from(length).ok()?)?;
                (end <= self.connection.arrived.len()).then_some(end)
            }
            Framing::Chunked => None,
        })
    }
}
