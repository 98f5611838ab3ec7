//! Rows that mean harm, or were harmed: each is refused like a wrong password, at once, and the next user gets in.

mod rows;

use std::time::{Duration, Instant};

use rows::{ARGON2, BCRYPT, DJANGO, MALFORMED, OVER, UNKNOWN};

use super::world_of;
use crate::support::sample::{PASSWORD, World};
use crate::support::twist::{Cell, Twist};
use crate::support::{Legacy, peak_kib};

#[test]
fn a_hostile_row_is_a_wrong_password_and_nothing_more() {
    let rows = rows::all();
    assert!(rows.len() > 170, "{}", rows.len());
    let world = world_of(rows.iter().map(|(hash, _)| hash.as_str()), |b| b);
    let (peak, mut faults) = (peak_kib(world.gate.pid()), vec![]);
    for (i, (hash, reason)) in rows.iter().enumerate() {
        let start = Instant::now();
        let answer = world.login(&format!("h{i}"), PASSWORD);
        let took = start.elapsed();
        let said = world.gate.decision(&answer)["reason"].clone();
        if answer.code() != "invalid_credentials"
            || said != *reason
            || took > Duration::from_secs(2)
        {
            let shown: String = hash.chars().take(120).collect();
            faults.push(format!(
                "{shown:?}: {} {} {said}, due {reason}, after {took:?}",
                answer.status,
                answer.code()
            ));
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), rows.len(), faults.join("\n"));
    for reason in [UNKNOWN, MALFORMED, OVER] {
        let due = rows.iter().filter(|row| row.1 == reason).count() as u64;
        assert_eq!(
            world.counter(&format!("narrowgate_unverifiable_hashes_total{{reason=\"{reason}\"}}")),
            due
        );
    }
    let grown = peak_kib(world.gate.pid()) - peak;
    assert!(grown < 32 * 1024, "memory grew by {grown} KiB");
    world.login("cheap", PASSWORD).expect(200, "");
    world.gate.assert_calm();
}

/// A column too short for the hash: the digest that is left is not the one that was stored.
#[test]
fn a_cut_hash_matches_nothing() {
    let mut rows = vec![];
    for hash in [BCRYPT, ARGON2, DJANGO] {
        rows.extend((0..hash.len()).map(|length| hash[..length].to_owned()));
    }
    let world = world_of(rows.iter().map(String::as_str), |b| b);
    let refused = |row: &(usize, &String)| {
        world.login(&format!("h{}", row.0), PASSWORD).code() != "invalid_credentials"
    };
    let faults: Vec<_> = rows.iter().enumerate().filter(refused).map(|(_, hash)| hash).collect();
    assert!(faults.is_empty(), "accepted: {faults:#?}");
    world.gate.assert_calm();
}

/// A CHAR column fills its values up with blanks, and a file has ends of lines.
#[test]
fn what_a_column_adds_to_a_hash_is_read_through() {
    let behind = [" ".repeat(200), "\r\n".to_owned(), "\n".to_owned()];
    let rows = [BCRYPT, ARGON2, DJANGO].into_iter().zip(&behind);
    let rows: Vec<_> = rows.map(|(hash, behind)| format!("{hash}{behind}")).collect();
    let world = world_of(rows.iter().map(String::as_str), |b| b);
    for i in 0..rows.len() {
        world.login(&format!("h{i}"), PASSWORD).expect(200, "");
        world.login(&format!("h{i}"), "wrong").expect(403, "invalid_credentials");
    }
    world.gate.assert_calm();
}

/// PostgreSQL shows bytea as hexadecimal.
#[test]
fn what_a_dump_does_to_a_hash_is_read_through() {
    let dumped =
        |hash: &str| hash.bytes().fold("\\x".to_owned(), |dump, byte| format!("{dump}{byte:02x}"));
    let rows = [BCRYPT, ARGON2, DJANGO].map(dumped);
    let world = world_of(rows.iter().map(String::as_str), |b| b);
    for i in 0..rows.len() {
        world.login(&format!("h{i}"), PASSWORD).expect(200, "");
        world.login(&format!("h{i}"), "wrong").expect(403, "invalid_credentials");
    }
    world.gate.assert_calm();
}

/// The contract's word for the scheme must agree with what the hash shows.
#[test]
fn a_scheme_that_is_named_must_be_the_hashs_own() {
    let world = World::on(Legacy::sqlite());
    let mut mismatches = 0;
    for scheme in [
        "argon2",
        "md5",
        "md5($pass)",
        "plain",
        "BCRYPT",
        "bcrypt ",
        "",
        "django_pbkdf2_sha256",
        "$2b$",
    ] {
        let _twist = Twist::new(&world.legacy, "password_scheme", Cell::Text(scheme));
        let answer = world.login("ada", PASSWORD);
        answer.expect(403, "invalid_credentials");
        assert_eq!(world.gate.decision(&answer)["reason"], "scheme_mismatch", "{scheme:?}");
        mismatches += 1;
        let counted =
            world.counter("narrowgate_unverifiable_hashes_total{reason=\"scheme_mismatch\"}");
        assert_eq!(counted, mismatches);
        world.login("katherine", PASSWORD).expect(200, "");
    }
    let _twist = Twist::new(&world.legacy, "password_scheme", Cell::Text("bcrypt"));
    world.login("ada", PASSWORD).expect(200, "");
    world.gate.assert_calm();
}

/// A step that makes its result longer each time would fill the memory, or never end.
#[test]
fn a_recipe_that_grows_is_refused_and_ends_no_process() {
    let world = World::on(Legacy::sqlite());
    let md5 = "5f4dcc3b5aa765d61d8327deb882cf99";
    world.legacy.execute(&format!("UPDATE customer SET password_hash = '{md5}' WHERE id = 1"));
    let peak = peak_kib(world.gate.pid());
    for scheme in [
        "md5(iterate(md5($pass, iterations=5000), hex($digest), 40))",
        "md5(iterate(md5($pass, iterations=5000), $digest.'0123456789', 20000))",
        "md5(iterate($pass, iterate($digest, utf16le($digest), 9), 9))",
    ] {
        let _twist = Twist::new(&world.legacy, "password_scheme", Cell::Text(scheme));
        let answer = world.login("ada", PASSWORD);
        answer.expect(403, "invalid_credentials");
        assert_eq!(world.gate.decision(&answer)["reason"], OVER, "{scheme:?}");
        world.login("katherine", PASSWORD).expect(200, "");
    }
    let grown = peak_kib(world.gate.pid()) - peak;
    assert!(grown < 64 * 1024, "memory grew by {grown} KiB");
    world.gate.assert_calm();
}

/// Legacy bcrypt passed over what came after 72 bytes; whoever has such a password must still get in, and no one else.
#[test]
fn bcrypt_reads_72_bytes_as_the_legacy_system_did() {
    let world = world_of([rows::BCRYPT_OF_72_A], |b| b);
    let a = "a".repeat(72);
    for password in [a.clone(), format!("{a}b"), format!("{a}{}", "é".repeat(200))] {
        world.login("h0", &password).expect(200, "");
    }
    for password in ["a".repeat(71), format!("{}b", "a".repeat(71)), format!("b{a}")] {
        world.login("h0", &password).expect(403, "invalid_credentials");
    }
    assert_eq!(world.counter("narrowgate_cut_passwords_total"), 3, "72 bytes are not cut, 73 are");
    world.gate.assert_calm();
}
