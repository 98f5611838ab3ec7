//! What the service does with stored hashes: it takes passwords in turn, derives their digests on
//! threads of its own, and says whether they match. It stands on `stored` and `recipe`.

mod password;
mod prevailing;
mod queue;
mod settings;
mod verifier;
mod worker;

pub use password::Password;
pub use settings::{Account, Settings};
pub use verifier::{Derived, Place, Underived, Verdict, Verifier, VerifyError, count_verified};
