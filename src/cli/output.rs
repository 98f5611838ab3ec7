//! What commands print. Whoever reads may have closed the pipe or the terminal: nothing that is under
//! way ends by it, where the library's own macros would panic.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write, stderr, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether somebody who goes on reading did not get all of it.
static CUT: AtomicBool = AtomicBool::new(false);

/// On the standard output.
pub(super) fn out(text: Arguments<'_>) {
    let mut out = stdout().lock();
    let Err(error) = out.write_fmt(text).and_then(|()| out.flush()) else { return };
    if error.kind() != ErrorKind::BrokenPipe && !CUT.swap(true, Ordering::Relaxed) {
        err(format_args!(
            "the output is cut: {error}; make room, then run the same command again\n"
        ));
    }
}

/// On the standard error.
pub(super) fn err(text: Arguments<'_>) {
    let _ = stderr().write_fmt(text);
}

/// Whether the standard output was cut, such as by a full disk.
pub(super) fn is_cut() -> bool {
    CUT.load(Ordering::Relaxed)
}
