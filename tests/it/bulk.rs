//! The second half of a migration: `narrowgate-migrate import`, `export`, `status`, and their
//! configuration.

mod configuration;
