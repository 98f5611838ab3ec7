//! All that is known of one id, brought together, and what follows from it without asking anybody.

use super::print::{Key, Long, Print, Short};
use super::sort::{Sorted, Sorter};
use super::{Found, Kind, Step, Verify, VerifyError, full};

/// Where a record is from. Records of one id come in this order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Source {
    /// The view.
    Row = 0,
    /// The view, with a row that breaks the contract.
    Unreadable = 1,
    /// The marks.
    Mark = 2,
    /// `held.ndjson`.
    Held = 3,
    /// `quarantine.ndjson`, as a ghost.
    Ghost = 4,
    /// The export.
    Tenant = 5,
}

const ALL: [Source; 6] =
    [Source::Row, Source::Unreadable, Source::Mark, Source::Held, Source::Ghost, Source::Tenant];

/// All that is known of one id.
#[derive(Default, Clone, Debug)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) rows: Vec<Print>,
    pub(super) unreadable: usize,
    pub(super) marked: bool,
    pub(super) held: bool,
    pub(super) ghost: bool,
    pub(super) tenant: Vec<Print>,
}

/// What follows from it.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// Nobody knows the id any more.
    Nobody,
    /// In the connection: with what is against it, and the digest of the address.
    There(Vec<Kind>, Long),
    /// Not in the connection, as is to be expected.
    Held,
    /// Somebody has to be asked.
    Doubtful,
}

/// Writes a record.
pub(super) fn record(key: &Key, id: &str, source: Source, print: Option<&Print>) -> Vec<u8> {
    let mut record = Vec::with_capacity(128);
    record.extend_from_slice(&key.of_id(id));
    record.push(source as u8);
    if let Some(print) = print {
        print.write(&mut record);
    }
    record.extend_from_slice(id.as_bytes());
    record
}

/// Groups, one after the other.
pub(super) struct Groups(Sorted);

impl Groups {
    pub(super) fn new(legacy: Sorter, tenant: Sorter) -> Result<Self, VerifyError> {
        let sorted = || Ok(legacy.sorted()?.and(tenant.sorted()?));
        sorted().map(Self).map_err(|error| full(&error))
    }

    fn next(&mut self) -> Result<Option<Group>, VerifyError> {
        let mut group = Group::default();
        let Some(first) = self.0.next().map_err(|error| full(&error))? else { return Ok(None) };
        let key = first.first_chunk::<16>().copied().unwrap_or_default();
        group.take(&first);
        while self.0.peek().is_some_and(|next| next.starts_with(&key)) {
            match self.0.next().map_err(|error| full(&error))? {
                Some(record) => group.take(&record),
                None => break,
            }
        }
        Ok(Some(group))
    }
}

impl Group {
    fn take(&mut self, record: &[u8]) {
        let Some((source, rest)) = record.get(16..).and_then(<[u8]>::split_first) else { return };
        let Some(source) = ALL.get(usize::from(*source)) else { return };
        let mut id = rest;
        if matches!(source, Source::Row | Source::Tenant) {
            let Some((print, behind)) = Print::read(rest) else { return };
            id = behind;
            let prints = if *source == Source::Row { &mut self.rows } else { &mut self.tenant };
            // A line of the export that stands there twice is one user.
            if *source == Source::Row || !prints.contains(&print) {
                prints.push(print);
            }
        }
        match source {
            Source::Row | Source::Tenant => {}
            Source::Unreadable => self.unreadable += 1,
            Source::Mark => self.marked = true,
            Source::Held => self.held = true,
            Source::Ghost => self.ghost = true,
        }
        if self.id.is_empty() {
            self.id = String::from_utf8_lossy(id).into_owned();
        }
    }

    /// Whether the legacy system knows the id.
    pub(super) fn is_legacy(&self) -> bool {
        self.marked || self.unreadable + self.rows.len() > 0
    }

    /// Rows behind the first.
    fn repeated(&self) -> u64 {
        (self.unreadable + self.rows.len()).saturating_sub(1) as u64
    }

    pub(super) fn verdict(&self) -> Verdict {
        match (self.is_legacy(), self.tenant.as_slice()) {
            (false, []) => Verdict::Nobody,
            // Whoever has a mark belongs to Auth0, which may change what it likes.
            (true, [found, ..]) if self.marked => Verdict::There(vec![], found.email),
            (true, []) if self.held && !self.marked => Verdict::Held,
            (true, [found]) => match self.against(found) {
                kinds if kinds.is_empty() || self.rows.len() != 1 || self.unreadable > 0 => {
                    Verdict::There(kinds, found.email)
                }
                _ => Verdict::Doubtful,
            },
            _ => Verdict::Doubtful,
        }
    }

    /// By which it is known later whether the row is still as it was compared.
    pub(super) fn seal(&self, key: &Key) -> Short {
        self.rows.first().map(|row| key.seal(&self.id, row)).unwrap_or_default()
    }

    /// Whether the Action alone keeps out whom the tenant's export shows.
    pub(super) fn is_blocked_by_action(&self) -> bool {
        self.tenant.iter().any(Print::is_blocked_by_action)
    }

    /// What is against a user of the tenant being this one, without a mark.
    pub(super) fn against(&self, found: &Print) -> Vec<Kind> {
        match self.rows.as_slice() {
            rows if rows.len() + self.unreadable > 1 => vec![Kind::Twice],
            [row] => row.differences(found),
            _ => vec![Kind::ProfileDiffers],
        }
    }
}

/// Groups between two looks around, and doubtful ones that are settled together.
const STRIDE: u64 = 500;
const DOUBTFUL: usize = 500;

impl Verify {
    /// Judges every group, and settles the doubtful.
    pub(super) async fn compare(
        &self,
        key: &Key,
        mut groups: Groups,
        total: u64,
        found: &mut Found,
    ) -> Result<(), VerifyError> {
        let (mut doubtful, mut seen) = (vec![], 0_u64);
        while let Some(group) = groups.next()? {
            if group.is_legacy() {
                found.findings.users += 1;
            }
            found.findings.repeated += group.repeated();
            let verdict = group.verdict();
            if group.is_blocked_by_action() && !matches!(verdict, Verdict::Doubtful) {
                found.differ(&group.id, Kind::BlockedByAction)?;
            }
            match verdict {
                Verdict::Nobody => {}
                Verdict::There(kinds, address) => {
                    let known = (address, group.seal(key));
                    found.there(&group.id, group.marked, &kinds, known)?;
                }
                Verdict::Held => {
                    found.findings.held += 1;
                    found.differ(&group.id, Kind::Missing)?;
                }
                Verdict::Doubtful => doubtful.push(group),
            }
            if doubtful.len() >= DOUBTFUL {
                self.settle(key, std::mem::take(&mut doubtful), found).await?;
            }
            seen += 1;
            if seen.is_multiple_of(STRIDE) {
                self.tell(Step::Compare, found.findings.users, Some(total));
                self.breathe().await?;
            }
        }
        self.settle(key, doubtful, found).await
    }
}

#[cfg(test)]
mod tests;
