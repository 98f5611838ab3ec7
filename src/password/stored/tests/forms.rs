//! Stored forms as real software, columns and dumps leave them. Without a source beside them, the hashes are
//! Python's (hashlib, bcrypt, argon2-cffi), made as the software's own code makes them.

use super::neighbours::of;
use super::*;

/// What the right password and another come to.
fn met(
    hash: &str,
    salt: Option<&str>,
    scheme: Option<&str>,
    password: &str,
) -> Result<[bool; 2], Unverifiable> {
    let read = of(hash, salt, scheme)?;
    let made_from = |password: &str| read.is_made_from(inputs(password.as_bytes()));
    Ok([made_from(password), made_from(&format!("{password}x"))])
}

#[test]
fn pbkdf2_is_verified_over_any_digest() {
    for hash in [
        // Werkzeug's own.
        "pbkdf2:sha3_256:1000$abc$19f55a1e45e39fbb92827f48010b695e567d955d4f575c1e4231c96d81d9760e",
        "pbkdf2:blake2b:3$abc$25fe54e323f2fb496eb204f8086e558a521503eaf06db4034026e788d60487a5e0514fc8caaf35b2a0ab676d3581ddab887befaf7cf30014346f036d9b9ba99b",
        "pbkdf2(3,20,ripemd160)$abc$44102a616cb942e5ecd5894d0a872d35d8d3683d",
        ":pbkdf2:sha3-512:3:64:MDEyMzQ1Njc4OWFiY2RlZg==:f2MMleKuC36kLibFlh9eVEes123lN/5dG1bgN95FnimmNRd6Yj84kAVG+bmHgZGMTa9g1oXdJaqcSg4EmqA8vg==",
        "PBKDF2WithHmacSHA3-256:3:MDEyMzQ1Njc4OWFiY2RlZg==:/ql0fgBEQPlHKoZdgkJ2UzKLsLzyjaEFHf+nHwTrJPo=",
        "{PBKDF2WithHmacSHA3-512}30313233343536373839616263646566-3-7f630c95e2ae0b7ea42e26c5961f5e54",
        "$pbkdf2$f=SHA3-256,w=3,l=32$MDEyMzQ1Njc4OWFiY2RlZg$/ql0fgBEQPlHKoZdgkJ2UzKLsLzyjaEFHf+nHwTrJPo",
        "sha3_256:3:32:MDEyMzQ1Njc4OWFiY2RlZg==:/ql0fgBEQPlHKoZdgkJ2UzKLsLzyjaEFHf+nHwTrJPo=",
    ] {
        assert_eq!(met(hash, None, None, "secret"), Ok([true, false]), "{hash}");
    }
}

/// Read as verifiable, such a row would turn away everybody as if the password were wrong.
#[test]
fn what_no_password_can_make_is_refused() {
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let keycloak = |salt: &str, kind: &str| {
        let secret = format!("{{\"value\":\"{key}=\",\"salt\":\"{salt}\"}}");
        let more = format!(
            "\"memory\":[\"64\"],\"parallelism\":[\"1\"],\"type\":[\"{kind}\"],\"version\":[\"1.3\"]"
        );
        let data = format!(
            "{{\"hashIterations\":1,\"algorithm\":\"argon2\",\"additionalParameters\":{{{more}}}}}"
        );
        of(&secret, Some(&data), None).err()
    };
    assert_eq!(keycloak("c2FsdHNhbHQ=", "id"), None);
    assert_eq!(keycloak("c2FsdA==", "id"), Some(Unverifiable::Malformed));
    for hash in [
        // One letter spells no byte.
        format!("$y$j9T$a${key}"),
        format!("{}::2", "ab".repeat(32)),
    ] {
        assert_eq!(of(&hash, None, None).err(), Some(Unverifiable::Malformed), "{hash}");
    }
    assert_eq!(of(&format!("$y$j9T$a.${key}"), None, None).err(), None);
}

