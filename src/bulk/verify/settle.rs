//! Doubtful users are settled by what both sides say of them now: their rows are read again, and the
//! tenant is asked by id, which is immediately consistent.

use std::collections::{HashMap, HashSet};

use futures_util::future::join_all;

use super::merge::Group;
use super::portrait::Portrait;
use super::print::{Key, Long, Print, Short};
use super::{Found, Kind, Step, Verify, VerifyError};
use crate::bulk::management::{Lookup, TenantUser};
use crate::bulk::rows;
use crate::database::UserRow;

/// Questions on their way at once; how many go in a second is the budget's to say.
const AT_ONCE: usize = 8;

/// What became of a doubtful user.
enum Settled {
    /// In neither by now, or in the tenant no more.
    Nothing,
    There(Vec<Kind>, Print),
    Absent(Kind),
    /// In the tenant alone.
    Stranger(Long),
}

impl Verify {
    pub(super) async fn settle(
        &self,
        key: &Key,
        doubtful: Vec<Group>,
        found: &mut Found,
    ) -> Result<(), VerifyError> {
        if doubtful.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = doubtful.iter().map(|group| group.id.clone()).collect();
        let reading = rows::both(&self.database, &ids, |row| Now::of(key, &row));
        let (read, marked) = self.unless_stopped(reading).await?;
        let groups = refreshed(doubtful, &read, &marked, found);
        for some in groups.chunks(AT_ONCE) {
            let left = self.look_ups.saturating_sub(found.findings.looked_up);
            let asked = some.iter().zip(0..).map(|((group, email), number)| {
                self.settled(key, group, email.as_deref(), number < left)
            });
            for ((group, _), settled) in some.iter().zip(join_all(asked).await) {
                let (settled, looked_up) = settled?;
                found.findings.looked_up += u64::from(looked_up == Some(true));
                found.findings.not_looked_up += u64::from(looked_up == Some(false));
                found.note(group, settled, group.seal(key))?;
            }
            self.tell(Step::Compare, found.findings.users, None);
            self.breathe().await?;
        }
        Ok(())
    }

    /// What became of a user, and whether the tenant was asked where it should have been.
    async fn settled(
        &self,
        key: &Key,
        group: &Group,
        email: Option<&str>,
        may_ask: bool,
    ) -> Result<(Settled, Option<bool>), VerifyError> {
        if !group.is_legacy() {
            let stranger = group.tenant.first();
            return Ok((stranger.map_or(Settled::Nothing, |it| Settled::Stranger(it.email)), None));
        }
        let linked = group.tenant.iter().find(|found| group.marked || found.is_linked());
        if let Some(found) = linked {
            return Ok((there(group, found), None));
        }
        if !may_ask {
            return Ok((by_the_export(group), Some(false)));
        }
        let name = &self.connection.name;
        let asking = self.management.whole_user(&group.id, name);
        let settled = match self.unless_stopped(asking).await? {
            Lookup::Ours(user) => there(group, &key.print(&group.id, &Portrait::of_tenant(&user))),
            Lookup::Elsewhere(_) if group.marked => Settled::Absent(Kind::MarkedMissing),
            Lookup::Elsewhere(_) => Settled::Absent(Kind::IdCollision),
            Lookup::Absent => self.absent(key, group, email).await?,
        };
        Ok((settled, Some(true)))
    }

    /// Nobody has the id: who has the address?
    async fn absent(
        &self,
        key: &Key,
        group: &Group,
        email: Option<&str>,
    ) -> Result<Settled, VerifyError> {
        let holders = match email {
            Some(email) => self.unless_stopped(self.management.users_by_email(email)).await?,
            None => vec![],
        };
        let ids = |user: &TenantUser| user.ids_in(&self.connection.name);
        // Linked to another account, which gives its own id and profile to both.
        if let Some(user) = holders.iter().find(|user| ids(user).contains(&group.id)) {
            let by_action = Portrait::of_tenant(user).by_action;
            return Ok(Settled::There(vec![], key.linked(&group.id, by_action)));
        }
        let nobody_here = holders.iter().all(|user| ids(user).is_empty());
        Ok(Settled::Absent(match (group.marked, nobody_here, holders.is_empty()) {
            (true, ..) => Kind::MarkedMissing,
            (false, false, _) => Kind::AddressTaken,
            (false, true, _) if group.ghost => Kind::Ghost,
            (false, true, false) => Kind::OtherConnection,
            (false, true, true) => Kind::Missing,
        }))
    }
}

fn there(group: &Group, user: &Print) -> Settled {
    let kinds = if group.marked { vec![] } else { group.against(user) };
    Settled::There(kinds, user.clone())
}

/// The best that can be said without asking.
fn by_the_export(group: &Group) -> Settled {
    match group.tenant.first() {
        Some(user) => there(group, user),
        None if group.marked => Settled::Absent(Kind::MarkedMissing),
        None if group.ghost => Settled::Absent(Kind::Ghost),
        None => Settled::Absent(Kind::Missing),
    }
}

/// A row as it is now.
struct Now {
    id: String,
    /// What is compared, and the address to ask for; none where the row breaks the contract.
    print: Option<(Print, Option<String>)>,
}

impl Now {
    fn of(key: &Key, row: &UserRow) -> Self {
        let id = row.user_id().unwrap_or_default().to_owned();
        let print = Portrait::of_row(row).map(|it| (key.print(&id, &it), it.email));
        Self { id, print }
    }
}

/// The groups as the legacy database has them now, each with the address to ask for.
fn refreshed(
    doubtful: Vec<Group>,
    read: &[Now],
    marked: &HashSet<String>,
    found: &mut Found,
) -> Vec<(Group, Option<String>)> {
    let mut by_id: HashMap<&str, Vec<&Now>> = HashMap::new();
    for row in read {
        by_id.entry(&row.id).or_default().push(row);
    }
    let refresh = |mut group: Group| {
        let (was, mut email) = (group.is_legacy(), None);
        (group.rows, group.unreadable) = (vec![], 0);
        group.marked = marked.contains(&group.id);
        for row in by_id.get(group.id.as_str()).into_iter().flatten() {
            match &row.print {
                Some((print, address)) => {
                    group.rows.push(print.clone());
                    email = email.or_else(|| address.clone());
                }
                None => group.unreadable += 1,
            }
        }
        // Deleted meanwhile, or new.
        match (was, group.is_legacy()) {
            (true, false) => found.findings.users -= 1,
            (false, true) => found.findings.users += 1,
            _ => {}
        }
        (group, email)
    };
    doubtful.into_iter().map(refresh).collect()
}

impl Found {
    fn note(&mut self, group: &Group, settled: Settled, seal: Short) -> Result<(), VerifyError> {
        let by_action = match &settled {
            Settled::There(_, user) => user.is_blocked_by_action(),
            _ => group.is_blocked_by_action(),
        };
        if by_action {
            self.differ(&group.id, Kind::BlockedByAction)?;
        }
        match settled {
            Settled::Nothing => Ok(()),
            Settled::There(kinds, user) => {
                self.there(&group.id, group.marked, &kinds, (user.email, seal))
            }
            Settled::Absent(kind) => self.differ(&group.id, kind),
            Settled::Stranger(address) => {
                self.differ(&group.id, Kind::NotInLegacy)?;
                self.address(&group.id, (address, seal), 0)
            }
        }
    }
}
