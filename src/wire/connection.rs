//! One connection: heads in, answers out, an end to every wait.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::task::TaskTracker;
use zeroize::Zeroize;

use super::deadline::Deadline;
use super::ends::End;
use super::head::Head;
use super::stream::Stream;
use super::{Answer, Fault, Limits, MAX_HEAD_BYTES};

/// Room that a read is offered, in bytes.
const READ: usize = 4 * 1024;
/// Bytes that are kept of what comes before it is asked for. A caller that sends more waits.
const MOST_AHEAD: usize = MAX_HEAD_BYTES + READ;
/// A caller that still sends while it is being refused gets this long to read why: bytes that
/// nobody takes would make the system throw the answer away.
const LINGER: Duration = Duration::from_secs(1);
/// While the server stops, who has just connected and sent nothing yet gets this long.
const ON_THE_WAY: Duration = Duration::from_secs(1);

/// Why work for a caller ended before it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The caller closed the connection.
    Gone,
    /// The deadline passed.
    Late,
}

/// What came of waiting for bytes.
enum Filled {
    Some,
    Closed,
    Late,
    Stopping,
}

pub(super) struct Connection {
    stream: Stream,
    pub(super) deadline: Deadline,
    pub(super) tasks: TaskTracker,
    limits: Limits,
    pub(super) end: End,
    /// What has arrived, from the beginning of the present request on.
    pub(super) arrived: Vec<u8>,
    pub(super) out: Vec<u8>,
    /// The caller has closed its side: nothing more is said to it.
    pub(super) gone: bool,
}

impl Connection {
    pub(super) fn new(stream: Stream, limits: Limits, end: End, tasks: TaskTracker) -> Self {
        Self {
            stream,
            deadline: Deadline::new(Instant::now() + limits.head),
            tasks,
            limits,
            end,
            arrived: Vec::new(),
            out: Vec::new(),
            gone: false,
        }
    }

    /// The next request's head; nothing where none has begun and none is to come.
    pub(super) async fn next_head(&mut self, is_first: bool) -> Result<Option<Head>, Fault> {
        self.skip_empty_lines();
        let idle = self.arrived.is_empty() && !is_first;
        let wait = if idle { self.limits.keep_alive } else { self.limits.head };
        self.deadline.set(Instant::now() + wait);
        let mut looked_at = 0;
        loop {
            // The syntax is read when a head may be whole, and once early, so that what is no HTTP
            // at all is refused at once.
            if !self.arrived.is_empty() && (looked_at == 0 || self.may_be_whole(looked_at)) {
                let head = Head::read(&self.arrived)?;
                if head.is_some() {
                    return Ok(head);
                }
            }
            looked_at = self.arrived.len();
            match self.fill(is_first).await {
                Filled::Some if looked_at == 0 => {
                    self.skip_empty_lines();
                    if idle && !self.arrived.is_empty() {
                        self.deadline.set(Instant::now() + self.limits.head);
                    }
                }
                Filled::Some => {}
                Filled::Late if looked_at > 0 => return Err(Fault::Late),
                Filled::Late | Filled::Closed | Filled::Stopping => return Ok(None),
            }
        }
    }

    /// Empty lines before a request are none of it (RFC 9112 section 2.2).
    fn skip_empty_lines(&mut self) {
        let lines = self.arrived.chunks_exact(2).take_while(|line| line == b"\r\n").count();
        self.forget(2 * lines);
    }

    /// Whether an empty line may have come behind these bytes, or too much of everything.
    fn may_be_whole(&self, looked_at: usize) -> bool {
        let fresh = self.arrived.get(looked_at.saturating_sub(3)..).unwrap_or_default();
        self.arrived.len() > MAX_HEAD_BYTES || fresh.windows(4).any(|end| end == b"\r\n\r\n")
    }

    /// Waits for more bytes. At the server's end, who has just come is on the way with a request.
    async fn fill(&mut self, is_first: bool) -> Filled {
        poll_fn(|context| {
            match self.poll_fill(context) {
                Poll::Ready(Ok(1..)) => return Poll::Ready(Filled::Some),
                Poll::Ready(_) => return Poll::Ready(Filled::Closed),
                Poll::Pending => {}
            }
            match self.end.poll(context) {
                Poll::Ready(true) if self.arrived.is_empty() && is_first => {
                    self.deadline.set(self.deadline.due().min(Instant::now() + ON_THE_WAY));
                }
                Poll::Ready(_) if self.arrived.is_empty() => return Poll::Ready(Filled::Stopping),
                Poll::Ready(_) | Poll::Pending => {}
            }
            self.deadline.poll_passed(context).map(|()| Filled::Late)
        })
        .await
    }