/// Elasticsearch's eight letters of salt before the digest look like LDAP's six bytes behind it; its later
/// twelve letters end in a `=` that LDAP's never have there.
#[test]
fn elasticsearchs_digest_is_not_ldaps() {
    let password = "p\u{e9}\u{1f600} x";
    let eight = "{SSHA256}abcdefghitq4Le73Z6BrNwm9ewMgVAsgDu/Je+dBgKHNWmp+x1Y=";
    let twelve = "{SSHA256}AAECAwQFBgc=SnFk5ZMnE7PHu1DgkuQVISdeyhmHZk+W0SvxuS47To4=";
    let ldap = "{SSHA256}YE1XGYPHX8WrBU9Kg0dCzSjExZGO4fTKFVRV62dLETZhYmNkZWY=";
    for (hash, name) in [(eight, "elasticsearch_ssha256"), (ldap, "ldap_salted_sha256")] {
        assert_eq!(of(hash, None, None).err(), Some(Unverifiable::Ambiguous), "{hash}");
        assert_eq!(met(hash, None, Some(name), password), Ok([true, false]), "{hash}");
        assert_eq!(of(hash, None, Some("bcrypt")).err(), Some(Unverifiable::SchemeMismatch));
    }
    for name in [None, Some("elasticsearch_ssha256")] {
        assert_eq!(met(twelve, None, name, password), Ok([true, false]), "{name:?}");
    }
    let usual = "{SSHA256}itq4Le73Z6BrNwm9ewMgVAsgDu/Je+dBgKHNWmp+x1ZhYmNkZWZnaA==";
    assert_eq!(met(usual, None, None, password), Ok([true, false]));
}

/// Spring's parameters are digits alone for some costs.
#[test]
fn springs_scrypt_without_braces_is_told() {
    for hash in [
        "$110801$MDEyMzQ1Njc4OWFiY2RlZg==$JTaPll6g+7MDVp5pqoqL/EKH1BDoDf8ycT/AYL6Za/c=",
        "$100802$MDEyMzQ1Njc4OWFiY2RlZg==$bZ94H9AH8Rh5Ux3TdkRpP0xby25ZKdcoFm5LoeCPz9E=",
        "$90801$MDEyMzQ1Njc4OWFiY2RlZg==$33tDEbUqOUH2lq0+gw0NcCF7ow5Jp8vLGirBHWpggos=",
    ] {
        for name in [None, Some("spring_scrypt")] {
            assert_eq!(met(hash, None, name, "secret"), Ok([true, false]), "{hash} {name:?}");
        }
    }
    // Another r could be somebody's iterations.
    let other = "$90401$MDEyMzQ1Njc4OWFiY2RlZg==$wnoA0Wt3QctF7lMn5puHBhzmmicz00ZvYx6q14jSU0s=";
    assert_eq!(of(other, None, None).err(), Some(Unverifiable::Ambiguous));
    assert_eq!(met(other, None, Some("spring_scrypt"), "secret"), Ok([true, false]));
    let iterations = other.replace("90401", "100000");
    assert_eq!(of(&iterations, None, None).err(), Some(Unverifiable::UnknownScheme));
}

#[test]
fn a_dump_of_a_hash_is_read_through() {
    for (hash, password) in [
        // MySQL 8's own, whose salt is of any seven bits.
        (
            "0x2441243030352401021B7F616263646566670968696A6B6C10200A49774161303433786C59692E7654752E7741482E4457386952584F30367A5846534E7444585372505A7332",
            "p\u{e9}\u{1f600}",
        ),
        (
            "\\x243262243034244c6c576e515343432f564837635650673375616357756c66516f5a4e7675396d4c2f524243466755624a66484276657479324146790a",
            "secret",
        ),
        // libsodium's crypto_pwhash_str, which fills 128 bytes with NULs.
        (
            "0x246172676F6E32696424763D3139246D3D36342C743D322C703D31244D4445794D7A51314E6A63344F5746695932526C5A67244E5A4D39487275446C70762B7376472B5766356E39656C4E654D304F584D557053345148387A736974624D00000000000000000000000000000000000000000000000000000000000000000000",
            "secret",
        ),
    ] {
        assert_eq!(met(hash, None, None, password), Ok([true, false]), "{hash}");
    }
    assert_eq!(
        met("0x5ebe2294ecd0e0f08eab7690d2a6ee69", None, Some("md5"), "secret"),
        Ok([true, false])
    );
}

/// With its salt of 16 bytes .NET makes 32, whatever the digest and the iterations (PasswordHasher.cs).
#[test]
fn a_cut_key_of_aspnet_identity_is_malformed() {
    let hash =
        "AQAAAAIACSfAAAAAEDAxMjM0NTY3ODlhYmNkZWa51cdJ9PVFaQD0ci0GOFPxBxJgyxp5EjA3+Ptucbh1ww==";
    assert_eq!(of(hash, None, None).err(), None);
    assert_eq!(of(&hash[..60], None, None).err(), Some(Unverifiable::Malformed));
}

