//! Random numbers that need not be secret.

use std::hash::{BuildHasher, RandomState};

/// A number in [0, 1) that differs at each call, and between processes.
pub(crate) fn fraction() -> f64 {
    let bits = u32::try_from(RandomState::new().hash_one(0_u8) >> 32).unwrap_or(0);
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}
