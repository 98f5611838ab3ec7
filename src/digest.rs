//! A digest as it is written where people and programs compare it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// The letters in base64 that are written: 132 bits.
const LETTERS: usize = 22;

/// The beginning of a digest.
pub(crate) fn written(digest: &[u8; 32]) -> String {
    let mut text = STANDARD_NO_PAD.encode(digest);
    text.truncate(LETTERS);
    text
}
