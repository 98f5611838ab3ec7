//! What a report is made from, and what follows from it.

use std::collections::BTreeMap;

use super::arrivals::{Days, plausible, take};
use super::forecast::{Forecast, Week, exact, forecast};
use super::groups::{Group, Way, groups, groups_left_out, groups_to_mend};
use crate::day::Day;
use crate::preflight::Report as Census;

/// What is known of the migration. It holds nothing of any user.
pub struct Facts {
    /// The day of the report.
    pub today: Day,
    /// Marks by day of those who did not come in bulk.
    pub by_login: Days,
    /// The passwords of those who are not in Auth0 yet.
    pub waiting: Census,
    /// The same of those whom the bulk import left out: they are not among the others.
    pub left_out: Census,
    /// The same of those whom a login does not bring either, before something is mended.
    pub to_mend: Census,
    /// What the bulk import did.
    pub bulk: Bulk,
}

/// What a bulk import did, in one run or in several.
#[derive(Debug, Clone, Default)]
pub struct Bulk {
    /// Users who are in the tenant by it, by the day on which it was told.
    pub arrivals: Days,
    /// How many of them the legacy system still knows.
    pub there: u64,
    /// Users whom it left out and who are still left, by the reason or the tenant's code.
    pub left_out: BTreeMap<String, u64>,
    /// The tenant's measured speed.
    pub users_per_hour: Option<f64>,
    /// Whether it was a rehearsal: then nobody has moved by it.
    pub is_rehearsal: bool,
    /// Whether one of the runs has not come to its end.
    pub is_unfinished: bool,
}

/// A week of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastWeek {
    /// Its Monday.
    pub monday: Day,
    /// Who came by logging in.
    pub by_login: u64,
    /// Who came in bulk.
    pub in_bulk: u64,
    /// Who was left at its end.
    pub left: u64,
}

/// Everything that a report tells, the same in every form.
pub struct Numbers {
    /// The day of the report.
    pub today: Day,
    /// Users of the legacy system.
    pub users: u64,
    /// Of these, in Auth0 by logging in.
    pub by_login: u64,
    /// Of these, in Auth0 in bulk.
    pub in_bulk: u64,
    /// By week, from the first arrival on.
    pub weeks: Vec<PastWeek>,
    /// The rest, by kind of hash, the most frequent first.
    pub groups: Vec<Group>,
    /// Held and refused users of the bulk run, by reason.
    pub stopped: Vec<(String, u64)>,
    /// What is to come.
    pub forecast: Option<Forecast>,
    /// Full days since the first arrival.
    pub days: u32,
    /// Whether the bulk run was a rehearsal.
    pub is_rehearsal: bool,
    /// Whether it has not come to its end.
    pub is_unfinished: bool,
    /// The tenant's measured speed.
    pub users_per_hour: Option<f64>,
    /// Who could come in bulk with the password, and was not left out.
    movable: u64,
}

impl Numbers {
    /// What follows from the facts.
    #[must_use]
    pub fn of(facts: &Facts) -> Self {
        let mut bulk = facts.bulk.clone();
        let today = facts.today;
        let gone = bulk.arrivals.values().sum::<u64>().saturating_sub(bulk.there);
        take(&mut bulk.arrivals, today, gone);
        let left = facts.waiting.users + facts.left_out.users + facts.to_mend.users;
        let (login, arrivals) = plausible(facts.by_login.clone(), bulk.arrivals, today);
        let (by_login, in_bulk): (u64, u64) = (login.values().sum(), arrivals.values().sum());
        let users = by_login + in_bulk + left;
        let first = [&login, &arrivals].into_iter().filter_map(|days| days.keys().next()).min();
        let weeks =
            first.map_or_else(Vec::new, |first| weeks(*first, today, users, &login, &arrivals));
        let mut groups = groups(&facts.waiting);
        let movable = by_way(&groups, Way::Either) + by_way(&groups, Way::Bulk);
        groups.extend(groups_left_out(&facts.left_out));
        groups.extend(groups_to_mend(&facts.to_mend));
        groups.sort_by(Group::by_need);
        Self {
            today,
            users,
            by_login,
            in_bulk,
            forecast: foreseen(&weeks, today, left, in_bulk),
            weeks,
            groups,
            stopped: bulk.left_out.into_iter().collect(),
            days: first.map_or(0, |first| today.0.saturating_sub(first.0)),
            is_rehearsal: bulk.is_rehearsal,
            is_unfinished: bulk.is_unfinished,
            users_per_hour: bulk.users_per_hour,
            movable,
        }
    }

    /// Who is in Auth0.
    #[must_use]
    pub fn moved(&self) -> u64 {
        self.by_login + self.in_bulk
    }

    /// Who is not.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.users.saturating_sub(self.moved())
    }

    /// Of those, who get there by this way.
    #[must_use]
    pub fn by_way(&self, way: Way) -> u64 {
        by_way(&self.groups, way)
    }

    /// The day from which on waiting pays little.
    #[must_use]
    pub fn bulk_day(&self) -> Option<Day> {
        let ahead = u32::try_from(self.forecast.as_ref()?.plateau?).ok()?;
        Some(if ahead == 0 { self.today } else { self.today.monday().plus(7 * (ahead + 1)) })
    }

    /// Whether there is anybody left whom an import could move with the password.
    #[must_use]
    pub fn is_for_bulk(&self) -> bool {
        self.movable > 0
    }

    /// Who would still have to be moved in bulk on that day: likely.
    #[must_use]
    pub fn left_for_bulk(&self) -> f64 {
        let ahead = self.forecast.as_ref().and_then(|forecast| forecast.plateau).unwrap_or(0);
        let weeks = self.forecast.as_ref().map_or(&[][..], |forecast| &forecast.weeks);
        let arriving: f64 = weeks.iter().take(ahead).map(|week| week.likely).sum();
        (exact(self.movable) - arriving).max(0.0)
    }
}

fn by_way(groups: &[Group], way: Way) -> u64 {
    groups.iter().filter(|group| group.way == way).map(|group| group.users).sum()
}

/// Full weeks alone are fitted: the running one looks too small. Of those whom the weeks foretell,
/// the ones who came in bulk will not come.
fn foreseen(weeks: &[PastWeek], today: Day, left: u64, in_bulk: u64) -> Option<Forecast> {
    let full = weeks.iter().filter(|week| week.monday.plus(6) < today);
    let mut arrivals: Vec<u64> = full.map(|week| week.by_login).collect();
    // The week in which it all began is seldom a full one; where it is told apart it is left out.
    if arrivals.len() > 3 {
        arrivals.remove(0);
    }
    let mut forecast = forecast(&arrivals, left + in_bulk)?;
    let share = exact(left) / exact((left + in_bulk).max(1));
    for week in &mut forecast.weeks {
        let Week { likely, least, most } = *week;
        *week = Week { likely: likely * share, least: least * share, most: most * share };
    }
    Some(forecast)
}

fn weeks(first: Day, today: Day, users: u64, login: &Days, bulk: &Days) -> Vec<PastWeek> {
    let mut left = users;
    let mut weeks = vec![];
    let mut monday = first.monday();
    while monday <= today {
        let within = |days: &Days| days.range(monday..monday.plus(7)).map(|(_, n)| n).sum();
        let (by_login, in_bulk): (u64, u64) = (within(login), within(bulk));
        left = left.saturating_sub(by_login + in_bulk);
        weeks.push(PastWeek { monday, by_login, in_bulk, left });
        monday = monday.plus(7);
    }
    weeks
}
