//! 307–312: tokens that cost more than they should.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{INVALID, Row, Verdict, World};
use crate::support::Token;
use crate::support::keys::b64;

const INVALID_OR_TOO_LARGE: &[Verdict] = &[Verdict::Invalid, Verdict::TooLarge];

pub fn rows() -> Vec<Row> {
    let big = Token::auth0().claim("x", "a".repeat(11_600)).sign();
    let pbes2 = || {
        Token::auth0()
            .header("alg", "PBES2-HS256+A128KW")
            .header("p2s", b64([1; 16]))
            .header("p2c", 2_147_483_648_u64)
    };
    let five_parts = format!(
        "{}.{}.{}.{}.{}",
        b64(pbes2().header("enc", "A128GCM").header_json()),
        b64([1; 24]),
        b64([1; 12]),
        b64([1; 64]),
        b64([1; 16])
    );
    vec![
        Row::token(307, "a token of 16 kB", big, INVALID_OR_TOO_LARGE),
        Row::token(308, "60 kB of dots", ".".repeat(60_000), INVALID_OR_TOO_LARGE),
        Row::token(309, "60 kB of letters", "a".repeat(60_000), INVALID_OR_TOO_LARGE),
        Row::token(310, "a zip header", Token::auth0().header("zip", "DEF"), INVALID),
        Row::token(311, "PBES2 with two thousand million rounds, five parts", five_parts, INVALID),
        Row::token(312, "the same in three parts", pbes2().signed_with(|_| vec![0; 32]), INVALID),
        Row::token(
            0,
            "a zip header of another type",
            Token::auth0().header("zip", json!(1)),
            INVALID,
        ),
        Row::token(0, "10 kB of dots", ".".repeat(10_000), INVALID),
        Row::token(0, "10 kB of letters", "a".repeat(10_000), INVALID),
    ]
}

#[test]
fn nothing_large_and_nothing_slow() {
    let world = World::start();
    world.check(&rows());
    for row in rows() {
        // The best of three: this machine may be busy, the gate may not be slow.
        let best = (0..3).map(|_| {
            let start = Instant::now();
            row.request("/get_user", "{}").send(world.gate.address).expect("an answer");
            start.elapsed()
        });
        let best = best.min().expect("three tries");
        assert!(best < Duration::from_millis(50), "{} took {best:?}", row.name);
    }
}
