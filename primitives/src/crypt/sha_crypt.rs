//! SHA-256-crypt and SHA-512-crypt, after Ulrich Drepper's "Unix crypt using SHA-256 and SHA-512"
//! (version 0.6): `$5$` and `$6$`.
//!
//! The crate `sha-crypt` is slower than libxcrypt, so the rounds, which are all of the cost, work on
//! padded messages that are laid out once: a round writes one digest into its place and compresses.

use sha2::block_api::{compress256, compress512};
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use super::{DigestText, Key, base64};

/// The salt beyond this many bytes is ignored.
const SALT_BYTES: usize = 16;

/// The order in which the digest is spelled: three numbers a line of the specification's step 22.
const ORDER_512: [usize; 64] = [
    42, 21, 0, 1, 43, 22, 23, 2, 44, 45, 24, 3, 4, 46, 25, 26, 5, 47, 48, 27, 6, 7, 49, 28, 29, 8,
    50, 51, 30, 9, 10, 52, 31, 32, 11, 53, 54, 33, 12, 13, 55, 34, 35, 14, 56, 57, 36, 15, 16, 58,
    37, 38, 17, 59, 60, 39, 18, 19, 61, 40, 41, 20, 62, 63,
];
const ORDER_256: [usize; 32] = [
    20, 10, 0, 11, 1, 21, 2, 22, 12, 23, 13, 3, 14, 4, 24, 5, 25, 15, 26, 16, 6, 17, 7, 27, 8, 28,
    18, 29, 19, 9, 30, 31,
];

/// SHA-512-crypt: 86 letters.
#[must_use]
pub fn sha512_crypt(password: &[u8], salt: &[u8], rounds: u32) -> DigestText {
    derive::<Sha512>(password, salt, SALT_BYTES, rounds)
}

/// SHA-256-crypt: 43 letters.
#[must_use]
pub fn sha256_crypt(password: &[u8], salt: &[u8], rounds: u32) -> DigestText {
    derive::<Sha256>(password, salt, SALT_BYTES, rounds)
}

/// MySQL's `caching_sha2_password`: the same as SHA-256 with the whole of a longer salt.
#[must_use]
pub fn caching_sha2(password: &[u8], salt: &[u8], rounds: u32) -> DigestText {
    derive::<Sha256>(password, salt, salt.len(), rounds)
}

/// What the rounds need of a hash beyond [`Digest`].
trait Rounds: Digest {
    /// Bytes of a block.
    const BLOCK: usize;
    /// Bytes of the message length at a message's end.
    const LENGTH: usize;
    /// Where each byte of the spelled digest comes from.
    const ORDER: &'static [usize];
    /// Hashes whole blocks, padding included.
    fn compress(padded: &[u8], digest: &mut [u8]);
}

impl Rounds for Sha512 {
    const BLOCK: usize = 128;
    const LENGTH: usize = 16;
    const ORDER: &'static [usize] = &ORDER_512;

    fn compress(padded: &[u8], digest: &mut [u8]) {
        // FIPS 180-4 section 5.3.5.
        let mut state = [
            0x6a09_e667_f3bc_c908,
            0xbb67_ae85_84ca_a73b,
            0x3c6e_f372_fe94_f82b,
            0xa54f_f53a_5f1d_36f1,
            0x510e_527f_ade6_82d1,
            0x9b05_688c_2b3e_6c1f,
            0x1f83_d9ab_fb41_bd6b,
            0x5be0_cd19_137e_2179,
        ];
        compress512(&mut state, padded.as_chunks().0);
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = u64::to_be_bytes(word);
        }
    }
}

impl Rounds for Sha256 {
    const BLOCK: usize = 64;
    const LENGTH: usize = 8;
    const ORDER: &'static [usize] = &ORDER_256;

    fn compress(padded: &[u8], digest: &mut [u8]) {
        // FIPS 180-4 section 5.3.3.
        let mut state = [
            0x6a09_e667,
            0xbb67_ae85,
            0x3c6e_f372,
            0xa54f_f53a,
            0x510e_527f,
            0x9b05_688c,
            0x1f83_d9ab,
            0x5be0_cd19,
        ];
        compress256(&mut state, padded.as_chunks().0);
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = u32::to_be_bytes(word);
        }
    }
}

/// Steps 1 to 22 of the specification.
fn derive<H: Rounds>(password: &[u8], salt: &[u8], most: usize, rounds: u32) -> DigestText {
    let salt = salt.get(..most).unwrap_or(salt);
    let both = H::new_with_prefix(password).chain_update(salt).chain_update(password).finalize();
    let mut mixed = H::new_with_prefix(password).chain_update(salt);
    mixed.update(stretched(&both, password.len()));
    // One step a bit of the length, lowest first, without leading zeros.
    let mut length = password.len();
    while length > 0 {
        mixed.update(if length & 1 == 1 { &both[..] } else { password });
        length >>= 1;
    }
    let mut digest = Zeroizing::new(mixed.finalize().to_vec());

    let mut of_password = H::new();
    (0..password.len()).for_each(|_| of_password.update(password));
    let of_password = stretched(&of_password.finalize(), password.len());
    let mut of_salt = H::new();
    let repeats = 16 + digest.first().copied().map_or(0, usize::from);
    (0..repeats).for_each(|_| of_salt.update(salt));
    let of_salt = stretched(&of_salt.finalize(), salt.len());

    run::<H>(&mut digest, &of_password, &of_salt, rounds);
    base64::little(H::ORDER.iter().filter_map(|place| digest.get(*place)))
}

