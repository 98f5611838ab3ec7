//! A password as it was typed.

use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

use crate::password::recipe::MAX_PASSWORD_BYTES as MAX_BYTES;

/// A password as it was typed: no trimming, no change of case, no normal form.
///
/// It wipes itself and has neither `Debug` nor `Display`.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub struct Password(pub(super) Zeroizing<String>);

impl TryFrom<String> for Password {
    type Error = &'static str;

    /// NUL is refused: C implementations stopped there, so any ending would be accepted.
    fn try_from(mut text: String) -> Result<Self, Self::Error> {
        if text.is_empty() || text.len() > MAX_BYTES || text.contains('\0') {
            text.zeroize();
            return Err("password is empty, too long or holds a NUL");
        }
        Ok(Self(Zeroizing::new(text)))
    }
}
