//! Rows that mean harm, or were harmed: each is refused like a wrong password, at once, and the next user gets in.

use std::time::{Duration, Instant};

use super::world_of;
use crate::support::Legacy;
use crate::support::sample::{CHEAP, PASSWORD, World};
use crate::support::twist::{Cell, Twist};

const UNKNOWN: &str = "unknown_scheme";
const MALFORMED: &str = "malformed_hash";
const OVER: &str = "parameters_over_cap";

/// The right hashes of the password, to be spoiled.
const BCRYPT: &str = "$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6";
const ARGON2: &str = "$argon2id$v=19$m=19456,t=2,p=1$e61i7Zx1oLVQl6oaLt3+bA$1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ";
const DJANGO: &str = "pbkdf2_sha256$20000$lbgSyHU8dNCtTwB53tJYWZ$fGlDsgxnuMTrL8OyuVhgasHkgqQlFW5gFyOw4EfyuVw=";

/// One of them with a part replaced, which must be there.
fn spoilt(hash: &str, part: &str, by: &str) -> String {
    assert!(hash.contains(part), "{hash} has no {part}");
    hash.replacen(part, by, 1)
}

fn bcrypts() -> Vec<(String, &'static str)> {
    let cost = |cost| spoilt(BCRYPT, "$10$", &format!("${cost}$"));
    let mut rows = vec![];
    for (value, reason) in [("31", OVER), ("15", OVER), ("99", OVER), ("03", MALFORMED), ("00", MALFORMED)] {
        rows.push((cost(value), reason));
    }
    for value in ["", "4", "010", "-1", "+9", " 9", "1e", "4294967306", "1O", "\u{661}0", "0x"] {
        rows.push((cost(value), MALFORMED));
    }
    for prefix in ["$2$", "$2c$", "$2B$", "$2ab$", "$2b $", "$2$$", "$20$"] {
        rows.push((spoilt(BCRYPT, "$2b$", prefix), UNKNOWN));
    }
    for prefix in ["$3b$", "2b$", "$ 2b$", "!$2b$", "*$2b$", " $2b$", "{BCRYPT}$2b$", "$bcrypt$$2b$", "bcrypt$$2b$", "\u{feff}$2b$"] {
        rows.push((spoilt(BCRYPT, "$2b$", prefix), UNKNOWN));
    }
    for (part, by) in [("XJ0.", "XJ0="), ("XJ0.", "XJ0+"), ("XJ0.", "X\u{e9}."), ("XJ0.", "X J."), ("XJ0.", "X\0J."), ("MP9A", "MP$A"), ("O6MP", "O\u{1f4a5}")] {
        rows.push((spoilt(BCRYPT, part, by), MALFORMED));
    }
    for suffix in ["!", " ", "\n", "\0", ".", "=", "   ", "$"] {
        rows.push((format!("{BCRYPT}{suffix}"), MALFORMED));
    }
    rows
}

