//! From the bytes of an export to its lines: gzip or plain, as they come, in constant memory. A file
//! that is cut, damaged, or grows beyond measure is refused as a whole.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

/// The longest line, in bytes: Auth0 keeps at most 16 MB of metadata for a user.
const LONGEST_LINE: usize = 16 * 1024 * 1024;
/// Users are text that is much alike; what grows to more than so many times its size, beyond a first
/// part, is no list of users.
const MOST_GROWTH: u64 = 100;
const BEFORE_GROWTH: u64 = 64 * 1024 * 1024;
/// What gzip begins with (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why a file is no list of users. It holds nothing of anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Damage {
    #[error("it is cut short, or its end is damaged")]
    Cut,
    #[error("it is damaged")]
    Broken,
    #[error("it unpacks to far more than a list of users would")]
    Bomb,
    #[error("a line of it is no user")]
    NoUser,
}

/// Takes a file piece by piece.
pub(super) enum Unpacker<F: FnMut(&[u8]) -> Result<(), Failure>> {
    /// Nothing has come yet but these bytes.
    Begin(Vec<u8>, Lines<F>),
    Plain(Lines<F>),
    Packed(Box<MultiGzDecoder<Lines<F>>>),
    /// A piece failed: there is nothing more to take.
    Over,
}

/// Cuts what is written into lines, and hands each over.
pub(super) struct Lines<F> {
    line: Vec<u8>,
    each: F,
    /// Bytes before unpacking and after.
    taken: u64,
    given: u64,
    failed: Option<Failure>,
}

/// Why a line was not taken.
#[derive(Debug)]
pub(super) enum Failure {
    Damage(Damage),
    /// The line was a good one; what was done with it failed.
    Disk(io::Error),
}

impl From<Damage> for Failure {
    fn from(damage: Damage) -> Self {
        Self::Damage(damage)
    }
}

impl<F: FnMut(&[u8]) -> Result<(), Failure>> Unpacker<F> {
    pub(super) fn new(each: F) -> Self {
        Self::Begin(vec![], Lines { line: vec![], each, taken: 0, given: 0, failed: None })
    }

    /// Takes the next piece.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match std::mem::replace(self, Self::Over) {
            Self::Begin(mut first, lines) => {
                first.extend_from_slice(bytes);
                if first.len() < GZIP.len() {
                    *self = Self::Begin(first, lines);
                    return Ok(());
                }
                *self = if first.starts_with(&GZIP) {
                    Self::Packed(Box::new(MultiGzDecoder::new(lines)))
                } else {
                    Self::Plain(lines)
                };
                self.take(&first)
            }
            Self::Plain(mut lines) => {
                lines.taken = u64::MAX / MOST_GROWTH;
                let written = lines.write_all(bytes);
                lines.outcome(written)?;
                *self = Self::Plain(lines);
                Ok(())
            }
            Self::Packed(mut decoder) => {
                decoder.get_mut().taken += bytes.len() as u64;
                let written = decoder.write_all(bytes);
                decoder.get_mut().outcome(written)?;
                *self = Self::Packed(decoder);
                Ok(())
            }
            Self::Over => Err(Damage::Broken.into()),
        }
    }

    /// Says that this was all.
    pub(super) fn end(self) -> Result<(), Failure> {
        match self {
            Self::Begin(first, _) if first.is_empty() => Ok(()),
            Self::Begin(..) => Err(Damage::Cut.into()),
            Self::Over => Err(Damage::Broken.into()),
            Self::Plain(lines) => lines.end(),
            Self::Packed(mut decoder) => {
                // The decoder tells a missing end and a wrong sum alike.
                if decoder.try_finish().is_err() {
                    return Err(decoder.get_mut().failed.take().unwrap_or(Damage::Cut.into()));
                }
                decoder.finish().map_err(|_| Damage::Cut)?.end()
            }
        }
    }
}

impl<F: FnMut(&[u8]) -> Result<(), Failure>> Lines<F> {
    /// Why writing failed: the line's own reason goes before the decoder's.
    fn outcome(&mut self, written: io::Result<()>) -> Result<(), Failure> {
        let Err(error) = written else { return Ok(()) };
        Err(match (self.failed.take(), error.kind()) {
            (Some(failure), _) => failure,
            (None, io::ErrorKind::UnexpectedEof | io::ErrorKind::WriteZero) => Damage::Cut.into(),
            (None, _) => Damage::Broken.into(),
        })
    }

    /// A last line needs no end; one that is cut is no JSON.
    fn end(mut self) -> Result<(), Failure> {
        self.hand_over().map_err(|failure| match failure {
            Failure::Damage(Damage::NoUser) => Damage::Cut.into(),
            other => other,
        })
    }

    fn hand_over(&mut self) -> Result<(), Failure> {
        let line = self.line.trim_ascii();
        if !line.is_empty() {
            (self.each)(line)?;
        }
        self.line.clear();
        self.line.shrink_to(64 * 1024);
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.given += bytes.len() as u64;
        if self.given > BEFORE_GROWTH && self.given / MOST_GROWTH > self.taken {
            return Err(Damage::Bomb.into());
        }
        for (number, part) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if number > 0 {
                self.hand_over()?;
            }
            if self.line.len() + part.len() > LONGEST_LINE {
                return Err(Damage::Bomb.into());
            }
            self.line.extend_from_slice(part);
        }
        Ok(())
    }
}

impl<F: FnMut(&[u8]) -> Result<(), Failure>> Write for Lines<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.put(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(failure) => {
                self.failed = Some(failure);
                Err(io::Error::other("a line was refused"))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
