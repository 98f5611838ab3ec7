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

/// What a digest takes for so many bytes, beside what it takes in any case.
fn reading(digest: Digest, bytes: usize) -> u64 {
    let each = match digest {
        Digest::Streebog256 | Digest::Streebog512 => 40,
        Digest::Whirlpool => 12,
        Digest::Sha1 | Digest::Sha224 | Digest::Sha256 | Digest::Md4 | Digest::Md5 => 3,
        _ => 5,
    };
    (bytes as u64).saturating_mul(each)
}

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

    /// The cost of a step, and how many bytes it yields at most.
    fn step_cost(&self, sizes: Sizes, so_far: usize) -> (Cost, usize) {
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
                (cost.and(plain(300 + reading(*digest, bytes))), digest.length())
            }
            Self::Hmac { digest, key, message } => {
                let ((key, key_bytes), (message, bytes)) = (step(key), step(message));
                let own = plain(900 + reading(*digest, key_bytes.saturating_add(bytes)));
                (key.and(message).and(own), digest.length())
            }
            Self::Derive { kdf, password, salt, length } => {
                let ((password, bytes), (salt, salt_bytes)) = (step(password), step(salt));
                let own = cost_of(kdf, *length, bytes.saturating_add(salt_bytes));
                (password.and(salt).and(own), *length)
            }
            Self::Iterate { first, step: again, count } => {
                let (first, first_bytes) = step(first);
                let (once, bytes) = again.step_cost(sizes, first_bytes);
                let nanoseconds = once.nanoseconds.saturating_mul(u64::from(*count));
                (first.and(Cost { nanoseconds, ..once }), bytes.max(first_bytes))
            }
        }
    }
}

impl Change {
    /// The most that so many bytes become.
    fn grown(self, bytes: usize) -> usize {
        match self {
            Self::Hex
            | Self::UpperHex
            | Self::Base64
            | Self::BcryptBase64
            | Self::Utf16Le
            | Self::Utf16Be
            | Self::Widen
            | Self::AddSlashes => bytes * 2,
            Self::Html { .. }
            | Self::UnicodeLower
            | Self::UnicodeUpper
            | Self::Nfc
            | Self::Nfkc
            | Self::Saslprep => bytes * 6,
            Self::Part { length, .. } => bytes.min(length),
            Self::Repeat(length) => length,
            _ => bytes + 1,
        }
    }
}

/// What a derivation of `length` bytes costs, from a password and a salt of so many bytes together.
pub(super) fn cost_of(kdf: &Kdf, length: usize, read: usize) -> Cost {
    let (nanoseconds, memory_kib) = match *kdf {
        Kdf::Bcrypt { cost, .. } => (48_000_u64 << cost.min(31), 4),
        Kdf::Argon2 { memory_kib, passes, .. } => {
            (450 * u64::from(memory_kib) * u64::from(passes), u64::from(memory_kib))
        }
        Kdf::Pbkdf2 { digest, iterations } => {
            let blocks = pbkdf2_blocks(digest, length);
            let block = match digest {
                Digest::Md4 | Digest::Md5 | Digest::Sha1 | Digest::Sha224 | Digest::Sha256 => 160,
                Digest::Sha384 | Digest::Sha512 => 500,
                Digest::Ripemd160 | Digest::Blake2b512 => 700,
                Digest::Streebog256 | Digest::Streebog512 => 6000,
                _ => 3200,
            };
            (block * u64::from(iterations) * blocks, 4)
        }
        Kdf::Scrypt { log_n, r, p } => estimate_scrypt(log_n.into(), r, p),
        Kdf::Crypt(crypt) => crypt.estimate(read),
    };
    Cost { nanoseconds, memory_kib }.and(plain(8 * read as u64))
}

/// How many blocks PBKDF2 makes for so many bytes, each with all iterations.
pub(super) fn pbkdf2_blocks(digest: Digest, length: usize) -> u64 {
    length.div_ceil(digest.length().max(1)) as u64
}
