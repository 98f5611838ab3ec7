//! The canonical columns: the one list that the contract's scripts, the bulk reader and the proof go by.

/// The canonical columns of the view `legacy_user`, in their order, and what each holds.
pub const COLUMNS: [(&str, Holds); 17] = [
    ("user_id", Holds::Text),
    ("email", Holds::Text),
    ("email_verified", Holds::Flag),
    ("username", Holds::Text),
    ("phone_number", Holds::Text),
    ("phone_verified", Holds::Flag),
    ("name", Holds::Text),
    ("given_name", Holds::Text),
    ("family_name", Holds::Text),
    ("nickname", Holds::Text),
    ("picture", Holds::Text),
    ("user_metadata", Holds::Object),
    ("app_metadata", Holds::Object),
    ("blocked", Holds::Flag),
    ("password_hash", Holds::Text),
    ("password_salt", Holds::Text),
    ("password_scheme", Holds::Text),
];

/// What a canonical column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text.
    Text,
    /// True, false or unknown.
    Flag,
    /// A JSON object.
    Object,
}
