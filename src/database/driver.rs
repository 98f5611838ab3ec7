//! What keeps a connection to PostgreSQL going, and gives its permits back when it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::OwnedSemaphorePermit;
use tokio::task::AbortHandle;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{Connection, Socket};

/// Leave to have a connection, of the service and of the pipeline, until it is closed.
pub(super) type Permits = (OwnedSemaphorePermit, OwnedSemaphorePermit);

/// What keeps a connection going.
pub(super) struct Driver {
    ended: Arc<AtomicBool>,
    task: AbortHandle,
}

/// Keeps the connection going, notes its end, and then gives the permit back.
pub(super) fn drive<S: TlsStream + Unpin + Send + 'static>(
    connection: Connection<Socket, S>,
    permits: Option<Permits>,
) -> Driver {
    let ended = Arc::new(AtomicBool::new(false));
    let end = End { ended: Arc::clone(&ended), _permits: permits };
    let task = tokio::spawn(async move {
        let _end = end;
        let _ = connection.await;
    });
    Driver { ended, task: task.abort_handle() }
}

/// Noted however the task ends.
struct End {
    ended: Arc<AtomicBool>,
    _permits: Option<Permits>,
}

impl Drop for End {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
    }
}

impl Driver {
    /// The connection is closed.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Closes it, whatever is under way.
    pub(super) fn abandon(&self) {
        self.ended.store(true, Ordering::Release);
        self.task.abort();
    }
}
