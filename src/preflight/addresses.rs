//! Addresses that are some, and that nobody finds all the same.

use super::fault;
use super::notes::{Note, Notes};
use super::report::Skipped;
use crate::identifier::Identifier;

/// Addresses that a lookup does not find, if it asks in small letters, and if it asks in capitals.
#[derive(Default)]
pub(super) struct Keys {
    missed: [Note; 2],
    /// The same of addresses without capitals.
    missed_in_small: [Note; 2],
    found: [u64; 2],
    /// The lookup makes small letters of ASCII's capitals alone.
    pub(super) fold_ascii_alone: bool,
}

impl Keys {
    /// Counts an address, and whether a lookup in small letters and one in capitals find it.
    pub(super) fn count(&mut self, email: &str, found: [bool; 2], id: Option<&str>, limit: usize) {
        // What databases make of other letters is their own.
        if !email.is_ascii() {
            if self.fold_ascii_alone && email.to_lowercase() != email.to_ascii_lowercase() {
                self.missed.iter_mut().for_each(|note| note.add(id, limit));
            }
            return;
        }
        let has_capitals = email.bytes().any(|byte| byte.is_ascii_uppercase());
        let missed = if has_capitals { &mut self.missed } else { &mut self.missed_in_small };
        for ((note, hits), found) in missed.iter_mut().zip(&mut self.found).zip(found) {
            *hits += u64::from(found);
            if !found {
                note.add(id, limit);
            }
        }
    }

    /// A lookup asks in one way, which is the one in which it finds more users.
    pub(super) fn judge(self, notes: &mut Notes) -> Option<Skipped> {
        let [in_small, in_capitals] = self.missed;
        let [by_small, by_capitals] = self.found;
        let asks_in_capitals = by_capitals > by_small;
        let missed = if asks_in_capitals { in_capitals } else { in_small };
        let [small_in_small, small_in_capitals] = self.missed_in_small;
        let not_found = if asks_in_capitals { small_in_capitals } else { small_in_small };
        if by_small == 0 && by_capitals == 0 && missed.users() + not_found.users() > 1 {
            let why = "the lookup's key is no address: whether it minds case was not judged";
            return Some(Skipped { what: "email_key", why });
        }
        notes.add_note(fault::EMAIL_CAPITALS, Some("email"), &missed);
        notes.add_note(fault::EMAIL_NOT_FOUND, Some("email"), &not_found);
        None
    }
}

/// Whether the domain or the dots are such as no mail server has.
pub(super) fn is_unusual(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else { return true };
    let label = |label: &str| {
        label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || !c.is_ascii())
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    !domain.contains('.')
        || !domain.split('.').all(label)
        || top.chars().count() < 2
        || top.chars().all(|c| c.is_ascii_digit())
        || local.split('.').any(str::is_empty)
}

/// Whether no lookup asks for the address as it is stored, but for its capitals.
pub(super) fn is_not_normal(email: &str) -> bool {
    if email.is_ascii() {
        return false;
    }
    let small = email.to_lowercase();
    Identifier::parse(email)
        .map_or(true, |known| !known.spellings().any(|spelling| spelling.to_lowercase() == small))
}
