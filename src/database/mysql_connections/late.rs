//! What is not waited for any more.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::Connections;
use crate::database::budget::Waiting;

/// Work that goes on by itself when nobody waits for it any more, until it is done or surely lost.
pub(super) struct Late<T: Send + 'static> {
    work: Option<BoxFuture<'static, T>>,
    connections: Arc<Connections>,
    waiting: Waiting,
    begun: Instant,
    after: fn(&Connections, T),
}

impl<T: Send + 'static> Late<T> {
    /// `after` says what is done with what comes too late.
    pub(super) fn new(
        connections: &Arc<Connections>,
        waiting: Waiting,
        work: BoxFuture<'static, T>,
        after: fn(&Connections, T),
    ) -> Self {
        let connections = Arc::clone(connections);
        Self { work: Some(work), connections, waiting, begun: Instant::now(), after }
    }

    /// What comes of it in this time.
    pub(super) async fn within(&mut self, patience: Duration) -> Option<T> {
        let done = timeout(patience, self.work.as_mut()?).await.ok()?;
        self.work = None;
        Some(done)
    }
}

impl<T: Send + 'static> Drop for Late<T> {
    fn drop(&mut self) {
        let (Some(work), Ok(runtime)) = (self.work.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let (connections, waiting, begun, after) =
            (Arc::clone(&self.connections), self.waiting, self.begun, self.after);
        runtime.spawn(async move {
            tokio::select! {
                done = work => after(&connections, done),
                () = connections.budget.lost(waiting, begun) => {}
            }
        });
    }
}
