//! DES (FIPS 46-3) with crypt(3)'s salt, which swaps outputs of the expansion E. The crate `des`
//! has no salt.
//!
//! A block is a `u64` whose highest bit is the standard's bit 1; 48-bit values are two halves of
//! 24 bits.

use zeroize::Zeroize;

type Halves = [u32; 2];

/// PC-1, PC-2, IP, FP and P list, for each output bit, the number of its input bit (from 1).
const PC1: [u8; 56] = [
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60,
    52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29,
    21, 13, 5, 28, 20, 12, 4,
];
const PC2: [u8; 48] = [
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52,
    31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const IP: [u8; 64] = [
    58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6,
    64, 56, 48, 40, 32, 24, 16, 8, 57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61,
    53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
];
const FP: [u8; 64] = [
    40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30,
    37, 5, 45, 13, 53, 21, 61, 29, 36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27,
    34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49, 17, 57, 25,
];
const P: [u8; 32] = [
    16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19,
    13, 30, 6, 22, 11, 4, 25,
];
const SHIFTS: [u32; 16] = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
/// The eight S-boxes, row by row.
const S: [[u8; 64]; 8] = [
    [
        14, 4, 13, 1, 2, 15, 11, 8, 3, 10, 6, 12, 5, 9, 0, 7, 0, 15, 7, 4, 14, 2, 13, 1, 10, 6, 12,
        11, 9, 5, 3, 8, 4, 1, 14, 8, 13, 6, 2, 11, 15, 12, 9, 7, 3, 10, 5, 0, 15, 12, 8, 2, 4, 9,
        1, 7, 5, 11, 3, 14, 10, 0, 6, 13,
    ],
    [
        15, 1, 8, 14, 6, 11, 3, 4, 9, 7, 2, 13, 12, 0, 5, 10, 3, 13, 4, 7, 15, 2, 8, 14, 12, 0, 1,
        10, 6, 9, 11, 5, 0, 14, 7, 11, 10, 4, 13, 1, 5, 8, 12, 6, 9, 3, 2, 15, 13, 8, 10, 1, 3, 15,
        4, 2, 11, 6, 7, 12, 0, 5, 14, 9,
    ],
    [
        10, 0, 9, 14, 6, 3, 15, 5, 1, 13, 12, 7, 11, 4, 2, 8, 13, 7, 0, 9, 3, 4, 6, 10, 2, 8, 5,
        14, 12, 11, 15, 1, 13, 6, 4, 9, 8, 15, 3, 0, 11, 1, 2, 12, 5, 10, 14, 7, 1, 10, 13, 0, 6,
        9, 8, 7, 4, 15, 14, 3, 11, 5, 2, 12,
    ],
    [
        7, 13, 14, 3, 0, 6, 9, 10, 1, 2, 8, 5, 11, 12, 4, 15, 13, 8, 11, 5, 6, 15, 0, 3, 4, 7, 2,
        12, 1, 10, 14, 9, 10, 6, 9, 0, 12, 11, 7, 13, 15, 1, 3, 14, 5, 2, 8, 4, 3, 15, 0, 6, 10, 1,
        13, 8, 9, 4, 5, 11, 12, 7, 2, 14,
    ],
    [
        2, 12, 4, 1, 7, 10, 11, 6, 8, 5, 3, 15, 13, 0, 14, 9, 14, 11, 2, 12, 4, 7, 13, 1, 5, 0, 15,
        10, 3, 9, 8, 6, 4, 2, 1, 11, 10, 13, 7, 8, 15, 9, 12, 5, 6, 3, 0, 14, 11, 8, 12, 7, 1, 14,
        2, 13, 6, 15, 0, 9, 10, 4, 5, 3,
    ],
    [
        12, 1, 10, 15, 9, 2, 6, 8, 0, 13, 3, 4, 14, 7, 5, 11, 10, 15, 4, 2, 7, 12, 9, 5, 6, 1, 13,
        14, 0, 11, 3, 8, 9, 14, 15, 5, 2, 8, 12, 3, 7, 0, 4, 10, 1, 13, 11, 6, 4, 3, 2, 12, 9, 5,
        15, 10, 11, 14, 1, 7, 6, 0, 8, 13,
    ],
    [
        4, 11, 2, 14, 15, 0, 8, 13, 3, 12, 9, 7, 5, 10, 6, 1, 13, 0, 11, 7, 4, 9, 1, 10, 14, 3, 5,
        12, 2, 15, 8, 6, 1, 4, 11, 13, 12, 3, 7, 14, 10, 15, 6, 8, 0, 5, 9, 2, 6, 11, 13, 8, 1, 4,
        10, 7, 9, 5, 0, 15, 14, 2, 3, 12,
    ],
    [
        13, 2, 8, 4, 6, 15, 11, 1, 10, 9, 3, 14, 5, 0, 12, 7, 1, 15, 13, 8, 10, 3, 7, 4, 12, 5, 6,
        11, 0, 14, 9, 2, 7, 11, 4, 1, 9, 12, 14, 2, 0, 6, 10, 13, 15, 3, 5, 8, 2, 1, 14, 7, 4, 10,
        8, 13, 15, 12, 9, 0, 3, 5, 6, 11,
    ],
];

/// The S-boxes with P applied, by the six bits that enter.
static SUBSTITUTED: [[u32; 64]; 8] = substituted();

#[expect(clippy::indexing_slicing, reason = "computed by the compiler: a fault would not build")]
#[expect(clippy::cast_possible_truncation, reason = "P has 32 bits")]
const fn substituted() -> [[u32; 64]; 8] {
    let mut tables = [[0; 64]; 8];
    let mut each = 0;
    while each < 8 {
        let mut six = 0;
        while six < 64 {
            // The outer bits choose the row, the inner four the column.
            let place = (six & 0x20) | ((six & 1) << 4) | ((six >> 1) & 0xf);
            let four = (S[each][place] as u64) << (28 - 4 * each);
            tables[each][six] = permuted(four, 32, &P) as u32;
            six += 1;
        }
        each += 1;
    }
    tables
}

/// Picks bits of a value that is `width` bits wide.
#[expect(clippy::indexing_slicing, reason = "the counter stays below the table's length")]
const fn permuted(value: u64, width: u32, table: &[u8]) -> u64 {
    let mut result = 0;
    let mut each = 0;
    while each < table.len() {
        result = (result << 1) | ((value >> (width - table[each] as u32)) & 1);
        each += 1;
    }
    result
}

/// A key's schedule.
pub struct Des {
    subkeys: [Halves; 16],
}

impl Des {
    /// From 8 bytes, of which the lowest bits (parity) do not count.
    pub fn new(key: u64) -> Self {
        let chosen = permuted(key, 64, &PC1);
        let (mut high, mut low) = ((chosen >> 28) & 0xfff_ffff, chosen & 0xfff_ffff);
        let subkeys = SHIFTS.map(|shift| {
            high = ((high << shift) | (high >> (28 - shift))) & 0xfff_ffff;
            low = ((low << shift) | (low >> (28 - shift))) & 0xfff_ffff;
            let subkey = permuted((high << 28) | low, 56, &PC2);
            [low24(subkey >> 24), low24(subkey)]
        });
        Self { subkeys }
    }

    /// Encrypts one block.
    pub fn encrypt(&self, block: u64) -> u64 {
        self.encrypt_salted(block, 0, 1)
    }

    /// Encrypts a block `times` times. Bit n of the salt swaps bits n + 1 and n + 25 of what E
    /// gives.
    pub fn encrypt_salted(&self, block: u64, salt: u32, times: u32) -> u64 {
        // E's bit 1 is the highest of 24.
        let salt = salt.reverse_bits() >> 8;
        let block = permuted(block, 64, &IP);
        let (mut left, mut right) = ((block >> 32) as u32, low32(block));
        for _ in 0..times {
            for subkey in &self.subkeys {
                (left, right) = (right, left ^ round(right, *subkey, salt));
            }
            // The standard leaves out the exchange after the sixteenth round; its permutations
            // before and after cancel out between two encryptions.
            (left, right) = (right, left);
        }
        permuted((u64::from(left) << 32) | u64::from(right), 64, &FP)
    }
}

impl Drop for Des {
    fn drop(&mut self) {
        self.subkeys.zeroize();
    }
}

/// The standard's function f.
#[expect(clippy::indexing_slicing, reason = "six bits cannot leave 64 entries")]
#[inline]
fn round(half: u32, subkey: Halves, salt: u32) -> u32 {
    // E gives eight groups of six bits, each with its neighbours' nearest bits.
    let group = |last_bit: u32| half.rotate_left(last_bit) & 0x3f;
    let high = (group(5) << 18) | (group(9) << 12) | (group(13) << 6) | group(17);
    let low = (group(21) << 18) | (group(25) << 12) | (group(29) << 6) | group(33);
    let swapped = (high ^ low) & salt;
    let (high, low) = (high ^ swapped ^ subkey[0], low ^ swapped ^ subkey[1]);
    let [s1, s2, s3, s4, s5, s6, s7, s8] = &SUBSTITUTED;
    let six = |half: u32, shift: u32| ((half >> shift) & 0x3f) as usize;
    s1[six(high, 18)]
        ^ s2[six(high, 12)]
        ^ s3[six(high, 6)]
        ^ s4[six(high, 0)]
        ^ s5[six(low, 18)]
        ^ s6[six(low, 12)]
        ^ s7[six(low, 6)]
        ^ s8[six(low, 0)]
}

fn low24(value: u64) -> u32 {
    (value & 0xff_ffff) as u32
}

fn low32(value: u64) -> u32 {
    (value & 0xffff_ffff) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NBS Special Publication 500-20, appendix B, and the worked example that is the first of
    /// its kind in textbooks (J. Orlin Grabbe).
    #[test]
    fn published_blocks_are_encrypted() {
        for (key, plain, cipher) in [
            (0x0101_0101_0101_0101, 0x95f8_a5e5_dd31_d900, 0x8000_0000_0000_0000),
            (0x1046_9134_8998_0131, 0, 0x88d5_5e54_f54c_97b4),
            (0x7ca1_1045_4a1a_6e57, 0x01a1_d6d0_3977_6742, 0x690f_5b0d_9a26_939b),
            (0x1334_5779_9bbc_dff1, 0x0123_4567_89ab_cdef, 0x85e8_1354_0f0a_b405),
        ] {
            assert_eq!(Des::new(key).encrypt(plain), cipher, "{key:x}");
        }
    }
}
