//! HTTP/1.1 by hand: requests that a client library would refuse to send.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::answer::Answer;

/// How long a test waits for bytes before it calls the other side silent.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request as bytes. Header values are bytes too, so that hostile ones can be sent.
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    framed: bool,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Self {
        let (headers, body) = (vec![("Host".into(), b"gate.test".to_vec())], Vec::new());
        Self { method: method.into(), target: target.into(), headers, body, framed: false }
    }

    /// A POST of JSON, as the deployed scripts send it.
    pub fn post(target: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new("POST", target).header("Content-Type", "application/json").body(body)
    }

    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), value.as_ref().to_vec()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        (self.body, self.framed) = (body.into(), true);
        self
    }

    /// The head and body as they go on the wire; `Content-Length` is added for a body unless the
    /// test set its own framing.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        let own_framing = |n: &str| {
            n.eq_ignore_ascii_case("content-length") || n.eq_ignore_ascii_case("transfer-encoding")
        };
        for (name, value) in &self.headers {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        }
        if self.framed && !self.headers.iter().any(|(name, _)| own_framing(name)) {
            out.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.body);
        out
    }

    /// Sends on a connection of its own and reads the answer.
    pub fn send(&self, to: SocketAddr) -> io::Result<Answer> {
        exchange(to, &self.clone().header("Connection", "close").bytes())
    }
}

pub fn connect(to: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&to, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Writes raw bytes and reads one answer. A write that fails is not the end: a server may answer
/// and close before it has taken everything, and then the answer is what counts.
pub fn exchange(to: SocketAddr, bytes: &[u8]) -> io::Result<Answer> {
    let mut stream = connect(to)?;
    let written = stream.write_all(bytes);
    read_answer(&mut stream).map_err(|e| written.err().unwrap_or(e))
}

/// Reads one answer from a stream that may be kept alive.
pub fn read_answer(stream: &mut impl Read) -> io::Result<Answer> {
    let (mut seen, mut chunk) = (Vec::new(), [0_u8; 8192]);
    let head_end = loop {
        if let Some(at) = seen.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        read_more(stream, &mut seen, &mut chunk)?;
    };
    let head = String::from_utf8_lossy(&seen[..head_end]).into_owned();
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("no status line in {head:?}")))?;
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer { status, headers, body: seen.split_off(head_end) };
    if (100..200).contains(&status) || status == 204 {
        return Ok(answer);
    }
    match answer.header("content-length").map(str::parse::<usize>) {
        Some(Ok(length)) => {
            while answer.body.len() < length {
                read_more(stream, &mut answer.body, &mut chunk)?;
            }
            answer.body.truncate(length);
        }
        _ => while read_more(stream, &mut answer.body, &mut chunk).is_ok() {},
    }
    Ok(answer)
}

fn read_more(stream: &mut impl Read, into: &mut Vec<u8>, chunk: &mut [u8]) -> io::Result<()> {
    match stream.read(chunk)? {
        0 => Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "closed before the answer was complete",
        )),
        n => {
            into.extend_from_slice(&chunk[..n]);
            Ok(())
        }
    }
}
