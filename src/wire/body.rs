//! The body of a request (RFC 9112 sections 6.2 and 7.1).

use zeroize::Zeroizing;

use super::connection::{Connection, Ended};

/// The longest line between chunks, and the longest trailer, in bytes.
const MAX_LINE: usize = 256;
/// How often a body's size may be sent around it.
const MAX_OVERHEAD: usize = 8;

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFault {
    /// It is larger than allowed.
    TooLarge,
    /// It did not come whole in time.
    Late,
    /// The caller closed the connection within it.
    BrokenOff,
    /// Its chunks break the syntax.
    Malformed,
}

impl From<Ended> for BodyFault {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Gone => Self::BrokenOff,
            Ended::Late => Self::Late,
        }
    }
}

/// The body, and where it ends in what has arrived.
type Read = Result<(Zeroizing<Vec<u8>>, usize), BodyFault>;

/// Of a length that is no more than allowed.
pub(super) async fn of_length(connection: &mut Connection, start: usize, length: usize) -> Read {
    let end = start + length;
    while connection.arrived.len() < end {
        connection.more().await?;
    }
    Ok((Zeroizing::new(connection.arrived.get(start..end).unwrap_or_default().to_vec()), end))
}

pub(super) async fn in_chunks(connection: &mut Connection, start: usize, most: usize) -> Read {
    // At full size from the start: growing would leave copies of a password behind.
    let mut body = Zeroizing::new(Vec::with_capacity(most));
    let mut at = start;
    loop {
        let step = step(connection.arrived.get(at..).unwrap_or_default())?;
        match step {
            Step::Chunk(_, data) if body.len() + data.len() > most => {
                return Err(BodyFault::TooLarge);
            }
            Step::Chunk(used, data) => {
                body.extend_from_slice(data);
                at += used;
            }
            Step::End(used) => return Ok((body, at + used)),
            Step::Announced(size) if body.len().saturating_add(size) > most => {
                return Err(BodyFault::TooLarge);
            }
            Step::Announced(_) | Step::More => {
                if at - start > MAX_OVERHEAD * most {
                    return Err(BodyFault::TooLarge);
                }
                connection.more().await?;
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Step<'a> {
    /// A whole chunk, and how many bytes it takes.
    Chunk(usize, &'a [u8]),
    /// The last chunk with its trailers, and how many bytes they take.
    End(usize),
    /// A chunk of this size has begun.
    Announced(usize),
    /// There is more to come.
    More,
}

fn step(bytes: &[u8]) -> Result<Step<'_>, BodyFault> {
    let Some((line, mut at)) = line(bytes)? else { return Ok(Step::More) };
    // What follows a semicolon is an extension, of which none is known.
    let size = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii_end();
    if size.is_empty() || size.len() > 8 || !size.iter().all(u8::is_ascii_hexdigit) {
        return Err(BodyFault::Malformed);
    }
    let size = std::str::from_utf8(size).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
    let size = size.ok_or(BodyFault::Malformed)?;
    if size > 0 {
        let rest = bytes.get(at..).unwrap_or_default();
        return match (rest.get(..size), rest.get(size..size + 2)) {
            (Some(data), Some(b"\r\n")) => Ok(Step::Chunk(at + size + 2, data)),
            (_, Some(_)) => Err(BodyFault::Malformed),
            (_, None) => Ok(Step::Announced(size)),
        };
    }
    let trailers = at;
    while at - trailers <= MAX_LINE {
        let Some((trailer, length)) = self::line(bytes.get(at..).unwrap_or_default())? else {
            return Ok(Step::More);
        };
        at += length;
        if trailer.is_empty() {
            return Ok(Step::End(at));
        }
    }
    Err(BodyFault::TooLarge)
}

/// The first line without its end, and its length with it; nothing while there is more to come.
fn line(bytes: &[u8]) -> Result<Option<(&[u8], usize)>, BodyFault> {
    let start = bytes.get(..bytes.len().min(MAX_LINE)).unwrap_or_default();
    match start.iter().position(|byte| *byte == b'\n') {
        Some(end) => {
            let line = start.get(..end).and_then(|line| line.strip_suffix(b"\r"));
            let line = line.filter(|line| !line.contains(&b'\r')).ok_or(BodyFault::Malformed)?;
            Ok(Some((line, end + 1)))
        }
        None if start.len() == MAX_LINE => Err(BodyFault::Malformed),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_read_one_by_one() {
        for (bytes, expected) in [
            ("", Step::More),
            ("3", Step::More),
            ("3\r", Step::More),
            ("3\r\nab", Step::Announced(3)),
            ("3\r\nabc\r", Step::Announced(3)),
            ("3\r\nabc\r\n0", Step::Chunk(8, b"abc")),
            ("A ;x=\"y\"\r\n0123456789\r\n", Step::Chunk(22, b"0123456789")),
            ("0\r\n", Step::More),
            ("0\r\n\r\nrest", Step::End(5)),
            ("000\r\nX: y\r\n\r\n", Step::End(13)),
        ] {
            assert_eq!(step(bytes.as_bytes()), Ok(expected), "{bytes:?}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_no_chunk() {
        for bytes in [
            "\r\n",
            "x\r\n",
            "-1\r\n",
            "0x1\r\na\r\n",
            "1\na\r\n",
            "1\r\rb\r\n",
            "1\r\nab\r\n",
            "1\r\nabc",
            "123456789\r\n",
            " 1\r\na\r\n",
            "1_0\r\n",
            "0\r\nX: y\n\r\n",
        ] {
            assert_eq!(step(bytes.as_bytes()), Err(BodyFault::Malformed), "{bytes:?}");
        }
        assert!(step(&[b'0'; 300]).is_err());
        let trailers = format!("0\r\n{}\r\n", "X: y\r\n".repeat(99));
        assert_eq!(step(trailers.as_bytes()), Err(BodyFault::TooLarge));
    }
}
