//! yescrypt (`$y$`), gost-yescrypt (`$gy$`) and scrypt as crypt(5) spells it (`$7$`).

use hmac::{Hmac, KeyInit, Mac};
use streebog::{Digest, Streebog256};
use yescrypt::{Mode, Params};
use zeroize::Zeroizing;

use super::{DigestText, base64};

/// Length of the derived key, in bytes (43 letters).
const KEY_BYTES: usize = 32;
/// What each lane of yescrypt's own mode has beside its block.
const BOXES_BYTES: u64 = 12 * 1024;

/// What a derivation costs, read from the letters after `$y$` or `$7$`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YescryptCost {
    mode: Mode,
    /// The base-2 logarithm of N, the number of blocks.
    pub log2_blocks: u32,
    /// r, the size of a block in 128 bytes.
    pub block_size: u32,
    /// p, the number of lanes.
    pub lanes: u32,
    /// t, which makes the computation longer with the same memory.
    pub time: u32,
}

impl YescryptCost {
    /// Reads the parameters of `$y$` and `$gy$`.
    ///
    /// None when they are malformed, or name a read-only memory, an upgrade (g) or one of the
    /// flavours that no crypt(3) ever made.
    #[must_use]
    pub fn parse(parameters: &[u8]) -> Option<Self> {
        let mut rest = parameters;
        let mode = Mode::try_from(variable(&mut rest, 0)?).ok()?;
        let (log2_blocks, block_size) = (variable(&mut rest, 1)?, variable(&mut rest, 1)?);
        let present = if rest.is_empty() { 0 } else { variable(&mut rest, 1)? };
        let lanes = if present & 1 == 0 { 1 } else { variable(&mut rest, 2)? };
        let time = if present & 2 == 0 { 0 } else { variable(&mut rest, 1)? };
        (present <= 3 && rest.is_empty()).then_some(Self {
            mode,
            log2_blocks,
            block_size,
            lanes,
            time,
        })
    }

    /// Reads the eleven letters after `$7$`.
    #[must_use]
    pub fn parse_scrypt(parameters: &[u8; 11]) -> Option<Self> {
        let (log2_blocks, rest) = parameters.split_first_chunk::<1>()?;
        let (block_size, lanes) = rest.split_first_chunk::<5>()?;
        Some(Self {
            mode: Mode::Classic,
            log2_blocks: base64::decode_number(log2_blocks)?,
            block_size: base64::decode_number(block_size)?,
            lanes: base64::decode_number(lanes)?,
            time: 0,
        })
    }

    /// Memory that a derivation needs, in KiB; none beyond 32 bits.
    #[must_use]
    pub fn memory_kib(&self) -> Option<u32> {
        let blocks = 1_u64.checked_shl(self.log2_blocks)?;
        let bytes = blocks.checked_mul(128)?.checked_mul(self.block_size.into())?;
        let boxes = if self.mode.is_rw() { BOXES_BYTES } else { 0 };
        let lane = u64::from(self.block_size).checked_mul(128)?.checked_add(boxes)?;
        let lanes = lane.checked_mul(self.lanes.into())?;
        u32::try_from(bytes.checked_add(lanes)?.div_ceil(1024)).ok()
    }

    /// Whether the library takes the parameters.
    pub(crate) fn is_possible(self) -> bool {
        self.parameters().is_some()
    }

    /// The library divides by `lanes`, and takes what memory it is told to.
    fn parameters(self) -> Option<Params> {
        self.memory_kib()?;
        if self.lanes == 0 || self.log2_blocks == 0 {
            return None;
        }
        let blocks = 1_u64.checked_shl(self.log2_blocks)?;
        Params::new_with_all_params(self.mode, blocks, self.block_size, self.lanes, self.time, 0)
            .ok()
    }
}

/// yescrypt: 43 letters. `salt` is the text between the parameters and the digest.
///
/// None when the library refuses the parameters or the salt spells no bytes.
#[must_use]
pub fn yescrypt(password: &[u8], salt: &[u8], cost: YescryptCost) -> Option<DigestText> {
    derive(password, &base64::decode_little(salt)?, cost).map(|key| base64::little(&*key))
}

/// scrypt as `$7$` spells it: 43 letters. The salt is hashed as its text.
#[must_use]
pub fn scrypt_crypt(password: &[u8], salt: &[u8], cost: YescryptCost) -> Option<DigestText> {
    derive(password, salt, cost).map(|key| base64::little(&*key))
}

