//! What goes wrong, in an order that a seed decides or the test names.

use std::collections::VecDeque;

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The job is begun, and the answer is lost.
    DropAnswer,
    /// The job is begun, and the answer is 502 with a proxy's page.
    ErrorAfterAccepting,
    /// The upload is cut off, and nothing is begun.
    ResetUpload,
    /// 503, and nothing is begun.
    Unavailable,
    /// 429 for too many requests.
    TooMany,
    /// 200 with a page, and nothing is begun.
    Page,
    /// 302, and nothing is begun.
    Redirect,
    /// 413.
    TooLarge,
    /// The job breaks off half-way.
    FailHalfWay,
    /// The job fails at once, and gives no reason: 204.
    FailSilently,
    /// The list of errors is cut to one.
    CutErrors,
    /// The tenant forgets the job as soon as it is done.
    Forget,
}

impl Fault {
    pub const ALL: [Self; 12] = [
        Self::DropAnswer,
        Self::ErrorAfterAccepting,
        Self::ResetUpload,
        Self::Unavailable,
        Self::TooMany,
        Self::Page,
        Self::Redirect,
        Self::TooLarge,
        Self::FailHalfWay,
        Self::FailSilently,
        Self::CutErrors,
        Self::Forget,
    ];

    /// Whether it is the delivery that goes wrong, and not the job.
    pub fn is_of_delivery(self) -> bool {
        !matches!(self, Self::FailHalfWay | Self::FailSilently | Self::CutErrors | Self::Forget)
    }
}

/// What goes wrong next.
#[derive(Debug, Default)]
pub struct Faults {
    /// One for each delivery to come; none means that it goes well.
    pub planned: VecDeque<Option<Fault>>,
    /// Where nothing is planned: one delivery in so many goes wrong, as these numbers decide.
    pub random: Option<(Random, u64)>,
    /// Look-ups and polls that go wrong: one in so many.
    pub of_questions: Option<(Random, u64)>,
    /// Each of them is one too many.
    pub too_many: bool,
}

impl Faults {
    /// Decides what becomes of the next delivery.
    pub(super) fn draw(&mut self) -> Option<Fault> {
        match self.planned.pop_front() {
            Some(planned) => planned,
            None => self.random.as_mut().and_then(|(random, one_in)| {
                (random.below(*one_in) == 0).then(|| Fault::ALL[random.below(12) as usize])
            }),
        }
    }

    /// Whether a question goes wrong.
    pub(super) fn question(&mut self) -> Option<u64> {
        if self.too_many {
            return Some(1);
        }
        let (random, one_in) = self.of_questions.as_mut()?;
        (random.below(*one_in) == 0).then(|| random.below(4))
    }
}

/// SplitMix64: the same numbers for the same seed.
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end.max(1)
    }
}
