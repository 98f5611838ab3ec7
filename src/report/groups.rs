//! Those who have no mark, by kind of hash, and how they get to Auth0.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::preflight::{Bulk, Gate, Report as Census};

/// How a user without a mark gets to Auth0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// At login, or in bulk with the password.
    Either,
    /// At login through the gate alone: the import has no words for the hash.
    Login,
    /// In bulk alone: the gate does not verify the hash as it is set up.
    Bulk,
    /// In no way before something is mended: the gate refuses the row, or somebody in the tenant has what is theirs.
    Mending,
    /// By choosing a new password.
    Reset,
}

/// Those without a mark who have one kind of hash.
pub struct Group {
    /// The scheme's name and its parameters.
    pub scheme: String,
    /// How many.
    pub users: u64,
    /// How they get there.
    pub way: Way,
    /// What they need, in words.
    pub need: String,
}

/// From the census; those who need most come first.
pub(super) fn groups(census: &Census) -> Vec<Group> {
    // What the census tells apart further, such as the warnings, is the same for a manager.
    let mut sums = BTreeMap::new();
    for kind in &census.kinds {
        let (way, need) = way(kind.gate, &kind.bulk);
        let scheme = match kind.gate {
            Gate::NoPassword => "no password".to_owned(),
            _ => format!("{} {}", kind.scheme, kind.parameters).trim_end().to_owned(),
        };
        *sums.entry((scheme, way, need)).or_insert(0) += kind.users;
    }
    let mut groups: Vec<Group> = sums
        .into_iter()
        .map(|((scheme, way, need), users)| Group { scheme, users, way, need })
        .collect();
    groups.sort_by(Group::by_need);
    groups
}

/// The same of those whom a bulk run left out: their hash is not what keeps them.
pub(super) fn groups_left_out(census: &Census) -> Vec<Group> {
    let mut groups = groups(census);
    for group in &mut groups {
        group.needs_first("what the bulk run left them out for");
    }
    groups
}

/// The same of those whom a login does not bring either.
pub(super) fn groups_to_mend(census: &Census) -> Vec<Group> {
    let mut groups = groups(census);
    for group in &mut groups {
        group.needs_first("a mended record: preflight and the bulk run say what is wrong");
        if group.way != Way::Reset {
            group.way = Way::Mending;
        }
    }
    groups
}

impl Group {
    /// Puts something else that they need before what their hash needs.
    fn needs_first(&mut self, what: &str) {
        self.need = match &self.need {
            hash if hash.starts_with("nothing") => what.to_owned(),
            hash => format!("{what}; {hash}"),
        };
    }

    /// Those who need most come first, and of them the most.
    pub(super) fn by_need(&self, other: &Self) -> Ordering {
        other.way.cmp(&self.way).then(other.users.cmp(&self.users))
    }
}

fn way(gate: Gate, bulk: &Bulk) -> (Way, String) {
    let in_bulk =
        matches!(bulk, Bulk::PasswordHash | Bulk::CustomPasswordHash(_) | Bulk::HashAtExport);
    match (gate, in_bulk) {
        (Gate::Verifies, true) => (Way::Either, "nothing: at login, or in bulk".to_owned()),
        (Gate::Verifies, false) => {
            let why = match bulk {
                Bulk::No(reason) => reason.to_string(),
                _ => "the import has no words for it".to_owned(),
            };
            (Way::Login, format!("a login through the gate: {why}"))
        }
        (Gate::NoPassword, _) => (Way::Reset, "a new password: there is none now".to_owned()),
        (Gate::Cannot(cause), true) => {
            let (said, remedy) = cause.explained();
            (Way::Bulk, format!("the bulk import; or for logins: {remedy} ({said})"))
        }
        (Gate::Cannot(cause), false) => {
            let (said, remedy) = cause.explained();
            (Way::Reset, format!("{remedy}: {said}"))
        }
    }
}