fn argon2s() -> Vec<(String, &'static str)> {
    let costs = |costs: &str| spoilt(ARGON2, "m=19456,t=2,p=1", costs);
    let mut rows = vec![];
    for value in [
        "m=4194304,t=2,p=1", "m=262145,t=1,p=1", "m=4294967295,t=1,p=1", "m=4294967296,t=1,p=1",
        "m=18446744073709551616,t=1,p=1", "m=99999999999999999999999999999999,t=1,p=1", "m=19456,t=4294967295,p=1",
        "m=19456,t=11,p=1", "m=19456,t=4294967298,p=1", "m=19456,t=2,p=17", "m=19456,t=2,p=16777215",
        "m=19456,t=2,p=4294967297", "m=262144,t=5,p=1", "m=262144,t=10,p=16", "m=104858,t=10,p=1",
    ] {
        rows.push((costs(value), OVER));
    }
    for value in [
        "", "m=0,t=2,p=1", "m=19456,t=0,p=1", "m=19456,t=2,p=0", "m=7,t=2,p=1", "m=127,t=2,p=16", "m=19456,t=2",
        "t=2,p=1", "m=19456,t=2,p=1,", "m=19456,t=2,p=1,p=1", "m=19456,m=8,t=2,p=1", "m=19456,t=2,p=1,keyid=AA",
        "m=19456,t=2,p=1,data=AAAA", "m=-1,t=2,p=1", "m=+8,t=2,p=1", "m=1e3,t=2,p=1", "m= 19456,t=2,p=1",
        "m=019456,t=2,p=1", "M=19456,t=2,p=1", "m=0x4c00,t=2,p=1", "m=\u{661}\u{669},t=2,p=1", "m=,t=2,p=1", "m,t,p",
    ] {
        rows.push((costs(value), MALFORMED));
    }
    for version in ["v=18", "v=20", "v=0", "v=1", "v=", "v=19,", "V=19", "v=4294967315", "v=19$v=19"] {
        rows.push((spoilt(ARGON2, "v=19", version), MALFORMED));
    }
    for kind in ["$argon2x$", "$argon2$", "$argon2ID$", "$argon2id2$"] {
        rows.push((spoilt(ARGON2, "$argon2id$", kind), UNKNOWN));
    }
    for (part, by) in [
        ("e61i7Zx1oLVQl6oaLt3+bA", "e61i7Zx1oLVQl6oaLt3+bB"), // stray bits behind the salt
        ("e61i7Zx1oLVQl6oaLt3+bA", "e61i7Zx1oLVQl6oaLt3+bA=="),
        ("e61i7Zx1oLVQl6oaLt3+bA", "e61i7Zx1oLVQl6oaLt3-bA"), // the alphabet of URLs
        ("e61i7Zx1oLVQl6oaLt3+bA", "c2FsdDc3Nw"), // 7 bytes
        ("e61i7Zx1oLVQl6oaLt3+bA", ""),
        ("IQ", "IR"), // stray bits behind the digest
        ("IQ", "I="),
        ("IQ", "IQ "),
        ("IQ", "IQ$"),
        ("1fchnZBf", "1f\u{2028}hnZBf"),
        ("1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ", ""),
        ("1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ", "1Q"), // one byte
        ("1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ", "1fchnZBf+A+s/JBlfVYs"), // 15 bytes
    ] {
        rows.push((spoilt(ARGON2, part, by), MALFORMED));
    }
    let (long_salt, long_digest) = ("QUFB".repeat(22), "QUFB".repeat(22));
    rows.push((spoilt(ARGON2, "e61i7Zx1oLVQl6oaLt3+bA", &long_salt), MALFORMED));
    rows.push((spoilt(ARGON2, "1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ", &long_digest), MALFORMED));
    rows
}

fn djangos() -> Vec<(String, &'static str)> {
    let rounds = |rounds: &str| spoilt(DJANGO, "$20000$", &format!("${rounds}$"));
    let mut rows = vec![];
    for value in ["2000001", "1000000000", "4294967295", "4294967296", "18446744073709571616", "99999999999999999999999"] {
        rows.push((rounds(value), OVER));
    }
    for value in ["0", "", "-1", "+20000", "020000", "1e3", " 20000", "20000 ", "0x1", "\u{662}0000", "20.000"] {
        rows.push((rounds(value), MALFORMED));
    }
    for (part, by) in [
        ("lbgSyHU8dNCtTwB53tJYWZ$", "$"),
        ("lbgSyHU8dNCtTwB53tJYWZ$", ""),
        ("lbgSyHU8dNCtTwB53tJYWZ$", "a$b$"),
        ("uVw=", "uVw"),
        ("uVw=", "uVw=="),
        ("uVw=", "uVx="), // stray bits
        ("uVw=", "uVw= "),
        ("uVw=", "uVw=\n"),
        ("uVw=", "uVw=$"),
        ("fGlD", "f-_D"),
        ("fGlD", "f\0lD"),
        ("fGlDsgxnuMTrL8OyuVhgasHkgqQlFW5gFyOw4EfyuVw=", ""),
        ("fGlDsgxnuMTrL8OyuVhgasHkgqQlFW5gFyOw4EfyuVw=", "fA=="), // one byte
        ("fGlDsgxnuMTrL8OyuVhgasHkgqQlFW5gFyOw4EfyuVw=", "fGlDsgxnuMTrL8OyuVhg"), // 15 bytes
    ] {
        rows.push((spoilt(DJANGO, part, by), MALFORMED));
    }
    for prefix in ["pbkdf2_sha512$", "pbkdf2_md5$", "PBKDF2_SHA256$", "!pbkdf2_sha256$", "pbkdf2_sha256:"] {
        rows.push((spoilt(DJANGO, "pbkdf2_sha256$", prefix), UNKNOWN));
    }
    rows
}

