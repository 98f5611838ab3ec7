//! What ends connections: the server's end all of them, a change of whom it trusts those that there are.

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

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
    pub(super) fn of_connection(&self) -> CancellationToken {
        self.present.load().as_ref().clone()
    }
}
