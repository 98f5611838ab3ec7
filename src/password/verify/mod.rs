//! What the service does with stored hashes: it takes passwords in turn, derives their digests on
//! threads of its own, and says whether they match. It stands on `stored` and `recipe`.

mod load;
mod moments;
mod password;
mod prevailing;
mod queue;
mod settings;
mod verdict;
mod verifier;
mod worker;

pub use password::Password;
pub use settings::{Account, Settings};
pub use verdict::{Derived, Mismatch, Verdict, VerifyError};
pub use verifier::{Place, Verifier};
