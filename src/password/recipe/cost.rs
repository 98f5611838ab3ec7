//! What a verification costs, told from the parsed parameters and from how much is read.

use super::tree::{Change, Recipe, Variable};
use crate::password::primitives::{Digest, Kdf, estimate_scrypt};

/// What a verification costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// Time on one core of 2024, in nanoseconds: an estimate, for comparing and for warning.
    pub nanoseconds: u64,
    /// Memory in KiB.
    pub memory_kib: u64,
}

/// How many bytes each input of a recipe has.
#[derive(Debug, Clone, Copy)]
pub(in crate::password) struct Sizes {
    pub(in crate::password) password: usize,
    pub(in crate::password) salt: usize,
    pub(in crate::password) names: usize,
    pub(in crate::password) pepper: usize,
}

impl Sizes {
    /// What most rows have.
    const USUAL: Self = Self { password: 12, salt: 16, names: 16, pepper: 32 };

    fn of(self, variable: Variable, so_far: usize) -> usize {
        match variable {
            Variable::Password => self.password,
            Variable::Salt | Variable::Salt1 | Variable::Salt2 => self.salt,
            Variable::Username | Variable::Email => self.names,
            Variable::Pepper | Variable::OptionalPepper => self.pepper,
            Variable::Digest => so_far,
        }
    }
}

impl Cost {
    /// One after the other.
    fn and(self, next: Self) -> Self {
        Self {
            nanoseconds: self.nanoseconds.saturating_add(next.nanoseconds),
            memory_kib: self.memory_kib.max(next.memory_kib),
        }
    }
}

fn plain(nanoseconds: u64) -> Cost {
    Cost { nanoseconds, memory_kib: 4 }
}

/// What so many digests of it take, which read so many bytes together: each takes a whole block, however short
/// its text is.
fn digesting(digest: Digest, times: u64, bytes: usize) -> u64 {
    let (once, each) = match digest {
        Digest::Streebog256 | Digest::Streebog512 => (3000, 15),
        Digest::Whirlpool => (1000, 12),
        Digest::Sha1 | Digest::Sha224 | Digest::Sha256 | Digest::Md4 | Digest::Md5 => (300, 3),
        Digest::Sha384 | Digest::Sha512 | Digest::Ripemd160 | Digest::Blake2b512 => (300, 5),
        // SHA-3 and Keccak.
        _ => (1200, 12),
    };
    (bytes as u64).saturating_mul(each).saturating_add(once * times)
}

/// The longest value that a step may make: more than any of those that are known makes of the longest
/// password, salt and name.
pub(super) const MAX_VALUE_BYTES: usize = 64 * 1024;

