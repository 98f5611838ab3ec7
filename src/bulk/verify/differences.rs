//! `differences.ndjson`: whole, or as the verification before left it.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::{Kind, VerifyError, full};
use crate::bulk::draft::Draft;
use crate::bulk::run::DIFFERENCES;

/// One line: an id and a kind, and nothing else of anybody.
#[derive(Serialize)]
struct Difference<'a> {
    /// None where the row has none.
    user_id: Option<&'a str>,
    kind: Kind,
}

/// The file, while it is written.
pub(super) struct Differences(Draft);

impl Differences {
    pub(super) fn begin(folder: &Path) -> Result<Self, VerifyError> {
        Draft::begin(folder, DIFFERENCES).map(Self).map_err(|error| full(&error))
    }

    pub(super) fn add(&mut self, user_id: Option<&str>, kind: Kind) -> Result<(), VerifyError> {
        let line = serde_json::to_string(&Difference { user_id, kind }).unwrap_or_default();
        writeln!(self.0.file, "{line}").map_err(|error| full(&error))
    }

    pub(super) fn end(self) -> Result<(), VerifyError> {
        self.0.end().map_err(|error| full(&error)).map(drop)
    }
}
