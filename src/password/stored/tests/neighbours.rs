//! Hashes that look like another software's, rows that are labelled wrongly, and recipes that would let anybody in.

use super::*;

const MD5: &str = "5f4dcc3b5aa765d61d8327deb882cf99";
const BCRYPT: &str = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

pub(super) fn of(
    hash: &str,
    salt: Option<&str>,
    scheme: Option<&str>,
) -> Result<StoredHash, Unverifiable> {
    let columns = Columns { hash, salt, scheme };
    Schemes::default().read_even_weak(columns).map_err(|refusal| refusal.reason)
}

fn refused(hash: &str, salt: Option<&str>, scheme: Option<&str>) -> Option<Unverifiable> {
    of(hash, salt, scheme).err()
}

/// Whether `U*U` or the other password is let in.
fn lets_in(hash: &str, salt: Option<&str>, scheme: &str, password: &str) -> bool {
    of(hash, salt, Some(scheme)).is_ok_and(|hash| hash.is_made_from(inputs(password.as_bytes())))
}

#[test]
fn what_several_products_write_is_ambiguous_until_it_is_named() {
    let digits = "0123456789abcdef".repeat(8);
    let sha256 = "XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=";
    for (hash, names) in [
        (format!("{MD5}:{digits}"), &["better_auth", "lucia", "scrypt(N=16384)"][..]),
        (format!("{MD5}:{digits}"), &["pbkdf2_sha512(iterations=1000)", "sha512($salt.$pass)"]),
        (
            "sha256:1000:c2FsdHNhbHQ=:PYjCU215Mi57AYPKva9j7mvF4Rc5bCnt".into(),
            &["hashcat_pbkdf2", "crackstation_pbkdf2"],
        ),
        (
            format!("sha256$salt${}", &digits[..64]),
            &["werkzeug_hmac_sha256", "pydal", "sha256($salt.$pass)"],
        ),
        (format!("sha512$salt${digits}"), &["werkzeug_hmac_sha512", "sha512($pass.$salt)"]),
        (
            format!("md5$salt${MD5}"),
            &["django_salted_md5", "werkzeug_hmac_md5", "md5($pass.$salt)"],
        ),
        (format!("{{PBKDF2}}10000$AAECAwQFBgcICQoLDA0ODw==${sha256}"), &["elasticsearch_pbkdf2"]),
        (format!("{{sha256}}{sha256}"), &["ldap_sha256"]),
    ] {
        assert_eq!(refused(&hash, None, None), Some(Unverifiable::Ambiguous), "{hash}");
        for name in names {
            assert_eq!(refused(&hash, None, Some(name)), None, "{hash} {name}");
        }
        for name in ["bcrypt", "plaintext", "phpass", "werkzeug_scrypt"] {
            let reason = Some(Unverifiable::SchemeMismatch);
            assert_eq!(refused(&hash, None, Some(name)), reason, "{hash} {name}");
        }
    }
    // OpenLDAP's has twenty bytes, which Elasticsearch's never has.
    let openldap = "{PBKDF2}10000$IlfapjA351LuDSwYC0IQ8Q$saHqQTuYnjJN/tmAndT.8mJt.6w";
    assert!(of(openldap, None, None).is_ok_and(|hash| hash.scheme() == "ldap_pbkdf2_sha1"));
}

#[test]
fn the_text_of_a_hash_is_nobodys_password() {
    for hash in [
        BCRYPT,
        MD5,
        "0x5f4dcc3b5aa765d61d8327deb882cf99",
        "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8:salt",
        "XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=",
        "{SSHA}o8GzGTzvDwuHO8j2lDVsAcwo6VX8p1hy",
        "{UNKNOWN}o8GzGTzvDwuHO8j2lDVsAcwo6VX8p1hy",
        "$2b$10$N9qo8uLOickgx2ZMRZ",
        "sha1$salt$5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8",
    ] {
        for name in ["plaintext", "werkzeug_plain", "$pass", "trim($pass)"] {
            let reason = refused(hash, None, Some(name));
            assert_eq!(reason, Some(Unverifiable::SchemeMismatch), "{hash} {name}");
        }
        let schemes = Schemes::default().with_default("plaintext").expect("a scheme");
        let columns = Columns { hash, salt: None, scheme: None };
        assert!(schemes.read_even_weak(columns).is_err() || of(hash, None, None).is_ok(), "{hash}");
    }
    for (password, other) in [
        (" blanks ", " blanks"),
        ("0x1234", "1234"),
        ("\\x31", "1"),
        ("S:ecret", "ecret"),
        ("$2000!", "2000!"),
        ("a:b:c", "b"),
        ("(G)", "G"),
        ("1234567890123456", "1"),
    ] {
        assert!(lets_in(password, None, "plaintext", password), "{password}");
        assert!(!lets_in(password, None, "plaintext", other), "{password}");
    }
}