    fn has_gone(&mut self) -> Ended {
        self.gone = true;
        Ended::Gone
    }

    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.arrived.capacity() - self.arrived.len() < READ / 4 {
            // By hand, because what it held is wiped: a token, perhaps the beginning of a password.
            let mut wider = Vec::with_capacity(self.arrived.len() + READ);
            wider.extend_from_slice(&self.arrived);
            self.arrived.zeroize();
            self.arrived = wider;
        }
        pin!(self.stream.read_buf(&mut self.arrived)).poll(context)
    }

    /// Waits for more bytes of a body.
    pub(super) async fn more(&mut self) -> Result<(), Ended> {
        poll_fn(|context| match self.poll_fill(context) {
            Poll::Ready(Ok(1..)) => Poll::Ready(Ok(())),
            Poll::Ready(_) => Poll::Ready(Err(self.has_gone())),
            Poll::Pending => self.deadline.poll_passed(context).map(|()| Err(Ended::Late)),
        })
        .await
    }

    /// Works until it is done or the deadline passes; with `watches`, also until the caller goes.
    pub(super) async fn work<T>(
        &mut self,
        watches: bool,
        work: impl Future<Output = T>,
    ) -> Result<T, Ended> {
        let mut work = pin!(work);
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(done));
            }
            while watches && self.arrived.len() < MOST_AHEAD {
                match self.poll_fill(context) {
                    Poll::Ready(Ok(1..)) => {}
                    Poll::Ready(_) => return Poll::Ready(Err(self.has_gone())),
                    Poll::Pending => break,
                }
            }
            self.deadline.poll_passed(context).map(|()| Err(Ended::Late))
        })
        .await
    }

    /// Wipes a request that is done with: it held a token and perhaps a password.
    pub(super) fn forget(&mut self, taken: usize) {
        let taken = taken.min(self.arrived.len());
        self.arrived.get_mut(..taken).unwrap_or_default().zeroize();
        self.arrived.drain(..taken);
        if self.arrived.is_empty() && self.arrived.capacity() > 2 * READ {
            // What stood behind may have moved to the front.
            self.arrived.zeroize();
            self.arrived = Vec::new();
        }
    }

    /// Asks for the body that the caller holds back (RFC 9110 section 10.1.1).
    pub(super) async fn ask_for_body(&mut self) -> Result<(), Ended> {
        self.out.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        let due = self.deadline.due();
        let sent = self.send().await;
        self.deadline.set(due);
        sent
    }

    pub(super) async fn last_answer(&mut self, answer: &Answer, with_body: bool) {
        answer.write(&mut self.out, true, with_body);
        if self.send().await.is_ok() {
            let _ = tokio::time::timeout(LINGER, self.stream.shutdown()).await;
        }
    }

    /// Takes and throws away what still comes, for a moment.
    pub(super) async fn linger(&mut self) {
        let rest = async {
            let mut rest = [0; 1024];
            while self.stream.read(&mut rest).await.is_ok_and(|length| length > 0) {}
        };
        let _ = tokio::time::timeout(LINGER, rest).await;
    }

    /// Sends what was written. A caller that does not take it in time gets no more.
    pub(super) async fn send(&mut self) -> Result<(), Ended> {
        self.deadline.set(Instant::now() + self.limits.head);
        let Self { stream, out, deadline, .. } = self;
        let mut sending = pin!(async {
            stream.write_all(out).await?;
            stream.flush().await
        });
        let sent = poll_fn(|context| match sending.as_mut().poll(context) {
            Poll::Ready(sent) => Poll::Ready(sent.map_err(|_| Ended::Gone)),
            Poll::Pending => deadline.poll_passed(context).map(|()| Err(Ended::Late)),
        })
        .await;
        out.clear();
        if out.capacity() > 4 * READ {
            *out = Vec::new();
        }
        sent
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.arrived.zeroize();
    }
}