fn others() -> Vec<(String, &'static str)> {
    let texts = [
        "!", "*", "!!", "x", "-", " ", "*LK*", "NP", "NULL", "null", "0", "{}", "$", "$$", "$2", "$argon2", "pbkdf2_sha256",
        "{CLEARTEXT}", "{PLAIN}correct horse battery staple", "{SSHA}", "{CRYPT}$2b$10$", PASSWORD,
        "$scrypt$ln=30,r=8,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA", "$scrypt$ln=16,r=1048576,p=1048576$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$1073741824$salt$8$1$AAAAAAAAAAAAAAAAAAAAAA==", "scrypt:1073741824:8:1$salt$00", "$7$zzzzzzzzzzz$salt$AAAA",
        "$y$jzzzzzzz$salt$AAAA", "$gy$jzzz$salt$AAAA", "$6$rounds=999999999$salt$AAAA", "$5$rounds=999999999$salt$AAAA",
        "$sha1$4294967295$salt$AAAA", "$P$zsaltsaltAAAAAAAAAAAAAAAAAAAAAA", "$S$zsaltsalt", "_zzzzsaltAAAAAAAAAAA",
        "\u{1f4a5}", "\0", "\u{202e}$2b$10$", "%s%s%s%n", "../../etc/shadow", "' OR 1=1--", "\r\n\r\n",
    ];
    let mut rows: Vec<_> = texts.map(|text| (text.to_owned(), UNKNOWN)).into();
    for (i, start) in ["$2b$10$", "$argon2id$v=19$m=8,t=1,p=1$", "pbkdf2_sha256$1$", ""].into_iter().enumerate() {
        rows.push((format!("{start}{}", "A".repeat(10_240)), MALFORMED));
        rows.push((format!("{start}{}", "$".repeat(1000 - i)), if i == 3 { UNKNOWN } else { MALFORMED }));
    }
    let same = rows.iter().position(|(text, _)| text == "$2");
    rows[same.expect("in the list")].1 = MALFORMED;
    let same = rows.iter().position(|(text, _)| text == "$argon2");
    rows[same.expect("in the list")].1 = MALFORMED;
    rows.push((format!("{BCRYPT}{}", "A".repeat(1_000_000)), MALFORMED));
    rows
}

fn peak_kib(world: &World) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", world.gate.pid())).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn a_hostile_row_is_a_wrong_password_and_nothing_more() {
    let rows = [bcrypts(), argon2s(), djangos(), others()].concat();
    assert!(rows.len() > 170, "{}", rows.len());
    let world = world_of(rows.iter().map(|(hash, _)| hash.as_str()), |b| b);
    let (peak, mut faults) = (peak_kib(&world), vec![]);
    for (i, (hash, reason)) in rows.iter().enumerate() {
        let start = Instant::now();
        let answer = world.login(&format!("h{i}"), PASSWORD);
        let took = start.elapsed();
        let said = world.gate.decision(&answer)["reason"].clone();
        if answer.code() != "invalid_credentials" || said != *reason || took > Duration::from_secs(2) {
            let shown: String = hash.chars().take(120).collect();
            faults.push(format!("{shown:?}: {} {} {said}, due {reason}, after {took:?}", answer.status, answer.code()));
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), rows.len(), faults.join("\n"));
    for reason in [UNKNOWN, MALFORMED, OVER] {
        let due = rows.iter().filter(|row| row.1 == reason).count() as u64;
        assert_eq!(world.counter(&format!("narrowgate_unverifiable_hashes_total{{reason=\"{reason}\"}}")), due);
    }
    let grown = peak_kib(&world) - peak;
    assert!(grown < 32 * 1024, "memory grew by {grown} KiB");
    world.login("cheap", PASSWORD).expect(200, "");
    world.gate.assert_calm();
}
