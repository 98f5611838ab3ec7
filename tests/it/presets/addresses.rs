//! Software whose users have several addresses: in a table of their own, or as a list in one text.

use super::Case;
use crate::support::Engine::{Mysql, Postgresql, Sqlite};

#[test]
fn discourse() {
    Case::of("discourse", &[Postgresql]).run();
}

#[test]
fn redmine() {
    Case::of("redmine", &[Sqlite, Postgresql, Mysql]).run();
}

#[test]
fn roundup() {
    Case::of("roundup", &[Postgresql]).run();
}
