//! From a recipe and its inputs to bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::encoding;
use super::tree::{Change, Recipe, Variable};

/// Bytes that wipe themselves: every intermediate value says something about the password.
pub(in crate::password) type Bytes = Zeroizing<Vec<u8>>;

/// What a recipe's variables stand for. It has no `Debug`.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The password, prepared as the configuration says.
    pub password: &'a [u8],
    /// The salt, decoded.
    pub salt: &'a [u8],
    /// The row's username, empty when it has none.
    pub username: &'a str,
    /// The row's e-mail address, empty when it has none.
    pub email: &'a str,
    /// `passwords.pepper`, empty when there is none.
    pub pepper: &'a [u8],
}

impl Recipe {
    /// Follows the recipe; none when a text is not in the encoding that a step reads, or a
    /// library refuses its parameters.
    #[must_use]
    pub(crate) fn evaluate(&self, inputs: Inputs<'_>) -> Option<Bytes> {
        self.step(inputs, &[])
    }

    fn step(&self, inputs: Inputs<'_>, so_far: &[u8]) -> Option<Bytes> {
        Some(match self {
            Self::Variable(variable) => Zeroizing::new(variable.value(inputs, so_far).to_vec()),
            Self::Constant(bytes) => Zeroizing::new(bytes.to_vec()),
            Self::Join(parts) => {
                let mut joined = Zeroizing::new(Vec::with_capacity(256));
                for part in parts {
                    joined.extend_from_slice(&part.step(inputs, so_far)?);
                }
                joined
            }
            Self::Change(change, of) => change.apply(of.step(inputs, so_far)?)?,
            Self::Digest(digest, of) => digest.of(&of.step(inputs, so_far)?),
            Self::Hmac { digest, key, message } => {
                digest.hmac(&key.step(inputs, so_far)?, &message.step(inputs, so_far)?)?
            }
            Self::Derive { kdf, password, salt, length } => {
                kdf.derive(&password.step(inputs, so_far)?, &salt.step(inputs, so_far)?, *length)?
            }
            Self::Iterate { first, step, count } => {
                let mut digest = first.step(inputs, so_far)?;
                for _ in 0..*count {
                    digest = step.step(inputs, &digest)?;
                }
                digest
            }
        })
    }
}

impl Variable {
    fn value<'a>(self, inputs: Inputs<'a>, so_far: &'a [u8]) -> &'a [u8] {
        let colon = || inputs.salt.iter().position(|byte| *byte == b':');
        match self {
            Self::Password => inputs.password,
            Self::Salt => inputs.salt,
            Self::Salt1 => inputs.salt.get(..colon().unwrap_or(inputs.salt.len())).unwrap_or(&[]),
            Self::Salt2 => colon().and_then(|at| inputs.salt.get(at + 1..)).unwrap_or(&[]),
            Self::Username => inputs.username.as_bytes(),
            Self::Email => inputs.email.as_bytes(),
            Self::Pepper | Self::OptionalPepper => inputs.pepper,
            Self::Digest => so_far,
        }
    }
}

impl Change {
    fn apply(self, mut bytes: Bytes) -> Option<Bytes> {
        if let Self::Lower | Self::Upper | Self::Part { .. } | Self::Repeat(_) | Self::Trim = self {
            self.in_place(&mut bytes);
            return Some(bytes);
        }
        let text = || std::str::from_utf8(&bytes).ok();
        let of = |text: String| text.into_bytes();
        Some(Zeroizing::new(match self {
            Self::Hex => of(encoding::hex(&bytes, false)),
            Self::UpperHex => of(encoding::hex(&bytes, true)),
            Self::Base64 => of(STANDARD.encode(&bytes)),
            Self::BcryptBase64 => of(encoding::BCRYPT.encode(&bytes)),
            Self::FromHex => encoding::from_hex(text()?)?,
            Self::FromBase64 => encoding::from_base64(text()?)?,
            Self::UnicodeUpper => of(text()?.to_uppercase()),
            Self::Utf16Le => text()?.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => text()?.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Widen => bytes.iter().flat_map(|byte| [*byte, 0]).collect(),
            Self::Latin1 => {
                let narrow: Result<Vec<u8>, _> =
                    text()?.chars().map(|c| u8::try_from(u32::from(c))).collect();
                narrow.unwrap_or_else(|_| bytes.to_vec())
            }
            Self::Realm => {
                let text = text()?;
                let (name, realm) = text.split_once('@').unwrap_or((text, ""));
                of(format!("{name}:{realm}"))
            }
            Self::Nfc => of(text()?.nfc().collect()),
            Self::Nfkc => of(text()?.nfkc().collect()),
            Self::Saslprep => {
                let text = text()?;
                stringprep::saslprep(text).map_or_else(|_| bytes.to_vec(), |it| of(it.into_owned()))
            }
            _ => return None,
        }))
    }

    fn in_place(self, bytes: &mut Bytes) {
        match self {
            Self::Lower => bytes.make_ascii_lowercase(),
            Self::Upper => bytes.make_ascii_uppercase(),
            Self::Part { start, length } => {
                bytes.truncate(start.saturating_add(length));
                let start = start.min(bytes.len());
                bytes.drain(..start);
            }
            Self::Repeat(length) if !bytes.is_empty() => {
                let once = Zeroizing::new(bytes.to_vec());
                bytes.clear();
                bytes.extend(once.iter().cycle().take(length));
            }
            Self::Trim => {
                let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0 | 11);
                while bytes.last().is_some_and(blank) {
                    bytes.pop();
                }
                let blanks = bytes.iter().take_while(|byte| blank(byte)).count();
                bytes.drain(..blanks);
            }
            _ => {}
        }
    }
}
