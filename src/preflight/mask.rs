//! The shape of a stored text that nobody recognised, without any of its characters.
//!
//! What is not recognised may be a password in plain text. So nothing but the length's order of
//! magnitude is told unless some part looks like a digest, and of a text with a digest only its
//! separators, the classes of its characters and a marker of the closed list below.

/// The shortest run that is taken for a digest or a salt made by a machine.
const DIGEST_CHARACTERS: usize = 16;
/// Longer texts are told by their length alone.
const MAX_BYTES: usize = 1024;

/// Markers that say which software wrote the hash. All are published; none can be a secret.
const MARKERS: [&str; 46] = [
    "$1$",
    "$2$",
    "$2a$",
    "$2b$",
    "$2x$",
    "$2y$",
    "$3$",
    "$5$",
    "$6$",
    "$7$",
    "$y$",
    "$gy$",
    "$apr1$",
    "$sha1$",
    "$md5$",
    "$md5,",
    "$P$",
    "$H$",
    "$S$",
    "U$S$",
    "U$P$",
    "$wp$",
    "$argon2i$",
    "$argon2d$",
    "$argon2id$",
    "$pbkdf2$",
    "$pbkdf2-sha1$",
    "$pbkdf2-sha256$",
    "$pbkdf2-sha512$",
    "$bcrypt-sha256$",
    "$scrypt$",
    "$scram$",
    "$shiro1$",
    "$p5k2$",
    "pbkdf2_sha256$",
    "pbkdf2_sha1$",
    "pbkdf2:",
    "scrypt:",
    "scrypt$",
    "argon2$",
    "bcrypt$$",
    "bcrypt_sha256$$",
    "sha1$",
    "md5$",
    "SCRAM-SHA-256$",
    "grub.pbkdf2.",
];

/// Scheme names that may stand in braces, in lower case.
const BRACED: [&str; 34] = [
    "argon2",
    "argon2i",
    "argon2id",
    "bcrypt",
    "blf-crypt",
    "clear",
    "cleartext",
    "cram-md5",
    "crypt",
    "des-crypt",
    "digest-md5",
    "ldap-md5",
    "md4",
    "md5",
    "md5-crypt",
    "noop",
    "ntlm",
    "pbkdf2",
    "pbkdf2-sha256",
    "pbkdf2-sha512",
    "pkcs5s2",
    "plain",
    "scrypt",
    "sha",
    "sha1",
    "sha256",
    "sha256-crypt",
    "sha512",
    "sha512-crypt",
    "smd5",
    "ssha",
    "ssha256",
    "ssha512",
    "ssha384",
];

/// What can be told of a stored text to whoever may not see it: `{SSHA}base64(40)`,
/// `hex(32):any(2 to 7)`, `text(8 to 15)`.
#[must_use]
pub fn masked(stored: &str) -> String {
    let (marker, rest) = split_marker(stored);
    if stored.len() > MAX_BYTES {
        return format!("text(over {MAX_BYTES})");
    }
    let fields: Vec<&str> = rest.split(SEPARATORS).collect();
    if !fields.iter().any(|field| is_digest(field)) {
        // A password may begin with a marker, but the marker is then not the part to protect.
        return format!("{marker}text({})", magnitude(rest.chars().count()));
    }
    let mut shape = String::from(marker);
    let mut separators = rest.matches(SEPARATORS);
    for field in fields {
        shape.push_str(&told(field));
        shape.push_str(separators.next().unwrap_or_default());
    }
    shape
}

const SEPARATORS: [char; 9] = ['{', '}', '$', ':', ',', ';', '|', '#', ' '];

fn split_marker(stored: &str) -> (&str, &str) {
    let braced =
        stored.strip_prefix('{').and_then(|rest| rest.split_once('}')).and_then(|(name, rest)| {
            let known = BRACED.contains(&name.to_ascii_lowercase().as_str());
            known.then(|| stored.split_at_checked(stored.len() - rest.len())).flatten()
        });
    let plain = || {
        let marker = MARKERS.iter().find(|marker| stored.starts_with(**marker))?;
        stored.split_at_checked(marker.len())
    };
    braced.or_else(plain).unwrap_or(("", stored))
}

