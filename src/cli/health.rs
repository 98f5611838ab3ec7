//! `narrowgate health`: for images that hold no other program to ask with.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use clap::Args;
use url::Url;

use super::Ending;

/// To connect, and again to be answered.
const PATIENCE: Duration = Duration::from_secs(3);
/// Of the answer, which is one line.
const MAX_ANSWER: u64 = 4096;

/// What to ask.
#[derive(Args)]
pub(super) struct Arguments {
    /// The page of the management listener: /ready, or /live
    #[arg(long, default_value = "http://127.0.0.1:9090/ready")]
    url: Url,
}

pub(super) fn run(arguments: &Arguments) -> Ending {
    match ask(&arguments.url) {
        Ok((200, _)) => Ending::Done,
        Ok((_, said)) => {
            eprintln!("{}", said.trim_end());
            Ending::Refused
        }
        Err(error) => {
            eprintln!("{}: {error}; is management.bind set?", arguments.url);
            Ending::Refused
        }
    }
}

/// Status and body. The listener speaks plain HTTP on a private address, so this needs no client.
fn ask(url: &Url) -> io::Result<(u16, String)> {
    let wrong = |what| io::Error::new(io::ErrorKind::InvalidInput, what);
    if url.scheme() != "http" {
        return Err(wrong("only http:// can be asked"));
    }
    let host = url.host_str().ok_or_else(|| wrong("names no host"))?;
    let host = host.trim_matches(['[', ']']);
    let mut addresses = (host, url.port_or_known_default().unwrap_or(80)).to_socket_addrs()?;
    let address = addresses.next().ok_or_else(|| wrong("the host has no address"))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n", url.path())?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER).read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok());
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status.ok_or_else(|| wrong("that is no HTTP"))?, body.to_owned()))
}
