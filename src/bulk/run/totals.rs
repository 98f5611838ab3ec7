//! The sums of a run.

/// The sums of a run. It is done when `planned` is the sum of the four others and the view was
/// read to its end.
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Users that were read of the view.
    pub planned: u64,
    /// New in the tenant, as its jobs say.
    pub inserted: u64,
    /// Found in the tenant.
    pub present: u64,
    /// Sent and refused.
    pub quarantined: u64,
    /// Never sent.
    pub held: u64,
    /// Jobs that were accepted.
    pub jobs: u64,
    /// Attempts of which nobody knew whether they took effect.
    pub doubts: u64,
    /// Bytes of the files that were planned.
    pub bytes: u64,
}

impl Totals {
    /// Users of whom everything is known.
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.inserted + self.present + self.quarantined + self.held
    }
}
