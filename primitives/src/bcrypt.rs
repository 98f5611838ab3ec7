//! bcrypt (Provos and Mazières, 1999), with the key schedules of the implementations behind its prefixes.

use crate::lanes::{Bcrypt, MAX_KEY_BYTES};
use zeroize::Zeroizing;

/// Which bcrypt made the hash: `$2a$`, `$2b$` and `$2y$` agree; `$2x$` marks hashes of a version
/// of crypt_blowfish that extended the sign of 8-bit characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BcryptVariant {
    /// `$2a$`, `$2b$`, `$2y$`.
    Correct,
    /// `$2x$`.
    SignExtended,
}

/// The computation, of a password as it was typed; none where the cost is beyond all implementations.
#[must_use]
pub fn bcrypt(
    variant: BcryptVariant,
    cost: u32,
    password: &[u8],
    salt: [u8; 16],
) -> Option<Bcrypt> {
    let key = match variant {
        BcryptVariant::Correct => cut(password),
        BcryptVariant::SignExtended => sign_extended(password),
    };
    Bcrypt::new(key, salt, cost)
}

/// Whether bytes of such a password never counted.
pub fn cuts(password_bytes: usize) -> bool {
    password_bytes > MAX_KEY_BYTES
}

/// The password and its closing NUL, cut where every implementation cuts.
fn cut(password: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(MAX_KEY_BYTES));
    key.extend(password.iter().copied().chain([0]).take(MAX_KEY_BYTES));
    key
}

/// The whole schedule as the faulty version filled it (CVE-2011-2483): a character above 127 was
/// widened as a negative number, which overwrote the characters before it in the same word.
fn sign_extended(password: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut characters = password.iter().copied().chain([0]).cycle();
    let mut key = Zeroizing::new(Vec::with_capacity(MAX_KEY_BYTES));
    for _ in 0..MAX_KEY_BYTES / 4 {
        let word = characters.by_ref().take(4).fold(0_u32, |word, character| {
            let widened = i32::from(i8::from_ne_bytes([character]));
            (word << 8) | u32::from_ne_bytes(widened.to_ne_bytes())
        });
        key.extend_from_slice(&word.to_be_bytes());
    }
    key
}

#[cfg(test)]
mod tests {
    use base64::alphabet;
    use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};

    use crate::lanes::{Lanes, SEATS};
    use proptest::prelude::*;

    use super::*;

    /// What the `bcrypt` crate makes of the same.
    fn expected(password: &[u8], cost: u32, salt: [u8; 16]) -> Vec<u8> {
        let key: Vec<u8> = password.iter().copied().chain([0]).take(72).collect();
        ::bcrypt::bcrypt(cost, salt, &key).to_vec()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Whoever enters when, at whatever cost, and whoever leaves: each gets the digest of its own.
        #[test]
        fn nobody_gets_another_ones_digest(
            jobs in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..80), 4_u32..9, any::<[u8; 16]>(), any::<bool>()), 1..16),
            pauses in prop::collection::vec(0_usize..3, 16),
        ) {
            let mut lanes = Lanes::new();
            let mut ended = vec![];
            let mut waiting: std::collections::VecDeque<usize> = (0..jobs.len()).collect();
            let mut given_up = vec![];
            let mut round = 0;
            while !waiting.is_empty() || !lanes.is_empty() {
                if let Some(&job) = waiting.front().filter(|_| lanes.has_room()) {
                    let (password, cost, salt, _) = &jobs[job];
                    let task = bcrypt(BcryptVariant::Correct, *cost, password, *salt).unwrap();
                    prop_assert!(lanes.enter(task, job).is_none());
                    waiting.pop_front();
                }
                for _ in 0..pauses[round % pauses.len()] {
                    ended.extend(lanes.step());
                }
                if round == 3 {
                    given_up = lanes.give_up(|job| jobs[*job].3);
                }
                round += 1;
            }
            prop_assert_eq!(ended.len() + given_up.len(), jobs.len());
            for (job, digest) in ended {
                prop_assert!(!given_up.contains(&job));
                let (password, cost, salt, _) = &jobs[job];
                prop_assert_eq!(digest.to_vec(), expected(password, *cost, *salt));
            }
        }
    }

    #[test]
    fn a_seventh_waits_outside() {
        let mut lanes = Lanes::new();
        let task = || bcrypt(BcryptVariant::Correct, 4, b"x", [1; 16]).unwrap();
        for owner in 0..SEATS {
            assert!(lanes.enter(task(), owner).is_none());
        }
        assert!(!lanes.has_room());
        assert_eq!(lanes.enter(task(), SEATS), Some(SEATS));
        assert_eq!(lanes.step().len(), SEATS);
    }

    /// Rows of <https://www.openwall.com/crypt/> (crypt_blowfish's own self-test).
    #[test]
    fn the_published_vectors_hold_in_company() {
        let vectors = [
            ("U*U", "CCCCCCCCCCCCCCCCCCCCC.", "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
            ("U*U*", "CCCCCCCCCCCCCCCCCCCCC.", "VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
            ("U*U*U", "XXXXXXXXXXXXXXXXXXXXXO", "AcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
            ("", "CCCCCCCCCCCCCCCCCCCCC.", "7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
        ];
        let own = GeneralPurposeConfig::new()
            .with_encode_padding(false)
            .with_decode_allow_trailing_bits(true);
        let letters = GeneralPurpose::new(
            &alphabet::BCRYPT,
            own.with_decode_padding_mode(DecodePaddingMode::RequireNone),
        );
        let mut lanes = Lanes::new();
        for (password, salt, digest) in vectors {
            let salt: [u8; 16] = letters.decode(salt).unwrap().try_into().unwrap();
            let task = bcrypt(BcryptVariant::Correct, 5, password.as_bytes(), salt).unwrap();
            assert!(lanes.enter(task, digest).is_none());
        }
        let ended = lanes.step();
        assert_eq!(ended.len(), vectors.len());
        for (expected, digest) in ended {
            assert_eq!(letters.encode(&digest[..23]), expected);
        }
    }
}
