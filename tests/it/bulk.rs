//! The second half of a migration: `narrowgate-migrate import`, `export`, `verify`, `status`,
//! `rehearse`, and their configuration.

mod away;
mod canary;
mod configuration;
mod directory;
mod evidence;
mod export;
mod faults;
mod import;
mod kill;
mod large;
mod mistakes;
mod plan;
mod rehearse;
mod repeated;
mod report;
mod secrets;
mod stop;
mod verify;
