//! Settling a chunk: what became of each of its users. Nothing is taken from a code alone where the
//! tenant can be asked.

use super::known::Known;
use super::verdict::{Class, ID_COLLISION, class};
use super::{Import, ImportError};
use crate::bulk::HeldReason;
use crate::bulk::management::{Lookup, Refusal, UserError};
use crate::bulk::rows::by_ids;
use crate::bulk::run::{
    EVERY_USER, Event, HeldUser, OpenChunk, QuarantinedUser, Settlement, Standing,
};

/// Rounds in which all absent users go together, before they are cut into halves.
const TOGETHER: u8 = 1;
/// A user of whom nothing is known fails alone this often before it is given up.
const MOST_ROUNDS: u8 = 6;

/// What to do with one user.
enum Fate {
    Present,
    Quarantined(String),
    /// Nobody is there, though the tenant said so.
    Taken,
    Again,
    Alone,
}

impl Import {
    /// Settles every user of the chunk, and gives the chunks that came out of it.
    pub(super) async fn settle(
        &self,
        chunk: u64,
        open: &OpenChunk,
        known: Known,
    ) -> Result<Vec<u64>, ImportError> {
        if self.is_shared(chunk, open, &known)? {
            return Ok(vec![chunk]);
        }
        let mut settlement = Settlement::default();
        let (mut again, mut alone, mut taken) = (vec![], vec![], vec![]);
        for id in &open.users {
            let error = known.errors.get(id);
            if error.is_none() && known.others_inserted {
                settlement.inserted += 1;
                continue;
            }
            match self.fate(id, error, open).await? {
                Fate::Present => settlement.present += 1,
                Fate::Quarantined(code) => {
                    let path = error.and_then(|error| error.path.clone());
                    let user_id = id.clone();
                    settlement.quarantined.push(QuarantinedUser { user_id, code, path, chunk });
                }
                Fate::Taken => taken.push((id, error)),
                Fate::Again => again.push(id.clone()),
                Fate::Alone => alone.push(id.clone()),
            }
        }
        self.taken(chunk, &taken, &mut settlement).await?;
        settlement.again = rounds(again, open, known.completed);
        settlement.again.extend(alone.into_iter().map(|id| (open.round + 1, vec![id])));
        Ok(self.ledger.settle(chunk, settlement)?)
    }

    /// Stops where every user of a file was refused for one reason that is none of theirs: what the
    /// tenant does not say of single users, or what nobody before was let through by. The file is
    /// as if it had not been sent. True where it goes again: its job
    /// is of an earlier process, which was stopped by the same reason.
    fn is_shared(&self, chunk: u64, open: &OpenChunk, known: &Known) -> Result<bool, ImportError> {
        let Some(reason) = known.shared(open) else { return Ok(false) };
        let path = reason.path.as_ref().map_or(String::new(), |path| format!(", {path}"));
        let reason_and_path = format!("{}{path}", reason.code);
        let why = format!("{EVERY_USER}{reason_and_path}");
        let (nobody, stopped) = self.ledger.books(|books| {
            (books.totals.inserted + books.totals.present == 0, books.stopped.clone())
        });
        // Accepted for a process that has ended since.
        let older = matches!(&open.standing, Standing::Accepted(_, since) if *since < self.ledger.opened())
            && stopped.as_ref() == Some(&why);
        let shared = match class(&reason.code) {
            Class::Unclear => true,
            Class::Refused => nobody || older,
            Class::Exists | Class::Connection => false,
        };
        if shared {
            self.ledger.record(Event::NotTaken { chunk, why }, true)?;
        }
        if shared && !older {
            return Err(Refusal::WholeFile(reason_and_path).into());
        }
        Ok(shared)
    }

