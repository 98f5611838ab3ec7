//! The derivations behind `/login`, one after the other: the counterpart of `peers/peers.c`.
//!
//! `--scheme NAME --seconds N` with `BENCH_PASSWORD` and `BENCH_SALT` prints CPU and wall
//! milliseconds a derivation, and the digest, as JSON.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::exit,
    clippy::pedantic,
    reason = "a measurement that cannot go on stops here"
)]

mod support;

use std::time::{Duration, Instant};

use base64::Engine;
use base64::alphabet;
use base64::engine::{GeneralPurpose, general_purpose};
use narrowgate::password::{Argon2Kind, BcryptVariant, Crypt, Digest, Kdf};
use rustix::time::{ClockId, clock_gettime};

/// The service's own: argon2 takes fresh memory for each derivation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let scheme: String = support::expect("--scheme");
    let span = Duration::from_secs_f64(support::expect("--seconds"));
    let password = std::env::var("BENCH_PASSWORD").expect("BENCH_PASSWORD is set");
    let salt = std::env::var("BENCH_SALT").expect("BENCH_SALT is set");
    let derive = || derive(&scheme, password.as_bytes(), salt.as_bytes());
    let digest = derive();
    let (cpu, start, mut done) = (cpu_time(), Instant::now(), 0_u32);
    while start.elapsed() < span {
        assert!(derive() == digest, "the digest stays the same");
        done += 1;
    }
    let each = |seconds: f64| seconds * 1e3 / f64::from(done);
    println!(
        "{}",
        serde_json::json!({
            "cpu": each(cpu_time() - cpu), "wall": each(start.elapsed().as_secs_f64()), "digest": digest,
        })
    );
}

/// The digest as the C implementation prints it.
fn derive(scheme: &str, password: &[u8], salt: &[u8]) -> String {
    let argon2 = |memory_kib, passes, lanes| {
        let kdf = Kdf::Argon2 {
            kind: Argon2Kind::Id,
            version: 0x13,
            memory_kib,
            passes,
            lanes,
            keyed: false,
        };
        hex(&kdf.derive(password, salt, 32).expect("a digest"))
    };
    let pbkdf2 = |digest: Digest| {
        let kdf = Kdf::Pbkdf2 { digest, iterations: 100_000 };
        hex(&kdf.derive(password, salt, digest.length()).expect("a digest"))
    };
    let crypt = |crypt, letters| {
        text(&Kdf::Crypt(crypt).derive(password, salt, letters).expect("a digest"))
    };
    match scheme {
        "bcrypt" => {
            let kdf = Kdf::Bcrypt { variant: BcryptVariant::Correct, cost: 10 };
            let letters = GeneralPurpose::new(&alphabet::BCRYPT, general_purpose::NO_PAD);
            letters.encode(&*kdf.derive(password, &[0; 16], 23).expect("a digest"))
        }
        "sha512_crypt" => crypt(Crypt::Sha512 { rounds: 5000 }, 86),
        "sha256_crypt" => crypt(Crypt::Sha256 { rounds: 5000 }, 43),
        "argon2id_19m_t2_p1" => argon2(19_456, 2, 1),
        "argon2id_64m_t4_p1" => argon2(65_536, 4, 1),
        "argon2id_64m_t3_p4" => argon2(65_536, 3, 4),
        "pbkdf2_sha1" => pbkdf2(Digest::Sha1),
        "pbkdf2_sha256" => pbkdf2(Digest::Sha256),
        "pbkdf2_sha512" => pbkdf2(Digest::Sha512),
        _ => panic!("no such scheme: {scheme}"),
    }
}

fn text(letters: &[u8]) -> String {
    String::from_utf8(letters.to_vec()).expect("letters")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Seconds of processor time of this process, all threads included.
fn cpu_time() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
