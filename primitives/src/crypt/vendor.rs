//! Digests of systems that hashed in a way of their own.

use md5::block_api::compress;
use md5::{Digest, Md5};
use zeroize::{Zeroize, Zeroizing};

use super::Key;
use super::des::Des;

/// The letters of code page 437 above ASCII, which LAN Manager's passwords were encoded in.
const CODE_PAGE_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// LAN Manager's hash: two DES keys of 7 bytes each from the password in capitals. None when the
/// password has a letter that code page 437 lacks.
#[must_use]
pub fn lan_manager(password: &str) -> Option<[u8; 16]> {
    let mut bytes = Key::default();
    for letter in password.chars().flat_map(char::to_uppercase) {
        bytes.push(match u8::try_from(letter) {
            Ok(ascii @ ..0x80) => ascii,
            _ => u8::try_from(0x80 + CODE_PAGE_437.chars().position(|known| known == letter)?)
                .ok()?,
        });
    }
    bytes.resize(14, 0);
    let (keys, _) = bytes.as_chunks::<7>();
    let mut digest = [0; 16];
    for (half, key) in digest.as_chunks_mut().0.iter_mut().zip(keys) {
        *half = Des::new(spread(*key)).encrypt(u64::from_be_bytes(*b"KGS!@#$%")).to_be_bytes();
    }
    Some(digest)
}

/// 56 bits in groups of seven, each followed by a parity bit.
fn spread(key: [u8; 7]) -> u64 {
    let bits = key.iter().fold(0, |bits, byte| (bits << 8) | u64::from(*byte));
    (0..8).fold(0, |spread, group| (spread << 8) | (((bits >> (49 - 7 * group)) & 0x7f) << 1))
}

/// MySQL's `OLD_PASSWORD()`, which is `PASSWORD()` before 4.1: blanks and tabs do not count.
#[must_use]
pub fn mysql_old_password(password: &[u8]) -> [u8; 8] {
    let (mut high, mut low, mut sum) = (1_345_345_333_u32, 0x1234_5671_u32, 7_u32);
    for byte in password.iter().filter(|byte| !matches!(byte, b' ' | b'\t')) {
        let byte = u32::from(*byte);
        high ^= ((high & 63).wrapping_add(sum)).wrapping_mul(byte).wrapping_add(high << 8);
        low = low.wrapping_add((low << 8) ^ high);
        sum = sum.wrapping_add(byte);
    }
    let halves = (u64::from(high & 0x7fff_ffff) << 32) | u64::from(low & 0x7fff_ffff);
    halves.to_be_bytes()
}

/// Dovecot's CRAM-MD5: where MD5 stands behind the first block of either part of an HMAC (RFC 2104)
/// whose key is the password, the outer part first.
#[must_use]
pub fn cram_md5(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 64];
    match key.get_mut(..password.len()) {
        Some(start) => start.copy_from_slice(password),
        None => key.first_chunk_mut().into_iter().for_each(|start: &mut [u8; 16]| {
            *start = Md5::digest(password).into();
        }),
    }
    let state = |pad: u8| {
        // MD5's first state (RFC 1321 section 3.3).
        let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
        compress(&mut state, &[key.map(|byte| byte ^ pad)]);
        state.into_iter().flat_map(u32::to_le_bytes)
    };
    let mut both = state(0x5c).chain(state(0x36));
    let digest = std::array::from_fn(|_| both.next().unwrap_or_default());
    key.zeroize();
    digest
}

/// Oracle's hash up to 10g: the last block of DES-CBC over name and password in capitals and
/// UTF-16, with a fixed key and then with the last block as the key.
#[must_use]
pub fn oracle10(user: &str, password: &str) -> [u8; 8] {
    let capitals: Zeroizing<String> =
        Zeroizing::new(user.chars().chain(password.chars()).flat_map(char::to_uppercase).collect());
    let mut bytes: Key =
        Zeroizing::new(capitals.encode_utf16().flat_map(u16::to_be_bytes).collect());
    let whole = bytes.len().next_multiple_of(8);
    bytes.resize(whole, 0);
    let last_block = |key: u64| {
        let des = Des::new(key);
        let blocks = bytes.as_chunks().0.iter().map(|block| u64::from_be_bytes(*block));
        blocks.fold(0, |before, block| des.encrypt(before ^ block))
    };
    last_block(last_block(0x0123_4567_89ab_cdef)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From passlib's test suite (lmhash, mysql323, oracle10).
    #[test]
    fn published_digests_are_derived() {
        for (password, digest) in [
            ("OLDPASSWORD", 0xc9b8_1d93_9d6f_d80c_d408_e6b1_0574_1864_u128),
            ("encyclop\u{e6}dia", 0xfed6_416b_ffc9_750d_4846_2b9d_7aaa_c065),
        ] {
            assert_eq!(lan_manager(password).map(u128::from_be_bytes), Some(digest));
        }
        assert_eq!(lan_manager("\u{4e00}"), None);
        assert_eq!(u64::from_be_bytes(mysql_old_password(b"drew")), 0x697a_7de8_7c53_90b2);
        assert_eq!(u64::from_be_bytes(oracle10("scott", "tiger")), 0xf894_844c_3440_2b67);
    }
}
