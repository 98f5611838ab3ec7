//! Rows on their way from the database, handed over in batches.

use std::pin::pin;

use diesel::QueryResult;
use futures_util::{Stream, TryStreamExt};
use tokio::sync::mpsc;

use super::errors::{DirectoryError, silently};
use super::{DatedMark, Marked, NamedPasswordRow, PasswordRow};
use crate::database::{Error, statement_error};

/// What a batch ends at: so many rows, or so many bytes, where a row holds pictures or long metadata.
const BATCH: usize = 1000;
const BATCH_BYTES: usize = 1 << 20;
/// How many batches may wait.
pub(super) const BATCHES: usize = 4;

type Batch<T> = Result<Vec<T>, DirectoryError>;

/// What takes memory for as long as nobody has looked at it.
pub(super) trait Weight {
    /// Its bytes, as far as the database decides how many there are.
    fn bytes(&self) -> usize;
}

impl Weight for PasswordRow {
    fn bytes(&self) -> usize {
        let Self::Stored(stored, names) = self else { return 0 };
        let texts = [stored.scheme.as_ref(), names.username.as_ref(), names.email.as_ref()];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        texts + stored.hash.len() + stored.salt.as_ref().map_or(0, |salt| salt.len())
    }
}

impl Weight for NamedPasswordRow {
    fn bytes(&self) -> usize {
        self.row.bytes() + self.user_id.as_ref().map_or(0, String::len)
    }
}

impl Weight for Marked {
    fn bytes(&self) -> usize {
        self.0.len()
    }
}

impl Weight for DatedMark {
    fn bytes(&self) -> usize {
        self.user_id.len()
    }
}

/// Rows on their way. When it is dropped, reading stops.
pub struct Rows<T>(mpsc::Receiver<Batch<T>>);

impl<T> Rows<T> {
    pub(super) fn new(receiver: mpsc::Receiver<Batch<T>>) -> Self {
        Self(receiver)
    }

    /// The next rows; none after the last.
    ///
    /// # Errors
    /// The view failed half-way; nothing follows.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, DirectoryError> {
        match self.0.recv().await {
            Some(Ok(rows)) if rows.is_empty() => Ok(None),
            Some(rows) => rows.map(Some),
            // Whoever read has ended without saying that this was all.
            None => Err(DirectoryError::Broken),
        }
    }
}

pub(super) fn of_diesel<C>(
    rows: QueryResult<impl Stream<Item = QueryResult<C>>>,
) -> Result<impl Stream<Item = Result<C, Error>>, Error> {
    let rows = rows.map_err(|error| statement_error(&error))?;
    Ok(rows.map_err(|error| statement_error(&error)))
}

/// Hands rows over in batches until they end, fail, or nobody wants more.
pub(super) async fn hand_over<C, T: From<C> + Weight>(
    rows: Result<impl Stream<Item = Result<C, Error>>, Error>,
    sender: mpsc::Sender<Batch<T>>,
) {
    let ended = async {
        let mut rows = pin!(rows?.map_ok(T::from));
        let (mut batch, mut bytes) = (vec![], 0);
        while let Some(row) = rows.try_next().await? {
            bytes += row.bytes();
            batch.push(row);
            if batch.len() >= BATCH || bytes >= BATCH_BYTES {
                bytes = 0;
                if sender.send(Ok(std::mem::take(&mut batch))).await.is_err() {
                    return Ok(());
                }
            }
        }
        if !batch.is_empty() {
            let _ = sender.send(Ok(batch)).await;
        }
        Ok(())
    };
    // No rows stand for the end.
    let end = ended.await.map(|()| vec![]).map_err(silently);
    let _ = sender.send(end).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A panic of the reading task must not look like a small table.
    #[tokio::test]
    async fn rows_that_end_without_a_word_are_broken() {
        let (sender, receiver) = mpsc::channel::<Batch<u8>>(3);
        let mut rows = Rows(receiver);
        sender.send(Ok(vec![1])).await.expect("room");
        assert!(matches!(rows.next().await, Ok(Some(some)) if some == [1]));
        drop(sender);
        assert!(matches!(rows.next().await, Err(DirectoryError::Broken)));
    }

    #[tokio::test]
    async fn a_batch_ends_at_its_rows_or_at_its_bytes() {
        for (bytes, due) in [(1, [1000, 1000]), (300_000, [4, 4])] {
            let (sender, receiver) = mpsc::channel(BATCHES);
            let row = move |_| Ok(Some(vec![b'x'; bytes]));
            let rows = futures_util::stream::iter((0..2000).map(row));
            let reading = tokio::spawn(hand_over::<_, Marked>(Ok(rows), sender));
            let mut rows = Rows(receiver);
            for due in due {
                let batch = rows.next().await.ok().flatten().expect("a batch");
                assert_eq!(batch.len(), due);
            }
            drop(rows);
            reading.await.expect("it ends");
        }
    }
}
