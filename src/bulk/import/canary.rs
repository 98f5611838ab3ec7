//! A few users of each scheme that no login has proven, and of each of its forms that only a tenant can prove, sent
//! before all others: log in as one of them, and it is proven.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::{Import, ImportError};
use crate::bulk::{CONNECT_TIMEOUT, Packer, Put, Warning};
use crate::database::{Directory, DirectoryError, Order};

/// How many users of each scheme were picked.
pub type Picked = BTreeMap<&'static str, u64>;

impl Import {
    /// Picks users, notes them as chunks of their own, and sends them. Where some were picked
    /// before, nobody else is.
    ///
    /// # Errors
    /// As [`Import::run`].
    pub async fn canary(
        self: Arc<Self>,
        number: u64,
        proven: &BTreeSet<String>,
    ) -> Result<Picked, ImportError> {
        let mut picked = Picked::new();
        if self.ledger.books(|books| books.picked.is_empty() && books.last.is_none()) {
            picked = self.pick(number, proven).await?;
        }
        self.finish().await?;
        Ok(picked)
    }

    async fn pick(&self, number: u64, proven: &BTreeSet<String>) -> Result<Picked, ImportError> {
        let opening = Directory::open(self.database.clone(), CONNECT_TIMEOUT);
        let mut rows = opening.await?.users(Order::AsTheyCome);
        let (mut packer, mut picked) = (Packer::new(&self.bulk), Picked::new());
        let mut of_form: HashMap<(&str, Vec<Warning>), u64> = HashMap::new();
        while let Some(batch) = self.batch(&mut rows).await? {
            for row in &batch {
                let Ok(record) = tokio::task::block_in_place(|| self.builder.build(row)) else {
                    continue;
                };
                let scheme = record.scheme;
                let unsettled = record.warnings.iter().copied().filter(|it| it.is_unsettled());
                let so_far = of_form.entry((scheme, unsettled.collect())).or_default();
                if *so_far >= number || scheme == "none" || proven.contains(scheme) {
                    continue;
                }
                match packer.put(record) {
                    Put::Taken => {
                        *so_far += 1;
                        *picked.entry(scheme).or_default() += 1;
                    }
                    Put::Full(_) => self.note_picked(&mut packer)?,
                    Put::Held(_) => {}
                }
            }
        }
        self.note_picked(&mut packer)?;
        Ok(picked)
    }

    async fn batch(
        &self,
        rows: &mut crate::database::Rows<crate::database::UserRow>,
    ) -> Result<Option<Vec<crate::database::UserRow>>, ImportError> {
        tokio::select! {
            batch = rows.next() => Ok(batch.map_err(|error: DirectoryError| error)?),
            () = self.stopped() => Err(ImportError::Interrupted),
        }
    }

    fn note_picked(&self, packer: &mut Packer) -> Result<(), ImportError> {
        if let Some(full) = packer.take() {
            self.ledger.plan(None, full.ids, full.body.len() as u64, &[])?;
        }
        Ok(())
    }
}