#[test]
fn a_recipe_over_a_scheme_reads_the_columns_salt() {
    // `U*U` is salt and password.
    for (salt, recipe, password) in
        [("U*", "bcrypt($salt.$pass)", "U"), ("*U", "bcrypt($pass.$salt)", "U")]
    {
        assert!(lets_in(BCRYPT, Some(salt), recipe, password), "{recipe}");
        assert!(!lets_in(BCRYPT, Some("x"), recipe, password), "{recipe}");
        assert_eq!(refused(BCRYPT, None, Some(recipe)), Some(Unverifiable::Incomplete));
    }
    assert!(lets_in(BCRYPT, Some("552a"), "bcrypt($salt.$pass, salt=hex)", "U"));
}

/// bcrypt reads 72 bytes: behind as many of the salt's, any password is as good as another.
#[test]
fn a_password_that_nothing_reads_is_refused() {
    let long = "s".repeat(72);
    assert_eq!(
        refused(BCRYPT, Some(&long), Some("bcrypt($salt.$pass)")),
        Some(Unverifiable::Malformed)
    );
    assert_eq!(refused(BCRYPT, Some(&long[1..]), Some("bcrypt($salt.$pass)")), None);
    for recipe in ["bcrypt(sha512($salt).$pass)", "bcrypt(md5($salt))", "phpass('x')", "md5($salt)"]
    {
        assert!(refused(BCRYPT, Some("salt"), Some(recipe)).is_some(), "{recipe}");
    }
}

#[test]
fn every_input_is_capped() {
    let symfony =
        |salt: usize| refused(&"ab".repeat(64), Some(&"s".repeat(salt)), Some("symfony_sha512"));
    assert_eq!(symfony(1024), None);
    for salt in [1025, 4097, 10_000_000] {
        assert_eq!(symfony(salt), Some(Unverifiable::OverCap), "{salt}");
    }
    // A million times over a kibibyte.
    let recipe = "iterate($pass, sha512($digest.$salt), 1000000)";
    assert_eq!(
        refused(&"ab".repeat(64), Some(&"s".repeat(1000)), Some(recipe)),
        Some(Unverifiable::OverCap)
    );
    assert_eq!(refused(&"ab".repeat(64), Some("s"), Some(recipe)), None);
    // What grows with each turn, whatever is made of it at the end; what comes to an end is no longer than that.
    for recipe in [
        "md5(iterate(md5($pass), hex($digest), 40))",
        "md5(iterate(md5($pass), $digest.'0123456789', 20000))",
        "md5(iterate(md5($pass), $digest.$salt, 2))",
        "md5(iterate($pass, utf16le($digest), 20))",
        "md5(iterate($pass, iterate($digest, base64($digest), 3), 3))",
        "md5(iterate($pass, md5($digest).iterate($digest, $digest.'x', 60), 60))",
        "md5(iterate($pass, left(hex($digest), 100000), 3))",
        "md5(hex(hex(hex(hex(hex(hex(hex(hex($pass)))))))))",
        // A digest of one byte takes a whole block.
        "md5(iterate($pass, iterate($digest, streebog_512_bin(left($digest, 1)), 10), 1000000))",
        "md5(iterate($pass, iterate($digest, whirlpool_bin(left($digest, 1)), 12), 1000000))",
        "md5(iterate($pass, iterate($digest, keccak_512_bin(left($digest, 1)), 12), 1000000))",
        "md5(iterate($pass, iterate($digest, hmac_streebog_512_bin(key=left($digest, 1), left($digest, 1)), 4), 1000000))",
        "md5(iterate($pass, iterate($digest, hmac_whirlpool_bin(key=left($digest, 1), left($digest, 1)), 4), 1000000))",
        "md5(htmlspecialchars(nfkc(htmlspecialchars(nfkc($pass)))))",
    ] {
        assert_eq!(
            refused(MD5, Some("salt"), Some(recipe)),
            Some(Unverifiable::OverCap),
            "{recipe}"
        );
    }
    for recipe in [
        "md5(iterate(md5($pass), left(hex($digest), 64), 2))",
        "md5(iterate($pass, strtolower(trim($digest)), 1))",
        "md5(iterate($pass, trim($digest), 40))",
        "md5(iterate($pass, md5($digest.$salt).$salt, 1000))",
        "md5(iterate($pass, iterate($digest, md5($digest), 30), 30))",
        "md5(iterate($pass, hex($digest), 1))",
        "md5(hex(htmlspecialchars(nfc($pass))))",
    ] {
        assert_eq!(refused(MD5, Some("salt"), Some(recipe)), None, "{recipe}");
    }
}

