//! The hostile rows: stored hashes, each with the reason that the log and the metrics should give.

pub(super) const UNKNOWN: &str = "unknown_scheme";
pub(super) const MALFORMED: &str = "malformed_hash";
pub(super) const LOCKED: &str = "locked_hash";
pub(super) const WEAK: &str = "weak_scheme";
pub(super) const OVER: &str = "parameters_over_cap";

/// The right hashes of the samples' password, to be spoiled.
pub(super) const BCRYPT: &str = "$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6";
pub(super) const ARGON2: &str = "$argon2id$v=19$m=19456,t=2,p=1$e61i7Zx1oLVQl6oaLt3+bA$1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ";
pub(super) const DJANGO: &str =
    "pbkdf2_sha256$20000$lbgSyHU8dNCtTwB53tJYWZ$fGlDsgxnuMTrL8OyuVhgasHkgqQlFW5gFyOw4EfyuVw=";
/// Of 72 times the letter a.
pub(super) const BCRYPT_OF_72_A: &str =
    "$2b$04$c77Hzb0okSeiq1OT92BUA.9xuFYjI67wXHF0Q2922w1stAQuAWV5G";

const ARGON2_SALT: &str = "e61i7Zx1oLVQl6oaLt3+bA";
const ARGON2_DIGEST: &str = "1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ";
const DJANGO_DIGEST: &str = "fGlDsgxnuMTrL8OyuVhgasHkgqQlFW5gFyOw4EfyuVw=";

/// 66 bytes in base64: no salt and no digest is that long.
const TOO_LONG: &str =
    "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB";

