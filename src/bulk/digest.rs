//! SHA-256 as hexadecimal digits.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Of bytes that hold no secret.
pub(super) fn hex_sha256(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
