//! From a recipe and its inputs to bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use narrowgate_primitives::lanes::Bcrypt;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::cost::MAX_VALUE_BYTES;
use super::encoding;
use super::tree::{Change, Recipe, Variable};
use crate::password::primitives::{Kdf, bcrypt};

/// Bytes that wipe themselves: every intermediate value says something about the password. They are
/// given their full size at once, since what grows leaves copies behind. What a library keeps while it works
/// is the library's: the state of a digest, the text that Unicode's changes of case and SASLprep build.
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

impl Inputs<'_> {
    /// Nothing at all: what is not known of a row is taken for empty.
    pub(in crate::password) const NONE: Inputs<'static> =
        Inputs { password: &[], salt: &[], username: "", email: "", pepper: &[] };
}

/// How far a recipe could be followed.
pub(in crate::password) enum Followed {
    /// To its end; none where a text is not in the encoding that a step reads, or a library
    /// refuses its parameters.
    Done(Option<Bytes>),
    /// To a bcrypt, whose digest comes next.
    Bcrypt(Bcrypt),
}

impl Recipe {
    /// Follows the recipe; none when a text is not in the encoding that a step reads, or a
    /// library refuses its parameters.
    #[must_use]
    pub(crate) fn evaluate(&self, inputs: Inputs<'_>) -> Option<Bytes> {
        Evaluation { inputs, company: None }.step(self, &[])
    }

    /// Follows the recipe to the first bcrypt whose digest is not among `known`, which holds those
    /// of earlier calls in their order: so that somebody else can compute it beside others.
    pub(in crate::password) fn follow(&self, inputs: Inputs<'_>, known: &[Bytes]) -> Followed {
        let company = Company { known, met: 0, wanted: None };
        let mut evaluation = Evaluation { inputs, company: Some(company) };
        let made = evaluation.step(self, &[]);
        match evaluation.company.and_then(|company| company.wanted) {
            Some(bcrypt) => Followed::Bcrypt(bcrypt),
            None => Followed::Done(made),
        }
    }

    /// How many digests [`Recipe::follow`] asks for. What is repeated is derived where it stands.
    pub(in crate::password) fn bcrypts(&self) -> usize {
        match self {
            Self::Variable(_) | Self::Constant(_) | Self::Iterate { .. } => 0,
            Self::Join(parts) => parts.iter().map(Self::bcrypts).sum(),
            Self::Change(_, of) | Self::Digest(_, of) => of.bcrypts(),
            Self::Hmac { key, message, .. } => key.bcrypts() + message.bcrypts(),
            Self::Derive { kdf, password, salt, .. } => {
                let own = usize::from(matches!(kdf, Kdf::Bcrypt { .. }));
                password.bcrypts() + salt.bcrypts() + own
            }
        }
    }
}

struct Evaluation<'a> {
    inputs: Inputs<'a>,
    company: Option<Company<'a>>,
}

/// The digests of bcrypt that others compute.
struct Company<'a> {
    known: &'a [Bytes],
    /// How many bcrypts were met so far.
    met: usize,
    wanted: Option<Bcrypt>,
}

