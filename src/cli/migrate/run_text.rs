//! Where a run stands, for people and for programs.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::bulk::run::{Binding, Books, Standing};
use crate::numbers::grouped;

pub(super) fn text(binding: &Binding, books: &Books) -> String {
    let mut text =
        format!("Run {} to {} of {}\n\n", binding.run, binding.connection_name, binding.tenant);
    let totals = &books.totals;
    let lines = [
        ("read of the legacy database", totals.planned),
        ("inserted", totals.inserted),
        ("present: there already, or by an earlier delivery", totals.present),
        ("quarantined: sent and refused (quarantine.ndjson)", totals.quarantined),
        ("held: never sent (held.ndjson)", totals.held),
        ("open: not settled yet", totals.planned.saturating_sub(totals.settled())),
    ];
    for (name, users) in lines {
        let _ = writeln!(text, "{:>13}  {name}", grouped(users));
    }
    let doubts = open(books, |standing| matches!(standing, Standing::InDoubt(_)));
    let _ = writeln!(
        text,
        "\n{} jobs, {} chunks open of which {} in doubt; {}",
        grouped(totals.jobs),
        books.open.len(),
        doubts,
        if books.is_done() {
            "the run is done"
        } else if books.exhausted {
            "everybody was read"
        } else {
            "not everybody was read yet"
        }
    );
    if let Some((users, there)) = books.verified {
        let (users, there) = (grouped(users), grouped(there));
        let _ = writeln!(text, "verified: {there} of {users} were there");
    }
    let marked = books.marked;
    if marked > 0 {
        let _ = writeln!(text, "verify has marked {} users", grouped(marked));
    }
    text
}

pub(super) fn json(binding: &Binding, books: &Books) -> Value {
    let totals = &books.totals;
    let time = |at| humantime::format_rfc3339_seconds(at).to_string();
    json!({
        "run": binding.run,
        "tenant": binding.tenant,
        "connection": binding.connection,
        "connection_name": binding.connection_name,
        "schemes": binding.schemes,
        "planned": totals.planned,
        "inserted": totals.inserted,
        "present": totals.present,
        "quarantined": totals.quarantined,
        "held": totals.held,
        "open": totals.planned.saturating_sub(totals.settled()),
        "jobs": totals.jobs,
        "doubts": totals.doubts,
        "bytes": totals.bytes,
        "open_chunks": books.open.len(),
        "chunks_in_doubt": open(books, |standing| matches!(standing, Standing::InDoubt(_))),
        "canary": books.picked.len(),
        "exhausted": books.exhausted,
        "done": books.is_done(),
        "verified": books.verified.map(|(users, there)| json!({ "users": users, "there": there })),
        "marked": books.marked,
        "users_per_second_of_a_slot": books.seconds_a_user().map(|seconds| 1.0 / seconds),
        "started": books.span.map(|(first, _)| time(first)),
        "updated": books.span.map(|(_, last)| time(last)),
    })
}

fn open(books: &Books, is: impl Fn(&Standing) -> bool) -> usize {
    books.open.values().filter(|chunk| is(&chunk.standing)).count()
}
