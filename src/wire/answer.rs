//! An answer, and how it is written.

use std::cell::RefCell;
use std::fmt::{Display, Write as _};
use std::io::Write as _;
use std::time::SystemTime;

/// An answer. Its fields and body are the service's own texts: nothing of a caller's is in a field.
pub struct Answer {
    status: u16,
    fields: String,
    body: Vec<u8>,
    /// Whether the connection ends with it, whatever the caller would like.
    pub closes: bool,
}

impl Answer {
    /// An answer without fields.
    #[must_use]
    pub fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        let mut answer = Self { status, fields: String::with_capacity(256), body, closes: false };
        answer.field("Content-Type", content_type);
        answer
    }

    /// Nothing to say (RFC 9110 section 15.3.5).
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: 204, fields: String::with_capacity(160), body: vec![], closes: false }
    }

    /// Adds a field.
    pub fn field(&mut self, name: &str, value: impl Display) {
        let _ = write!(self.fields, "{name}: {value}\r\n");
    }

    /// Writes it, with what every answer has (RFC 9110 sections 6.6.1 and 8.6, RFC 9112).
    pub(crate) fn write(&self, out: &mut Vec<u8>, closes: bool, with_body: bool) {
        out.reserve(self.fields.len() + self.body.len() + 160);
        // Writing into memory does not fail.
        let _ = write!(out, "HTTP/1.1 {} {}\r\nDate: ", self.status, reason(self.status));
        date(out);
        if self.status == 204 {
            let _ = write!(out, "\r\n{}", self.fields);
        } else {
            let _ = write!(out, "\r\nContent-Length: {}\r\n{}", self.body.len(), self.fields);
        }
        let end: &[u8] = if closes { b"Connection: close\r\n\r\n" } else { b"\r\n" };
        out.extend_from_slice(end);
        if with_body {
            out.extend_from_slice(&self.body);
        }
    }
}

/// For people; programs read the number (RFC 9112 section 4).
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "",
    }
}

/// The date, made once a second.
fn date(out: &mut Vec<u8>) {
    thread_local! {
        static DATE: RefCell<(u64, String)> = const { RefCell::new((0, String::new())) };
    }
    let now = SystemTime::now();
    let second = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    DATE.with_borrow_mut(|(known, text)| {
        if *known != second {
            (*known, *text) = (second, httpdate::fmt_http_date(now));
        }
        out.extend_from_slice(text.as_bytes());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_written_with_its_length_and_what_becomes_of_the_connection() {
        let mut answer = Answer::new(404, "text/plain", b"no".to_vec());
        answer.field("X-Request-Id", 7);
        let written = |closes, with_body| {
            let mut out = vec![];
            answer.write(&mut out, closes, with_body);
            let text = String::from_utf8(out).expect("text");
            let date = text.find("Date: ").expect("a date");
            format!("{}{}", &text[..date + 6], &text[date + 35..])
        };
        assert_eq!(
            written(true, true),
            "HTTP/1.1 404 Not Found\r\nDate: \r\nContent-Length: 2\r\nContent-Type: text/plain\r\nX-Request-Id: 7\r\nConnection: close\r\n\r\nno"
        );
        assert!(written(false, false).ends_with("X-Request-Id: 7\r\n\r\n"));
    }
}