impl Recipe {
    /// What following the recipe costs for what most rows and passwords are like.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.cost_of(Sizes::USUAL)
    }

    /// The same for inputs of these sizes.
    pub(in crate::password) fn cost_of(&self, sizes: Sizes) -> Cost {
        self.step_cost(sizes, 0).0
    }

    /// How many digests are taken one after the other; slow functions count as more than any number.
    #[must_use]
    pub fn digests(&self) -> u64 {
        match self {
            Self::Variable(_) | Self::Constant(_) => 0,
            Self::Join(parts) => parts.iter().map(Self::digests).fold(0, u64::saturating_add),
            Self::Change(_, of) => of.digests(),
            Self::Digest(_, of) => of.digests().saturating_add(1),
            Self::Hmac { key, message, .. } => {
                key.digests().saturating_add(message.digests()).saturating_add(2)
            }
            Self::Derive { kdf: Kdf::Pbkdf2 { iterations, .. }, .. } => u64::from(*iterations) * 2,
            Self::Derive { .. } => u64::MAX,
            Self::Iterate { first, step, count } => {
                first.digests().saturating_add(step.digests().saturating_mul((*count).into()))
            }
        }
    }

    /// The cost of a step, and how many bytes it yields at most. Longer values than any should be are
    /// beyond every cost.
    fn step_cost(&self, sizes: Sizes, so_far: usize) -> (Cost, usize) {
        let (cost, bytes) = self.own_cost(sizes, so_far);
        match bytes {
            0..=MAX_VALUE_BYTES => (cost, bytes),
            _ => (Cost { nanoseconds: u64::MAX, ..cost }, bytes),
        }
    }

    fn own_cost(&self, sizes: Sizes, so_far: usize) -> (Cost, usize) {
        let step = |of: &Self| of.step_cost(sizes, so_far);
        match self {
            Self::Variable(variable) => (plain(20), sizes.of(*variable, so_far)),
            Self::Constant(bytes) => (plain(20), bytes.len()),
            Self::Join(parts) => parts.iter().map(step).fold((plain(20), 0), |all, part| {
                (all.0.and(part.0), all.1.saturating_add(part.1))
            }),
            Self::Change(change, of) => {
                let (cost, bytes) = step(of);
                (cost.and(plain(bytes as u64)), change.grown(bytes))
            }
            Self::Digest(digest, of) => {
                let (cost, bytes) = step(of);
                (cost.and(plain(digesting(*digest, 1, bytes))), digest.length())
            }
            Self::Hmac { digest, key, message } => {
                let ((key, key_bytes), (message, bytes)) = (step(key), step(message));
                // Two digests, and each of them reads a block of the key's as well.
                let own = digesting(*digest, 4, key_bytes.saturating_add(bytes));
                (key.and(message).and(plain(own)), digest.length())
            }
            Self::Derive { kdf, password, salt, length } => {
                let ((password, bytes), (salt, salt_bytes)) = (step(password), step(salt));
                let own = cost_of(kdf, *length, bytes.saturating_add(salt_bytes));
                (password.and(salt).and(own), *length)
            }
            Self::Iterate { first, step: again, count } => {
                let (first, first_bytes) = step(first);
                if *count == 0 {
                    return (first, first_bytes);
                }
                // Either nothing makes its result longer than this, or each one may be longer than the last.
                let most = again.step_cost(sizes, usize::MAX).1;
                let is_bounded = most <= MAX_VALUE_BYTES;
                let longest = if is_bounded { most.max(first_bytes) } else { first_bytes };
                let (once, bytes) = again.step_cost(sizes, longest);
                let grows = !is_bounded && bytes > first_bytes && *count > 1;
                let nanoseconds = once.nanoseconds.saturating_mul(u64::from(*count));
                let cost = first.and(Cost { nanoseconds, ..once });
                (cost, if grows { usize::MAX } else { bytes })
            }
        }
    }
}

impl Change {
    /// The most that so many bytes become. Of what Unicode changes, the single characters that grow
    /// most: U+0390 in capitals, U+1D160 in form C, U+FDFA in form KC.
    pub(super) fn grown(self, bytes: usize) -> usize {
        match self {
            Self::Hex
            | Self::UpperHex
            | Self::Utf16Le
            | Self::Utf16Be
            | Self::Widen
            | Self::AddSlashes => bytes.saturating_mul(2),
            Self::Base64 | Self::BcryptBase64 => bytes.div_ceil(3).saturating_mul(4),
            Self::UnicodeLower | Self::UnicodeUpper | Self::Nfc => bytes.saturating_mul(3),
            Self::Html { .. } => bytes.saturating_mul(6),
            Self::Nfkc | Self::Nfkd | Self::Saslprep => bytes.saturating_mul(11),
            Self::Part { length, .. } => bytes.min(length),
            Self::Repeat(length) => length,
            Self::Realm => bytes.saturating_add(1),
            Self::Braced => bytes.saturating_add(2),
            Self::FromHex
            | Self::FromBase64
            | Self::Lower
            | Self::Upper
            | Self::Trim
            | Self::Latin1 => bytes,
        }
    }
}

/// What a derivation of `length` bytes costs, from a password and a salt of so many bytes together.
pub(super) fn cost_of(kdf: &Kdf, length: usize, read: usize) -> Cost {
    let (nanoseconds, memory_kib) = match *kdf {
        Kdf::Bcrypt { cost, .. } => (48_000_u64 << cost.min(31), 4),
        Kdf::Argon2 { memory_kib, .. } => {
            (kdf.filled_kib().saturating_mul(450), u64::from(memory_kib))
        }
        Kdf::Pbkdf2 { digest, iterations } => {
            let blocks = pbkdf2_blocks(digest, length);
            let block = match digest {
                Digest::Md4 | Digest::Md5 | Digest::Sha1 | Digest::Sha224 | Digest::Sha256 => 160,
                Digest::Sha384 | Digest::Sha512 => 500,
                Digest::Ripemd160 | Digest::Blake2b512 => 700,
                Digest::Streebog256 | Digest::Streebog512 => 8000,
                _ => 4000,
            };
            (u64::from(iterations).saturating_mul(blocks).saturating_mul(block), 4)
        }
        Kdf::Scrypt { log_n, r, p } => estimate_scrypt(log_n.into(), r, p),
        Kdf::Crypt(crypt) => crypt.estimate(read),
    };
    Cost { nanoseconds, memory_kib }.and(plain((read as u64).saturating_mul(8)))
}

