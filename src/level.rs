//! How bad a finding is, in the words that all reports use.

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// It must not stay: something is possible that the contract rules out, or users would lose
    /// their passwords.
    Blocker,
    /// Somebody has to know and decide.
    Caution,
}

impl Level {
    /// The word for it in reports for programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Blocker => "blocker",
            Self::Caution => "caution",
        }
    }

    /// What stands before it in reports for people.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            Self::Blocker => "NO",
            Self::Caution => "--",
        }
    }
}
