//! The most that a stored hash may ask for. A stored hash is input: a poisoned or misread row must
//! not cost more than a login.

use super::cost::{Cost, Sizes, cost_of, pbkdf2_blocks};
use super::tree::Recipe;
use crate::password::primitives::Kdf;

/// Upper bounds on parameters. [`Caps::HARD`] is the most that can be had; a configuration lowers
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// bcrypt's cost, a power of two.
    pub bcrypt_cost: u32,
    /// argon2's and scrypt's memory in MiB.
    pub memory_mib: u32,
    /// argon2's passes.
    pub argon2_passes: u32,
    /// PBKDF2's iterations.
    pub pbkdf2_iterations: u32,
    /// Rounds of crypt(3)'s own schemes and iterations of plain digests.
    pub rounds: u32,
}

/// In KiB. argon2: passes times memory. scrypt and yescrypt: p times N times r times 128 bytes.
const MAX_FILLED_KIB: u64 = 1024 * 1024;
/// argon2: the lanes.
const MAX_LANES: u32 = 16;
/// The longest password, salt and name that a hash is made from, in bytes.
pub(in crate::password) const MAX_PASSWORD_BYTES: usize = 512;
pub(in crate::password) const MAX_SALT_BYTES: usize = 1024;
pub(in crate::password) const MAX_NAME_BYTES: usize = 320;
/// The whole of a recipe, whatever its parts: by estimate.
const MAX_NANOSECONDS: u64 = 5_000_000_000;
/// PBKDF2: iterations times output blocks. Keycloak's SHA-1 default takes 5.2 million.
const MAX_PBKDF2_BLOCKS: u64 = 8_000_000;

impl Caps {
    /// What covers the parameters that are known from real databases, with a verification of at
    /// most about a second.
    pub const HARD: Self = Self {
        bcrypt_cost: 14,
        memory_mib: 256,
        argon2_passes: 10,
        pbkdf2_iterations: 2_000_000,
        rounds: 1_000_000,
    };

    /// The lower of both in everything.
    #[must_use]
    pub fn lowest(self, other: Self) -> Self {
        Self {
            bcrypt_cost: self.bcrypt_cost.min(other.bcrypt_cost),
            memory_mib: self.memory_mib.min(other.memory_mib),
            argon2_passes: self.argon2_passes.min(other.argon2_passes),
            pbkdf2_iterations: self.pbkdf2_iterations.min(other.pbkdf2_iterations),
            rounds: self.rounds.min(other.rounds),
        }
    }

    /// Whether everything the recipe asks for is within the caps, for a salt of so many bytes and
    /// the longest password and name.
    #[must_use]
    pub fn allow(&self, recipe: &Recipe, salt: usize) -> bool {
        let (password, names) = (MAX_PASSWORD_BYTES, MAX_NAME_BYTES);
        let sizes = Sizes { password, salt, names, pepper: 64 };
        let mut allowed =
            salt <= MAX_SALT_BYTES && recipe.cost_of(sizes).nanoseconds <= MAX_NANOSECONDS;
        recipe.walk(&mut |step| {
            allowed &= match step {
                Recipe::Derive { kdf, length, .. } => self.allow_kdf(kdf, *length),
                Recipe::Iterate { count, .. } => *count <= self.rounds,
                _ => true,
            }
        });
        allowed
    }

    fn allow_kdf(&self, kdf: &Kdf, length: usize) -> bool {
        let Cost { memory_kib, .. } = cost_of(kdf, length, 0);
        // The lanes of scrypt come on top of N times r, which alone is as much as a cap says.
        let beside = if matches!(kdf, Kdf::Argon2 { .. }) { 0 } else { 1023 };
        memory_kib <= u64::from(self.memory_mib) * 1024 + beside
            && kdf.filled_kib() <= MAX_FILLED_KIB
            && match *kdf {
                Kdf::Bcrypt { cost, .. } => cost <= self.bcrypt_cost,
                Kdf::Argon2 { passes, lanes, .. } => {
                    passes <= self.argon2_passes && lanes <= MAX_LANES
                }
                Kdf::Pbkdf2 { digest, iterations } => {
                    let blocks = pbkdf2_blocks(digest, length);
                    iterations <= self.pbkdf2_iterations
                        && blocks.saturating_mul(iterations.into()) <= MAX_PBKDF2_BLOCKS
                }
                Kdf::Crypt(crypt) => crypt.rounds() <= self.rounds,
                Kdf::Scrypt { .. } => true,
            }
    }
}
