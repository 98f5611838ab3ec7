//! What ends connections: the server's end all of them, a change of whom it trusts those that there are.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arc_swap::ArcSwap;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Tells connections to end: each finishes what is under way.
pub struct Ends {
    all: CancellationToken,
    present: ArcSwap<CancellationToken>,
}

impl Default for Ends {
    fn default() -> Self {
        let all = CancellationToken::new();
        Self { present: ArcSwap::from_pointee(all.child_token()), all }
    }
}

impl Ends {
    /// Ends the connections of now. Later ones are not concerned.
    pub fn end_present(&self) {
        self.present.swap(self.all.child_token().into()).cancel();
    }

    /// Ends all connections, also those that come later.
    pub(super) fn end_all(&self) {
        self.all.cancel();
    }

    /// Done once all are to end.
    pub(super) async fn ended(&self) {
        self.all.cancelled().await;
    }

    /// What ends a connection that begins now.
    pub(super) fn of_connection(self: &Arc<Self>) -> End {
        let token = self.present.load().as_ref().clone();
        End { ends: Arc::clone(self), ended: Box::pin(token.clone().cancelled_owned()), token }
    }
}

/// What ends one connection.
pub(super) struct End {
    ends: Arc<Ends>,
    token: CancellationToken,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl End {
    /// Whether it is to end.
    pub(super) fn has_come(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Ready once it is to end; and whether all are, so that it is trusted as before.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        self.ended.as_mut().poll(context).map(|()| self.ends.all.is_cancelled())
    }
}
