//! A panic is a fault of ours. It is told by its place alone, since its message may hold data; it is
//! counted; and it ends nothing but the work that it was in.

use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

use futures_util::FutureExt;

/// Before work that failed begins again.
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 1000 });

/// From now on a panic is a line of the log and a count.
pub(super) fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, remedy = "report it with this line; the service goes on", "panic");
        metrics::counter!("narrowgate_panics_total").increment(1);
    }));
}

/// From now on a panic is one line on stderr, for commands that do not log.
pub fn tell_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // Without a stderr there is nobody to tell.
        let _ = writeln!(std::io::stderr(), "fault at {place}; report it with this line");
    }));
}

/// Does work that has no end; a panic in it begins it anew.
pub async fn go_on<F: Future<Output = ()>>(mut work: impl FnMut() -> F) {
    while AssertUnwindSafe(work()).catch_unwind().await.is_err() {
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn work_that_panics_begins_anew() {
        let begun = AtomicUsize::new(0);
        go_on(|| async {
            tokio::task::yield_now().await;
            assert!(begun.fetch_add(1, Ordering::SeqCst) > 1, "a failure");
        })
        .await;
        assert_eq!(begun.into_inner(), 3);
    }
}