type Rows = Vec<(String, &'static str)>;

pub(super) fn all() -> Rows {
    [bcrypts(), argon2_costs(), argon2_texts(), djangos(), others(), long()].concat()
}

/// A right hash with `part` replaced by each of the words.
fn spoil(rows: &mut Rows, hash: &str, part: &str, words: &str, reason: &'static str) {
    assert!(hash.contains(part), "{hash} has no {part}");
    // `_` stands for a blank, since blanks part the words; `^` for nothing.
    let words = words.split_whitespace().map(|word| word.replace('_', " ").replace('^', ""));
    rows.extend(words.map(|word| (hash.replacen(part, &word, 1), reason)));
}

fn bcrypts() -> Rows {
    let mut rows = vec![];
    let mut each = |part, words, reason| spoil(&mut rows, BCRYPT, part, words, reason);
    each("10", "31 15 99", OVER);
    each("10", "03 00 ^ 4 010 -1 +9 _9 1e 4294967306 1O \u{661}0 0x", MALFORMED);
    each("$2b$", "$2$ $2c$ $2B$ $2ab$ $2b_$ $2$$ $20$", UNKNOWN);
    each("$2b$", "$3b$ 2b$ $_2b$ *$2b$ _$2b$ $bcrypt$$2b$ {BLOWFISH}$2b$ \u{feff}$2b$", UNKNOWN);
    each("$2b$", "!$2b$ !!$2b$ *LK*$2b$", LOCKED);
    each("XJ0.", "XJ0= XJ0+ X\u{e9}. X_J. X\0J.", MALFORMED);
    each("MP9A", "MP$A \u{1f4a5}", MALFORMED);
    each("e/L6", "e/L6! e/L6\0 e/L6. e/L6= e/L6$ e/L", MALFORMED);
    rows
}

fn argon2_costs() -> Rows {
    let mut rows = vec![];
    let mut each = |part, words, reason| spoil(&mut rows, ARGON2, part, words, reason);
    // Each number alone, and numbers that wrap around to a small one.
    each("m=19456", "m=4194304 m=262145 m=4294967295 m=4294967296 m=18446744073709551616", OVER);
    each("m=19456", "m=99999999999999999999999999999999", OVER);
    each("t=2", "t=4294967295 t=11 t=4294967298", OVER);
    each("p=1", "p=17 p=16777215 p=4294967297", OVER);
    // Each within its bound, too much together.
    each("m=19456,t=2", "m=262144,t=5 m=262144,t=10 m=104858,t=10", OVER);
    each("m=19456,t=2,p=1", "m=262144,t=10,p=16 m=4294967295,t=4294967295,p=1", OVER);
    each(
        "m=19456",
        "^ m m= m=0 m=7 m=-1 m=+8 m=1e3 m=_19456 m=019456 M=19456 m=0x4c00 m=\u{661} m=8,m=8",
        MALFORMED,
    );
    each("t=2", "t=0 t= t T=2 t=2,", MALFORMED);
    each("p=1", "p=0 p=1, p=1,p=1 p=1,x=AA", MALFORMED);
    each("p=1", "p=1,keyid=AA p=1,data=AAAA", "unsupported_scheme");
    each(
        "m=19456,t=2,p=1",
        "^ m=127,t=2,p=16 m=19456,t=2 t=2,p=1 m,t,p m=19456;t=2;p=1",
        MALFORMED,
    );
    rows
}

fn argon2_texts() -> Rows {
    let mut rows = vec![];
    let mut each = |part, words, reason| spoil(&mut rows, ARGON2, part, words, reason);
    each("v=19", "v=18 v=20 v=0 v=1 v= v=19, V=19 v=4294967315 v=19$v=19", MALFORMED);
    each("$argon2id$", "$argon2x$ $argon2$ $argon2ID$ $argon2id2$", UNKNOWN);
    // Stray bits, half the padding, the alphabet of URLs, 7 bytes, none, 66 bytes.
    each(ARGON2_SALT, "e61i7Zx1oLVQl6oaLt3+bB e61i7Zx1oLVQl6oaLt3+bA=", MALFORMED);
    each(ARGON2_SALT, "e61i7Zx1oLVQl6oaLt3-bA c2FsdDc3Nw ^", MALFORMED);
    each(ARGON2_SALT, TOO_LONG, MALFORMED);
    // Stray bits, too much padding, what does not belong there, none, 1 byte, 15 bytes, 66 bytes.
    each("IQ", "IR I= IQ$ IQ== IQ\0", MALFORMED);
    each("1fchnZBf", "1f\u{202e}hnZBf", MALFORMED);
    each(ARGON2_DIGEST, "^ 1Q 1fchnZBf+A+s/JBlfVYs", MALFORMED);
    each(ARGON2_DIGEST, TOO_LONG, MALFORMED);
    rows
}

fn djangos() -> Rows {
    let mut rows = vec![];
    let mut each = |part, words, reason| spoil(&mut rows, DJANGO, part, words, reason);
    each("20000", "2000001 1000000000 4294967295 4294967296 18446744073709571616", OVER);
    each("20000", "^ 0 -1 +20000 020000 1e3 _20000 20000_ 0x1 \u{662}0000 20.000", MALFORMED);
    each("lbgSyHU8dNCtTwB53tJYWZ$", "^ $ a$b$", MALFORMED);
    each("uVw=", "uVw uVw== uVx= uVw=$ uVw=\0", MALFORMED);
    each("fGlD", "f-_D f\0lD", MALFORMED);
    each(DJANGO_DIGEST, "^ fA== fGlDsgxnuMTrL8OyuVhg", MALFORMED);
    each("pbkdf2_sha256$", "pbkdf2-sha512$ PBKDF2-SHA256$ pbkdf2$", UNKNOWN);
    each("pbkdf2_sha256$", "!pbkdf2$", LOCKED);
    rows
}

fn others() -> Rows {
    let mut rows = vec![];
    let mut each = |words, reason| spoil(&mut rows, "^", "^", words, reason);
    each(
        "- NULL null 0 {} $ $$ 2b {NOSUCH}AAAA correct_horse_battery_staple pbkdf2-sha256 \u{1f4a5} \0",
        UNKNOWN,
    );
    each("\u{202e}$2b$10$ %s%s%s%n ../../etc/shadow '_OR_1=1--", UNKNOWN);
    each("! * !! x _ *LK* NP *0 *1 !! !x", LOCKED);
    each("{PLAIN}correct_horse_battery_staple {noop}x plain$$x", WEAK);
    each(
        "{CLEARTEXT} {SSHA} {SSHA}AAAA {MD5}AAAA {CRYPT}$2b$10$ {CRYPT} {pbkdf2}00 {PKCS5S2}AAAA {sha256}00",
        MALFORMED,
    );
    each(
        "$y$jzzzzzzz$salt$AAAA $gy$jzzz$salt$AAAA $7$zzzzzzzzzzz$salt$AAAA $y$ $7$ $gy$$$",
        MALFORMED,
    );
    each(
        "scrypt:1073741824:8:1$salt$00 $6$rounds=999999999$salt$AAAA $5$rounds=999999999$salt$AAAA",
        MALFORMED,
    );
    each(
        "scrypt$1073741824$salt$8$1$AAAAAAAAAAAAAAAAAAAAAA== $sha1$4294967295$salt$AAAA $1$ $6$$ $P$ $S$",
        MALFORMED,
    );
    each(
        "$scrypt$ln=30,r=8,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA $P$zsaltsaltAAAAAAAAAAAAAAAAAAAAAA $S$zsaltsalt",
        OVER,
    );
    each("$scrypt$ln=16,r=1048576,p=1048576$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA", OVER);
    each("scrypt:1073741824:8:1$salt$AAAA", MALFORMED);
    // Not N and r, but the lanes take the memory.
    each("$scrypt$n=2,r=16,p=262144$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA", OVER);
    let six = "A".repeat(86);
    rows.push((format!("$6$rounds=999999999$salt${six}"), OVER));
    rows.push((format!("$5$rounds=1000001$salt${}", &six[..43]), OVER));
    rows.push((format!("$sha1$4294967295$salt${}", &six[..28]), OVER));
    rows.push((format!("$md5,rounds=4294967295$salt${}", &six[..22]), OVER));
    rows.push((format!("scrypt:1073741824:8:1$salt${}", "0".repeat(128)), OVER));
    rows.push((format!("scrypt$1073741824$salt$8$1${}==", &six), OVER));
    rows.push((format!("pbkdf2:sha512:4294967295$salt${}", "0".repeat(128)), OVER));
    rows.push((format!("$pbkdf2-sha256$i=2000000,l=160$c2FsdA${}", "A".repeat(214)), OVER));
    rows.push((format!("{{PBKDF2_SHA256}}{}", "/".repeat(432)), OVER));
    spoil(&mut rows, "^", "^", "$2 $argon2 $argon2id", MALFORMED);
    rows
}

fn long() -> Rows {
    let mut rows = vec![];
    for start in ["$2b$10$", "$argon2id$v=19$m=8,t=1,p=1$", "pbkdf2_sha256$1$", ""] {
        rows.push((format!("{start}{}", "A".repeat(10_240)), MALFORMED));
        let reason = if start.is_empty() { UNKNOWN } else { MALFORMED };
        rows.push((format!("{start}{}", "$".repeat(900)), reason));
    }
    rows.push((format!("{BCRYPT}{}", "A".repeat(1_000_000)), MALFORMED));
    rows
}
