//! What Auth0 advises against in metadata, or would not keep as it is.

use super::fault::{FIELD_OVER_2_KB, Fault, NOT_EXACT, TWO_TYPES, ZERO_DATE};
use super::names::Names;
use super::notes::Notes;
use super::report::Skipped;
use crate::database::{Cell, UserColumn, UserRow};
use crate::profile::{LEGACY_BLOCKED, Profile, holds_inexact_number};

/// The largest field that Auth0 advises, in bytes of JSON.
const MAX_FIELD_BYTES: usize = 2048;

const COLUMNS: [(UserColumn, &str); 2] =
    [(UserColumn::UserMetadata, "user_metadata"), (UserColumn::AppMetadata, "app_metadata")];

/// The names of both columns.
#[derive(Default)]
pub(super) struct Fields([Names; 2]);

impl Fields {
    pub(super) fn count(
        &mut self,
        row: &UserRow,
        profile: &Profile,
        is_broken: impl Fn(&str) -> bool,
        notes: &mut Notes,
    ) {
        let id = row.user_id();
        let maps = profile.metadata().into_iter().zip(&mut self.0);
        for ((column, name), (map, names)) in COLUMNS.into_iter().zip(maps) {
            let Cell::Text(text) = row.cell(column) else { continue };
            if is_broken(name) {
                continue;
            }
            let mut add = |fault: Fault| notes.add(fault, Some(name), id);
            if holds_inexact_number(text) {
                add(NOT_EXACT);
            }
            if text.contains("\"0000-00-00") {
                add(ZERO_DATE);
            }
            let bytes = |value| serde_json::to_string(value).map_or(0, |json| json.len());
            if text.len() > MAX_FIELD_BYTES && map.values().any(|it| bytes(it) > MAX_FIELD_BYTES) {
                add(FIELD_OVER_2_KB);
            }
            // The service's own is the same for all.
            let fields = map.iter().filter(|(field, _)| *field != LEGACY_BLOCKED);
            names.add(fields, id, notes.limit());
        }
    }

    pub(super) fn judge(self, notes: &mut Notes) -> Option<Skipped> {
        let full = self.0.iter().any(Names::is_full);
        for (names, (_, column)) in self.0.into_iter().zip(COLUMNS) {
            names.judge(column, notes);
        }
        let why = "metadata has more than 1,000 names: types of the first 1,000 were compared";
        full.then_some(Skipped { what: TWO_TYPES.code, why })
    }
}
