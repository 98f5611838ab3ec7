//! What an import would do, for people.

use std::fmt::Write;
use std::path::Path;

use crate::bulk::import::Plan;
use crate::bulk::management::Connection;
use crate::bulk::run::Books;
use crate::config::Tenant;
use crate::numbers::grouped;

/// Users an hour of two full jobs at the import tiers of Auth0, as seen by others: the least and
/// the most.
const TIERS: [(&str, u64, u64); 3] = [
    ("a free or development tenant", 25_000, 40_000),
    ("a production tenant", 100_000, 130_000),
    ("the enterprise tier", 350_000, 400_000),
];

/// What is known beside the plan itself.
pub(super) struct Around<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) connection: &'a Connection,
    /// Of the users picked at random: how many there are in the tenant.
    pub(super) there: usize,
    /// The run so far, where it has begun.
    pub(super) books: Option<&'a Books>,
    pub(super) slots: usize,
    pub(super) run: &'a Path,
}

pub(super) fn text(plan: &Plan, around: &Around<'_>) -> String {
    let mut text = format!(
        "Plan of an import into {} ({}) of {}; nothing was sent\n\n",
        around.connection.name, around.connection.id, around.tenant.domain
    );
    so_far(&mut text, around);
    let held: u64 = plan.held.values().map(|held| held.users).sum();
    let _ = writeln!(text, "{:>13}  users without a mark", grouped(plan.users));
    let _ = writeln!(
        text,
        "{:>13}  would be sent, in {} files of {} KB together",
        grouped(plan.sent),
        grouped(plan.files),
        grouped(plan.bytes.div_ceil(1_000))
    );
    let _ = writeln!(text, "{:>13}  would be held back", grouped(held));
    reasons(&mut text, plan);
    if held > 0 {
        let run = around.run.display();
        let _ =
            writeln!(text, "               who: narrowgate-migrate import --run {run} --list-held");
    }
    text.push_str("\nPasswords of those who would be sent\n\n");
    schemes(&mut text, plan);
    text.push('\n');
    mails(&mut text, plan);
    time(&mut text, plan, around);
    let _ = writeln!(
        text,
        "Of {} users picked at random, {} are in the tenant already.",
        plan.sample.len(),
        around.there
    );
    for caution in &around.connection.cautions {
        let _ = writeln!(text, "caution: {caution}");
    }
    for (warning, users) in plan.warnings.values() {
        let _ = writeln!(text, "caution: {} users: {warning}", grouped(*users));
    }
    let directory = if around.is_done() { " and a new --run directory" } else { "" };
    let _ = writeln!(text, "\nTo send them: the same command with --execute{directory}");
    text
}

impl Around<'_> {
    fn is_done(&self) -> bool {
        self.books.is_some_and(Books::is_done)
    }
}

/// What the run that the directory holds has to do with the plan.
fn so_far(text: &mut String, around: &Around<'_>) {
    let (run, read) = (around.run.display(), around.books.map_or(0, |it| it.totals.planned));
    if around.is_done() {
        let _ = writeln!(
            text,
            "The run in {run} is done and sends nobody more. What follows is of a new run directory:\n\
             it finds who is in the tenant already; who has a mark is passed over.\n"
        );
    } else if read > 0 {
        let read = grouped(read);
        let _ =
            writeln!(text, "The run in {run} has begun: {read} users were read by it already.\n");
    }
}

/// Who would be held back, and what to do about it.
pub(super) fn reasons(text: &mut String, plan: &Plan) {
    for (code, held) in &plan.held {
        let _ = writeln!(text, "{:>13}    {code}: {}", grouped(held.users), held.reason.remedy());
    }
}

/// Which hashes go.
pub(super) fn schemes(text: &mut String, plan: &Plan) {
    for (scheme, users) in &plan.schemes {
        let what = if *scheme == "none" { "no password: they reset" } else { scheme };
        let _ = writeln!(text, "{:>13}  {what}", grouped(*users));
    }
}

fn mails(text: &mut String, plan: &Plan) {
    text.push_str("Mails: none when a job ends. ");
    let _ = writeln!(
        text,
        "{} users have no verified address: Auth0 mails them if the template for verification is on.\n\
         Welcome mails go to everybody if their template is on. Switch both off before.",
        grouped(plan.unverified)
    );
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate"
)]
fn time(text: &mut String, plan: &Plan, around: &Around<'_>) {
    if let Some(pace) = around.books.and_then(Books::seconds_a_user) {
        let seconds = plan.sent as f64 * pace / around.slots.max(1) as f64;
        let _ = writeln!(
            text,
            "Time: about {}, by the jobs of this run so far.",
            hours(seconds as u64)
        );
        return;
    }
    text.push_str("Time: not known before the first jobs. By what others saw of two full jobs:\n");
    tiers(text, plan.sent);
}

/// How long so many users take.
pub(super) fn tiers(text: &mut String, users: u64) {
    for (tier, least, most) in TIERS {
        let (longest, shortest) = (users * 3600 / least, users * 3600 / most);
        let _ = writeln!(text, "  {tier}: {} to {}", hours(shortest), hours(longest));
    }
}

fn hours(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}
