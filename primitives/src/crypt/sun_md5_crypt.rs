//! Solaris's MD5 crypt (`$md5$`), after the description by its author, Alec Muffett: in each round a
//! bit drawn from the digest decides whether a soliloquy of 1.5 KB is hashed as well.

use md5::{Digest, Md5};
use zeroize::Zeroizing;

use super::md5_crypt::ORDER;
use super::{DigestText, base64};

/// Rounds that are not told in the stored form.
const BASE_ROUNDS: u32 = 4096;
/// Hamlet III.1 in Project Gutenberg's edition, and the NUL that ended it in C.
const SOLILOQUY: &[u8] = concat!(include_str!("hamlet.txt"), "\0").as_bytes();

/// Sun's MD5 crypt: 22 letters. `setting` is the stored text that stands before the digest, without
/// the last `$`; `rounds` is what it tells, 0 when it tells none.
#[must_use]
pub fn sun_md5_crypt(password: &[u8], setting: &[u8], rounds: u32) -> DigestText {
    let first = Md5::new_with_prefix(password).chain_update(setting).finalize();
    let mut digest = Zeroizing::new(<[u8; 16]>::from(first));
    for round in 0..BASE_ROUNDS.saturating_add(rounds) {
        let mut hash = Md5::new_with_prefix(*digest);
        if heads(&digest, round) {
            hash.update(SOLILOQUY);
        }
        hash.update(round.to_string());
        *digest = hash.finalize().into();
    }
    base64::little(ORDER.iter().filter_map(|place| digest.get(*place)))
}

/// The coin that is tossed in each round.
fn heads(digest: &[u8; 16], round: u32) -> bool {
    let first = drawn(digest, bit(digest, round));
    let second = drawn(digest, 8 + bit(digest, round.wrapping_add(64)));
    bit(digest, first) != bit(digest, second)
}

/// Seven bits, each drawn with two bytes of the digest as signposts.
fn drawn(digest: &[u8; 16], start: u32) -> u32 {
    (0..7).fold(0, |number, place| {
        let (near, far) = (byte(digest, start + place), byte(digest, start + place + 3));
        let chosen = byte(digest, near >> (far % 5)) >> ((far >> (near & 7)) & 1);
        number | (bit(digest, chosen) << place)
    })
}

/// The digest's byte of this number, counted round and round.
fn byte(digest: &[u8; 16], number: u32) -> u32 {
    digest.get(number as usize % digest.len()).copied().map_or(0, u32::from)
}

/// The digest's bit of this number, counted round and round.
fn bit(digest: &[u8; 16], number: u32) -> u32 {
    (byte(digest, number >> 3) >> (number & 7)) & 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From passlib's test suite (sun_md5_crypt): the digest may follow one `$` or two.
    #[test]
    fn published_digests_are_derived() {
        for (setting, rounds, password, digest) in [
            ("$md5$zrdhpMlZ$", 0, "Gpcs3_adm", "wBvMOEqbSjU.hu5T2VEP01"),
            ("$md5$RPgLF6IJ", 0, "passwd", "WTvAlUJ7MqH5xak2FMEwS/"),
            (
                "$md5,rounds=5000$10VYDzAA$",
                5000,
                "t\u{e1}\u{411}\u{2113}\u{259}",
                "1arAVtMA3trgE1qJ2V0Ez1",
            ),
        ] {
            let derived = sun_md5_crypt(password.as_bytes(), setting.as_bytes(), rounds);
            assert_eq!(str::from_utf8(&derived), Ok(digest));
        }
    }
}
