//! How a user of the legacy database and a user of the tenant can differ: a closed list, each with
//! what to do.

use serde::Serialize;

/// A kind of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nobody in the tenant has the id or the address.
    Missing,
    /// The import was told that the user exists, and nobody has the id or the address.
    Ghost,
    /// There without any metadata, which the legacy database has.
    HalfMade,
    /// Another address.
    EmailDiffers,
    /// The same address, verified on one side alone.
    EmailVerifiedDiffers,
    /// Blocked on one side alone.
    BlockedDiffers,
    /// `user_metadata` or `app_metadata` differ.
    MetadataDiffers,
    /// Username, phone number or one of the names and the picture differ.
    ProfileDiffers,
    /// The id belongs to a user of another connection.
    IdCollision,
    /// The address is there, in another connection alone.
    OtherConnection,
    /// Somebody else in the connection has the address.
    AddressTaken,
    /// Two users of the connection have one address, or two rows one id.
    Twice,
    /// In the tenant alone.
    NotInLegacy,
    /// Marked as migrated, and not in the connection.
    MarkedMissing,
    /// In the tenant, and kept out by the Action alone.
    BlockedByAction,
}

impl Kind {
    /// The word for it in `differences.ndjson` and in reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Ghost => "ghost",
            Self::HalfMade => "half_made",
            Self::EmailDiffers => "email_differs",
            Self::EmailVerifiedDiffers => "email_verified_differs",
            Self::BlockedDiffers => "blocked_differs",
            Self::MetadataDiffers => "metadata_differs",
            Self::ProfileDiffers => "profile_differs",
            Self::IdCollision => "id_collision",
            Self::OtherConnection => "other_connection",
            Self::AddressTaken => "address_taken",
            Self::Twice => "twice",
            Self::NotInLegacy => "not_in_legacy",
            Self::MarkedMissing => "marked_missing",
            Self::BlockedByAction => "blocked_by_action",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Missing => {
                "import them (a new run directory sends whoever has no mark), or let them move when they log in; held.ndjson says why an import left them out"
            }
            Self::Ghost => {
                "wait for a login where a password reset may be unfinished (deleting loses the new password); else delete the shadow by id and by DELETE /api/v2/connections/{id}/users?email=, then import again"
            }
            Self::HalfMade => {
                "write their metadata with the Management API, or delete the user in the tenant and import again"
            }
            Self::EmailDiffers => {
                "who changed it in Auth0 is right: mark them; who changed it in the legacy system meanwhile: change it in the tenant"
            }
            Self::EmailVerifiedDiffers => {
                "set email_verified in the tenant, if the legacy system is right"
            }
            Self::BlockedDiffers => {
                "block them in the tenant, or unblock them (blocked, and legacy_blocked in app_metadata): an import changes nobody who is there"
            }
            Self::MetadataDiffers | Self::ProfileDiffers => {
                "set the values in the tenant, or mend the legacy row; where Auth0's are the newer ones, mark them"
            }
            Self::IdCollision => "map user_id with a prefix, and import in a new run directory",
            Self::OtherConnection => {
                "the person may log in there already: import them, then link the two accounts, or leave them out"
            }
            Self::AddressTaken => {
                "somebody signed up with it: find out whether it is the same person; link, or delete one and import again"
            }
            Self::Twice => "decide who is who, and delete one of the two",
            Self::NotInLegacy => {
                "nothing, where they signed up in Auth0 or were deleted in the legacy system; otherwise look at the mapping's WHERE"
            }
            Self::MarkedMissing => {
                "if they deleted their account, nothing; else delete their mark, so that they can log in through the gate"
            }
            Self::BlockedByAction => {
                "set blocked to true in the tenant before the Action goes, or they can log in"
            }
        }
    }

    /// Whether nobody is missing and nothing differs for it.
    #[must_use]
    pub fn is_caution(self) -> bool {
        matches!(self, Self::NotInLegacy | Self::BlockedByAction)
    }
}
