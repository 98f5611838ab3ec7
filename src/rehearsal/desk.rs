//! Who answers for the tenant.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::credentials::Credentials;
use super::jobs::Tenant;
use super::rate::Rate;

/// For a request to arrive.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// What all workers share.
pub(super) struct Shared {
    pub(super) credentials: Credentials,
    pub(super) tenant: Arc<Mutex<Tenant>>,
    pub(super) rate: Mutex<Rate>,
    /// Links to exports: the secret part, the job, and when it was made.
    pub(super) links: Mutex<Vec<(String, String, Instant)>>,
}

/// Answers for the tenant.
pub(super) struct Desk(pub(super) Arc<Shared>);
