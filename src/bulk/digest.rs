//! SHA-256 and bytes as hexadecimal digits.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Of bytes that hold no secret.
pub(super) fn hex_sha256(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes))
}

/// Two digits a byte.
pub(super) fn hex(bytes: impl IntoIterator<Item = u8>) -> String {
    let mut text = String::with_capacity(64);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
