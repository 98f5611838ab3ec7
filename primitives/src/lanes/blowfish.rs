//! Blowfish under bcrypt's costly key schedule, for several keys side by side.
//!
//! One computation is a chain of loads, each of which waits for the one before: alone it leaves most of a core idle.
//! Every step here is written over `N` lanes, so that the processor works on the others meanwhile.
#![allow(
    clippy::indexing_slicing,
    reason = "an index is a byte into 256 words, or counts lanes or words of an array"
)]

use std::hint::black_box;

use zeroize::{Zeroize, Zeroizing};

use super::digits::{P, S};

/// More than six states no longer fit the first cache and the registers: eight are slower than six.
pub const SEATS: usize = 6;

/// `OrpheanBeholderScryDoubt`, which is encrypted in the end (Provos and Mazières, 1999).
const TEXT: [u32; 6] =
    [0x4f72_7068, 0x6561_6e42, 0x6568_6f6c, 0x6465_7253, 0x6372_7944, 0x6f75_6274];

/// The state of one computation. It wipes itself.
#[derive(Clone)]
pub(super) struct Lane {
    p: [u32; 18],
    s: [[u32; 256]; 4],
    /// What is mixed into `p`, in turns.
    key: [u32; 18],
    salt: [u32; 18],
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl Lane {
    /// A lane with nothing in it.
    pub(super) const fn empty() -> Self {
        Self { p: [0; 18], s: [[0; 256]; 4], key: [0; 18], salt: [0; 18] }
    }

    /// Forgets what was computed.
    pub(super) fn wipe(&mut self) {
        self.p.zeroize();
        self.s.zeroize();
        self.key.zeroize();
        self.salt.zeroize();
    }

    /// Begins: the bytes of the key are repeated to 18 words, those of the salt too.
    pub(super) fn begin(&mut self, key: &[u8], salt: [u8; 16]) {
        (self.p, self.s) = (P, S);
        self.key = words(key);
        self.salt = words(&salt);
        self.expand_with_salt();
    }

    /// The first expansion, which the salt takes part in.
    fn expand_with_salt(&mut self) {
        for (word, key) in self.p.iter_mut().zip(self.key) {
            *word ^= key;
        }
        let (mut left, mut right) = ([0], [0]);
        let salt = [self.salt[0], self.salt[1], self.salt[2], self.salt[3]];
        for pair in 0..9 + 512 {
            let half = 2 * (pair % 2);
            left[0] ^= salt[half];
            right[0] ^= salt[half + 1];
            encipher(std::array::from_ref(self), &mut left, &mut right);
            let table: &mut [u32] = if pair < 9 {
                &mut self.p[2 * pair..2 * pair + 2]
            } else {
                let at = 2 * (pair - 9);
                &mut self.s[at / 256][at % 256..at % 256 + 2]
            };
            table.copy_from_slice(&[left[0], right[0]]);
        }
    }

    /// What is stored in the end: 24 bytes.
    pub(super) fn finish(&self) -> Zeroizing<Vec<u8>> {
        let mut text = TEXT;
        for pair in text.chunks_exact_mut(2) {
            let (mut left, mut right) = ([pair[0]], [pair[1]]);
            for _ in 0..64 {
                encipher(std::array::from_ref(self), &mut left, &mut right);
            }
            pair.copy_from_slice(&[left[0], right[0]]);
        }
        Zeroizing::new(text.into_iter().flat_map(u32::to_be_bytes).collect())
    }
}

/// Big-endian words of the bytes, over and over again.
fn words(bytes: &[u8]) -> [u32; 18] {
    let mut bytes = bytes.iter().cycle();
    std::array::from_fn(|_| {
        bytes.by_ref().take(4).fold(0, |word, byte| word << 8 | u32::from(*byte))
    })
}

/// Mixes in the keys and the salts of the first so many lanes, `times` over.
///
/// Not generic, so that it is compiled here: whoever calls it may be built for debugging.
pub(super) fn expand_first(lanes: &mut [Lane], number: usize, times: u32) {
    match number {
        1 => expand::<1>(lanes, times),
        2 => expand::<2>(lanes, times),
        3 => expand::<3>(lanes, times),
        4 => expand::<4>(lanes, times),
        5 => expand::<5>(lanes, times),
        _ => expand::<SEATS>(lanes, times),
    }
}

fn expand<const N: usize>(lanes: &mut [Lane], times: u32) {
    let Some(lanes) = lanes.first_chunk_mut::<N>() else { return };
    for _ in 0..times {
        expand_by(lanes, |lane| lane.key);
        expand_by(lanes, |lane| lane.salt);
    }
}

fn expand_by<const N: usize>(lanes: &mut [Lane; N], key: impl Fn(&Lane) -> [u32; 18]) {
    for lane in lanes.iter_mut() {
        let key = key(lane);
        for (word, key) in lane.p.iter_mut().zip(key) {
            *word ^= key;
        }
    }
    let (mut left, mut right) = ([0; N], [0; N]);
    for pair in 0..9 {
        encipher(lanes, &mut left, &mut right);
        for k in 0..N {
            lanes[k].p[2 * pair] = left[k];
            lanes[k].p[2 * pair + 1] = right[k];
        }
    }
    for table in 0..4 {
        for pair in 0..128 {
            encipher(lanes, &mut left, &mut right);
            for k in 0..N {
                lanes[k].s[table][2 * pair] = left[k];
                lanes[k].s[table][2 * pair + 1] = right[k];
            }
        }
    }
}

/// Encrypts one block a lane.
#[allow(clippy::inline_always, reason = "a call a round would cost more than the round")]
#[inline(always)]
fn encipher<const N: usize>(lanes: &[Lane; N], left: &mut [u32; N], right: &mut [u32; N]) {
    for k in 0..N {
        left[k] ^= lanes[k].p[0];
    }
    half::<1, N>(lanes, left, right);
    half::<2, N>(lanes, right, left);
    half::<3, N>(lanes, left, right);
    half::<4, N>(lanes, right, left);
    half::<5, N>(lanes, left, right);
    half::<6, N>(lanes, right, left);
    half::<7, N>(lanes, left, right);
    half::<8, N>(lanes, right, left);
    half::<9, N>(lanes, left, right);
    half::<10, N>(lanes, right, left);
    half::<11, N>(lanes, left, right);
    half::<12, N>(lanes, right, left);
    half::<13, N>(lanes, left, right);
    half::<14, N>(lanes, right, left);
    half::<15, N>(lanes, left, right);
    half::<16, N>(lanes, right, left);
    for k in 0..N {
        (left[k], right[k]) = (right[k] ^ lanes[k].p[17], left[k]);
    }
}

/// One round of Blowfish in every lane.
#[allow(clippy::inline_always, reason = "a call a round would cost more than the round")]
#[inline(always)]
fn half<const ROUND: usize, const N: usize>(lanes: &[Lane; N], from: &[u32; N], to: &mut [u32; N]) {
    for k in 0..N {
        let mut other = to[k] ^ lanes[k].p[ROUND];
        // Else the compiler puts this at the end of the chain. Where the lanes fill the core, it only costs.
        if N <= 4 {
            other = black_box(other);
        }
        // Not `to_be_bytes`, which would turn the word around first: it is a step of the chain.
        let word = from[k] as usize;
        let (a, b, c, d) = (word >> 24, (word >> 16) & 0xff, (word >> 8) & 0xff, word & 0xff);
        let [s0, s1, s2, s3] = &lanes[k].s;
        let mixed = (s0[a].wrapping_add(s1[b]) ^ s2[c]).wrapping_add(s3[d]);
        to[k] = other ^ mixed;
    }
}
