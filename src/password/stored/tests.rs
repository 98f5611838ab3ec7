mod clear;
mod forms;
mod lengths;
mod neighbours;

use proptest::prelude::*;

use super::*;
use crate::password::names::Scheme;
use crate::password::recipe::Inputs;

fn read(hash: &str, scheme: Option<&str>) -> Result<StoredHash, Refusal> {
    Schemes::default().read(Columns { hash, salt: None, scheme })
}

fn inputs(password: &[u8]) -> Inputs<'_> {
    Inputs { password, salt: &[], username: "", email: "", pepper: &[] }
}

fn why(stored: &str) -> Option<Unverifiable> {
    read(stored, None).err().map(|refusal| refusal.reason)
}

#[test]
fn costs_over_the_cap_are_refused_before_any_work() {
    let salt_and_digest =
        format!("{}{}", "N9qo8uLOickgx2ZMRZoMye", "IjZAgcfl7p92ldGxad68LJZdL17lhWy");
    for stored in [
        format!("$2b$15${salt_and_digest}"),
        format!("$2b$31${salt_and_digest}"),
        "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        "$argon2id$v=19$m=262144,t=5,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        "$argon2id$v=19$m=64,t=4294967296,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        "$argon2id$v=19$m=4294967295,t=4294967295,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        // scrypt's lanes are memory, too: 512 MiB.
        "$scrypt$n=2,r=16,p=262144$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        // 72 lanes of 16 MiB each.
        format!("$7$C6....6/...salt${}", "a".repeat(43)),
        "pbkdf2_sha256$2000001$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(),
    ] {
        assert_eq!(why(&stored), Some(Unverifiable::OverCap), "{stored}");
    }
    assert_eq!(why(&format!("$2b$14${salt_and_digest}")), None);
    // 64 lanes; 256 MiB and one lane's block.
    assert_eq!(why(&format!("$7$C6...../...salt${}", "a".repeat(43))), None);
    let scrypt = format!("$scrypt$ln=18,r=8,p=1$c2FsdHNhbHQ${}", "A".repeat(43));
    assert_eq!(why(&scrypt), None);
}

#[test]
fn a_scheme_that_the_contract_names_must_agree() {
    let stored = "pbkdf2_sha256$1$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert!(read(stored, Some("django_pbkdf2_sha256")).is_ok());
    assert_eq!(
        read(stored, Some("bcrypt")).err().map(|refusal| refusal.reason),
        Some(Unverifiable::SchemeMismatch)
    );
}

#[test]
fn a_digest_in_parentheses_is_the_one_that_is_derived() {
    let hash = "00".repeat(32);
    let named = |scheme| {
        let columns = Columns { hash: &hash, salt: Some("salt"), scheme: Some(scheme) };
        Schemes::default().read(columns).map(|hash| hash.scheme())
    };
    assert_eq!(named("pbkdf2(iterations=1000, digest=SHA-256)"), Ok("pbkdf2_sha256"));
    assert_eq!(named("pbkdf2_sha1(iterations=1000)"), Ok("pbkdf2_sha1"));
    let refused = named("pbkdf2(iterations=1000, digest=whirlpool)");
    assert!(refused.is_err_and(|refusal| refusal.reason == Unverifiable::Malformed));
}

/// Were each pair of braces read anew, a row of nothing else would run over the stack in this build.
#[test]
fn braces_hold_no_braces() {
    for name in ["{CRYPT}", "{crypt}", "{bcrypt}", "{ldap}"] {
        let deep = name.repeat(4096 / name.len());
        assert!(why(&deep).is_some(), "{name}");
    }
    // Spring's own LDAP encoder writes the only braces within braces.
    let ldap = "{ldap}{SSHA}o8GzGTzvDwuHO8j2lDVsAcwo6VX8p1hy";
    assert!(read(ldap, None).is_err_and(|refusal| refusal.scheme == "ldap_salted_sha1"));
}

/// RFC 9106 has no vector without a secret; these are the reference implementation's own
/// (github.com/P-H-C/phc-winner-argon2, src/test.c), and bcrypt's are those of crypt_blowfish's
/// wrapper.c.
#[test]
fn published_hashes_are_verified() {
    for (stored, password) in [
        (
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "password",
        ),
        (
            "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
            "password",
        ),
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        ("$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", "\u{a3}"),
    ] {
        let password: Vec<u8> =
            password.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
        let met = |by: &[u8]| read(stored, None).map(|hash| hash.is_made_from(inputs(by)));
        assert_eq!((met(&password), met(b"another")), (Ok(true), Ok(false)), "{stored}");
    }
}

