//! What preflight found, for programs. Members are only ever added.

use serde_json::{Value, json};

use crate::level::Level;
use crate::preflight::{Bulk, Finding, Gate, Kind, Report, Shape};

pub(super) fn json(report: &Report) -> String {
    let count = |level| report.findings.iter().filter(|f| f.level == level).count();
    let document = json!({
        "users": report.users,
        "hashes": report.kinds.iter().map(kind).collect::<Vec<_>>(),
        "not_recognised": report.shapes.iter().map(shape).collect::<Vec<_>>(),
        "skipped": report.skipped.iter().map(|it| json!({ "what": it.what, "why": it.why })).collect::<Vec<_>>(),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "blockers": count(Level::Blocker),
        "cautions": count(Level::Caution),
    });
    format!("{document:#}\n")
}

fn kind(kind: &Kind) -> Value {
    let (gate, reason) = match kind.gate {
        Gate::Verifies => ("verifies", None),
        Gate::NoPassword => ("no_password", None),
        Gate::Cannot(cause) => ("cannot_verify", Some(cause.code())),
    };
    let import = match kind.bulk {
        Bulk::Unknown => json!(null),
        Bulk::PasswordHash => json!({ "as": "password_hash" }),
        Bulk::CustomPasswordHash(algorithm) => {
            json!({ "as": "custom_password_hash", "algorithm": algorithm })
        }
        Bulk::HashAtExport => json!({ "as": "password_hash", "hash_at_export": true }),
        Bulk::No(reason) => json!({ "as": null, "reason": reason.code() }),
    };
    json!({
        "scheme": kind.scheme,
        "parameters": kind.parameters,
        "users": kind.users,
        "gate": gate,
        "reason": reason,
        "import": import,
        "warnings": kind.warnings.iter().map(|warning| warning.code()).collect::<Vec<_>>(),
    })
}

fn shape(shape: &Shape) -> Value {
    let Shape { reason, hash, salt, users } = shape;
    json!({ "reason": reason, "password_hash": hash, "password_salt": salt, "users": users })
}

fn finding(finding: &Finding) -> Value {
    let Finding { level, code, column, users, ids, found, remedy } = finding;
    json!({
        "code": code,
        "level": level.word(),
        "column": column,
        "users": users,
        "ids": ids,
        "found": found,
        "remedy": remedy,
    })
}
