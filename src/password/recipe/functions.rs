//! The functions that recipes call, by the names that hashcat and PHP give them.

use super::tree::Change;
use crate::password::primitives::Digest;

/// A function of the grammar.
#[derive(Clone, Copy)]
pub(super) enum Function {
    Digest(Digest, bool),
    Hmac(Digest, bool),
    Change(Change),
    /// The raw bytes of a digest.
    Raw,
    Part,
    Left,
    Repeat,
    Iterate,
}

impl Function {
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase().replace('-', "_");
        let stripped = name.strip_suffix("_bin").or_else(|| name.strip_suffix("_raw"));
        let (base, raw) = (stripped.unwrap_or(&name), stripped.is_some());
        if let Some(digest) = Digest::named(base) {
            return Some(Self::Digest(digest, raw));
        }
        if let Some(digest) = base.strip_prefix("hmac_").and_then(Digest::named) {
            return Some(Self::Hmac(digest, raw));
        }
        Some(match name.as_str() {
            "raw" | "bin" => Self::Raw,
            "substr" | "substring" => Self::Part,
            "left" => Self::Left,
            "repeat" => Self::Repeat,
            "iterate" => Self::Iterate,
            "hex" | "bin2hex" => Self::Change(Change::Hex),
            "base64" | "base64_encode" => Self::Change(Change::Base64),
            "unhex" | "hex2bin" => Self::Change(Change::FromHex),
            "unbase64" | "base64_decode" => Self::Change(Change::FromBase64),
            "strtolower" | "mb_strtolower" | "lower" | "lc" => Self::Change(Change::UnicodeLower),
            "strtoupper" | "mb_strtoupper" | "upper" | "uc" => Self::Change(Change::UnicodeUpper),
            "ascii_lower" => Self::Change(Change::Lower),
            "ascii_upper" => Self::Change(Change::Upper),
            "addslashes" => Self::Change(Change::AddSlashes),
            "htmlspecialchars" => Self::Change(Change::Html { quotes: false }),
            "braced" => Self::Change(Change::Braced),
            "trim" => Self::Change(Change::Trim),
            "utf16le" | "utf_16le" | "ucs2" => Self::Change(Change::Utf16Le),
            "utf16be" | "utf_16be" => Self::Change(Change::Utf16Be),
            "latin1" | "utf8_decode" => Self::Change(Change::Latin1),
            "nfc" => Self::Change(Change::Nfc),
            "nfkc" => Self::Change(Change::Nfkc),
            "nfkd" => Self::Change(Change::Nfkd),
            "saslprep" => Self::Change(Change::Saslprep),
            _ => return None,
        })
    }
}
