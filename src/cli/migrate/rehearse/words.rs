//! What a rehearsal tells, for people who see all of it for the first time.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use crate::bulk::import::Plan;
use crate::bulk::run::{self, List, Totals};
use crate::bulk::verify::Findings;
use crate::cli::migrate::plan_text::{reasons, schemes, tiers};
use crate::cli::migrate::verify_text::{differences, sentence};
use crate::config::Bulk;
use crate::numbers::grouped;
use crate::rehearsal::Sample;

/// The report of today, in the run directory.
pub(super) const BEFORE: &str = "report-before.html";

pub(super) fn opening(stand_in: SocketAddr) -> String {
    format!(
        "Rehearsal of the bulk migration\n\n\
         A stand-in for an Auth0 tenant runs inside this program, at {stand_in}, on loopback. Nothing leaves this\n\
         machine, nothing is written to the legacy database, and the stand-in forgets everything when this ends.\n\n"
    )
}

pub(super) fn census(marks: u64, unmarked: u64, sample: Option<&Sample>) -> String {
    let mut text = "1. Who there is\n\n".to_owned();
    let _ = writeln!(text, "{:>13}  users", grouped(marks + unmarked));
    let _ =
        writeln!(text, "{:>13}  have logged in and have a mark: they are in Auth0", grouped(marks));
    let _ = writeln!(text, "{:>13}  have not: they are for the bulk import", grouped(unmarked));
    if let Some(sample) = sample {
        let _ = writeln!(
            text,
            "\nThese users are made up; {} is removed at the end. One in a hundred has a mistake\n\
             as grown databases have them, so that you see what becomes of it.",
            sample.folder().display()
        );
    }
    text
}

pub(super) fn plan(plan: &Plan, bulk: &Bulk, took: Duration) -> String {
    let held: u64 = plan.held.values().map(|held| held.users).sum();
    let mut text = format!("\n2. The plan ({})\n\n", seconds(took));
    let _ = writeln!(
        text,
        "{:>13}  would be sent, in {} files of {} KB together (at most {} KB and {} users each)",
        grouped(plan.sent),
        grouped(plan.files),
        grouped(plan.bytes.div_ceil(1_000)),
        grouped(bulk.max_file_bytes as u64 / 1_000),
        grouped(bulk.max_users_per_file as u64)
    );
    let _ = writeln!(text, "{:>13}  would be held back", grouped(held));
    reasons(&mut text, plan);
    text.push_str("\nPasswords of those who would be sent\n\n");
    schemes(&mut text, plan);
    for (warning, users) in plan.warnings.values() {
        let _ = writeln!(text, "caution: {} users: {warning}", grouped(*users));
    }
    text
}

pub(super) fn import(totals: &Totals, run: &Path, took: Duration) -> String {
    let mut text = format!("\n3. The import ({})\n\n", seconds(took));
    let lines = [
        (totals.inserted, "inserted: new in the stand-in"),
        (totals.present, "present: were there already"),
        (totals.quarantined, "quarantined: sent, and refused by the stand-in"),
        (totals.held, "held: never sent"),
        (totals.planned, "in all: everybody is accounted for"),
    ];
    for (users, what) in lines {
        let _ = writeln!(text, "{:>13}  {what}", grouped(users));
    }
    if totals.held > 0 {
        let _ = writeln!(text, "\nWho is held, and why: {}", run.join("held.ndjson").display());
    }
    let codes = refused(run);
    if !codes.is_empty() {
        let codes: Vec<String> =
            codes.iter().map(|(code, users)| format!("{code} {}", grouped(*users))).collect();
        let file = run.join("quarantine.ndjson");
        let _ = writeln!(text, "Who was refused: {} ({})", file.display(), codes.join(", "));
    }
    text
}

/// Users whom the stand-in refused, by its code.
fn refused(run: &Path) -> BTreeMap<String, u64> {
    let mut codes = BTreeMap::new();
    let list = run::read(run).and_then(|(_, books)| List::quarantined(run, &books));
    for user in list.into_iter().flatten().flatten() {
        *codes.entry(user.code).or_default() += 1;
    }
    codes
}

pub(super) fn verification(findings: &Findings, run: &Path, took: Duration) -> String {
    let mut text = format!("\n4. The check, user by user ({})\n", seconds(took));
    differences(&mut text, findings, &run.display());
    let _ = writeln!(text, "\n{}.", sentence(findings));
    text
}

pub(super) fn reports(run: &Path, out: &Path, took: Duration) -> String {
    format!(
        "\n5. The report ({})\n\n  {}\n      as a manager would see it after this import\n  {}\n      as it is today\n",
        seconds(took),
        out.display(),
        run.join(BEFORE).display()
    )
}

pub(super) fn closing(plan: &Plan, totals: &Totals, run: &Path, is_sample: bool) -> String {
    let mut text = format!(
        "\nTime in a real tenant, for {} users. A tenant works through two jobs at once, and how fast is a setting of\n\
         its plan; the stand-in's speed says nothing of it. By what others saw:\n\n",
        grouped(plan.sent)
    );
    tiers(&mut text, plan.sent);
    if let Some(peak) = peak() {
        let _ = writeln!(
            text,
            "\nMemory: {} MB at most, with the stand-in, which keeps every user; an import keeps none.",
            grouped(peak)
        );
    }
    let _ = write!(
        text,
        "\nNothing left this machine. {} holds ids, reasons and counts, and no hash, address or profile; remove it when you like.\n\nNext\n\n",
        run.display()
    );
    text.push_str(if is_sample {
        "  your own database     narrowgate-migrate contract --list-presets, then rehearse without --sample\n"
    } else {
        "  what will hurt        narrowgate-migrate preflight: mend it, or accept it\n"
    });
    text.push_str(
        "  your tenant           docs/bulk.md: what to switch off, which scopes, and the runbook\n\
         \x20 the plan in it        narrowgate-migrate import --run DIR, which sends nothing without --execute\n",
    );
    if totals.held + totals.quarantined > 0 {
        text.push_str("\nThe exit status is 10: users would be held back or refused.\n");
    }
    text
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

/// The most memory that this process had, in megabytes, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes / 1024)
}