#[test]
fn mysql_hashes_are_read_as_the_column_holds_them() {
    let stored = |thousands, salt| format!("$A${thousands}${salt}{}", "a".repeat(43));
    let salt = "\u{1}9~ $.\u{7f}x0123456789ab";
    assert_eq!(why(&stored("005", salt)), None);
    assert_eq!(why(&stored("3E9", salt)), Some(Unverifiable::OverCap));
    for broken in [stored("004", salt), stored("005", &salt[1..]), stored("xyz", salt)] {
        assert_eq!(why(&broken), Some(Unverifiable::Malformed), "{broken}");
    }
}

/// What hashes begin with, and nothing.
const STARTS: &str = "$2b$10$ $argon2id$v=19$ $6$rounds= $y$j9T$ $7$ $P$B $S$D {SSHA} {CRYPT} {PBKDF2_SHA256} \
    {pbkdf2} pbkdf2_sha256$ pbkdf2:sha256: scrypt: $scrypt$ln= AQAAAA \
    $bcrypt-sha256$v=2,t=2b,r= $wp$2y$ :pbkdf2: :pbkdf2-legacyB:! a:3:{s:4:\"hash\";s: \
    {\"value\": $shiro1$ $scram$ $p5k2$ 0x0100 S: T: * md5 \\x $md5,rounds= _ $sha1$ \
    $pbkdf2$f=SHA256,w=1,l= $PBKDF2-SHA512$iterations=1$ $PBKDF2$HMACSHA \
    PBKDF2WithHmacSHA256:1: $s0$e0801$ $s2$16$8$1$ $fbscrypt$v=1,n=14,r=8,p=1, !bcrypt!05! \
    !sha512! BCRYPT:5: {X-PBKDF2}HMACSHA1:AAAAAQ: {SHA-256}1a2b- sha256:1: sha256$salt$ \
    400$8$1b$ ";

/// Texts that begin as hashes do and go on as hostile ones would.
fn hostile() -> impl Strategy<Value = String> {
    let starts = prop::sample::select(STARTS.split(' ').collect::<Vec<_>>());
    let rest = "([0-9a-zA-Z./+=$:,{}*|!_-]{0,150}|\\PC{0,60})";
    (starts, rest).prop_map(|(start, rest)| format!("{start}{rest}"))
}

/// Names, recipes and what looks like them.
fn spoken() -> impl Strategy<Value = Option<String>> {
    let names: Vec<&str> = Scheme::all().map(|scheme| scheme.name).collect();
    let calls =
        "(md5|hmac_sha1|iterate|substr|repeat|bcrypt|pbkdf2_sha1)\\([$a-z0-9().,='+ ]{0,60}\\)";
    prop_oneof![
        Just(None),
        prop::sample::select(names).prop_map(|name| Some(name.to_owned())),
        calls.prop_map(Some),
        "\\PC{0,40}".prop_map(Some),
    ]
}

proptest! {
    #[test]
    fn no_row_makes_the_reader_panic(
        hash in hostile(),
        salt in prop::option::of("\\PC{0,40}"),
        scheme in spoken(),
    ) {
        let all = Scheme::all().fold(Schemes::default(), |schemes, scheme| {
            schemes.allowing(scheme.name).unwrap_or_default()
        });
        let columns = Columns { hash: &hash, salt: salt.as_deref(), scheme: scheme.as_deref() };
        if let Ok(stored) = all.read(columns) {
            prop_assert!(stored.cost().memory_kib < 257 * 1024);
            if stored.cost().nanoseconds < 100_000 {
                // A password that has no part in the digest would let anybody in.
                let passwords = ["password", "another", "Third", "4", "five!", "\u{e9}6", "7x", "8"];
                let derived = passwords.map(|it| stored.derive(inputs(it.as_bytes())));
                let [first, ..] = &derived;
                prop_assert!(first.is_none() || derived.iter().any(|other| other != first));
            }
        }
    }
}
