//! The head of a request: what it asks for, and where its body ends.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::{Fault, MAX_HEAD_BYTES};

/// More fields than any proxy adds.
const MAX_FIELDS: usize = 64;

/// Where the body ends (RFC 9112 section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// After so many bytes.
    Length(u64),
    /// With its last chunk.
    Chunked,
}

/// A head, as places in the bytes that it was read from.
#[derive(Debug)]
pub(super) struct Head {
    /// Its length in bytes.
    pub(super) end: usize,
    pub(super) framing: Framing,
    pub(super) expects_continue: bool,
    /// Whether the caller would like another request on this connection.
    pub(super) keeps: bool,
    method: Range<usize>,
    target: Range<usize>,
    fields: Vec<(Range<usize>, Range<usize>)>,
}

impl Head {
    /// Reads the head at the beginning of these bytes; nothing, if there is more to come.
    ///
    /// # Errors
    /// A head that must not be served.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, Fault> {
        let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut []);
        let end = match request.parse_with_uninit_headers(bytes, &mut fields) {
            Ok(httparse::Status::Complete(end)) => end,
            Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD_BYTES => return Ok(None),
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
                return Err(Fault::TooLarge);
            }
            Err(_) => return Err(Fault::Malformed("the head is not HTTP/1.1")),
        };
        if end > MAX_HEAD_BYTES {
            return Err(Fault::TooLarge);
        }
        let place = |part: &[u8]| place(bytes, part);
        let is_1_1 = request.version == Some(1);
        let mut head = Self {
            end,
            framing: Framing::Length(0),
            expects_continue: false,
            keeps: is_1_1,
            method: place(request.method.unwrap_or_default().as_bytes()),
            target: place(request.path.unwrap_or_default().as_bytes()),
            fields: request
                .headers
                .iter()
                .map(|field| (place(field.name.as_bytes()), place(field.value)))
                .collect(),
        };
        head.check(bytes, is_1_1)?;
        Ok(Some(head))
    }

    fn check(&mut self, bytes: &[u8], is_1_1: bool) -> Result<(), Fault> {
        let lines = bytes.get(..self.end.saturating_sub(1)).unwrap_or_default();
        if !lines.split(|byte| *byte == b'\n').all(|line| line.ends_with(b"\r")) {
            return Err(Fault::Malformed("a line of the head ends without a carriage return"));
        }
        if slice(bytes, &self.target).contains(&b'#') {
            return Err(Fault::Malformed("the target has a fragment"));
        }
        let hosts = self.fields(bytes, "host").count();
        if hosts > 1 || (is_1_1 && hosts == 0) {
            return Err(Fault::Malformed("there is not one Host"));
        }
        self.framing = self.read_framing(bytes, is_1_1)?;
        let says = |name, word: &str| {
            self.fields(bytes, name).any(|value| {
                let mut words = value.split(|byte| *byte == b',');
                words.any(|each| each.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
            })
        };
        let (continues, closes) = (says("expect", "100-continue"), says("connection", "close"));
        self.expects_continue = is_1_1 && continues;
        self.keeps &= !closes;
        Ok(())
    }

    fn read_framing(&self, bytes: &[u8], is_1_1: bool) -> Result<Framing, Fault> {
        let mut lengths = self.fields(bytes, "content-length");
        let mut codings = self.fields(bytes, "transfer-encoding");
        match (lengths.next(), lengths.next(), codings.next(), codings.next()) {
            (None, None, None, None) => Ok(Framing::Length(0)),
            (Some(length), None, None, None) => {
                let digits = std::str::from_utf8(length).ok();
                let digits = digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
                let length = digits.and_then(|digits| digits.parse().ok());
                length.map(Framing::Length).ok_or(Fault::Malformed("Content-Length is no length"))
            }
            (None, None, Some(coding), None)
                if is_1_1 && coding.eq_ignore_ascii_case(b"chunked") =>
            {
                Ok(Framing::Chunked)
            }
            _ => Err(Fault::Malformed("where the body ends is not told, or told in two ways")),
        }
    }

    pub(super) fn method<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        slice(bytes, &self.method)
    }

    /// The target's path, literally, and its query (RFC 9112 section 3.2). A target in absolute
    /// form names the path behind its authority; one in any other form is its own path.
    pub(super) fn path_and_query<'a>(&self, bytes: &'a [u8]) -> (&'a str, &'a str) {
        let target = std::str::from_utf8(slice(bytes, &self.target)).unwrap_or_default();
        let scheme = ["http://", "https://"].into_iter().find(|scheme| {
            target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
        let rest = scheme.and_then(|scheme| target.get(scheme.len()..));
        let target = rest.map_or(target, |rest| {
            rest.find(['/', '?']).and_then(|start| rest.get(start..)).unwrap_or("/")
        });
        target.split_once('?').unwrap_or((target, ""))
    }

    /// The values of a field, whose name is given in lower case.
    pub(super) fn fields<'a>(
        &'a self,
        bytes: &'a [u8],
        name: &'a str,
    ) -> impl Iterator<Item = &'a [u8]> {
        let is_it =
            move |place: &Range<usize>| slice(bytes, place).eq_ignore_ascii_case(name.as_bytes());
        self.fields
            .iter()
            .filter(move |(known, _)| is_it(known))
            .map(|(_, value)| slice(bytes, value).trim_ascii())
    }
}

