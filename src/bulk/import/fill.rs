//! Filling files with the users of the view, in the order of their ids.

use std::time::SystemTime;

use super::source::Source;
use super::{Import, ImportError};
use crate::bulk::rows::without_id;
use crate::bulk::run::{HELD_AT_ONCE, HeldUser};
use crate::bulk::{Packed, Packer, Put};

impl Import {
    /// Fills the next file and notes who is in it. None at the end of the view.
    pub(super) async fn fill(
        &self,
        source: &mut Source,
    ) -> Result<Option<(u64, Packed)>, ImportError> {
        let mut packer = Packer::new(&self.bulk);
        let (mut held, mut read) = (vec![], None);
        let mut last = self.ledger.books(|books| books.last.clone());
        while let Some(row) = source.next().await? {
            let read = *read.get_or_insert(source.read());
            let id = row.user_id().map(str::to_owned);
            let is_picked = |id: &String| self.ledger.books(|books| books.picked.contains(id));
            if id != last && id.as_ref().is_some_and(is_picked) {
                last = id;
                continue;
            }
            let build = || self.builder.build_behind(last.as_deref(), &row);
            let made = self.step(build).await?;
            match made.map(|record| packer.put(record)) {
                Ok(Put::Taken) => {}
                Ok(Put::Full(_)) => {
                    source.give_back(row);
                    return self.planned(last, read, &mut packer, &held).map(Some);
                }
                Ok(Put::Held(reason)) | Err(reason) => {
                    held.push(HeldUser { user_id: id.clone(), reason: reason.code() });
                }
            }
            // Without an id nothing can be gone on behind.
            last = id.or(last);
            if held.len() >= HELD_AT_ONCE {
                if packer.users() > 0 {
                    return self.planned(last, read, &mut packer, &held).map(Some);
                }
                self.ledger.plan(last.clone(), vec![], 0, &std::mem::take(&mut held))?;
            }
        }
        if let Some(read) = read
            && packer.users() > 0
        {
            return self.planned(last, read, &mut packer, &held).map(Some);
        }
        let nameless = without_id(&self.database).await?;
        self.ledger.exhausted(&held, nameless)?;
        Ok(None)
    }

    fn planned(
        &self,
        last: Option<String>,
        read: SystemTime,
        packer: &mut Packer,
        held: &[HeldUser],
    ) -> Result<(u64, Packed), ImportError> {
        let full = packer.take().ok_or(ImportError::Broken)?;
        let bytes = full.body.len() as u64;
        let chunk = self.ledger.plan(last, full.ids.clone(), bytes, held)?;
        Ok((chunk, Packed { read, ..full }))
    }
}
