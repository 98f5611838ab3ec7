//! HTTP/1.1 over TLS, one request a connection, with the ways in which a network fails.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::faults::Fault;
use super::{State, routes};

/// A request, whole.
pub struct Request {
    pub method: String,
    /// Without the query, percent-decoded.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// What goes wrong with it.
    pub fault: Option<Fault>,
}

/// What becomes of it.
pub enum Reply {
    /// An answer: status, further header lines, body.
    Answer(u16, String, Vec<u8>),
    /// The connection ends without one.
    HangUp,
    /// The connection ends in the middle of the body.
    Torn(Vec<u8>),
}

impl Reply {
    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::Answer(
            status,
            "Content-Type: application/json\r\n".to_owned(),
            value.to_string().into_bytes(),
        )
    }
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

type Stream = StreamOwned<ServerConnection, TcpStream>;

pub fn serve(
    stream: TcpStream,
    tls: Arc<ServerConfig>,
    state: &Arc<Mutex<State>>,
) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.set_nodelay(true)?;
    let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    let Some((head, mut body)) = head(&mut stream)? else { return Ok(()) };
    let mut request = parse(&head);
    let length: usize = request.header("content-length").map_or(0, |it| it.parse().unwrap_or(0));
    if request.header("transfer-encoding").is_some() {
        state.lock().unwrap().violations.push("a body without a length".to_owned());
    }
    request.fault = routes::fault(&request, state);
    if request.fault == Some(Fault::ResetUpload) {
        // Reset while the upload is under way.
        let mut rest = vec![0; length.saturating_sub(body.len()).min(1_000)];
        let _ = stream.read(&mut rest);
        return stream.sock.shutdown(Shutdown::Both);
    }
    while body.len() < length {
        let mut chunk = [0; 16_384];
        match stream.read(&mut chunk)? {
            0 => return Ok(()),
            n => body.extend_from_slice(&chunk[..n]),
        }
    }
    request.body = body;
    let reply = routes::answer(&request, state);
    match reply {
        Reply::HangUp => stream.sock.shutdown(Shutdown::Both),
        Reply::Torn(body) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes())?;
            stream.write_all(&body[..body.len() / 2])?;
            stream.flush()?;
            stream.sock.shutdown(Shutdown::Both)
        }
        Reply::Answer(status, headers, body) => {
            let head = format!(
                "HTTP/1.1 {status} Status\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes())?;
            stream.write_all(&body)?;
            stream.flush()?;
            stream.conn.send_close_notify();
            stream.conn.complete_io(&mut stream.sock).map(drop)
        }
    }
}

/// The head of a request, and what of its body came with it.
fn head(stream: &mut Stream) -> io::Result<Option<(String, Vec<u8>)>> {
    let (mut bytes, mut chunk) = (vec![], [0; 16_384]);
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = bytes.split_off(end + 4);
            return Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), body)));
        }
        match stream.read(&mut chunk)? {
            0 => return Ok(None),
            n => bytes.extend_from_slice(&chunk[..n]),
        }
    }
}

fn parse(head: &str) -> Request {
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let url =
        url::Url::parse(&format!("https://t{}", words.next().unwrap_or("/"))).expect("a path");
    let headers = lines.filter_map(|line| line.split_once(": "));
    Request {
        method,
        path: decoded(url.path()),
        query: url.query_pairs().into_owned().collect(),
        headers: headers.map(|(key, value)| (key.to_lowercase(), value.to_owned())).collect(),
        body: vec![],
        fault: None,
    }
}

fn decoded(path: &str) -> String {
    let (bytes, mut out, mut at) = (path.as_bytes(), vec![], 0);
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| path.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).expect("UTF-8")
}
