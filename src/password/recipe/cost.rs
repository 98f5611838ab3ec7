//! What a verification costs, told from the parsed parameters alone.

use super::tree::Recipe;
use crate::password::primitives::{Digest, Kdf, estimate_scrypt};

/// What a verification costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// Time on one core of 2024, in nanoseconds: an estimate, for comparing and for warning.
    pub nanoseconds: u64,
    /// Memory in KiB.
    pub memory_kib: u64,
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

impl Recipe {
    /// What following the recipe costs.
    #[must_use]
    pub fn cost(&self) -> Cost {
        let plain = |nanoseconds| Cost { nanoseconds, memory_kib: 4 };
        match self {
            Self::Variable(_) | Self::Constant(_) => plain(20),
            Self::Join(parts) => parts.iter().map(Self::cost).fold(plain(20), Cost::and),
            Self::Change(_, of) => of.cost(),
            Self::Digest(_, of) => of.cost().and(plain(300)),
            Self::Hmac { key, message, .. } => key.cost().and(message.cost()).and(plain(900)),
            Self::Derive { kdf, password, salt, length } => {
                password.cost().and(salt.cost()).and(kdf.cost(*length))
            }
            Self::Iterate { first, step, count } => {
                let step = step.cost();
                let nanoseconds = step.nanoseconds.saturating_mul(u64::from(*count));
                first.cost().and(Cost { nanoseconds, ..step })
            }
        }
    }
}

impl Kdf {
    /// What a derivation of `length` bytes costs.
    #[must_use]
    pub fn cost(&self, length: usize) -> Cost {
        let (nanoseconds, memory_kib) = match *self {
            Self::Bcrypt { cost, .. } => (48_000_u64 << cost.min(31), 4),
            Self::Argon2 { memory_kib, passes, .. } => {
                (450 * u64::from(memory_kib) * u64::from(passes), u64::from(memory_kib))
            }
            Self::Pbkdf2 { digest, iterations } => {
                let blocks = pbkdf2_blocks(digest, length);
                let block = if digest.length() > 32 { 500 } else { 160 };
                (block * u64::from(iterations) * blocks, 4)
            }
            Self::Scrypt { log_n, r, p } => estimate_scrypt(log_n.into(), r, p),
            Self::Crypt(crypt) => crypt.estimate(),
        };
        Cost { nanoseconds, memory_kib }
    }
}

/// How many blocks PBKDF2 makes for so many bytes, each with all iterations.
pub(super) fn pbkdf2_blocks(digest: Digest, length: usize) -> u64 {
    length.div_ceil(digest.length().max(1)) as u64
}
