//! What the marks, the hashes and the bulk runs say: all that a report is made from.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::CONNECT_TIMEOUT;
use super::progress::Progress;
use crate::bulk::run::{Arrived, Binding, RunError};
use crate::config::DatabaseTarget;
use crate::database::{Directory, DirectoryError, NamedPasswordRow};
use crate::day::Day;
use crate::password;
use crate::preflight::Census;
use crate::report::{Bulk, Facts};

/// Reasons that keep people out at a login as well: the gate refuses the row, or somebody in the tenant
/// has what is theirs.
const TO_MEND: [&str; 10] = [
    "invalid_user_record",
    "no_user_id",
    "duplicate_email",
    "duplicate_username",
    "duplicate_phone_number",
    "address_taken",
    "username_taken",
    "phone_number_taken",
    "id_collision",
    "ghost",
];

/// Bulk runs, as their journals and lists have them; none of them is the default.
#[derive(Default)]
pub(super) struct Runs {
    arrived: Arrived,
    bulk: Bulk,
}

impl Runs {
    /// Reads the directories.
    ///
    /// # Errors
    /// One is no run's, is damaged, is of another database, tenant or connection, or is a rehearsal's
    /// beside others.
    pub(super) fn read(
        directories: &[PathBuf],
        database: &DatabaseTarget,
        slots: usize,
    ) -> Result<Self, RunError> {
        let (mut runs, mut first) = (Self::default(), None);
        for directory in directories {
            let (binding, books) = runs.arrived.add(directory)?;
            runs.bulk.is_rehearsal = binding.is_rehearsal();
            if runs.bulk.is_rehearsal && directories.len() > 1 {
                return Err(RunError::Unusable(format!(
                    "--run {}: this is a rehearsal's; report it alone",
                    directory.display()
                )));
            }
            belongs(directory, &binding, &database.place(), first.get_or_insert(binding.clone()))?;
            // A verification alone has no import that could be finished.
            let is_import = books.totals.planned > 0 || books.verified.is_none();
            runs.bulk.is_unfinished |= is_import && !books.is_done();
            // A stand-in's speed says nothing of a tenant's.
            let seconds = books.seconds_a_user().filter(|_| !runs.bulk.is_rehearsal);
            let slots = f64::from(u32::try_from(slots).unwrap_or(1));
            runs.bulk.users_per_hour =
                seconds.map(|seconds| 3600.0 / seconds * slots).or(runs.bulk.users_per_hour);
        }
        runs.bulk.arrivals.clone_from(&runs.arrived.by_day);
        Ok(runs)
    }
}

/// Whether a run is of this database, and into the same connection as the first.
fn belongs(
    directory: &Path,
    run: &Binding,
    database: &str,
    first: &Binding,
) -> Result<(), RunError> {
    let run_of = |binding: &Binding| format!("{} of {}", binding.connection, binding.tenant);
    let (what, theirs, ours) = if run.database != database {
        ("database", run.database.clone(), database.to_owned())
    } else if run_of(run) != run_of(first) {
        ("connection", run_of(run), run_of(first))
    } else {
        return Ok(());
    };
    Err(RunError::Unusable(format!(
        "--run {}: it is a run of another {what} ({theirs}, not {ours}): leave it out, or name the configuration that it was made with",
        directory.display()
    )))
}

/// Counts everybody once: by the mark, by a run, or as left.
pub(super) async fn facts(
    database: &DatabaseTarget,
    passwords: &password::Settings,
    runs: Runs,
    quiet: bool,
) -> Result<Facts, DirectoryError> {
    let today = Day::of(SystemTime::now());
    let mut counting = Counting {
        runs,
        by_login: BTreeMap::new(),
        waiting: Census::new(passwords.clone()),
        left_out: Census::new(passwords.clone()),
        to_mend: Census::new(passwords.clone()),
        unmarked: HashSet::new(),
        users: 0,
    };
    // Marks come behind the rows: who is marked in between is in both, and never in neither.
    counting.rows(database, quiet).await?;
    counting.marks(database).await?;
    let Counting { runs, by_login, waiting, left_out, to_mend, .. } = counting;
    let (waiting, left_out) = (waiting.report(), left_out.report());
    Ok(Facts { today, by_login, waiting, left_out, to_mend: to_mend.report(), bulk: runs.bulk })
}

struct Counting {
    runs: Runs,
    by_login: BTreeMap<Day, u64>,
    waiting: Census,
    left_out: Census,
    to_mend: Census,
    /// Digests of the ids of rows without a mark.
    unmarked: HashSet<u64>,
    /// Rows that were read.
    users: u64,
}

impl Counting {
    async fn marks(&mut self, database: &DatabaseTarget) -> Result<(), DirectoryError> {
        let directory = Directory::open(database.clone(), CONNECT_TIMEOUT).await?;
        let Runs { arrived, bulk } = &mut self.runs;
        let mut marks = directory.dated_marks();
        while let Some(batch) = marks.next().await? {
            for mark in &batch {
                if self.unmarked.contains(&arrived.digest(&mark.user_id)) {
                    continue;
                }
                if arrived.holds(&mark.user_id) {
                    bulk.there += 1;
                } else {
                    *self.by_login.entry(mark.day).or_default() += 1;
                }
            }
        }
        Ok(())
    }

    async fn rows(&mut self, database: &DatabaseTarget, quiet: bool) -> Result<(), DirectoryError> {
        let mut progress = Progress::new(quiet);
        let mut directory = Directory::open(database.clone(), CONNECT_TIMEOUT).await?;
        if progress.is_a_bar() {
            progress.expect(directory.count().await?);
        }
        let mut rows = directory.named_passwords();
        while let Some(batch) = rows.next().await? {
            for user in &batch {
                self.users += 1;
                self.count(user);
            }
            progress.show(self.users);
        }
        progress.end(self.users);
        Ok(())
    }

    /// Of several rows with one id, the first counts.
    fn count(&mut self, user: &NamedPasswordRow) {
        let id = user.user_id.as_deref();
        if id.is_some_and(|id| !self.unmarked.insert(self.runs.arrived.digest(id))) {
            return;
        }
        match self.runs.place(id) {
            Place::There => {}
            Place::Unknown if id.is_some() => drop(self.waiting.count(&user.row)),
            // A row without an id is refused at a login, too.
            Place::Unknown => drop(self.to_mend.count(&user.row)),
            Place::LeftOut(why) => {
                let mended = TO_MEND.contains(&why.as_str());
                let census = if mended { &mut self.to_mend } else { &mut self.left_out };
                census.count(&user.row);
                *self.runs.bulk.left_out.entry(why).or_default() += 1;
            }
        }
    }
}

/// What the runs know of a user without a mark.
enum Place {
    There,
    LeftOut(String),
    Unknown,
}

impl Runs {
    fn place(&mut self, id: Option<&str>) -> Place {
        match id {
            Some(id) if self.arrived.holds(id) => {
                self.bulk.there += 1;
                Place::There
            }
            Some(id) => self
                .arrived
                .why_left_out(id)
                .map_or(Place::Unknown, |why| Place::LeftOut(why.to_owned())),
            None => self.arrived.nameless().map_or(Place::Unknown, Place::LeftOut),
        }
    }
}