#[test]
fn every_derivation_is_capped() {
    for (digest, iterations) in [("whirlpool", 1_531_250), ("streebog_512", 816_666)] {
        let hash = format!("pbkdf2:{digest}:{iterations}$salt${}", "ab".repeat(64));
        assert_eq!(refused(&hash, None, None), Some(Unverifiable::OverCap), "{hash}");
    }
    let scrypt = |n: u32, r: u32, p: u32| {
        let name = format!("scrypt(N={n}, r={r}, p={p})");
        refused(&"ab".repeat(32), Some("salt"), Some(&name))
    };
    assert_eq!([scrypt(1024, 8, 27), scrypt(16, 100, 100)], [None, None]);
    assert_eq!(scrypt(1 << 20, 16, 1), Some(Unverifiable::OverCap));
    assert_eq!(scrypt(1 << 14, 8, 128), Some(Unverifiable::OverCap));
}

#[test]
fn damaged_hashes_are_refused() {
    for hash in [
        "{PBKDF2-SHA256}10000$AAECAwQFBgcICQoLDA0ODw$saHqQTuYnjJN/tmAndT.8g",
        "{PBKDF2-SHA512}10000$AAECAwQFBgcICQoLDA0ODw$saHqQTuYnjJN/tmAndT.8g",
        "{PBKDF2-SHA1}10000$AAECAwQFBgcICQoLDA0ODw$saHqQTuYnjJN/tmAndT.8g",
        "grub.pbkdf2.sha512.10000.00112233.00112233445566778899aabbccddeeff",
        "$scram$1000$AAECAwQFBgcICQoLDA0ODw$sha-1=cut,sha-256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AQAAAAIAAYagAAAAEGifamJzhMfcstzBSH5UAiOG97XOXZxEgm8IRegnR5pm",
    ] {
        assert_eq!(refused(hash, None, None), Some(Unverifiable::Malformed), "{hash}");
    }
}

#[test]
fn an_applications_secret_is_not_in_the_hash() {
    let hash =
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let keyed = of(hash, None, Some("argon2_secret")).expect("a hash");
    assert!(keyed.uses(crate::password::recipe::Variable::Pepper));
    let made_from = |pepper: &[u8]| keyed.is_made_from(Inputs { pepper, ..inputs(b"password") });
    assert_eq!([made_from(b""), made_from(b"secret")], [true, false]);
}

#[test]
fn what_stands_behind_a_hash_is_undone() {
    for behind in [" ", "  ", "\r\n", "\n", "\t"] {
        assert_eq!(refused(&format!("{BCRYPT}{behind}"), None, None), None, "{behind:?}");
        let named = refused(&format!("{MD5}{behind}"), None, Some("hex_md5"));
        assert_eq!(named, None, "{behind:?}");
    }
    assert_eq!(refused("!bcrypt!10!cut", None, None), Some(Unverifiable::Malformed));
    assert_eq!(refused("!secret", None, Some("hex_md5")), Some(Unverifiable::Locked));
}

/// Hashes as other software made them.
pub(super) fn vectors() -> Vec<serde_json::Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/hashes");
    let files = ["published", "hashcat", "frameworks", "software", "products"];
    let read = |file| std::fs::read_to_string(format!("{folder}/{file}.jsonl")).expect("vectors");
    let vectors: Vec<_> = files
        .into_iter()
        .map(read)
        .flat_map(|text| {
            text.lines()
                .map(|line| serde_json::from_str(line).expect("a vector"))
                .collect::<Vec<_>>()
        })
        .collect();
    vectors
}

/// The names of a scheme, each on a hash of it as other software made it.
#[test]
fn a_schemes_names_take_its_own_hashes() {
    let mut faults = std::collections::BTreeSet::new();
    for vector in vectors() {
        let (hash, scheme) = (vector["hash"].as_str(), vector["scheme"].as_str());
        let (hash, scheme) = (hash.expect("a hash"), scheme.expect("a scheme"));
        let [known, ..] = Scheme::named(scheme) else { continue };
        let named = vector["columns"]["password_scheme"].as_str();
        let own = of(hash, vector["columns"]["salt"].as_str(), Some(named.unwrap_or(scheme)));
        if own.is_err() || named.is_some_and(|named| named.contains('(')) {
            continue;
        }
        for name in std::iter::once(known.name).chain(known.aliases.split_whitespace()) {
            let (salt, is_kind) = (vector["columns"]["salt"].as_str(), name.starts_with("argon2"));
            let other = of(hash, salt, Some(name));
            if other.is_err() && !is_kind {
                faults.insert(format!("{name} of {}", known.name));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