/// A digest repeated to a length.
fn stretched(digest: &[u8], length: usize) -> Key {
    Zeroizing::new(digest.iter().copied().cycle().take(length).collect())
}

/// Step 21. A round's message depends on its number only by the remainders to 2, 3 and 7.
fn run<H: Rounds>(digest: &mut [u8], password: &[u8], salt: &[u8], rounds: u32) {
    let mut messages: [Message; 8] =
        std::array::from_fn(|kind| Message::new::<H>(kind, password, salt));
    for round in 0..rounds {
        let kind =
            (round & 1) | (u32::from(round % 3 != 0) << 1) | (u32::from(round % 7 != 0) << 2);
        if let Some(message) = messages.get_mut(kind as usize) {
            message.hash::<H>(digest);
        }
    }
}

/// A padded message with a place for the digest of the round before.
struct Message {
    padded: Key,
    place: usize,
}

impl Message {
    /// The message of the rounds that are odd (bit 0), no multiple of 3 (bit 1) or of 7 (bit 2).
    fn new<H: Rounds>(kind: usize, password: &[u8], salt: &[u8]) -> Self {
        let digest = vec![0; <H as Digest>::output_size()];
        let (odd, with_salt, with_password) = (kind & 1 != 0, kind & 2 != 0, kind & 4 != 0);
        let mut padded = Key::default();
        let place = if odd {
            password.len() + inner(with_salt, salt) + inner(with_password, password)
        } else {
            0
        };
        padded.extend_from_slice(if odd { password } else { &digest });
        if with_salt {
            padded.extend_from_slice(salt);
        }
        if with_password {
            padded.extend_from_slice(password);
        }
        padded.extend_from_slice(if odd { &digest } else { password });
        let bits = padded.len() as u64 * 8;
        padded.push(0x80);
        let whole = (padded.len() + H::LENGTH).next_multiple_of(H::BLOCK);
        padded.resize(whole - size_of::<u64>(), 0);
        padded.extend_from_slice(&bits.to_be_bytes());
        Self { padded, place }
    }

    fn hash<H: Rounds>(&mut self, digest: &mut [u8]) {
        if let Some(place) = self.padded.get_mut(self.place..self.place + digest.len()) {
            place.copy_from_slice(digest);
        }
        H::compress(&self.padded, digest);
    }
}

fn inner(present: bool, part: &[u8]) -> usize {
    if present { part.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of Drepper's specification, as libxcrypt 4.4.33 has them.
    #[test]
    fn published_digests_are_derived() {
        for (salt, rounds, password, digest) in [
            (
                "saltstring",
                5000,
                "Hello world!",
                "svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
            ),
            (
                "saltstringsaltstring",
                10_000,
                "Hello world!",
                "OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
            ),
            (
                "toolongsaltstring",
                5000,
                "This is just a test",
                "lQ8jolhgVRVhY4b5pZKaysCLi0QBxGoNeKQzQ3glMhwllF7oGDZxUhx1yxdYcz/e1JSbq3y6JMxxl8audkUEm0",
            ),
            (
                "anotherlongsaltstring",
                1400,
                "a very much longer text to encrypt.  This one even stretches over morethan one line.",
                "POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmLs66x9t0oSwbtEW7o7UmJEiDwGqd8p4ur1",
            ),
            (
                "short",
                77_777,
                "we have a short salt string but not a short password",
                "WuQyW2YR.hBNpjjRhpYD/ifIw05xdfeEyQoMxIXbkvr0gge1a1x3yRULJ5CCaUeOxFmtlcGZelFl5CxtgfiAc0",
            ),
        ] {
            let derived = sha512_crypt(password.as_bytes(), salt.as_bytes(), rounds);
            assert_eq!(str::from_utf8(&derived), Ok(digest));
        }
        for (salt, rounds, password, digest) in [
            ("saltstring", 1000, "Hello world!", "z/y8l95GSjij6uHx2xAJer7YCODLtrhIxItWC13D4g5"),
            (
                "saltstringsaltstring",
                10_000,
                "Hello world!",
                "3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA",
            ),
        ] {
            let derived = sha256_crypt(password.as_bytes(), salt.as_bytes(), rounds);
            assert_eq!(str::from_utf8(&derived), Ok(digest));
        }
    }
}
