//! A chunk that is sent once more is made anew, of what the legacy database says now; one that is too
//! large is cut in two.

use std::collections::{BTreeMap, HashSet};

use super::verdict::ID_COLLISION;
use super::{Import, ImportError};
use crate::bulk::management::Lookup;
use crate::bulk::rows::by_ids;
use crate::bulk::run::{HeldUser, OpenChunk, QuarantinedUser, Settlement};
use crate::bulk::{HeldReason, Packed, Packer, Put};
use crate::database::UserRow;

/// What became of the users of a chunk when its file was made anew.
struct Remade {
    file: Option<Packed>,
    /// Who cannot be sent any more.
    held: Vec<(String, HeldReason)>,
    /// Who does not fit any more.
    left: Vec<String>,
    /// Whom the view still has.
    named: HashSet<String>,
}

impl Remade {
    /// Whether everybody of the chunk is in the file.
    fn is_whole(&self, file: &Packed, open: &OpenChunk) -> bool {
        self.held.is_empty() && self.left.is_empty() && file.ids.len() == open.users.len()
    }
}

impl Import {
    /// Makes the file of a chunk once more, of what the view says now. Users who are not there any
    /// more, or not as they should be, are settled first: then the rest is a chunk of its own.
    pub(super) async fn read_again(
        &self,
        chunk: u64,
        open: &OpenChunk,
    ) -> Result<Result<Packed, Vec<u64>>, ImportError> {
        let rows = by_ids(&self.database, &open.users, |row| row).await?;
        let mut remade = self.remake(&rows).await?;
        match remade.file.take() {
            Some(file) if remade.is_whole(&file, open) => Ok(Ok(file)),
            _ => self.reshape(chunk, open, remade).await.map(Err),
        }
    }

    async fn remake(&self, rows: &[UserRow]) -> Result<Remade, ImportError> {
        let mut packer = Packer::new(&self.bulk);
        let (mut held, mut left, mut ready) = (BTreeMap::new(), vec![], HashSet::new());
        for row in rows {
            // Two rows of one id are one user, who was sent by one of them before.
            let Some(id) = row.user_id().filter(|id| !ready.contains(*id)) else { continue };
            let made = self.step(|| self.builder.build(row)).await?;
            match made.map(|record| packer.put(record)) {
                Ok(Put::Taken) => drop(ready.insert(id.to_owned())),
                Ok(Put::Full(record)) => {
                    ready.insert(id.to_owned());
                    left.push(record.user_id);
                }
                Ok(Put::Held(reason)) | Err(reason) => {
                    held.entry(id.to_owned()).or_insert(reason);
                }
            }
        }
        held.retain(|id, _| !ready.contains(id));
        ready.extend(held.keys().cloned());
        Ok(Remade { file: packer.take(), held: held.into_iter().collect(), left, named: ready })
    }

    /// Settles who cannot be sent, and makes chunks of the others.
    async fn reshape(
        &self,
        chunk: u64,
        open: &OpenChunk,
        remade: Remade,
    ) -> Result<Vec<u64>, ImportError> {
        let Remade { held, left, named, .. } = remade;
        let mut settlement = Settlement::default();
        let out: HashSet<String> = held.iter().map(|(id, _)| id).chain(&left).cloned().collect();
        for (id, reason) in held {
            self.hold_back(chunk, id, reason, &mut settlement).await?;
        }
        // A chunk may name somebody twice.
        let mut seen = HashSet::new();
        let users: Vec<&String> = open.users.iter().filter(|id| seen.insert(*id)).collect();
        settlement.present += (open.users.len() - users.len()) as u64;
        for id in users.iter().filter(|id| !named.contains(**id)) {
            self.left_the_view(id, &mut settlement).await?;
        }
        let stays = |id: &&String| named.contains(*id) && !out.contains(*id);
        let first: Vec<String> = users.into_iter().filter(stays).cloned().collect();
        settlement.again = [first, left]
            .into_iter()
            .filter(|it| !it.is_empty())
            .map(|it| (open.round, it))
            .collect();
        Ok(self.ledger.settle(chunk, settlement)?)
    }

    /// Holds a user back, unless an earlier attempt arrived after all.
    async fn hold_back(
        &self,
        chunk: u64,
        id: String,
        reason: HeldReason,
        settlement: &mut Settlement,
    ) -> Result<(), ImportError> {
        match self.look_up(&id).await? {
            Lookup::Ours(_) => settlement.present += 1,
            Lookup::Elsewhere(_) => settlement.quarantined.push(QuarantinedUser {
                user_id: id,
                code: ID_COLLISION.to_owned(),
                path: None,
                chunk,
            }),
            Lookup::Absent => {
                settlement.held.push(HeldUser { user_id: Some(id), reason: reason.code() });
            }
        }
        Ok(())
    }

    /// Cuts a chunk in two.
    pub(super) fn halve(&self, chunk: u64, open: &OpenChunk) -> Result<Vec<u64>, ImportError> {
        let (first, second) = open.users.split_at(open.users.len() / 2);
        let again = vec![(open.round, first.to_vec()), (open.round, second.to_vec())];
        Ok(self.ledger.settle(chunk, Settlement { again, ..Settlement::default() })?)
    }
}
