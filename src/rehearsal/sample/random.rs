//! Numbers that look random and are the same each time (SplitMix64).

/// The generator.
pub(super) struct Random(u64);

impl Random {
    /// Begins with a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`, which is not 0.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end.max(1))).unwrap_or(0)
    }

    /// Between 0 and 1, and neither.
    pub(super) fn fraction(&mut self) -> f64 {
        let bits = u32::try_from(self.next() >> 32).unwrap_or(0);
        (f64::from(bits) + 0.5) / (f64::from(u32::MAX) + 1.0)
    }

    /// One of these.
    pub(super) fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        let at = self.below(u32::try_from(all.len()).unwrap_or(1));
        all.get(at as usize).copied().unwrap_or_default()
    }

    /// So many bytes.
    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| u8::try_from(self.next() >> 56).unwrap_or(0)).collect()
    }

    /// So many letters of an alphabet.
    pub(super) fn letters(&mut self, alphabet: &str, length: usize) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        let mut letter = || {
            let at = self.below(u32::try_from(alphabet.len()).unwrap_or(1));
            alphabet.get(at as usize).copied().unwrap_or('.')
        };
        (0..length).map(|_| letter()).collect()
    }
}
