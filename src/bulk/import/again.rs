//! A chunk that is sent once more is made anew, of what the legacy database says now; one that is too
//! large is cut in two.

use super::verdict::Whereabouts;
use super::{Import, ImportError, source};
use crate::bulk::run::{HeldUser, OpenChunk, Settlement};
use crate::bulk::{HeldReason, Packed, Packer, Put};

impl Import {
    /// Makes the file of a chunk once more, of what the view says now. Users who are not there any
    /// more, or not as they should be, are settled first: then the rest is a chunk of its own.
    pub(super) async fn read_again(
        &self,
        chunk: u64,
        open: &OpenChunk,
    ) -> Result<Result<Packed, Vec<u64>>, ImportError> {
        let users = &open.users;
        let rows = source::read(&self.database, &source::Wanted::Ids(users.clone())).await?;
        let mut packer = Packer::new(&self.bulk);
        let (mut held, mut left) = (vec![], vec![]);
        tokio::task::block_in_place(|| {
            for row in &rows {
                let user_id = row.user_id().map(str::to_owned);
                let reason = match self.builder.build(row).map(|record| packer.put(record)) {
                    Ok(Put::Taken) => continue,
                    Ok(Put::Full(record)) => {
                        left.push(record.user_id);
                        continue;
                    }
                    // Two rows of one id: it goes once.
                    Ok(Put::Held(HeldReason::RepeatedId)) => continue,
                    Ok(Put::Held(reason)) | Err(reason) => reason.code(),
                };
                held.push(HeldUser { user_id, reason });
            }
        });
        let file = packer.take();
        let taken = file.as_ref().map_or(0, |file| file.ids.len());
        if let Some(file) = file.filter(|_| taken == users.len()) {
            return Ok(Ok(file));
        }
        let named = |id: &String| rows.iter().any(|row| row.user_id() == Some(id.as_str()));
        let gone: Vec<&String> = users.iter().filter(|id| !named(id)).collect();
        let mut settlement = Settlement::default();
        for id in gone {
            match self.whereabouts(id).await? {
                Whereabouts::Absent => {
                    let reason = HeldReason::Gone.code();
                    held.push(HeldUser { user_id: Some(id.clone()), reason });
                }
                _ => settlement.present += 1,
            }
        }
        let is_held =
            |id: &String| held.iter().any(|it| it.user_id.as_deref() == Some(id.as_str()));
        let mut first: Vec<String> = users
            .iter()
            .filter(|id| named(id) && !left.contains(id) && !is_held(id))
            .cloned()
            .collect();
        held.retain(|it| it.user_id.as_ref().is_some_and(|id| users.contains(id)));
        held.dedup_by(|a, b| a.user_id == b.user_id);
        if first.is_empty() {
            first = std::mem::take(&mut left);
        }
        settlement.held = held;
        settlement.again = [first, left]
            .into_iter()
            .filter(|it| !it.is_empty())
            .map(|it| (open.round, it))
            .collect();
        Ok(Err(self.ledger.settle(chunk, settlement)?))
    }

    /// Cuts a chunk in two; a single user has no halves and is held back.
    pub(super) fn halve(
        &self,
        chunk: u64,
        open: &OpenChunk,
        reason: HeldReason,
    ) -> Result<Vec<u64>, ImportError> {
        let mut settlement = Settlement::default();
        match open.users.as_slice() {
            [alone] => {
                let user_id = Some(alone.clone());
                settlement.held.push(HeldUser { user_id, reason: reason.code() });
            }
            users => {
                let (first, second) = users.split_at(users.len() / 2);
                settlement.again =
                    vec![(open.round, first.to_vec()), (open.round, second.to_vec())];
            }
        }
        Ok(self.ledger.settle(chunk, settlement)?)
    }
}
