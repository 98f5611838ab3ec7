//! What preflight found, for people.

use std::fmt::Write;

use crate::level::Level;
use crate::numbers::{grouped, share};
use crate::preflight::{Bulk, Finding, Gate, Kind, Report, Shape};

/// Shapes that are shown; more of them help nobody.
const SHAPES: usize = 20;

pub(super) fn text(report: &Report) -> String {
    let users = report.users;
    let what = if report.kinds.is_empty() { "" } else { "Password hashes of " };
    let mut text = format!("{what}{} users who have not migrated\n\n", grouped(users));
    if !report.kinds.is_empty() {
        let mut rows = vec![HEAD.map(str::to_owned)];
        rows.extend(report.kinds.iter().map(|kind| row(kind, users)));
        text.push_str(&table(&rows));
    }
    if !report.shapes.is_empty() {
        text.push_str("\nNot recognised (no character of a hash is shown)\n\n");
        let mut rows =
            vec![["users", "reason", "password_hash", "password_salt"].map(str::to_owned)];
        rows.extend(report.shapes.iter().take(SHAPES).map(shape));
        text.push_str(&table(&rows));
    }
    text.push('\n');
    for finding in &report.findings {
        text.push_str(&told(finding));
    }
    for skipped in &report.skipped {
        let _ = writeln!(text, "not looked at: {}: {}", skipped.what, skipped.why);
    }
    let count = |level| report.findings.iter().filter(|f| f.level == level).count();
    let (blockers, cautions) = (count(Level::Blocker), count(Level::Caution));
    let _ = writeln!(text, "\n{blockers} blocker(s), {cautions} caution(s)");
    text
}

const HEAD: [&str; 6] =
    ["users", "share", "scheme", "parameters", "the gate", "bulk import into Auth0"];

fn row(kind: &Kind, users: u64) -> [String; 6] {
    let gate = match kind.gate {
        Gate::Verifies => "verifies".to_owned(),
        Gate::NoPassword => "no password".to_owned(),
        Gate::Cannot(cause) => format!("NO {}", cause.code()),
    };
    let mut bulk = match kind.bulk {
        Bulk::Unknown => "-".to_owned(),
        Bulk::PasswordHash => "password_hash".to_owned(),
        Bulk::CustomPasswordHash(algorithm) => format!("custom_password_hash {algorithm}"),
        Bulk::HashAtExport => "password_hash, hashed at export".to_owned(),
        Bulk::No(reason) => format!("NO {}", reason.code()),
    };
    for warning in &kind.warnings {
        let _ = write!(bulk, " ({})", warning.code());
    }
    let scheme = kind.scheme.to_owned();
    [grouped(kind.users), share(kind.users, users), scheme, kind.parameters.clone(), gate, bulk]
}

fn shape(shape: &Shape) -> [String; 4] {
    let salt = shape.salt.clone().unwrap_or_else(|| "-".to_owned());
    [grouped(shape.users), shape.reason.to_owned(), shape.hash.clone(), salt]
}

fn told(finding: &Finding) -> String {
    let Finding { level, code, column, users, ids, found, remedy } = finding;
    let column = column.map(|column| format!("{column}: ")).unwrap_or_default();
    let (mark, number) = (level.mark(), grouped(*users));
    let mut text = format!("{mark}  {code}, {number} user(s): {column}{found}\n      {remedy}\n");
    if !ids.is_empty() {
        // An id may hold whatever a terminal would obey.
        let plain = |id: &String| {
            let odd = id.is_empty() || id.contains(|c: char| c == ',' || !c.is_ascii_graphic());
            if odd { format!("\"{}\"", id.escape_default()) } else { id.clone() }
        };
        let shown: Vec<String> = ids.iter().map(plain).collect();
        let _ = writeln!(text, "      ids: {}", shown.join(", "));
    }
    text
}

/// Columns as wide as they need to be; the first holds numbers and stands to the right.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (i, (cell, width)) in row.iter().zip(widths).enumerate() {
            let _ = match i {
                0 => write!(line, "  {cell:>width$}"),
                _ => write!(line, "  {cell:<width$}"),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
