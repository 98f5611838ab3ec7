//! Who shares an address with somebody else of the connection is there twice, whatever else agrees.

use super::differences::Differences;
use super::findings::{CONFIRMED, LEGACY, MARKED};
use super::print::{Long, Short};
use super::sort::{BUDGET, Sorted, Sorter};
use super::{Findings, Kind, Step, Verify, VerifyError, full};
use crate::bulk::management::{Lookup, TenantUser};

/// Somebody in the connection.
struct Somebody {
    flags: u8,
    seal: Short,
    id: String,
}

impl Verify {
    /// Finds those who are there twice, and gives the others who are confirmed: the id and, behind it, the
    /// seal of the row.
    pub(super) async fn share_addresses(
        &self,
        addresses: Sorter,
        findings: &mut Findings,
        differences: &mut Differences,
    ) -> Result<Sorted, VerifyError> {
        let disk = |error: std::io::Error| full(&error);
        let mut confirmed = Sorter::new(self.ledger.path(), BUDGET);
        let mut sorted = addresses.sorted().map_err(disk)?;
        let mut seen = 0_u64;
        while let Some(mut people) = next(&mut sorted).map_err(disk)? {
            if people.len() > 1 && self.are_several(&people).await? {
                // Of whoever has a mark, nothing is compared.
                let compared = |it: &&Somebody| it.flags & (LEGACY | MARKED) == LEGACY;
                for person in people.iter().filter(compared) {
                    differences.add(Some(&person.id), Kind::Twice)?;
                    *findings.kinds.entry(Kind::Twice).or_default() += 1;
                    findings.differing += u64::from(person.flags & CONFIRMED > 0);
                }
                people.clear();
            }
            for person in people.iter().filter(|person| person.flags & CONFIRMED > 0) {
                findings.confirmed += 1;
                let record = [person.id.as_bytes(), &person.seal].concat();
                confirmed.push(&record).map_err(disk)?;
            }
            seen += 1;
            if seen.is_multiple_of(1_000) {
                self.tell(Step::Compare, findings.users, Some(findings.users));
                self.breathe().await?;
            }
        }
        confirmed.sorted().map_err(disk)
    }

    /// Whether the tenant, too, says that these have one address: one of them may have changed it
    /// meanwhile.
    async fn are_several(&self, people: &[Somebody]) -> Result<bool, VerifyError> {
        let name = &self.connection.name;
        for person in people {
            let asking = self.management.whole_user(&person.id, name);
            let Lookup::Ours(user) = self.unless_stopped(asking).await? else { continue };
            let Some(email) = user.email else { continue };
            let holders = self.unless_stopped(self.management.users_by_email(&email)).await?;
            let own = |it: &TenantUser| it.user_id.strip_prefix("auth0|").map(str::to_owned);
            let here: Vec<String> = holders.iter().filter_map(own).collect();
            let shared = people.iter().filter(|person| here.contains(&person.id)).count();
            if shared > 1 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// All who have the next address.
fn next(sorted: &mut Sorted) -> std::io::Result<Option<Vec<Somebody>>> {
    let Some(first) = sorted.next()? else { return Ok(None) };
    let address: Long = first.first_chunk().copied().unwrap_or_default();
    let mut people: Vec<Somebody> = vec![];
    let mut record = Some(first);
    while let Some(bytes) = record {
        if let Some((flags, rest)) = bytes.get(16..).and_then(<[u8]>::split_first)
            && let Some((seal, id)) = rest.split_first_chunk()
        {
            let id = String::from_utf8_lossy(id).into_owned();
            if !people.iter().any(|other| other.id == id) {
                people.push(Somebody { flags: *flags, seal: *seal, id });
            }
        }
        let more = sorted.peek().is_some_and(|next| next.starts_with(&address));
        record = if more { sorted.next()? } else { None };
    }
    Ok(Some(people))
}
