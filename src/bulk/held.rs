//! Why a user is never sent: a closed list, each with what to do.

use super::NotImportable;
use crate::password::Unverifiable;
use crate::profile::InvalidUserRecord;

/// Why a user is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldReason {
    /// The row breaks the database contract.
    InvalidRecord(InvalidUserRecord),
    /// `user_id` is NULL.
    NoId,
    /// Two rows have this id.
    RepeatedId,
    /// The import wants an address of everybody.
    NoEmail,
    /// `email` is no address.
    NoAddress,
    /// Another user of the same file has the address.
    TwinEmail,
    /// Another user of the same file has the username.
    TwinUsername,
    /// Another user of the same file has the phone number.
    TwinPhone,
    /// The username is no username of Auth0, or not of the connection.
    Username,
    /// The phone number is not in the form of ITU-T E.164.
    PhoneNumber,
    /// A name is too long.
    TooLong,
    /// Metadata has a name that Auth0 reserves or cannot hold.
    Metadata,
    /// The profile is larger than Auth0 keeps.
    ProfileTooLarge,
    /// The user alone is larger than an import file.
    TooLarge,
    /// A password column holds bytes that are not UTF-8.
    PasswordNotText,
    /// The gate cannot tell what the hash is either.
    Unverifiable(Unverifiable),
    /// The import has no words for the hash.
    NotImportable(NotImportable),
    /// No login has proven the scheme, and `--schemes proven` was asked for.
    NotProven,
    /// `--without` names the scheme.
    LeftOut,
    /// The system gave no random bytes for the hash of a clear password.
    NoRandomness,
    /// The legacy row went away between being read and being sent.
    Gone,
}

impl HeldReason {
    /// The word for it in `held.ndjson` and in reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidRecord(_) => "invalid_user_record",
            Self::NoId => "no_user_id",
            Self::RepeatedId => "repeated_user_id",
            Self::NoEmail => "no_email",
            Self::NoAddress => "email_is_no_address",
            Self::TwinEmail => "duplicate_email",
            Self::TwinUsername => "duplicate_username",
            Self::TwinPhone => "duplicate_phone_number",
            Self::Username => "username_not_allowed",
            Self::PhoneNumber => "phone_number_not_e164",
            Self::TooLong => "field_too_long",
            Self::Metadata => "metadata_not_allowed",
            Self::ProfileTooLarge => "profile_too_large",
            Self::TooLarge => "too_large",
            Self::PasswordNotText => "password_not_text",
            Self::Unverifiable(reason) => reason.code(),
            Self::NotImportable(reason) => reason.code(),
            Self::NotProven => "scheme_not_proven",
            Self::LeftOut => "scheme_left_out",
            Self::NoRandomness => "no_randomness",
            Self::Gone => "gone_from_legacy",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::InvalidRecord(_) | Self::NoId | Self::RepeatedId | Self::Metadata => {
                "mend the row, or the contract's mapping; `narrowgate-migrate preflight` says where"
            }
            Self::NoEmail => "add an address; until then they move when they log in",
            Self::NoAddress
            | Self::PhoneNumber
            | Self::TooLong
            | Self::ProfileTooLarge
            | Self::TooLarge => {
                "mend the value in the legacy database, or leave the column out of the mapping"
            }
            Self::TwinEmail | Self::TwinUsername | Self::TwinPhone => {
                "decide whose it is: Auth0 has each once"
            }
            Self::Username => {
                "widen the connection's usernames, or map the column to NULL, or mend the name"
            }
            Self::PasswordNotText => {
                "write the bytes as hexadecimal or base64 in the contract's view"
            }
            Self::Unverifiable(Unverifiable::Locked) => {
                "nothing: the account was locked; else they reset"
            }
            Self::Unverifiable(reason) => reason.explained().1,
            Self::NotImportable(_) | Self::LeftOut => {
                "they move when they log in through the gate, or reset"
            }
            Self::NotProven => {
                "send a few with --canary and log in, or wait for a login through the gate"
            }
            Self::NoRandomness => "run the import again",
            Self::Gone => "nothing: who deleted them meanwhile knows why",
        }
    }
}
