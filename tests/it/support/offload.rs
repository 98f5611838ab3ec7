//! Something between the gate and PostgreSQL that ends TLS, as poolers and load balancers do: this
//! side is encrypted, the way on to the server is not.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use url::Url;

use super::certificates::Certificate;

/// What a client of PostgreSQL says first where it wants TLS: the length and the code.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Listens as that server, on a port of its own, for as long as the test runs; gives the URL that
/// leads through it.
pub fn before(url: &str, certificate: &Certificate) -> String {
    let mut url = Url::parse(url).expect("a URL");
    let server = format!("127.0.0.1:{}", url.port().expect("a port")).parse().expect("an address");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let config = Arc::new(certificate.server());
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            // A client that goes away ends its thread, and that is all.
            thread::spawn(move || drop(relay(client, server, config)));
        }
    });
    url.set_port(Some(port)).expect("a URL with a host");
    url.to_string()
}

fn relay(mut client: TcpStream, server: SocketAddr, config: Arc<ServerConfig>) -> io::Result<()> {
    let mut asked = [0; 8];
    client.read_exact(&mut asked)?;
    assert_eq!(asked, SSL_REQUEST, "the client speaks no TLS");
    client.write_all(b"S")?;
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut client = StreamOwned::new(connection, client);
    let mut server = TcpStream::connect(server)?;
    // One thread for both ways: each is given a moment, then the other has its turn.
    let moment = Some(Duration::from_millis(2));
    client.conn.complete_io(&mut client.sock)?;
    client.sock.set_read_timeout(moment)?;
    server.set_read_timeout(moment)?;
    loop {
        if !pass(&mut client, &mut server)? || !pass(&mut server, &mut client)? {
            return Ok(());
        }
    }
}

/// Passes on what has come; false at the end.
fn pass(from: &mut impl Read, to: &mut impl Write) -> io::Result<bool> {
    let mut bytes = [0; 16_384];
    match from.read(&mut bytes) {
        Ok(0) => Ok(false),
        Ok(length) => to.write_all(&bytes[..length]).and_then(|()| to.flush()).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
        Err(error) => Err(error),
    }
}