impl Evaluation<'_> {
    /// What a step makes; none also where it is longer than any value should be.
    fn step(&mut self, recipe: &Recipe, so_far: &[u8]) -> Option<Bytes> {
        self.made(recipe, so_far).filter(|bytes| bytes.len() <= MAX_VALUE_BYTES)
    }

    fn made(&mut self, recipe: &Recipe, so_far: &[u8]) -> Option<Bytes> {
        Some(match recipe {
            Recipe::Variable(variable) => {
                Zeroizing::new(variable.value(self.inputs, so_far).to_vec())
            }
            Recipe::Constant(bytes) => Zeroizing::new(bytes.to_vec()),
            Recipe::Join(parts) => {
                let parts: Option<Vec<_>> = parts.iter().map(|it| self.step(it, so_far)).collect();
                let parts = parts?;
                let length = parts.iter().map(|part| part.len()).sum();
                let mut joined = Zeroizing::new(Vec::with_capacity(length));
                for part in &parts {
                    joined.extend_from_slice(part);
                }
                joined
            }
            Recipe::Change(change, of) => change.apply(self.step(of, so_far)?)?,
            Recipe::Digest(digest, of) => digest.of(&self.step(of, so_far)?),
            Recipe::Hmac { digest, key, message } => {
                digest.hmac(&self.step(key, so_far)?, &self.step(message, so_far)?)?
            }
            Recipe::Derive { kdf, password, salt, length } => {
                if let Some(digest) = self.known(recipe) {
                    return Some(Zeroizing::new(digest.get(..*length)?.to_vec()));
                }
                let (password, salt) = (self.step(password, so_far)?, self.step(salt, so_far)?);
                match (&mut self.company, kdf) {
                    (Some(company), Kdf::Bcrypt { variant, cost }) => {
                        let salt = salt.as_slice().try_into().ok()?;
                        company.wanted = bcrypt(*variant, *cost, &password, salt);
                        return None;
                    }
                    _ => kdf.derive(&password, &salt, *length)?,
                }
            }
            Recipe::Iterate { first, step, count } => {
                let company = self.company.take();
                let mut digest = self.step(first, so_far)?;
                for _ in 0..*count {
                    digest = self.step(step, &digest)?;
                }
                self.company = company;
                digest
            }
        })
    }

    /// The digest of this derivation, if others computed it. What stands inside it came before it.
    fn known(&mut self, derivation: &Recipe) -> Option<&Bytes> {
        let Recipe::Derive { kdf: Kdf::Bcrypt { .. }, .. } = derivation else { return None };
        let company = self.company.as_mut()?;
        let met = company.met + derivation.bcrypts();
        let digest = company.known.get(met.checked_sub(1)?)?;
        company.met = met;
        Some(digest)
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
        let own = |text: String| Zeroizing::new(text.into_bytes());
        let most = self.grown(bytes.len());
        Some(match self {
            Self::Hex => own(encoding::hex(&bytes, false)),
            Self::UpperHex => own(encoding::hex(&bytes, true)),
            Self::Base64 => own(STANDARD.encode(&bytes)),
            Self::BcryptBase64 => own(encoding::BCRYPT.encode(&bytes)),
            Self::FromHex => Zeroizing::new(encoding::from_hex(text()?)?),
            Self::FromBase64 => Zeroizing::new(encoding::from_base64(text()?)?),
            Self::UnicodeLower => own(text()?.to_lowercase()),
            Self::UnicodeUpper => own(text()?.to_uppercase()),
            Self::AddSlashes => collected(most, bytes.iter().flat_map(|byte| slashed(*byte))),
            Self::Html { quotes } => {
                collected(most, bytes.iter().flat_map(|byte| html(*byte, quotes)))
            }
            Self::Utf16Le => collected(most, text()?.encode_utf16().flat_map(u16::to_le_bytes)),
            Self::Utf16Be => collected(most, text()?.encode_utf16().flat_map(u16::to_be_bytes)),
            Self::Widen => collected(most, bytes.iter().flat_map(|byte| [*byte, 0])),
            Self::Latin1 => {
                let narrow = |c: char| u8::try_from(u32::from(c)).ok();
                if text()?.chars().any(|c| narrow(c).is_none()) {
                    return Some(bytes);
                }
                collected(most, text()?.chars().filter_map(narrow))
            }
            Self::Realm => {
                let text = text()?;
                let (name, realm) = text.split_once('@').unwrap_or((text, ""));
                collected(most, [name, ":", realm].into_iter().flat_map(str::bytes))
            }
            // As PHP sees what is empty.
            Self::Braced if matches!(bytes.as_slice(), b"" | b"0") => Zeroizing::default(),
            Self::Braced => {
                let parts: [&[u8]; 3] = [b"{", &bytes, b"}"];
                collected(most, parts.into_iter().flatten().copied())
            }
            Self::Nfc => own(written(most, text()?.nfc())),
            Self::Nfkc => own(written(most, text()?.nfkc())),
            Self::Nfkd => own(written(most, text()?.nfkd())),
            Self::Saslprep => {
                let prepared = stringprep::saslprep(text()?).ok().map(|it| own(it.into_owned()));
                let Some(prepared) = prepared else { return Some(bytes) };
                prepared
            }
            _ => return None,
        })
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
                *bytes = collected(length, bytes.iter().copied().cycle().take(length));
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

/// Bytes in a room for as many as they are at most.
fn collected(most: usize, bytes: impl Iterator<Item = u8>) -> Bytes {
    let mut all = Zeroizing::new(Vec::with_capacity(most));
    all.extend(bytes);
    all
}

/// The same of letters.
fn written(most: usize, letters: impl Iterator<Item = char>) -> String {
    let mut text = String::with_capacity(most);
    text.extend(letters);
    text
}

/// A byte, with a backslash before it where PHP's `addslashes` puts one. (A NUL, which it changes
/// as well, is in no password.)
fn slashed(byte: u8) -> impl Iterator<Item = u8> {
    matches!(byte, b'\'' | b'"' | b'\\').then_some(b'\\').into_iter().chain([byte])
}

/// A byte as PHP's `htmlspecialchars` writes it.
fn html(byte: u8, quotes: bool) -> impl Iterator<Item = u8> {
    let (entity, own): (&[u8], _) = match byte {
        b'&' => (b"&amp;", None),
        b'<' => (b"&lt;", None),
        b'>' => (b"&gt;", None),
        b'"' => (b"&quot;", None),
        b'\'' if quotes => (b"&#039;", None),
        _ => (b"", Some(byte)),
    };
    entity.iter().copied().chain(own)
}
