//! What an import would do, found by making every user and sending none.

use std::collections::BTreeMap;

use super::ImportError;
use crate::bulk::run::HeldUser;
use crate::bulk::{Builder, CONNECT_TIMEOUT, HeldReason, Packer, Put, Record, Warning, random};
use crate::config::{Bulk, DatabaseTarget};
use crate::database::{Cell, Directory, Order, UserColumn, UserRow};

/// Users who are picked at random, to be looked up.
const SAMPLE: usize = 10;

/// What an import would do.
#[derive(Default)]
pub struct Plan {
    /// Users of the view who have no mark.
    pub users: u64,
    /// Users who would be sent.
    pub sent: u64,
    /// Files, and their bytes.
    pub files: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Who would be held back: how many for each reason.
    pub held: BTreeMap<&'static str, Held>,
    /// The users to be sent, by scheme.
    pub schemes: BTreeMap<&'static str, u64>,
    /// What to know about hashes, by code.
    pub warnings: BTreeMap<&'static str, (Warning, u64)>,
    /// Users to be sent whose address is not verified: a mail may ask them to.
    pub unverified: u64,
    /// Ids of some who would be sent, at random.
    pub sample: Vec<String>,
}

/// Users who are held back for one reason.
#[derive(Clone, Copy)]
pub struct Held {
    /// The reason of the first.
    pub reason: HeldReason,
    /// How many.
    pub users: u64,
}

/// Reads every user once and makes the plan; `held` is told of each user who is held back, and
/// `progress` of how many were read.
///
/// # Errors
/// The database refuses, or the view fails.
pub async fn plan(
    database: &DatabaseTarget,
    builder: &Builder,
    bulk: &Bulk,
    mut held: impl FnMut(&HeldUser),
    mut progress: impl FnMut(u64),
) -> Result<Plan, ImportError> {
    let directory = Directory::open(database.clone(), CONNECT_TIMEOUT).await?;
    let mut rows = directory.users(Order::ById);
    let mut last = None;
    let (mut plan, mut packer) = (Plan::default(), Packer::new(bulk));
    while let Some(batch) = rows.next().await? {
        for row in &batch {
            let user_id = row.user_id().map(str::to_owned);
            let made = builder.build_behind(last.as_deref(), row);
            if let Some(reason) = plan.count(row, made, &mut packer) {
                held(&HeldUser { user_id: user_id.clone(), reason: reason.code() });
            }
            last = user_id;
        }
        progress(plan.users);
    }
    plan.close(&mut packer);
    Ok(plan)
}

impl Plan {
    fn count(
        &mut self,
        row: &UserRow,
        made: Result<Record, HeldReason>,
        packer: &mut Packer,
    ) -> Option<HeldReason> {
        self.users += 1;
        let record = match made {
            Ok(record) => record,
            Err(reason) => return Some(self.hold(reason)),
        };
        let (scheme, warnings, id) =
            (record.scheme, record.warnings.clone(), record.user_id.clone());
        let put = match packer.put(record) {
            Put::Full(record) => {
                self.close(packer);
                packer.put(*record)
            }
            put => put,
        };
        if let Put::Held(reason) = put {
            return Some(self.hold(reason));
        }
        self.sent += 1;
        *self.schemes.entry(scheme).or_default() += 1;
        for warning in warnings {
            self.warnings.entry(warning.code()).or_insert((warning, 0)).1 += 1;
        }
        self.unverified += u64::from(row.cell(UserColumn::EmailVerified) != Cell::Text("true"));
        self.pick(id);
        None
    }

    fn hold(&mut self, reason: HeldReason) -> HeldReason {
        self.held.entry(reason.code()).or_insert(Held { reason, users: 0 }).users += 1;
        reason
    }

    fn close(&mut self, packer: &mut Packer) {
        if let Some(full) = packer.take() {
            self.files += 1;
            self.bytes += full.body.len() as u64;
        }
    }

    /// Each user has the same chance.
    fn pick(&mut self, id: String) {
        if self.sample.len() < SAMPLE {
            self.sample.push(id);
            return;
        }
        let at = random::below(usize::try_from(self.sent).unwrap_or(usize::MAX));
        if let Some(place) = self.sample.get_mut(at) {
            *place = id;
        }
    }
}
