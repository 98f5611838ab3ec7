//! crypt's base-64 letters (crypt(5)): `./0-9A-Za-z`, in either order of bits, without padding.

use super::DigestText;

const LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The letter of the lowest six bits.
#[expect(clippy::indexing_slicing, reason = "six bits cannot leave 64 letters")]
const fn letter(bits: u32) -> u8 {
    LETTERS[(bits & 0x3f) as usize]
}

/// The six bits of a letter.
fn bits(letter: u8) -> Option<u32> {
    Some(match letter {
        b'.' => 0,
        b'/' => 1,
        b'0'..=b'9' => u32::from(letter - b'0') + 2,
        b'A'..=b'Z' => u32::from(letter - b'A') + 12,
        b'a'..=b'z' => u32::from(letter - b'a') + 38,
        _ => return None,
    })
}

/// Spells bytes with the lowest bits first, as all schemes but those on DES do.
#[must_use]
pub fn little<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> DigestText {
    let mut text = DigestText::default();
    let (mut held, mut count) = (0_u32, 0);
    for byte in bytes {
        held |= u32::from(*byte) << count;
        count += 8;
        while count >= 6 {
            text.push(letter(held));
            held >>= 6;
            count -= 6;
        }
    }
    if count > 0 {
        text.push(letter(held));
    }
    text
}

/// Spells 64 bits with the highest bits first, as the schemes on DES do.
#[must_use]
pub fn big(block: u64) -> [u8; 11] {
    std::array::from_fn(|place| {
        // 66 bits: the last letter holds two that are always zero.
        let bits = (u128::from(block) << 2) >> (60 - 6 * place);
        letter(u32::try_from(bits & 0x3f).unwrap_or_default())
    })
}

/// Reads a number of up to 30 bits, lowest six first.
#[must_use]
pub fn decode_number(text: &[u8]) -> Option<u32> {
    if text.len() > 5 {
        return None;
    }
    text.iter().rev().try_fold(0, |number, letter| Some((number << 6) | bits(*letter)?))
}

/// Reads bytes that were spelled with the lowest bits first.
///
/// None when a letter is not one of the 64, or bits are left over that belong to no byte.
#[must_use]
pub fn decode_little(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut held, mut count) = (0_u32, 0);
    for letter in text {
        held |= bits(*letter)? << count;
        count += 6;
        if count >= 8 {
            bytes.push(u8::try_from(held & 0xff).ok()?);
            held >>= 8;
            count -= 8;
        }
    }
    (held == 0 && count < 6).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spelled_is_read_again() {
        for length in 0..40_u8 {
            let bytes: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(83)).collect();
            assert_eq!(decode_little(&little(&bytes)).as_ref(), Some(&bytes));
        }
    }

    #[test]
    fn foreign_letters_and_left_over_bits_are_refused() {
        assert_eq!(decode_little(b"a+"), None);
        assert_eq!(decode_little(b"zz"), None);
        assert_eq!(decode_little(b"a"), None);
        assert_eq!(decode_number(b"......"), None);
    }

    /// BSDi's usual count of 5001 rounds is spelled `7C/.` (crypt(5)'s bsdicrypt: `_` then the count).
    #[test]
    fn numbers_are_read_with_the_lowest_bits_first() {
        assert_eq!(decode_number(b"7C/."), Some(9 + (14 << 6) + (1 << 12)));
        assert_eq!(decode_number(b"J9.."), Some(725));
    }
}
