//! The numbers in sentences: what a reader needs who reads nothing else.

use super::facts::Numbers;
use super::forecast::{AHEAD, LEAST_ARRIVALS, LEAST_DAYS, exact};
use super::groups::Way;
use crate::numbers::{grouped, share};

/// How far it is.
pub(super) fn headline(numbers: &Numbers) -> String {
    if numbers.users == 0 {
        return "The legacy system shows no users.".to_owned();
    }
    let (moved, users) = (numbers.moved(), numbers.users);
    let (before, are) = match (numbers.is_rehearsal, numbers.is_unfinished) {
        (true, true) => ("Rehearsal, not finished: ", "would be"),
        (true, false) => ("Rehearsal: ", "would be"),
        (false, _) => ("", "are"),
    };
    if moved >= users {
        return format!("{before}All {} people {are} in Auth0.", grouped(users));
    }
    format!("{before}{} of {} people {are} in Auth0.", share_of(moved, users), grouped(users))
}

/// The sentences below it, one a paragraph.
pub(super) fn sentences(numbers: &Numbers) -> Vec<String> {
    let mut sentences = vec![];
    if numbers.is_unfinished {
        sentences
            .push("The bulk run has not come to its end: these are its numbers so far.".to_owned());
    }
    if numbers.is_rehearsal {
        sentences.push(format!(
            "The bulk import ran against a stand-in tenant inside the program; nobody has moved by it. {} came by \
             logging in, {} would come in bulk, {} would be left.",
            grouped(numbers.by_login),
            grouped(numbers.in_bulk),
            grouped(numbers.left())
        ));
    } else if numbers.moved() > 0 {
        sentences.push(format!(
            "{} came by logging in, {} in bulk. {} are left.",
            grouped(numbers.by_login),
            grouped(numbers.in_bulk),
            grouped(numbers.left())
        ));
    }
    sentences.extend(hindered(numbers));
    sentences.extend(stopped(numbers));
    if numbers.left() > 0 {
        sentences.extend(coming(numbers));
        sentences.push(duration(numbers));
    }
    sentences.push(end(numbers));
    sentences
}

/// A share that never rounds up to all.
fn share_of(part: u64, whole: u64) -> String {
    let text = share(part, whole);
    if part < whole && text.starts_with("100") { "99.9 %".to_owned() } else { text }
}

fn hindered(numbers: &Numbers) -> Option<String> {
    let (reset, login) = (numbers.by_way(Way::Reset), numbers.by_way(Way::Login));
    let mending = numbers.by_way(Way::Mending);
    let mut told = vec![];
    if reset > 0 {
        told.push(format!(
            "{} cannot move without choosing a new password ({}).",
            grouped(reset),
            schemes(numbers, Way::Reset)
        ));
    }
    if mending > 0 {
        told.push(format!(
            "{} cannot move, not even at a login, before their records are mended.",
            grouped(mending)
        ));
    }
    if login > 0 {
        told.push(format!(
            "{} can move at a login alone, because Auth0's import has no words for their hashes ({}).",
            grouped(login),
            schemes(numbers, Way::Login)
        ));
    }
    (!told.is_empty()).then(|| told.join(" "))
}

/// The most frequent kinds of hash.
fn schemes(numbers: &Numbers, way: Way) -> String {
    let mut all: Vec<&str> = vec![];
    for group in numbers.groups.iter().filter(|group| group.way == way) {
        if !all.contains(&group.scheme.as_str()) {
            all.push(&group.scheme);
        }
    }
    let more = all.len().saturating_sub(3);
    let shown: Vec<&str> = all.into_iter().take(3).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.join(", ") + &more
}

fn stopped(numbers: &Numbers) -> Option<String> {
    let total: u64 = numbers.stopped.iter().map(|(_, users)| users).sum();
    (total > 0)
        .then(|| format!("The bulk run left {} out; the table below says why.", grouped(total)))
}

fn coming(numbers: &Numbers) -> Vec<String> {
    let Some(forecast) = &numbers.forecast else {
        return vec![format!(
            "There is no forecast yet: it needs {LEAST_DAYS} days in full weeks and {LEAST_ARRIVALS} arrivals, and there are \
             {} days and {} arrivals.",
            numbers.days,
            grouped(numbers.by_login)
        )];
    };
    let sum = |of: fn(&super::Week) -> f64| round(forecast.weeks.iter().map(of).sum());
    let mut sentences = vec![format!(
        "About {} more will come by themselves in the next {AHEAD} weeks (four times in five between {} and {}).",
        sum(|week| week.likely),
        sum(|week| week.least),
        sum(|week| week.most)
    )];
    if !numbers.is_for_bulk() {
        return sentences;
    }
    sentences.push(match (forecast.plateau, numbers.bulk_day()) {
        (Some(0), _) => "Waiting pays no more: in a week fewer than 0.5 % of those who are left log in. \
             The bulk import can run now."
            .to_owned(),
        (Some(_), Some(day)) => format!(
            "Waiting pays until about {day}: from then on fewer than 0.5 % of those who are left log in \
             within a week. That is the earliest sensible day for the bulk import."
        ),
        _ => "Logins go on at a rate that makes waiting pay for years; choose the day of the bulk import by other needs."
            .to_owned(),
    });
    sentences
}

fn duration(numbers: &Numbers) -> String {
    let users = numbers.left_for_bulk();
    if users < 1.0 {
        return "Nobody is left whom a bulk import could move with the password.".to_owned();
    }
    let about = round(users);
    match numbers.users_per_hour.filter(|speed| *speed >= 1.0) {
        Some(speed) => {
            let minutes = (users / speed * 60.0).ceil().max(1.0);
            format!(
                "The bulk import then moves at most about {about}; at the {} users an hour that this tenant was measured at, it takes {}.",
                round(speed),
                hours(minutes)
            )
        }
        None => format!(
            "The bulk import then moves at most about {about}. How long it takes depends on the tenant and is not measured yet: \
             its first ten jobs tell."
        ),
    }
}

fn end(numbers: &Numbers) -> String {
    if numbers.users == 0 {
        return "Look why before anything is switched off: a wrong mapping shows nobody, too."
            .to_owned();
    }
    if numbers.left() == 0 {
        return "The old system can be switched off once the command verify has confirmed it."
            .to_owned();
    }
    "The old system can be switched off when the bulk import has run, the command verify has confirmed that everybody is there, \
     and those who need a new password have been told."
        .to_owned()
}

fn hours(minutes: f64) -> String {
    let minutes = whole(minutes);
    if minutes < 60 {
        format!("{minutes} min")
    } else {
        format!("{} h {} min", minutes / 60, minutes % 60)
    }
}

/// To two digits that mean something: a forecast has no more.
pub(super) fn round(number: f64) -> String {
    let number = whole(number.max(0.0));
    let mut unit = 1;
    while number / unit >= 100 {
        unit *= 10;
    }
    grouped((number + unit / 2) / unit * unit)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded first")]
fn whole(number: f64) -> u64 {
    number.round().clamp(0.0, exact(1 << 52)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forecasts_are_told_in_two_digits() {
        assert_eq!(
            [0.2, 7.0, 99.4, 1234.0, 98_765.0].map(round),
            ["0", "7", "99", "1,200", "99,000"]
        );
        assert_eq!([hours(59.0), hours(61.0)], ["59 min", "1 h 1 min"]);
        assert_eq!(share_of(999_999, 1_000_000), "99.9 %");
    }
}
