//! Filling files with the users of the view, in the order of their ids.

use std::time::SystemTime;

use super::source::Source;
use super::{Import, ImportError};
use crate::bulk::rows::without_id;
use crate::bulk::run::{HELD_AT_ONCE, HeldUser};
use crate::bulk::{Packed, Packer, Put};
use crate::database::UserRow;

/// A file that is being filled, and what is noted together with it.
struct Filling {
    packer: Packer,
    held: Vec<HeldUser>,
    /// The last id that was read.
    last: Option<String>,
    /// The rows behind it, which have no id that is text: another process would read them again.
    behind: Vec<UserRow>,
    /// When the first user was read.
    read: Option<SystemTime>,
}

impl Import {
    /// Fills the next file and notes who is in it. None at the end of the view.
    pub(super) async fn fill(
        &self,
        source: &mut Source,
    ) -> Result<Option<(u64, Packed)>, ImportError> {
        let last = self.ledger.books(|books| books.last.clone());
        let (packer, behind) = (Packer::new(&self.bulk), vec![]);
        let mut filling = Filling { packer, held: vec![], last, behind, read: None };
        while let Some(row) = source.next().await? {
            filling.read.get_or_insert(source.read());
            let id = row.user_id().map(str::to_owned);
            let is_picked = |id: &String| self.ledger.books(|books| books.picked.contains(id));
            if id != filling.last && id.as_ref().is_some_and(is_picked) {
                filling.go_on_behind(id, row);
                continue;
            }
            let last = filling.last.as_deref();
            let made = self.step(|| self.builder.build_behind(last, &row)).await?;
            match made.map(|record| filling.packer.put(record)) {
                Ok(Put::Taken) => {}
                Ok(Put::Full(_)) => {
                    source.give_back(row);
                    return self.planned(filling, source).map(Some);
                }
                Ok(Put::Held(reason)) | Err(reason) => {
                    let user_id = id.clone();
                    filling.held.push(HeldUser { user_id, reason: reason.code() });
                }
            }
            filling.go_on_behind(id, row);
            if filling.held.len() >= HELD_AT_ONCE && filling.behind.is_empty() {
                if filling.packer.users() > 0 {
                    return self.planned(filling, source).map(Some);
                }
                let held = std::mem::take(&mut filling.held);
                self.ledger.plan(filling.last.clone(), vec![], 0, &held)?;
            }
        }
        if filling.packer.users() > 0 {
            return self.planned(filling, source).map(Some);
        }
        let nameless = without_id(&self.database).await?;
        self.ledger.exhausted(&filling.held, nameless)?;
        Ok(None)
    }

    fn planned(
        &self,
        mut filling: Filling,
        source: &mut Source,
    ) -> Result<(u64, Packed), ImportError> {
        let full = filling.packer.take().ok_or(ImportError::Broken)?;
        let read = filling.read.ok_or(ImportError::Broken)?;
        // They are noted together with an id behind them, or with the end.
        filling.held.truncate(filling.held.len().saturating_sub(filling.behind.len()));
        filling.behind.into_iter().rev().for_each(|row| source.give_back(row));
        let bytes = full.body.len() as u64;
        let chunk = self.ledger.plan(filling.last, full.ids.clone(), bytes, &filling.held)?;
        Ok((chunk, Packed { read, ..full }))
    }
}

impl Filling {
    /// Without an id nothing can be gone on behind.
    fn go_on_behind(&mut self, id: Option<String>, row: UserRow) {
        if id.is_some() {
            self.last = id;
            self.behind.clear();
        } else {
            self.behind.push(row);
        }
    }
}
