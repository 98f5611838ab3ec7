//! Narrowgate lets an Auth0 tenant ask a legacy user database about one user at a time.
//!
//! The rooms depend one way: `cli` → `http` → (`auth`, `database`, `password`) → `profile`.
//! `narrowgate-migrate` has rooms of its own: `cli::migrate` → ([`contract`], [`preflight`],
//! [`bulk`], [`report`], [`rehearsal`]) → (`database`, `password`). [`http`] knows nothing of them, nor they of it.
//! Among these, [`report`] → [`preflight`] → [`bulk`]. Both programs have [`proof`] → `database`; it asks
//! [`contract`] how case is folded.
//! A request for `/login` passes [`http`], [`auth`], [`database`] and [`password`], in that order.

pub mod audit;
pub mod auth;
pub mod bulk;
mod cause;
pub mod cli;
pub mod columns;
pub mod config;
pub mod contract;
pub mod database;
pub mod day;
pub mod demo;
mod digest;
pub mod http;
mod https;
pub mod identifier;
mod json;
pub mod level;
mod numbers;
pub mod password;
pub mod preflight;
pub mod profile;
pub mod proof;
mod random;
pub mod rehearsal;
pub mod report;
pub mod schema;
pub mod supervisor;
pub mod telemetry;
mod wire;