/// Python's json and PostgreSQL's jsonb put blanks into the text.
#[test]
fn keycloaks_json_is_read_however_it_is_laid_out() {
    let value =
        "55OAd2tflUTH4YSz1J9pqJKxekgvYjw3bPGXGUbRpZE3tNv+BWbZECQ5mIisJ2QcxmV4UxdG7uWaB5hBr9hNIA==";
    let secret = format!("\"value\": \"{value}\", \"salt\": \"AAECAwQFBgcICQoLDA0ODw==\"");
    let data = "\"hashIterations\": 100, \"algorithm\": \"pbkdf2-sha256\"";
    for (start, more) in [
        ("{", ""),
        ("{ ", ""),
        ("{\n  ", ", \"additionalParameters\": null"),
        ("{\t", ", \"additionalParameters\": {}"),
    ] {
        let (secret, data) = (format!("{start}{secret}{more}}}"), format!("{start}{data}{more}}}"));
        for name in [None, Some("keycloak")] {
            let met = met(&secret, Some(&data), name, "correct horse");
            assert_eq!(met, Ok([true, false]), "{secret} {data}");
        }
        let both = format!("{start}\"secretData\": {secret}, \"credentialData\": {data}}}");
        assert_eq!(met(&both, None, None, "correct horse"), Ok([true, false]), "{both}");
    }
}

/// Few iterations of a digest are a fast digest.
#[test]
fn few_iterations_are_weak() {
    for (hash, is_weak) in [
        (
            "$shiro1$SHA-256$1$MDEyMzQ1Njc4OWFiY2RlZg==$xTEOPR5YI+93zjpYBJiKcvxgwwegyJWfNGHiAuSo2BQ=",
            true,
        ),
        ("{SHA-256}00ff-2-08b7927815e348a4c186e2a5b0ad068022ed00ff9444afb6c9c8edb73d540875", true),
        (
            "$shiro1$SHA-256$500000$MDEyMzQ1Njc4OWFiY2RlZg==$6PmUpoUfMPY7fFBtHS3ItRNujlVEWpQ47CmqXzITH+4=",
            false,
        ),
    ] {
        let columns = Columns { hash, salt: None, scheme: None };
        let read = Schemes::default().read(columns).err().map(|refusal| refusal.reason);
        assert_eq!(read, is_weak.then_some(Unverifiable::Weak), "{hash}");
        let allowing = Schemes::default().allowing("shiro1").and_then(|it| it.allowing("oak"));
        assert!(allowing.expect("schemes").read(columns).is_ok(), "{hash}");
        if is_weak {
            assert_eq!(met(hash, None, None, "secret"), Ok([true, false]), "{hash}");
        }
    }
}

/// The page says a thousand digests, however dear one is.
#[test]
fn a_recipe_of_less_than_a_thousand_digests_is_weak() {
    let md5 = "5f4dcc3b5aa765d61d8327deb882cf99";
    for (scheme, is_weak) in [
        ("md5($pass, iterations=400)", true),
        ("md5(sha512($pass, iterations=998))", true),
        ("md5(sha512($pass, iterations=999))", false),
        ("hmac_md5(key=sha1($pass.$salt, iterations=997), $pass)", true),
        ("hmac_md5(key=sha1($pass.$salt, iterations=998), $pass)", false),
        ("pbkdf2_md5(iterations=1)", false),
    ] {
        let columns = Columns { hash: md5, salt: Some("salt"), scheme: Some(scheme) };
        let read = Schemes::default().read(columns).err().map(|refusal| refusal.reason);
        assert_eq!(read, is_weak.then_some(Unverifiable::Weak), "{scheme}");
    }
}

/// As slappasswd's users and LDAP administrators lock an account.
#[test]
fn a_marker_behind_crypts_braces_locks() {
    for marker in ["!", "!!", "*", "x", "*LK*", "!$6$abc$def"] {
        for name in [None, Some("sha512_crypt")] {
            let hash = format!("{{CRYPT}}{marker}");
            assert_eq!(of(&hash, None, name).err(), Some(Unverifiable::Locked), "{hash}");
        }
    }
    assert_eq!(of("{CRYPT}", None, None).err(), Some(Unverifiable::Malformed));
}