fn slice<'a>(bytes: &'a [u8], place: &Range<usize>) -> &'a [u8] {
    bytes.get(place.clone()).unwrap_or_default()
}

/// Where a part of these bytes is.
fn place(bytes: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(bytes.as_ptr().addr());
    start..start + part.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rest: &str) -> Result<Option<Head>, Fault> {
        Head::read(format!("POST /login HTTP/1.1\r\nHost: a\r\n{rest}\r\n").as_bytes())
    }

    fn framing(rest: &str) -> Option<Framing> {
        read(rest).ok().flatten().map(|head| head.framing)
    }

    #[test]
    fn a_body_ends_where_one_field_says_so() {
        assert_eq!(framing(""), Some(Framing::Length(0)));
        assert_eq!(framing("content-LENGTH: 12 \r\n"), Some(Framing::Length(12)));
        assert_eq!(framing("Transfer-Encoding: Chunked\r\n"), Some(Framing::Chunked));
        for odd in [
            "Content-Length: 1\r\nContent-Length: 1\r\n",
            "Content-Length: 1, 1\r\n",
            "Content-Length: +1\r\n",
            "Content-Length: 0x1\r\n",
            "Content-Length: \r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: \x0bchunked\r\n",
            "Transfer-Encoding : chunked\r\n",
            "X: 1\r\n Transfer-Encoding: chunked\r\n",
            "Host: b\r\n",
            "X: 1\n",
            "X: 1\r\n\n",
        ] {
            assert!(matches!(read(odd), Err(Fault::Malformed(_))), "{odd:?}");
        }
    }

    #[test]
    fn a_path_is_what_is_written() {
        for (target, path, query) in [
            ("/login", "/login", ""),
            ("/login?", "/login", ""),
            ("/login?a=/x?b", "/login", "a=/x?b"),
            ("/%6cogin", "/%6cogin", ""),
            ("//login", "//login", ""),
            ("http://a/login", "/login", ""),
            ("HTTPS://a:1/login?x", "/login", "x"),
            ("http://a", "/", ""),
            ("http://a?x=/login", "", "x=/login"),
            ("ftp://a/login", "ftp://a/login", ""),
            ("a:443", "a:443", ""),
            ("*", "*", ""),
        ] {
            let text = format!("POST {target} HTTP/1.1\r\nHost: a\r\n\r\n");
            let head = Head::read(text.as_bytes()).ok().flatten().expect("a head");
            assert_eq!(head.path_and_query(text.as_bytes()), (path, query), "{target}");
        }
        let fragment = Head::read(b"POST /login#x HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(matches!(fragment, Err(Fault::Malformed(_))));
    }

    #[test]
    fn a_head_that_is_not_there_yet_is_waited_for_up_to_its_size() {
        assert!(matches!(Head::read(b"POST /login HTTP/1.1\r\nHost: a\r\n"), Ok(None)));
        let long = format!("POST / HTTP/1.1\r\nHost: {}", "a".repeat(MAX_HEAD_BYTES));
        assert_eq!(Head::read(long.as_bytes()).err(), Some(Fault::TooLarge));
        let many = format!("POST / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MAX_FIELDS + 1));
        assert_eq!(Head::read(many.as_bytes()).err(), Some(Fault::TooLarge));
    }

    #[test]
    fn what_becomes_of_the_connection_is_told_in_words() {
        let keeps = |rest| read(rest).ok().flatten().map(|head| head.keeps);
        assert_eq!(keeps("Connection: keep-alive\r\n"), Some(true));
        assert_eq!(keeps("Connection: Upgrade, CLOSE\r\n"), Some(false));
        let old = Head::read(b"POST / HTTP/1.0\r\n\r\n").ok().flatten().expect("a head");
        assert!(!old.keeps);
    }
}