/// gost-yescrypt: 43 letters. `setting` is the stored text before the digest, from `$gy$` to the
/// end of the salt.
///
/// An HMAC over yescrypt's key with the hash function of GOST R 34.11-2012, itself keyed by the
/// password and the setting.
#[must_use]
pub fn gost_yescrypt(
    password: &[u8],
    setting: &[u8],
    salt: &[u8],
    cost: YescryptCost,
) -> Option<DigestText> {
    let inner = derive(password, &base64::decode_little(salt)?, cost)?;
    let key = Zeroizing::new(<[u8; 32]>::from(Streebog256::digest(password)));
    let key = streebog(&*key, setting)?;
    Some(base64::little(&*streebog(&*key, &*inner)?))
}

fn streebog(key: &[u8], message: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let keyed = Hmac::<Streebog256>::new_from_slice(key).ok()?;
    Some(Zeroizing::new(keyed.chain_update(message).finalize().into_bytes().into()))
}

fn derive(password: &[u8], salt: &[u8], cost: YescryptCost) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    yescrypt::yescrypt(password, salt, &cost.parameters()?, &mut *key).ok()?;
    Some(key)
}

/// Reads a number of yescrypt's variable length: the first letter tells how many follow. 48
/// letters stand for themselves, 8 begin two letters, 4 three, and so on.
fn variable(text: &mut &[u8], least: u32) -> Option<u32> {
    let first = letter(text)?;
    let (mut start, mut count, mut length, mut value) = (0, 48, 0, least);
    while first >= start + count {
        value = value.checked_add(count << (6 * length))?;
        start += count;
        count = if length == 0 { 8 } else { count / 2 };
        length += 1;
        if count == 0 {
            return None;
        }
    }
    value = value.checked_add((first - start) << (6 * length))?;
    for place in (0..length).rev() {
        value = value.checked_add(letter(text)? << (6 * place))?;
    }
    Some(value)
}

fn letter(text: &mut &[u8]) -> Option<u32> {
    let (first, rest) = text.split_first_chunk::<1>()?;
    *text = rest;
    base64::decode_number(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(digest: Option<DigestText>) -> String {
        String::from_utf8(digest.expect("a digest").to_vec()).expect("letters")
    }

    /// From libxcrypt's known answers (test/ka-table-gen.py).
    #[test]
    fn published_digests_are_derived() {
        let cost = YescryptCost::parse(b"j85").expect("parameters");
        let salt = b"LdJMENpBABJJ3hIHjB1Bi.";
        let derived = yescrypt(b"challenge", salt, cost);
        assert_eq!(spelled(derived), "tztDZhYuITVT0PEaLV2xqZsu.JW22Q/ydKTOvhjk2G4");
        let derived = gost_yescrypt(b"katherine", b"$gy$j85$LdJMENpBABJJ3hIHjB1Bi.", salt, cost);
        assert_eq!(spelled(derived), "K0K7U/Np0gSRNQwTz5F/Uc4urv8vuDXMsVq5g3kAHk5");
        let cost = YescryptCost::parse_scrypt(b"66..../....").expect("parameters");
        let derived = scrypt_crypt(b"DrAgOn", b"unUNunUNunUNun", cost);
        assert_eq!(spelled(derived), "We0A.oZyALXJI9Ini5aHQnlc5J013amcrV0k9Ps7tZB");
    }

    /// From the reference implementation's PARAMETERS and the crate's own table.
    #[test]
    fn parameters_are_read() {
        let read = |text: &[u8]| {
            YescryptCost::parse(text).map(|c| (c.log2_blocks, c.block_size, c.lanes, c.time))
        };
        assert_eq!(read(b"j9T"), Some((12, 32, 1, 0)));
        assert_eq!(read(b"j95.0"), Some((12, 8, 4, 0)));
        assert_eq!(read(b"j953/2"), None, "an upgraded hash");
        assert_eq!(read(b"jC559"), None, "a read-only memory");
        // N and p blocks of 1 KiB, and 12 KiB of boxes a lane.
        let memory = |text: &[u8]| YescryptCost::parse(text)?.memory_kib();
        assert_eq!(memory(b"j95.0"), Some(4096 + 4 + 4 * 12));
        assert_eq!(memory(b".95.0"), Some(4096 + 4));
        assert_eq!(read(b"j9"), None);
        assert_eq!(read(b"j9T "), None);
    }
}