    async fn fate(
        &self,
        id: &str,
        error: Option<&UserError>,
        open: &OpenChunk,
    ) -> Result<Fate, ImportError> {
        let code = error.map(|error| error.code.clone());
        let class = code.as_deref().map(class);
        match class {
            Some(Class::Refused) => return Ok(Fate::Quarantined(code.unwrap_or_default())),
            Some(Class::Connection) => {
                let gone = "the tenant says that the connection is gone (CONNECTION_NOT_FOUND): check tenant.connection";
                return Err(Refusal::Connection(gone).into());
            }
            Some(Class::Exists | Class::Unclear) | None => {}
        }
        let last = open.round >= MOST_ROUNDS && open.users.len() == 1;
        Ok(match (self.look_up(id).await?, class) {
            (Lookup::Ours(_), _) => Fate::Present,
            (Lookup::Elsewhere(_), _) => Fate::Quarantined(ID_COLLISION.to_owned()),
            (Lookup::Absent, Some(Class::Exists)) => Fate::Taken,
            (Lookup::Absent, Some(_)) if open.users.len() == 1 && open.round > 0 => {
                Fate::Quarantined(code.unwrap_or_default())
            }
            (Lookup::Absent, Some(_)) => Fate::Alone,
            (Lookup::Absent, None) if last => Fate::Quarantined("not_delivered".to_owned()),
            (Lookup::Absent, None) => Fate::Again,
        })
    }

    /// Users of whom the tenant says that they exist, and whose ids nobody has: somebody else has
    /// the address, or the tenant holds a shadow of them.
    async fn taken(
        &self,
        chunk: u64,
        users: &[(&String, Option<&UserError>)],
        settlement: &mut Settlement,
    ) -> Result<(), ImportError> {
        if users.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = users.iter().map(|(id, _)| (*id).clone()).collect();
        let rows = by_ids(&self.database, &ids, |row| row).await?;
        for (id, error) in users {
            let row = rows.iter().find(|row| row.user_id() == Some(id.as_str()));
            let Some(profile) = row.and_then(|row| row.profile().ok()) else {
                self.left_the_view(id, settlement).await?;
                continue;
            };
            let email = profile.email().unwrap_or_default();
            let holders = self.unless_stopped(self.management.users_by_email(email)).await?;
            let here: Vec<String> =
                holders.iter().flat_map(|user| user.ids_in(&self.connection.name)).collect();
            // Linked to another account, under whose id both are.
            if here.contains(*id) {
                settlement.present += 1;
                continue;
            }
            let code = if here.is_empty() { taken_by(*error) } else { "address_taken" };
            settlement.quarantined.push(QuarantinedUser {
                user_id: (*id).clone(),
                code: code.to_owned(),
                path: error.and_then(|error| error.path.clone()),
                chunk,
            });
        }
        Ok(())
    }

    /// Marked or deleted since: whoever logged in meanwhile is there now.
    pub(super) async fn left_the_view(
        &self,
        id: &str,
        settlement: &mut Settlement,
    ) -> Result<(), ImportError> {
        if matches!(self.look_up(id).await?, Lookup::Ours(_)) {
            settlement.present += 1;
        } else {
            let (user_id, reason) = (Some(id.to_owned()), HeldReason::Gone.code());
            settlement.held.push(HeldUser { user_id, reason });
        }
        Ok(())
    }

    /// A user whom the tenant takes in no way and of whom it says nothing.
    pub(super) fn give_up(&self, chunk: u64, open: &OpenChunk) -> Result<Vec<u64>, ImportError> {
        let mut settlement = Settlement::default();
        let code = "not_delivered".to_owned();
        settlement.quarantined = open
            .users
            .iter()
            .map(|id| QuarantinedUser {
                user_id: id.clone(),
                code: code.clone(),
                path: None,
                chunk,
            })
            .collect();
        Ok(self.ledger.settle(chunk, settlement)?)
    }
}

/// What somebody else has, where nobody has the id or the address.
fn taken_by(error: Option<&UserError>) -> &'static str {
    let path = error.and_then(|error| error.path.as_deref());
    match (error.map_or("", |error| &error.code), path) {
        ("CONFLICT_USERNAME", _) | (_, Some("username")) => "username_taken",
        (_, Some("phone_number")) => "phone_number_taken",
        _ => "ghost",
    }
}

/// Absent users go again together, and in halves where they failed together before. A job that went
/// through all of them and left some out has something against those.
fn rounds(absent: Vec<String>, open: &OpenChunk, completed: bool) -> Vec<(u8, Vec<String>)> {
    let round = open.round.saturating_add(1);
    if absent.is_empty() {
        return vec![];
    }
    let same = absent.len() == open.users.len() || completed;
    if open.round < TOGETHER || absent.len() == 1 || !same {
        return vec![(round, absent)];
    }
    let (first, second) = absent.split_at(absent.len() / 2);
    vec![(round, first.to_vec()), (round, second.to_vec())]
}