/// How many blocks PBKDF2 makes for so many bytes, each with all iterations.
pub(super) fn pbkdf2_blocks(digest: Digest, length: usize) -> u64 {
    length.div_ceil(digest.length().max(1)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::primitives::crypt::{Md5Crypt, YescryptCost};
    use crate::password::primitives::{Argon2Kind, BcryptVariant, Crypt};
    use crate::password::recipe::Inputs;

    /// What a row says is read before anything holds it to the caps.
    #[test]
    fn no_parameters_overflow_an_estimate() {
        let most = u32::MAX;
        let (kind, variant) = (Argon2Kind::Id, BcryptVariant::Correct);
        let memory_kib = most;
        let yescrypt = YescryptCost::parse_scrypt(b"zzzzzzzzzzz").expect("parameters");
        let mut longest = yescrypt;
        (longest.log2_blocks, longest.lanes, longest.time) = (most, most, most);
        let crypts = [
            Crypt::Md5(Md5Crypt::Unix),
            Crypt::Sha256 { rounds: most },
            Crypt::Sha512 { rounds: most },
            Crypt::CachingSha2 { rounds: most },
            Crypt::Bsdi { rounds: most },
            Crypt::Phpass { log2_rounds: most },
            Crypt::Drupal7 { log2_rounds: most },
            Crypt::Sha1 { rounds: most },
            Crypt::SunMd5 { rounds: most },
            Crypt::Yescrypt(yescrypt),
            Crypt::GostYescrypt(longest),
            Crypt::Firebase { rounds: most, memory_cost: u8::MAX },
            Crypt::LanManager,
        ];
        let slow = [
            Kdf::Bcrypt { variant, cost: most },
            Kdf::Argon2 { kind, version: 19, memory_kib, passes: most, lanes: most, keyed: false },
            Kdf::Pbkdf2 { digest: Digest::Streebog512, iterations: most },
            Kdf::Scrypt { log_n: 63, r: most, p: most },
            Kdf::Scrypt { log_n: u8::MAX, r: most, p: most },
        ];
        for kdf in slow.into_iter().chain(crypts.map(Kdf::Crypt)) {
            for length in [16, usize::MAX] {
                assert!(cost_of(&kdf, length, usize::MAX).nanoseconds > 4_000_000_000, "{kdf}");
            }
        }
    }

    /// A room that is too small would grow, and leave a copy of what was in it.
    #[test]
    fn nothing_grows_beyond_its_bound() {
        let changes = [
            Change::Hex,
            Change::UpperHex,
            Change::Base64,
            Change::BcryptBase64,
            Change::FromHex,
            Change::FromBase64,
            Change::Lower,
            Change::Upper,
            Change::UnicodeLower,
            Change::UnicodeUpper,
            Change::AddSlashes,
            Change::Html { quotes: true },
            Change::Trim,
            Change::Utf16Le,
            Change::Utf16Be,
            Change::Widen,
            Change::Latin1,
            Change::Nfc,
            Change::Nfkc,
            Change::Nfkd,
            Change::Saslprep,
            Change::Part { start: 1, length: 2 },
            Change::Braced,
            Change::Realm,
            Change::Repeat(7),
        ];
        for change in changes {
            let recipe = Recipe::PASSWORD.then(change);
            let is_of_unicode = matches!(
                change,
                Change::UnicodeLower
                    | Change::UnicodeUpper
                    | Change::Nfc
                    | Change::Nfkc
                    | Change::Nfkd
                    | Change::Saslprep
            );
            // Behind the second plane nothing changes.
            let last = if is_of_unicode { '\u{2ffff}' } else { '\u{3ff}' };
            for letter in '\0'..=last {
                let text = letter.to_string();
                let password = text.as_bytes();
                let inputs = Inputs { password, salt: &[], username: "", email: "", pepper: &[] };
                let made = recipe.evaluate(inputs).map_or(0, |made| made.len());
                assert!(made <= change.grown(text.len()), "{change:?} {letter:?}: {made}");
            }
        }
    }
}
