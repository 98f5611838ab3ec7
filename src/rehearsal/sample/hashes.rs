//! Hashes of nobody's password, in the shares in which grown systems have them: what was usual when a
//! user came is what the user has.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::random::Random;
use crate::password::Encoding;

const CRYPT: &str = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

type Make = fn(&mut Random) -> Option<String>;

/// Of a thousand users so many have such a hash.
const SHARES: [(u32, Make); 12] = [
    (420, |r| Some(bcrypt(r, "$2b$10$"))),
    (130, |r| Some(bcrypt(r, "$2y$12$"))),
    (150, |r| {
        let salt = r.letters("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 22);
        Some(format!("pbkdf2_sha256$600000${salt}${}", STANDARD.encode(r.bytes(32))))
    }),
    (100, |r| {
        let (salt, digest) =
            (STANDARD_NO_PAD.encode(r.bytes(16)), STANDARD_NO_PAD.encode(r.bytes(32)));
        Some(format!("$argon2id$v=19$m=19456,t=2,p=1${salt}${digest}"))
    }),
    // The import has no words for these: they move at a login.
    (70, |r| Some(format!("$P$B{}", r.letters(CRYPT, 30)))),
    (40, |r| Some(format!("$6${}${}", r.letters(CRYPT, 16), r.letters(CRYPT, 86)))),
    (15, |r| Some(format!("$wp{}", bcrypt(r, "$2y$10$")))),
    (30, |r| Some(format!("{{SSHA}}{}", STANDARD.encode(r.bytes(28))))),
    // Nobody can tell what these are: their users reset.
    (15, |r| Some(r.letters("0123456789abcdef", 32))),
    (3, |r| Some(format!("v1:{}", r.letters(CRYPT, 20)))),
    // No password.
    (20, |_| None),
    (7, |r| Some(format!("!{}", r.letters(CRYPT, 40)))),
];

/// The next user's.
pub(super) fn hash(random: &mut Random) -> Option<String> {
    let mut at = random.below(1000);
    for (share, make) in SHARES {
        if at < share {
            return make(random);
        }
        at -= share;
    }
    None
}

fn bcrypt(random: &mut Random, settings: &str) -> String {
    let mut write =
        |length| Encoding::BcryptBase64.write(&random.bytes(length)).unwrap_or_default();
    format!("{settings}{}{}", write(16), write(23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_are_all() {
        assert_eq!(SHARES.iter().map(|(share, _)| share).sum::<u32>(), 1000);
    }
}