/// The PHC's strings may carry a key's name and associated data.
#[test]
fn associated_data_of_argon2_are_not_supported() {
    let hash =
        |more: &str| format!("$argon2id$v=19$m=1024,p=1,t=2{more}$c29tZXNhbHQ${}", "A".repeat(43));
    for more in [",data=YWJj", ",keyid=AA", ",keyid=AA,data=YWJj"] {
        assert_eq!(of(&hash(more), None, None).err(), Some(Unverifiable::Unsupported), "{more}");
    }
    assert_eq!(of(&hash(""), None, None).err(), None);
    assert_eq!(of(&hash(",x=1"), None, None).err(), Some(Unverifiable::Malformed));
}

/// What the census prints of a kind of hash.
#[test]
fn parameters_are_those_that_the_hash_tells() {
    let (letters, md5) =
        ("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef", "5f4dcc3b5aa765d61d8327deb882cf99");
    for (hash, scheme, shown) in [
        (format!("$y$j9T$aaaa${}", &letters[..43]), None, "ln=12,r=32,p=1"),
        (format!("$7$C6..../....SodiumChloride${}", &letters[..43]), None, "ln=14,r=8,p=1"),
        (format!("$md5,rounds=904$aaaaaaaa$${}", &letters[..22]), None, "rounds=904"),
        (format!("$5$rounds=1400$aaaa${}", &letters[..43]), None, "rounds=1400"),
        (md5.to_owned(), Some("md5($pass, iterations=10)"), "rounds=10"),
        (md5.to_owned(), Some("md5($pass)"), ""),
        ("$shiro1$SHA-256$500000$MDEyMzQ1Njc4OWFiY2RlZg==$6PmUpoUfMPY7fFBtHS3ItRNujlVEWpQ47CmqXzITH+4=".to_owned(), None, "rounds=500000"),
    ] {
        let read = of(&hash, None, scheme).map(|hash| hash.parameters().to_string());
        assert_eq!(read.as_deref(), Ok(shown), "{hash}");
    }
}

#[test]
fn a_salt_is_read_as_dumps_write_it() {
    // md5("salt" . "secret"), the salt as each database dumps it.
    let salted = "d42a0f742ffc1be4e1cc0845c2429c97";
    for salt in ["73616c74", "\\x73616c74", "0x73616C74"] {
        let met = met(salted, Some(salt), Some("md5($salt.$pass, salt=hex)"), "secret");
        assert_eq!(met, Ok([true, false]), "{salt}");
    }
}

/// The text that a recipe makes is compared as it is written; only hexadecimal has two cases.
#[test]
fn a_text_is_compared_in_the_case_that_it_is_written_in() {
    for (hash, salt, recipe) in [
        ("4E1655438F0EBAFE920457B7596E6CDA5647A90F", None, "strtoupper(sha1($pass, iterations=5))"),
        ("AQvLPzKr0vkUErP4dFcBj4LG9+0=", None, "base64(sha1_bin($pass, iterations=5))"),
        ("OOYxYCanJCywvzUeuC/3u3Ep3PpTYUx0", Some("SaLt"), "base64(sha1_bin($pass.$salt).$salt)"),
        (
            "QWJiPZeG3uUChNb0QOFRRLg1de6Rql37t9zMx9ueXy8E/A==",
            Some("Ab"),
            "base64($salt.sha256_bin($salt.$pass))",
        ),
        (
            "MGNjYjQzZTE0ZjAxNjE3NDkwNDFhNzZjNDhjMjcwYzk0MTZlZGMwMGRiZDcwNmJiY2JhODBiMDQwNTlkNTllZA==",
            None,
            "base64(hex(sha256($pass)))",
        ),
        ("znbJr3+tymFoQD4+Njh4", None, "left(base64(sha1($pass)), 20)"),
        ("AbC6a452cd1c5bc2bac694c77ab1b2a1b46660d8173", Some("AbC"), "$salt.sha1($salt.$pass)"),
    ] {
        assert_eq!(met(hash, salt, Some(recipe), "Secret1!"), Ok([true, false]), "{recipe}");
    }
    for (hash, recipe) in [
        ("F35DFB0188858F6292ED", "left(strtoupper(md5($pass)), 20)"),
        ("F35DFB0188858F6292ED", "strtoupper(left(md5($pass), 20))"),
        ("F35DFB0188858F6292ED", "left(md5($pass), 20)"),
        (
            "9391DD358C0C19E9E8B5B60ED58E6391",
            "iterate(strtoupper(md5($pass)), strtoupper(md5($digest)), 1)",
        ),
        ("4E1655438F0EBAFE920457B7596E6CDA5647A90F", "sha1($pass, iterations=5)"),
    ] {
        for hash in [hash.to_owned(), hash.to_lowercase()] {
            assert_eq!(met(&hash, None, Some(recipe), "Secret1!"), Ok([true, false]), "{recipe}");
        }
    }
}

