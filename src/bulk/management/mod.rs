//! The tenant's Management API, for `narrowgate-migrate` alone.
//!
//! Every request passes [`Management::send`], which keeps the budget, holds a token, follows no
//! redirect, and tells what is known of it in [`Outcome`]: it never left, it was answered, or
//! nobody knows. There is no layer that repeats requests: what may be repeated says so, in
//! [`Management::get`]. Each question is a method with types of its own:
//!
//! - [`Management::connection`] looks whether users can be imported at all;
//! - [`Management::deliver`], [`Management::job`], [`Management::job_errors`] are the import jobs;
//! - [`Management::begin_export`], [`Management::export`], [`Management::download`] are the export
//!   jobs;
//! - [`Management::user`] and [`Management::users_by_email`] tell at once who is there.

mod budget;
mod client;
mod connection;
mod exports;
mod jobs;
mod outcome;
mod token;
mod users;
mod wire;

pub use client::{Management, Patience, Payload, Question};
pub use connection::Connection;
pub use exports::{Download, ExportState};
pub use jobs::{Delivery, ImportFile, JobErrors, JobState, NotTaken, Summary, UserError};
pub use outcome::{Answer, Outcome, Refusal};
pub use users::{Identity, Lookup, PROFILE, TenantUser};
