//! 89–102: signatures made with the real private key over a block that is not exactly the PKCS#1
//! v1.5 block. A lax verifier takes them, and with a small exponent such blocks can be forged
//! without the key.

use super::{ACCEPTED, INVALID, Row, World};
use crate::support::Token;
use crate::support::keys::{SHA256_INFO, key, pkcs1_block, sha256};

const SIZE: usize = 256;

fn row(number: u16, name: &str, block: impl Fn(Vec<u8>) -> Vec<u8> + 'static) -> Row {
    let token = Token::auth0().signed_with(move |input| {
        let block = block(sha256(input));
        assert_eq!(block.len(), SIZE, "the row is ill-made");
        key("main").raw_block(&block)
    });
    Row::token(number, name, token, INVALID)
}

/// The right block with one byte changed.
fn with_byte(at: usize, value: u8) -> impl Fn(Vec<u8>) -> Vec<u8> {
    move |hash| {
        let mut block = pkcs1_block(SIZE, &[&SHA256_INFO[..], &hash].concat());
        block[at] = value;
        block
    }
}

/// A right block whose tail is `info` and the digest.
fn with_info(info: &'static [u8]) -> impl Fn(Vec<u8>) -> Vec<u8> {
    move |hash| pkcs1_block(SIZE, &[info, &hash].concat())
}

const NO_NULL: [u8; 17] =
    [0x30, 0x2f, 0x30, 0x0b, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 4, 0x20];
const SHA512_OID: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3, 5, 0, 4, 0x20];
const SHA1_INFO: [u8; 15] = [0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14];
const LONG_LENGTH: [u8; 20] =
    [0x30, 0x81, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
const OTHER_PARAMETERS: [u8; 21] = [
    0x30, 0x33, 0x30, 0x0f, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 4, 2, 0xca, 0xfe, 4, 0x20,
];

pub fn rows() -> Vec<Row> {
    let right = |hash: &[u8]| [&SHA256_INFO[..], hash].concat();
    let sha1 = |input: &[u8]| {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, input);
        key("main").raw_block(&pkcs1_block(SIZE, &[&SHA1_INFO[..], hash.as_ref()].concat()))
    };
    let garbage_after =
        move |hash: Vec<u8>| pkcs1_block(SIZE, &[right(&hash), vec![0xca; 8]].concat());
    let bleichenbacher = move |hash: Vec<u8>| {
        let short = [&[0, 1][..], &[0xff; 8], &[0], &right(&hash)].concat();
        [short.clone(), vec![0xca; SIZE - short.len()]].concat()
    };
    let truncated =
        |hash: Vec<u8>| pkcs1_block(SIZE, &[&SHA256_INFO[..18], &[16], &hash[..16]].concat());
    let separator = SIZE - SHA256_INFO.len() - 32 - 1;
    vec![
        row(89, "no NULL parameter", with_info(&NO_NULL)),
        row(90, "another OID", with_info(&SHA512_OID)),
        Row::token(91, "SHA-1", Token::auth0().signed_with(sha1), INVALID),
        row(92, "the bare digest", with_info(&[])),
        row(93, "a length in long form", with_info(&LONG_LENGTH)),
        row(94, "other parameters", with_info(&OTHER_PARAMETERS)),
        row(95, "garbage after the digest", garbage_after),
        row(96, "short padding, then garbage", bleichenbacher),
        row(97, "block type 0", with_byte(1, 0)),
        row(98, "block type 2", with_byte(1, 2)),
        row(99, "0xFE in the padding", with_byte(20, 0xfe)),
        row(100, "0x00 in the padding", with_byte(20, 0)),
        row(101, "a wrong separator", with_byte(separator, 1)),
        row(102, "a truncated digest", truncated),
        // The control: the same hand with the right block is accepted, so the rows above fail for
        // their own reason.
        Row::token(
            0,
            "the right block",
            Token::auth0().signed_with(|i| key("main").rs256_by_hand(i)),
            ACCEPTED,
        ),
    ]
}

#[test]
fn only_the_exact_padding() {
    World::start().check(&rows());
}