/// The example of github.com/firebase/scrypt's README, in each of base64's spellings.
#[test]
fn firebases_base64_is_read_in_either_alphabet() {
    let key =
        "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
    let hash =
        "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
    let spellings: [fn(&str) -> String; 4] = [
        str::to_owned,
        |text| text.replace('+', "-").replace('/', "_"),
        |text| text.trim_end_matches('=').to_owned(),
        |text| text.trim_end_matches('=').replace('+', "-").replace('/', "_"),
    ];
    for spelt in spellings {
        let name = format!(
            "firebase_scrypt(signer_key={}, salt_separator={}, rounds=8, mem_cost=14)",
            spelt(key),
            spelt("Bw==")
        );
        let met = met(&spelt(hash), Some(&spelt("42xEC+ixf3L2lw==")), Some(&name), "user1password");
        assert_eq!(met, Ok([true, false]), "{name}");
    }
    let pbkdf2 = met(
        "HEu4mGo1lRWPEUgKc0fxcE5HVUKG4Pp0jbBzx+ZnFfI=",
        Some("-__--__--__--__-YWJjZA"),
        Some("pbkdf2_sha256(iterations=1000, salt=base64)"),
        "Secret1!",
    );
    assert_eq!(pbkdf2, Ok([true, false]));
}

/// Symfony's MessageDigestPasswordHasher puts braces around what PHP does not call empty.
#[test]
fn symfony_has_no_braces_without_a_salt() {
    let once =
        "yki1HMlzTIQdNeb1nRR6+SJt5nAW1+qY7Ywo/kcxvYoKvb0AViYWEESVOMjTQSM2BqLD63772pG+Nyd5JqHzlw==";
    let often =
        "YU2OlLTq0JI/wRyYifpoKv7UkFB9R+aYysbcD+JuRnOsjQF7hEr06N65m0+Jb14Nsl8/U4uk2IfjmWg6mLbhfQ==";
    let salted =
        "B4Pq6I5kqlOxOlTZnZnYthtR6xy6lQ7jr1EvSqLPpOIFxFBbDYsoh0D+6rD260Bd581FdSqB8ODNFPfkGyMs/w==";
    for salt in [None, Some(""), Some("0")] {
        for (hash, name) in [(once, "symfony_sha512_1"), (often, "symfony_sha512")] {
            assert_eq!(
                met(hash, salt, Some(name), "Secret1!"),
                Ok([true, false]),
                "{name} {salt:?}"
            );
        }
    }
    for (hash, salt) in [(salted.to_owned(), Some("x")), (format!("{salted}:x"), None)] {
        let met = met(&hash, salt, Some("symfony_sha512_1"), "Secret1!");
        assert_eq!(met, Ok([true, false]), "{hash}");
    }
    // A scheme of another kind without its salt lacks a column.
    let lacks = met(&"ab".repeat(64), None, Some("sha512($pass.$salt)"), "Secret1!");
    assert_eq!(lacks, Err(Unverifiable::Incomplete));
}

/// Five bytes of salt leave two `=`, which Elasticsearch's digest never has.
#[test]
fn ldaps_salted_sha256_of_five_bytes_needs_no_name() {
    let hash = "{SSHA256}fKr6ivpXmyxiBLr9kjcq1EJJX712O5q5WE+tZ6p/GCtzYWx0NQ==";
    assert_eq!(met(hash, None, None, "Secret1!"), Ok([true, false]));
}

/// A salt that is no hexadecimal is a fault of the row, not of the password.
#[test]
fn a_salt_that_cannot_be_decoded_is_malformed() {
    let of_salt = |salt: &str| {
        met(&"ab".repeat(16), Some(salt), Some("md5(unhex($salt).$pass)"), "x").map(drop)
    };
    assert_eq!([of_salt("00ff"), of_salt("00fg")], [Ok(()), Err(Unverifiable::Malformed)]);
}
