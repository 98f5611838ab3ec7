//! The report for programs.

use serde_json::{Value, json};

use super::facts::Numbers;
use super::groups::Way;
use super::words::{headline, sentences};

/// The whole report, as one object. Members are added, never renamed.
#[must_use]
pub fn json(numbers: &Numbers) -> String {
    let weeks: Vec<Value> = numbers
        .weeks
        .iter()
        .map(|week| {
            json!({ "monday": week.monday.to_string(), "by_login": week.by_login, "in_bulk": week.in_bulk, "left": week.left })
        })
        .collect();
    let groups: Vec<Value> = numbers
        .groups
        .iter()
        .map(|group| {
            json!({ "scheme": group.scheme, "users": group.users, "moves": way(group.way), "needs": group.need })
        })
        .collect();
    let stopped: Vec<Value> = numbers
        .stopped
        .iter()
        .map(|(reason, users)| json!({ "reason": reason, "users": users }))
        .collect();
    let forecast = numbers.forecast.as_ref().map(|forecast| {
        let weeks: Vec<Value> = forecast
            .weeks
            .iter()
            .map(|week| json!({ "likely": week.likely.round(), "least": week.least.round(), "most": week.most.round() }))
            .collect();
        json!({ "weeks": weeks, "bulk_day": numbers.bulk_day().map(|day| day.to_string()) })
    });
    let report = json!({
        "date": numbers.today.to_string(),
        "rehearsal": numbers.is_rehearsal,
        "unfinished": numbers.is_unfinished,
        "users": numbers.users,
        "moved": numbers.moved(),
        "by_login": numbers.by_login,
        "in_bulk": numbers.in_bulk,
        "left": numbers.left(),
        "need_new_password": numbers.by_way(Way::Reset),
        "at_login_alone": numbers.by_way(Way::Login),
        "after_mending": numbers.by_way(Way::Mending),
        "users_per_hour": numbers.users_per_hour,
        "forecast": forecast,
        "weeks": weeks,
        "groups": groups,
        "left_out": stopped,
        "headline": headline(numbers),
        "sentences": sentences(numbers),
    });
    format!("{report:#}\n")
}

fn way(way: Way) -> &'static str {
    match way {
        Way::Either => "login_or_bulk",
        Way::Login => "login",
        Way::Bulk => "bulk",
        Way::Mending => "after_mending",
        Way::Reset => "new_password",
    }
}
