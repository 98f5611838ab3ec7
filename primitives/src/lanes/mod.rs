//! bcrypt (Provos and Mazières, 1999) in company: several computations in one thread, each with its own key, salt, cost
//! and end.

mod blowfish;
mod digits;
mod step;

use zeroize::Zeroizing;

pub use blowfish::SEATS;
pub use step::Lanes;

/// The longest key in bytes: Blowfish has 18 words for it.
pub const MAX_KEY_BYTES: usize = 72;

/// One computation of bcrypt that has not begun. It wipes its key and has no `Debug`.
pub struct Bcrypt {
    key: Zeroizing<Vec<u8>>,
    salt: [u8; 16],
    /// How often key and salt are mixed in.
    times: u64,
}

impl Bcrypt {
    /// With a key of 1 to 72 bytes, which are repeated to 72 (a password brings its closing NUL), and a cost of 0 to 31,
    /// whose power of two says how often key and salt are mixed in. None for others.
    #[must_use]
    pub fn new(key: Zeroizing<Vec<u8>>, salt: [u8; 16], cost: u32) -> Option<Self> {
        let fits = (1..=MAX_KEY_BYTES).contains(&key.len()) && cost <= 31;
        fits.then(|| Self { key, salt, times: 1 << cost })
    }

    /// Derives, alone in this thread, the 24 bytes of which 23 are stored.
    #[must_use]
    pub fn derive(self) -> Zeroizing<Vec<u8>> {
        let mut lanes = Lanes::new();
        lanes.enter(self, ());
        loop {
            if let Some(((), digest)) = lanes.step().pop() {
                return digest;
            }
        }
    }
}
