//! A rehearsal of the bulk migration: a stand-in for a tenant, and users made up for it.
//!
//! [`StandIn`] is the part of Auth0's Management API that a bulk migration speaks to, on loopback,
//! in this process. It refuses what the documented API refuses ([`form`], [`schema`], [`password`]),
//! works through import jobs ([`jobs`]), and keeps whom it took ([`store`]) compressed in memory: it
//! writes nothing to any disk, and drops hashes as soon as it has looked at their form. It is for
//! people who have no tenant yet. The tests of the import have a tenant of their own, with faults.
//!
//! [`Sample`] is a legacy database of made-up users, for people who have none at hand.

mod connection;
mod credentials;
mod desk;
mod export;
mod form;
mod intake;
mod job;
mod jobs;
mod kept;
mod password;
mod problem;
mod rate;
mod routes;
mod sample;
mod schema;
mod stand_in;
mod store;

pub use sample::Sample;
pub use stand_in::StandIn;

#[cfg(test)]
pub(crate) mod tests;
