//! The tenant's side: an export job, fetched and unpacked as it comes. A file that is not whole is
//! fetched again from its beginning; nothing of a broken one is believed.

use std::time::Duration;

use tokio::time::Instant;

use super::merge::{Source, record};
use super::portrait::Portrait;
use super::print::Key;
use super::sort::{BUDGET, Sorter};
use super::unpack::{Damage, Failure, Unpacker};
use super::{Step, Verify, VerifyError, full};
use crate::bulk::management::{ExportState, TenantUser};
use crate::bulk::random::backoff;
use crate::json;

/// Between two looks at the job.
const FIRST_LOOK: Duration = Duration::from_millis(300);
const LONGEST_LOOK: Duration = Duration::from_secs(10);
/// An export is given up after this: Auth0 fails jobs after two hours.
const LONGEST_JOB: Duration = Duration::from_mins(135);
/// Exports that are asked for, and attempts at the files of all of them.
const EXPORTS: u32 = 3;
const ATTEMPTS: u32 = 4;

/// What came of fetching a file.
enum Fetched {
    All(Sorter),
    /// The address is too old.
    Late,
    /// It broke off, or is damaged.
    Broken(String),
}

impl Verify {
    pub(super) async fn read_tenant(
        &self,
        key: &Key,
        mut job: String,
    ) -> Result<Sorter, VerifyError> {
        let (mut exports, mut attempts, mut look) = (1, 0, FIRST_LOOK);
        let mut begun = Instant::now();
        loop {
            let state = match self.unless_stopped(self.management.export(&job)).await? {
                ExportState::Running(_) if begun.elapsed() > LONGEST_JOB => ExportState::Failed,
                state => state,
            };
            let why = match state {
                ExportState::Running(done) => {
                    self.tell(Step::Export, percent(done), Some(100));
                    self.pause(look).await?;
                    look = (look * 3 / 2).min(LONGEST_LOOK);
                    continue;
                }
                ExportState::Ready(address) => match self.fetch(key, &address).await? {
                    Fetched::All(sorter) => return Ok(sorter),
                    Fetched::Late => "its address is refused".to_owned(),
                    Fetched::Broken(why) => why,
                },
                ExportState::Failed | ExportState::Gone if exports < EXPORTS => {
                    exports += 1;
                    let again = self.management.begin_export(&self.connection.id);
                    job = self.unless_stopped(again).await?;
                    (begun, look) = (Instant::now(), FIRST_LOOK);
                    continue;
                }
                ExportState::Failed => return Err(unusable("its jobs fail")),
                ExportState::Gone => return Err(unusable("it forgets its jobs")),
            };
            attempts += 1;
            if attempts >= ATTEMPTS {
                return Err(unusable(&why));
            }
            self.pause(backoff(attempts, LONGEST_LOOK)).await?;
        }
    }

    async fn fetch(&self, key: &Key, address: &str) -> Result<Fetched, VerifyError> {
        let begin = async { Ok::<_, VerifyError>(self.management.download(address).await) };
        let mut file = match self.unless_stopped(begin).await? {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(Fetched::Late),
            Err(why) => return Ok(Fetched::Broken(why)),
        };
        let mut reader = Reader {
            key,
            connection: &self.connection.name,
            sorter: Sorter::new(self.ledger.path(), BUDGET),
            users: 0,
        };
        let outcome = self.unpack(&mut file, &mut reader).await?;
        Ok(match outcome {
            Ok(()) => Fetched::All(reader.sorter),
            Err(why) => Fetched::Broken(why),
        })
    }

    /// Takes a file to its end, or tells why it cannot be used.
    async fn unpack(
        &self,
        file: &mut crate::bulk::management::Download,
        reader: &mut Reader<'_>,
    ) -> Result<Result<(), String>, VerifyError> {
        let read = std::sync::Mutex::new(reader);
        let lock = || read.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut unpacker = Unpacker::new(|line: &[u8]| lock().take(line));
        loop {
            let coming = async { Ok::<_, VerifyError>(file.next().await) };
            let piece = match self.unless_stopped(coming).await? {
                Ok(piece) => piece,
                Err(why) => return Ok(Err(why)),
            };
            let last = piece.is_none();
            let taken = tokio::task::block_in_place(|| match piece {
                Some(piece) => unpacker.take(&piece),
                None => std::mem::replace(&mut unpacker, Unpacker::Over).end(),
            });
            match taken {
                Ok(()) if last => return Ok(Ok(())),
                Ok(()) => self.tell(Step::Tenant, lock().users, None),
                Err(Failure::Disk(error)) => return Err(full(&error)),
                Err(Failure::Damage(Damage::Bomb)) => {
                    return Err(unusable(&Damage::Bomb.to_string()));
                }
                Err(Failure::Damage(damage)) => return Ok(Err(damage.to_string())),
            }
        }
    }
}

/// Makes records of lines.
struct Reader<'a> {
    key: &'a Key,
    connection: &'a str,
    sorter: Sorter,
    users: u64,
}

impl Reader<'_> {
    fn take(&mut self, line: &[u8]) -> Result<(), Failure> {
        let user: TenantUser = json::object(line).map_err(|_| Damage::NoUser)?;
        // Where nothing is said of connections, the job was asked for this one alone.
        let ids = if user.identities.is_empty() {
            user.user_id.strip_prefix("auth0|").map(str::to_owned).into_iter().collect()
        } else {
            user.ids_in(self.connection)
        };
        let portrait = Portrait::of_tenant(&user);
        for id in ids {
            self.users += 1;
            let linked = user.user_id.strip_prefix("auth0|") != Some(&id);
            let print = if linked {
                self.key.linked(&id, portrait.by_action)
            } else {
                self.key.print(&id, &portrait)
            };
            let record = record(self.key, &id, Source::Tenant, Some(&print));
            self.sorter.push(&record).map_err(Failure::Disk)?;
        }
        Ok(())
    }
}

fn unusable(why: &str) -> VerifyError {
    VerifyError::Export(why.to_owned())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a hundred")]
fn percent(done: Option<f64>) -> u64 {
    done.unwrap_or(0.0).clamp(0.0, 100.0) as u64
}
