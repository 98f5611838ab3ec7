//! A few users of each scheme that no login has proven, and of each of its forms that only a tenant can prove, sent
//! before all others: log in as one of them, and it is proven.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::{Import, ImportError};
use crate::bulk::rows::by_ids;
use crate::bulk::run::Event;
use crate::bulk::{CONNECT_TIMEOUT, Packer, Put, Record, Warning};
use crate::database::{Directory, Order, UserRow};

/// How many users of each scheme were picked.
pub type Picked = BTreeMap<&'static str, u64>;

/// A scheme, and what only a tenant can tell of the hash.
type Form = (&'static str, Vec<Warning>);

fn form(record: &Record) -> Form {
    let unsettled = record.warnings.iter().copied().filter(|it| it.is_unsettled());
    (record.scheme, unsettled.collect())
}

/// What is picked so far, and by which rule.
struct Picking<'a> {
    number: u64,
    proven: &'a BTreeSet<String>,
    packer: Packer,
    picked: Picked,
    of_form: HashMap<Form, u64>,
    known: BTreeSet<String>,
}

impl Import {
    /// Picks users, those of the ids `first` before all others, notes them as chunks of their own, and sends
    /// them. Where all were picked before, nobody else is; a process that was killed while it picked may have
    /// noted some of them.
    ///
    /// # Errors
    /// As [`Import::run`].
    pub async fn canary(
        self: Arc<Self>,
        number: u64,
        proven: &BTreeSet<String>,
        first: &[String],
    ) -> Result<Picked, ImportError> {
        let mut picked = Picked::new();
        if self.ledger.books(|books| !books.is_picked && books.last.is_none()) {
            let known = self.ledger.books(|books| books.picked.clone());
            let (packer, of_form) = (Packer::new(&self.bulk), HashMap::new());
            let picking = Picking { number, proven, packer, picked, of_form, known };
            picked = self.pick(picking, first).await?;
        }
        self.finish().await?;
        Ok(picked)
    }

    async fn pick(
        &self,
        mut picking: Picking<'_>,
        first: &[String],
    ) -> Result<Picked, ImportError> {
        let ids: Vec<String> = picking.known.iter().cloned().collect();
        for row in by_ids(&self.database, &ids, |row| row).await? {
            let Ok(record) = self.step(|| self.builder.build(&row)).await? else { continue };
            *picking.of_form.entry(form(&record)).or_default() += 1;
            *picking.picked.entry(record.scheme).or_default() += 1;
        }
        for row in by_ids(&self.database, first, |row| row).await? {
            self.pick_one(&mut picking, &row).await?;
        }
        let opening = Directory::open(self.database.clone(), CONNECT_TIMEOUT);
        let mut rows = opening.await?.users(Order::AsTheyCome);
        while let Some(batch) = self.unless_stopped(rows.next()).await? {
            for row in &batch {
                self.pick_one(&mut picking, row).await?;
            }
        }
        let Picking { mut packer, picked, .. } = picking;
        self.note_picked(&mut packer)?;
        self.ledger.record(Event::Picked { users: picked.values().sum() }, true)?;
        Ok(picked)
    }

    /// Picks a user, unless there are enough of the same form.
    async fn pick_one(&self, picking: &mut Picking<'_>, row: &UserRow) -> Result<(), ImportError> {
        let Ok(record) = self.step(|| self.builder.build(row)).await? else { return Ok(()) };
        let Picking { number, proven, packer, picked, of_form, known } = picking;
        let (scheme, id) = (record.scheme, record.user_id.clone());
        let so_far = of_form.entry(form(&record)).or_default();
        let enough = *so_far >= *number || known.contains(&id);
        if enough || scheme == "none" || proven.contains(scheme) {
            return Ok(());
        }
        let put = match packer.put(record) {
            Put::Full(record) => {
                self.note_picked(packer)?;
                packer.put(*record)
            }
            put => put,
        };
        if let Put::Taken = put {
            // A second row of the id may come at any time.
            known.insert(id);
            *so_far += 1;
            *picked.entry(scheme).or_default() += 1;
        }
        Ok(())
    }

    fn note_picked(&self, packer: &mut Packer) -> Result<(), ImportError> {
        if let Some(full) = packer.take() {
            self.ledger.plan(None, full.ids, full.body.len() as u64, &[])?;
        }
        Ok(())
    }
}
