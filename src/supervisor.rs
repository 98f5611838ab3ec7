//! What a supervisor such as systemd gives a service and wants to hear from it: the environment of
//! `sd_listen_fds(3)` and `sd_notify(3)`. Without one, nothing here does anything.

use std::io;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// The socket that was opened for this process before it began, if there is one. It outlives the
/// process, so that nobody who connects during a restart is refused.
///
/// # Errors
/// What was handed over is no listening TCP socket, or there are several.
pub fn inherited_listener() -> io::Result<Option<TcpListener>> {
    let mut handed_over = listenfd::ListenFd::from_env();
    if handed_over.len() > 1 {
        return Err(io::Error::other("more than one socket was handed over"));
    }
    if handed_over.len() == 0 {
        return Ok(None);
    }
    let listener = handed_over.take_tcp_listener(0)?;
    if let Some(listener) = &listener {
        listener.set_nonblocking(true)?;
    }
    Ok(listener)
}

/// Says how the service is, such as `READY=1`. A supervisor that cannot be told has no remedy, and
/// notices by itself that it was not.
pub fn notify(state: &str) {
    let Some(name) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let bytes = name.as_encoded_bytes();
    let address = match bytes.strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&name),
    };
    if let (Ok(address), Ok(socket)) = (address, UnixDatagram::unbound()) {
        let _ = socket.send_to_addr(state.as_bytes(), &address);
    }
}
