//! Whether no more should be begun: somebody asked to stop, or something failed.

use tokio::sync::watch;

/// One wish to stop, shared by all who work on a run. It is never taken back.
#[derive(Clone)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::channel(false).0)
    }
}

impl Stop {
    /// Asks everybody to stop.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Done when somebody asks.
    pub async fn asked(&self) {
        if self.0.subscribe().wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// What comes of something that may be begun again; nothing where somebody asks first.
    pub async fn unless<T>(&self, doing: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = doing => Some(done),
            () = self.asked() => None,
        }
    }
}
