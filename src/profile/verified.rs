//! What is known to be the user's own.

use super::Profile;

impl Profile {
    /// Whether the address is known to be the user's; false unless the contract says so.
    #[must_use]
    pub fn is_email_verified(&self) -> bool {
        self.email_verified.unwrap_or(false)
    }

    /// The same of the phone number; none where there is no number, or nothing is said of it.
    #[must_use]
    pub fn is_phone_verified(&self) -> Option<bool> {
        self.phone_verified
    }
}
