//! Whether the questions go by indexes.

use std::time::{Duration, Instant};

use super::{Finding, Proof};
use crate::database::Error;
use crate::database::catalog::{Catalog, Reading, Routine, Routines};
use crate::identifier::{Identifier, Kind};

/// PostgreSQL makes a plan for each of the first five calls, and then may keep one for all that follow:
/// most of these show that one.
const CALLS: u8 = 16;

/// Rows that a lookup which finds nobody may touch on its way, and one that finds a user: some
/// stores keep a hundred properties in rows of their own, each read for several columns.
const STRAY_ROWS: u64 = 8;
const ROWS_OF_A_USER: u64 = 512;

/// The contract's own schema, in the name of a table or of an index's table.
const OWN: &str = "narrowgate.";

/// A table of the contract that has one row and never more.
const ONE_ROW: &str = "narrowgate.password_decoy";

/// No more is asked of a database that has taken this long.
pub(super) const PATIENCE: Duration = Duration::from_millis(2500);

/// What to do about a question that fails.
pub(super) const CALL_IT: &str = "call it as the runtime role and mend what the server says";

/// Asks about nobody, and about one whom the caller knows, and judges what that reads. Answers
/// whether the database is fast enough to be asked more.
pub(super) async fn judge(
    catalog: &Catalog,
    routines: Routines,
    known: Option<&Identifier>,
    proof: &mut Proof,
) -> bool {
    let started = Instant::now();
    let mut seen = Seen::default();
    for &routine in routines {
        let (name, _) = routine;
        for (identifier, stray) in identifiers(known) {
            // A mark of a user who is there would be one, if only for a moment.
            if name == "mark_migrated" && stray != STRAY_ROWS {
                continue;
            }
            if started.elapsed() > PATIENCE {
                proof.findings.push(unmeasured(name));
                return false;
            }
            match measure(catalog, routine, identifier, stray).await {
                Ok(one) => seen.add(one),
                Err(finding) => {
                    proof.findings.push(finding);
                    break;
                }
            }
        }
    }
    let wrong = proof.findings.iter().any(|finding| finding.code.starts_with("lookup_"));
    // Of a table of one row nothing can be told.
    if !wrong && !seen.read {
        proof.findings.push(uncounted());
    } else if !wrong && !seen.walked {
        proof.proven.push(seen.told(known.is_some()));
    }
    let slow = wrong && started.elapsed() > PATIENCE / 2;
    if slow {
        proof.findings.push(unmeasured("get_user"));
    }
    !slow
}

/// What was seen of the lookups that were in order.
#[derive(Clone, Copy)]
struct Seen {
    /// Something was read that is not the contract's own.
    read: bool,
    /// Of the largest table whose index was used; negative when nobody knows.
    size: i64,
    /// A table of one row was read without an index.
    walked: bool,
}

impl Default for Seen {
    fn default() -> Self {
        Self { read: false, size: -1, walked: false }
    }
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.read |= other.read;
        self.size = self.size.max(other.size);
        self.walked |= other.walked;
    }

    fn told(self, known: bool) -> String {
        let size = self.size;
        let rows = if size < 0 { String::new() } else { format!(", table of about {size} rows") };
        if known {
            return format!("lookups: each of the routines uses an index{rows}");
        }
        format!(
            "lookups of nobody: each of the routines uses an index{rows}; --probe measures those of a user"
        )
    }
}

/// The database is too slow for all that should be asked.
pub(super) fn unmeasured(routine: &str) -> Finding {
    Finding::new(
        "lookup_not_measured",
        format!(
            "narrowgate.{routine} was not asked everything: the questions before took too long"
        ),
        "mend what was found, then run the check again",
    )
}

/// The call was not answered: what it would give, nobody knows.
pub(super) fn unanswered(call: &str, error: &Error) -> Finding {
    let found = format!("narrowgate.{call} gave no answer, so nobody knows whom it finds: {error}");
    Finding::new("lookup_failed", found, CALL_IT)
}

/// Nothing that the server counts was touched.
fn uncounted() -> Finding {
    Finding::new(
        "lookup_not_measured",
        "the server counted no reading of a table or an index: it reads foreign tables, or none",
        "look at the plans on the server that holds the tables; each lookup must go by an index there",
    )
}

fn identifiers(known: Option<&Identifier>) -> impl Iterator<Item = (&str, u64)> {
    let nobody = Kind::ALL.map(|kind| (kind.nobody(), STRAY_ROWS));
    nobody.into_iter().chain(known.map(|known| (known.as_str(), ROWS_OF_A_USER)))
}

/// What a lookup reads, or what is wrong with it.
async fn measure(
    catalog: &Catalog,
    routine: Routine,
    identifier: &str,
    stray: u64,
) -> Result<Seen, Finding> {
    let mut seen = Seen::default();
    // One call first: where that walks the table beyond doubt, once is enough.
    for calls in [1, CALLS - 1] {
        let limit = stray * u64::from(calls.max(2));
        let readings = catalog.readings(routine, identifier, calls).await;
        for reading in readings.map_err(|error| failed(routine.0, error, stray))? {
            // A table of one row has no need of an index; the contract's own is read twice a call.
            let once = if reading.object == ONE_ROW { 2 } else { 1 };
            let walked = reading.scanned && reading.rows > once * u64::from(calls);
            if walked || reading.rows > limit {
                return Err(walk(routine.0, &reading, calls));
            }
            let read = !reading.object.contains(OWN);
            let walked = reading.scanned && reading.object != ONE_ROW;
            seen.add(Seen { read, size: reading.size, walked });
        }
    }
    Ok(seen)
}

fn walk(routine: &str, reading: &Reading, calls: u8) -> Finding {
    let object = if reading.object.is_empty() { "a table" } else { &reading.object };
    let size = if reading.size < 0 { String::new() } else { format!(" of about {}", reading.size) };
    let rows = reading.rows / u64::from(calls);
    Finding::new(
        "lookup_without_index",
        format!(
            "narrowgate.{routine} reads {rows} rows{size} of {object} to find one user: at a million users each lookup walks them all"
        ),
        "create an index on the very expression that the routine compares; where it is there, on PostgreSQL set enable_seqscan = off for the role and let no row security hold for narrowgate_owner, on MySQL and MariaDB give the routine's variables the character set and collation of the column",
    )
}

fn failed(routine: &str, error: Error, stray: u64) -> Finding {
    // Of the one who is known, the server's words might say more than anybody should read.
    let words = match error {
        Error::Refused(words) | Error::Unreachable(words) if stray == STRAY_ROWS => words,
        _ => "no answer about a user who is there".to_owned(),
    };
    if words.contains("collation") {
        let remedy = "copy character set and collation of the column to the routine's variables, where the contract says so";
        return Finding::new(
            "collation_mismatch",
            format!("narrowgate.{routine}: {words}"),
            remedy,
        );
    }
    Finding::new("lookup_failed", format!("narrowgate.{routine}: {words}"), CALL_IT)
}