/// Whether a machine wrote this: hexadecimal, or letters of both cases and figures without a gap.
fn is_digest(field: &str) -> bool {
    let all = |of: fn(&u8) -> bool| field.as_bytes().iter().all(of);
    let any = |of: fn(&u8) -> bool| field.as_bytes().iter().any(of);
    field.len() >= DIGEST_CHARACTERS
        && any(u8::is_ascii_digit)
        && (all(u8::is_ascii_hexdigit)
            || (field.bytes().all(is_base64)
                && any(u8::is_ascii_uppercase)
                && any(u8::is_ascii_lowercase)))
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/.-_=".contains(&byte)
}

fn told(field: &str) -> String {
    let length = field.len();
    if field.is_empty() {
        String::new()
    } else if !is_digest(field) {
        format!("any({})", magnitude(field.chars().count()))
    } else if !field.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        format!("base64({length})")
    } else if field.bytes().any(|byte| byte.is_ascii_lowercase()) {
        format!("hex({length})")
    } else {
        format!("HEX({length})")
    }
}

fn magnitude(characters: usize) -> &'static str {
    match characters {
        0 => "empty",
        1..8 => "1 to 7",
        8..16 => "8 to 15",
        16..32 => "16 to 31",
        32..64 => "32 to 63",
        _ => "64 and more",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_shape_is_kept() {
        for (stored, shape) in [
            ("0123456789abcdef0123456789abcdef", "hex(32)"),
            ("0123456789ABCDEF0123456789ABCDEF:a9$", "HEX(32):any(1 to 7)$"),
            ("{SSHA}oAfGeyCWuzjUQbHYy6xwnGt9ltLLyyJn", "{SSHA}base64(32)"),
            ("{secret}oAfGeyCWuzjUQbHYy6xwnGt9ltLLyyJn", "{any(1 to 7)}base64(32)"),
            ("$2y$10$XJ0.fOgda7DE", "$2y$text(8 to 15)"),
            ("$2y$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJ", "$2y$any(1 to 7)$base64(35)"),
            (
                "$9$rounds=7$abc$XJ0.fOgda7DEdq55EOpDdO6MP",
                "$any(1 to 7)$any(8 to 15)$any(1 to 7)$base64(25)",
            ),
            ("hunter2", "text(1 to 7)"),
            ("", "text(empty)"),
        ] {
            assert_eq!(masked(stored), shape, "{stored}");
        }
    }

    #[test]
    fn a_password_in_plain_text_shows_no_character() {
        for password in [
            "correct horse battery staple",
            "correct$horse:battery,staple",
            "Tr0ub4dor&3",
            "{hunter2}",
            "p:a:s:s:w:o:r:d",
            "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}",
        ] {
            assert!(masked(password).starts_with("text("), "{password}");
        }
    }

    proptest! {
        /// Whatever is not a marker is told in words and numbers of our own alone.
        #[test]
        fn no_character_of_the_text_is_told(stored in "\\PC{0,200}|[0-9a-f$:]{0,80}|[A-Za-z0-9+/$:{}]{0,120}") {
            let (marker, _) = split_marker(&stored);
            let shape = masked(&stored);
            let mut rest = shape.get(marker.len()..).expect("the marker comes first").to_owned();
            for word in ["base64", "hex", "HEX", "any", "text", "over 1024", "empty", "1 to 7",
                "8 to 15", "16 to 31", "32 to 63", "64 and more", "(", ")"] {
                rest = rest.replace(word, "");
            }
            rest.retain(|c| !SEPARATORS.contains(&c) && !c.is_ascii_digit());
            prop_assert_eq!(rest, "");
        }
    }
}
