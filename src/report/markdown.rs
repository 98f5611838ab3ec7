//! The report as Markdown, for a ticket or a wiki.

use std::fmt::Write;

use super::facts::Numbers;
use super::groups::Way;
use super::words::{headline, sentences};
use crate::numbers::grouped;

impl Way {
    /// For people.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Either => "at login or in bulk",
            Self::Login => "at login alone",
            Self::Bulk => "in bulk alone",
            Self::Mending => "after mending",
            Self::Reset => "by a new password",
        }
    }
}

/// The whole report.
#[must_use]
pub fn markdown(numbers: &Numbers) -> String {
    let mut text =
        format!("# Migration to Auth0, {}\n\n**{}**\n", numbers.today, headline(numbers));
    for sentence in sentences(numbers) {
        let _ = write!(text, "\n{sentence}\n");
    }
    if !numbers.weeks.is_empty() {
        text.push_str("\n## By week\n\n| week from | by login | in bulk | left |\n| --- | ---: | ---: | ---: |\n");
        for week in &numbers.weeks {
            let (login, bulk, left) =
                (grouped(week.by_login), grouped(week.in_bulk), grouped(week.left));
            let _ = writeln!(text, "| {} | {login} | {bulk} | {left} |", week.monday);
        }
    }
    if !numbers.groups.is_empty() {
        text.push_str(
            "\n## Who is left\n\n| users | hash | moves | needs |\n| ---: | --- | --- | --- |\n",
        );
        for group in &numbers.groups {
            let (users, way) = (grouped(group.users), group.way.told());
            let _ = writeln!(
                text,
                "| {users} | {} | {way} | {} |",
                cell(&group.scheme),
                cell(&group.need)
            );
        }
    }
    if !numbers.stopped.is_empty() {
        text.push_str("\n## Left out by the bulk run\n\n| users | reason |\n| ---: | --- |\n");
        for (reason, users) in &numbers.stopped {
            let _ = writeln!(text, "| {} | {} |", grouped(*users), cell(reason));
        }
    }
    text
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
