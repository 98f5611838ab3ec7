//! What a digest is made from: one closed tree of steps for every scheme, its language, and what
//! following it yields and costs. It stands on `primitives` alone.

mod caps;
mod cost;
pub(super) mod encoding;
mod evaluate;
mod functions;
pub(super) mod grammar;
mod parameters;
mod parser;
mod reach;
mod tree;

pub use caps::Caps;
pub use cost::Cost;
pub use encoding::Encoding;
pub use evaluate::Inputs;
pub use tree::{Change, Recipe, Variable};

pub(super) use caps::{MAX_NAME_BYTES, MAX_PASSWORD_BYTES};
pub(super) use evaluate::{Bytes, Followed};
pub(super) use parameters::{Parameters, SaltText, log2};
