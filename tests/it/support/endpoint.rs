//! How the key set's endpoint answers: as it should, or in one of the ways that bring clients down.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

/// How the endpoint answers.
#[derive(Debug, Clone)]
pub enum Behaviour {
    /// The published set, as it should.
    Serve,
    /// The set, but this much later.
    Slow(Duration),
    /// This status and a short text.
    Status(u16),
    /// This status, with these header lines (each ended by CRLF).
    Refuse(u16, &'static str),
    /// Takes the request and says nothing.
    Hang,
    /// Sends the good set, one byte every 100 ms.
    Drip,
    /// Sends a good set, then white space without end.
    Endless,
    /// 302 to this address.
    Redirect(String),
    /// 200 with these bytes, called JSON, and these extra header lines (each ended by CRLF).
    Bytes(Vec<u8>, &'static str),
    /// Announces the whole set and closes half-way.
    Truncated,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) keys: Mutex<Value>,
    pub(super) behaviour: Mutex<Behaviour>,
    pub(super) cache_control: Mutex<&'static str>,
    pub(super) fetches: AtomicUsize,
    pub(super) up: AtomicBool,
}

pub(super) fn accept(listener: &TcpListener, state: &Arc<State>, tls: Option<&Arc<ServerConfig>>) {
    while state.up.load(Ordering::SeqCst) {
        let Ok((stream, _)) = listener.accept() else {
            thread::sleep(Duration::from_millis(2));
            continue;
        };
        let (state, tls) = (state.clone(), tls.cloned());
        thread::spawn(move || {
            stream.set_nonblocking(false).ok();
            stream.set_read_timeout(Some(Duration::from_secs(10))).ok();
            match tls {
                None => answer(stream, &state),
                Some(tls) => answer(
                    StreamOwned::new(ServerConnection::new(tls).expect("TLS"), stream),
                    &state,
                ),
            }
        });
    }
}

fn answer(mut stream: impl Read + Write, state: &State) {
    let (mut request, mut chunk) = (Vec::new(), [0; 2048]);
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut chunk) {
            Ok(n) if n > 0 => request.extend_from_slice(&chunk[..n]),
            _ => return, // a look at the port, or a client that gave up: not a fetch
        }
    }
    state.fetches.fetch_add(1, Ordering::SeqCst);
    let set = state.keys.lock().unwrap().to_string().into_bytes();
    let cache = format!("Cache-Control: {}\r\n", state.cache_control.lock().unwrap());
    let behaviour = state.behaviour.lock().unwrap().clone();
    // A client may well hang up on these; what matters is what it does afterwards.
    let _ = match behaviour {
        Behaviour::Serve => reply(&mut stream, "200 OK", &cache, &set),
        Behaviour::Slow(delay) => {
            thread::sleep(delay);
            reply(&mut stream, "200 OK", &cache, &set)
        }
        Behaviour::Status(code) => {
            reply(&mut stream, &format!("{code} Trouble"), "Retry-After: 1\r\n", b"{\"keys\":[]}")
        }
        Behaviour::Refuse(code, headers) => {
            reply(&mut stream, &format!("{code} Trouble"), headers, b"")
        }
        Behaviour::Hang => stream.read(&mut chunk).map(drop),
        Behaviour::Drip => drip(&mut stream, &set),
        Behaviour::Endless => endless(&mut stream, &set),
        Behaviour::Redirect(to) => {
            reply(&mut stream, "302 Found", &format!("Location: {to}\r\n"), b"")
        }
        Behaviour::Bytes(bytes, headers) => reply(&mut stream, "200 OK", headers, &bytes),
        Behaviour::Truncated => head(&mut stream, "200 OK", "", set.len())
            .and_then(|()| stream.write_all(&set[..set.len() / 2])),
    };
    let _ = stream.flush();
}

fn head(
    stream: &mut impl Write,
    status: &str,
    headers: &str,
    length: usize,
) -> std::io::Result<()> {
    let fixed = "Content-Type: application/json\r\nConnection: close\r\n";
    stream.write_all(
        format!("HTTP/1.1 {status}\r\n{fixed}{headers}Content-Length: {length}\r\n\r\n").as_bytes(),
    )
}

fn reply(stream: &mut impl Write, status: &str, headers: &str, body: &[u8]) -> std::io::Result<()> {
    head(stream, status, headers, body.len())?;
    stream.write_all(body)
}

fn drip(stream: &mut impl Write, set: &[u8]) -> std::io::Result<()> {
    head(stream, "200 OK", "", set.len())?;
    set.iter().try_for_each(|byte| {
        thread::sleep(Duration::from_millis(100));
        stream.write_all(&[*byte])?;
        stream.flush()
    })
}

/// No length, no end: only a cap on size or time stops it. 200 MB is the test's own end.
fn endless(stream: &mut impl Write, set: &[u8]) -> std::io::Result<()> {
    stream.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n",
    )?;
    stream.write_all(set)?;
    (0..12_800).try_for_each(|_| stream.write_all(&[b' '; 16_384]))
}
