//! How schemes write bytes as text.

use base64::Engine;
use base64::alphabet::{self, Alphabet};
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_encode_padding(false)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// bcrypt's own base64. Salts by old implementations carry stray bits in their last character.
pub(super) const BCRYPT: GeneralPurpose = GeneralPurpose::new(&alphabet::BCRYPT, LENIENT);

/// passlib's "adapted" base64, which writes `.` for `+` and leaves the padding out.
pub(in crate::password) const ADAPTED: GeneralPurpose = GeneralPurpose::new(
    &match Alphabet::new("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./") {
        Ok(alphabet) => alphabet,
        Err(_) => alphabet::STANDARD,
    },
    LENIENT,
);

/// How a stored digest is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal; upper and lower case are read alike.
    Hex,
    /// Upper-case hexadecimal.
    UpperHex,
    /// Base64 with padding.
    Base64,
    /// Base64 without padding.
    Base64NoPad,
    /// URL-safe base64 with padding.
    Base64Url,
    /// passlib's base64 with `.` for `+`, without padding.
    AdaptedBase64,
    /// bcrypt's base64.
    BcryptBase64,
    /// The bytes are the text.
    Text,
}

impl Encoding {
    /// The bytes that the text stands for.
    pub(in crate::password) fn read(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex | Self::UpperHex => from_hex(text),
            Self::Base64 => STANDARD.decode(text).ok(),
            Self::Base64NoPad => STANDARD_NO_PAD.decode(text).ok(),
            Self::Base64Url => URL_SAFE.decode(text).ok(),
            Self::AdaptedBase64 => ADAPTED.decode(text).ok(),
            Self::BcryptBase64 => BCRYPT.decode(text).ok(),
            Self::Text => Some(text.as_bytes().to_vec()),
        }
    }

    /// The text that stands for the bytes; none where they are no text.
    #[must_use]
    pub fn write(self, bytes: &[u8]) -> Option<String> {
        Some(match self {
            Self::Hex => hex(bytes, false),
            Self::UpperHex => hex(bytes, true),
            Self::Base64 => STANDARD.encode(bytes),
            Self::Base64NoPad => STANDARD_NO_PAD.encode(bytes),
            Self::Base64Url => URL_SAFE.encode(bytes),
            Self::AdaptedBase64 => ADAPTED.encode(bytes),
            Self::BcryptBase64 => BCRYPT.encode(bytes),
            Self::Text => std::str::from_utf8(bytes).ok()?.to_owned(),
        })
    }

    /// How a digest of `length` bytes is written in this text, told by the text's length alone:
    /// the lengths of hexadecimal and base64 never meet.
    #[must_use]
    pub fn of(text: &str, length: usize) -> Option<Self> {
        let padded = length.div_ceil(3) * 4;
        match text.len() {
            n if n == length * 2 => Some(Self::Hex),
            n if n == padded => Some(Self::Base64),
            n if n == (length * 4).div_ceil(3) => Some(Self::Base64NoPad),
            _ => None,
        }
    }
}

/// Hexadecimal digits, two a byte.
pub(super) fn hex(bytes: &[u8], upper: bool) -> String {
    let digits: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    let digit =
        |nibble: u8| digits.get(usize::from(nibble)).map_or('0', |digit| char::from(*digit));
    let mut text = String::with_capacity(bytes.len() * 2);
    text.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    text
}

/// Bytes from hexadecimal digits of either case.
pub(in crate::password) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let nibble = |digit: &u8| char::from(*digit).to_digit(16).and_then(|n| u8::try_from(n).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut bytes = Vec::with_capacity(pairs.len());
    for [high, low] in pairs {
        bytes.push(nibble(high)? << 4 | nibble(low)?);
    }
    rest.is_empty().then_some(bytes)
}

/// Bytes from standard base64, padded or not.
pub(in crate::password) fn from_base64(text: &str) -> Option<Vec<u8>> {
    if text.ends_with('=') || text.len().is_multiple_of(4) {
        STANDARD.decode(text).ok()
    } else {
        STANDARD_NO_PAD.decode(text).ok()
    }
}

/// The same of either alphabet, as Firebase's users' files have the URL-safe one.
pub(in crate::password) fn from_any_base64(text: &str) -> Option<Vec<u8>> {
    from_base64(&text.replace('-', "+").replace('_', "/"))
}
