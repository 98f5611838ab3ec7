//! The contract's questions, by name, and what goes along with them.

/// The longest answer that is taken: two users with all that Auth0 could keep of them.
pub(crate) const LONGEST_ANSWER: usize = 1 << 20;

/// What is said of a longer one.
pub(super) const TOO_LARGE: &str = "the answer is larger than any profile may be";

/// What is bound: texts, any of which may be NULL.
pub(super) type Arguments<'a> = &'a [Option<&'a str>];

/// A text, or nothing where it is none.
pub(super) type Answer = Result<String, Box<dyn std::error::Error + Sync + Send>>;

/// A routine of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// A user with the stored password.
    LoginCandidate,
    /// A user.
    GetUser,
    /// How a password was hashed.
    PasswordParameters,
    /// Whether a digest is the stored one.
    PasswordMatches,
    /// The one that writes.
    MarkMigrated,
}

impl Question {
    /// How many there are.
    pub(super) const NUMBER: usize = 5;

    /// The routine's name.
    pub(super) fn routine(self) -> &'static str {
        match self {
            Self::LoginCandidate => "login_candidate",
            Self::GetUser => "get_user",
            Self::PasswordParameters => "password_parameters",
            Self::PasswordMatches => "password_matches",
            Self::MarkMigrated => "mark_migrated",
        }
    }

    /// The number of its arguments, all of them texts.
    pub(super) fn arguments(self) -> usize {
        match self {
            Self::PasswordMatches | Self::MarkMigrated => 2,
            Self::LoginCandidate | Self::GetUser | Self::PasswordParameters => 1,
        }
    }
}
