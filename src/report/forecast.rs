//! How many more would arrive by themselves, and from when on waiting pays little.
//!
//! People log in daily, monthly or once a year. Of such a mixture the frequent ones arrive first, so
//! arrivals fall fast and then slower and slower: neither a straight line nor an exponential. A
//! mixture of exponentials with gamma-distributed rates falls as a power of time (the Lomax
//! distribution), which is a line in logarithms of both: fitted by weighted least squares to the
//! last eight full weeks. How far it was off on simulated populations stands in docs/report.md.

/// Weeks that are fitted, and weeks that are told of in figures.
const FITTED: usize = 8;
pub(super) const AHEAD: usize = 8;
/// No week beyond five years is looked at.
const HORIZON: usize = 260;
/// Without so many days and arrivals there is no forecast.
pub(super) const LEAST_DAYS: u32 = 14;
pub(super) const LEAST_ARRIVALS: u64 = 200;
/// Standard errors on both sides within which 80 % of simulated populations stayed over four and
/// eight weeks: the mixture bends, which a fit of a line does not know.
const SPREAD: f64 = 2.6;
/// A week in which fewer of those who are left arrive is one that waiting does not pay for.
pub(super) const PLATEAU: f64 = 0.005;

/// Arrivals of one week to come: the likely number, and a band that holds four of five.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Week {
    /// The likely number.
    pub likely: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

/// What is to come.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// The next eight weeks.
    pub weeks: Vec<Week>,
    /// The first week to come, counted from 0, from which on fewer than one in two hundred of those
    /// who are left arrive; 0 where that is so already, none within five years.
    pub plateau: Option<usize>,
}

/// Forecasts from arrivals by full weeks since the first, for `left` who could still arrive. None
/// where there are too few days, arrivals or weeks with any.
#[must_use]
pub fn forecast(arrivals: &[u64], left: u64) -> Option<Forecast> {
    let days = u32::try_from(arrivals.len()).ok()?.checked_mul(7)?;
    if days < LEAST_DAYS || arrivals.iter().sum::<u64>() < LEAST_ARRIVALS {
        return None;
    }
    let line = Line::fit(arrivals)?;
    let week = |ahead: usize| line.at(arrivals.len() + ahead);
    let mut weeks: Vec<Week> = (0..AHEAD).map(week).collect();
    bound(&mut weeks, left);
    Some(Forecast { weeks, plateau: plateau(arrivals, left, week) })
}

/// Nobody arrives twice: what adds up to more than those who are left is cut.
fn bound(weeks: &mut [Week], left: u64) {
    let mut room = [exact(left); 3];
    for week in weeks {
        for (value, room) in
            [&mut week.likely, &mut week.least, &mut week.most].into_iter().zip(&mut room)
        {
            *value = value.min(*room);
            *room -= *value;
        }
    }
}

fn plateau(arrivals: &[u64], left: u64, week: impl Fn(usize) -> Week) -> Option<usize> {
    let mut left = exact(left);
    let few = |arrive: f64, left: f64| arrive < PLATEAU * left.max(1.0);
    let mut latest = arrivals.iter().rev().take(2);
    if latest.len() == 2 && latest.all(|arrived| few(exact(*arrived), left)) {
        return Some(0);
    }
    for ahead in 0..HORIZON {
        let arrive = week(ahead).likely;
        if left < 1.0 || few(arrive, left) {
            return Some(ahead);
        }
        left = (left - arrive).max(0.0);
    }
    None
}

/// A line through logarithms of weeks and arrivals.
struct Line {
    slope: f64,
    /// The weighted means.
    mean: (f64, f64),
    weight: f64,
    spread: f64,
    variance: f64,
}

impl Line {
    fn fit(arrivals: &[u64]) -> Option<Self> {
        let first = arrivals.len().saturating_sub(FITTED);
        let points: Vec<(f64, f64, f64)> = arrivals
            .iter()
            .enumerate()
            .skip(first)
            .filter(|(_, arrived)| **arrived > 0)
            .map(|(week, arrived)| (log_week(week), exact(*arrived).ln(), exact(*arrived)))
            .collect();
        if points.len() < 2 {
            return None;
        }
        // The logarithm of a count of n has a variance of 1/n: its weight is n.
        let sum = |of: &dyn Fn(&(f64, f64, f64)) -> f64| points.iter().map(of).sum::<f64>();
        let weight = sum(&|(_, _, w)| *w);
        let mean = (sum(&|(x, _, w)| w * x) / weight, sum(&|(_, y, w)| w * y) / weight);
        let spread = sum(&|(x, _, w)| w * (x - mean.0).powi(2));
        let slope = sum(&|(x, y, w)| w * (x - mean.0) * (y - mean.1)) / spread;
        // Arrivals that rise will not rise for ever: they count as level.
        let slope = slope.min(0.0);
        let residue = sum(&|(x, y, w)| w * (y - mean.1 - slope * (x - mean.0)).powi(2));
        let freedom = exact(points.len() as u64 - 2).max(1.0);
        Some(Self { slope, mean, weight, spread, variance: (residue / freedom).max(1.0) })
    }

    fn at(&self, week: usize) -> Week {
        let x = log_week(week) - self.mean.0;
        let y = self.mean.1 + self.slope * x;
        let error = (self.variance * (1.0 / self.weight + x * x / self.spread)).sqrt() * SPREAD;
        Week { likely: y.exp(), least: (y - error).exp(), most: (y + error).exp() }
    }
}

fn log_week(week: usize) -> f64 {
    exact(week as u64 + 1).ln()
}

/// Counts of people are far below 2 to the power of 53.
#[allow(clippy::cast_precision_loss, reason = "a forecast is not exact to one in 10^15")]
pub(super) fn exact(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_none_before_there_is_enough() {
        assert!(forecast(&[5000], 10_000).is_none());
        assert!(forecast(&[100, 99], 10_000).is_none());
        assert!(forecast(&[0, 5000], 10_000).is_none());
        assert!(forecast(&[150, 50], 10_000).is_some());
        assert!(forecast(&[], 0).is_none());
    }

    /// Habits of a shop: 5 % log in every second day, 15 % fortnightly, 30 % every 60 days, 30 %
    /// every 200 days, 20 % never again.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small and positive"
    )]
    fn mixture(users: f64, weeks: usize) -> Vec<u64> {
        let habits = [(0.05, 2.0), (0.15, 14.0), (0.3, 60.0), (0.3, 200.0)];
        let there = |week: usize| {
            let days = exact(7 * week as u64);
            users
                * habits
                    .iter()
                    .map(|(share, every)| share * (1.0 - (-days / every).exp()))
                    .sum::<f64>()
        };
        (0..weeks).map(|week| (there(week + 1) - there(week)).round() as u64).collect()
    }

    #[test]
    fn a_mixture_of_habits_is_foreseen_within_a_third() {
        let all = mixture(300_000.0, 60);
        for now in [4, 8, 12, 20] {
            let left = 300_000 - all[..now].iter().sum::<u64>();
            let foreseen = forecast(&all[..now], left).unwrap();
            let likely: f64 = foreseen.weeks.iter().map(|week| week.likely).sum();
            let truth = exact(all[now..now + AHEAD].iter().sum());
            assert!((likely / truth - 1.0).abs() < 0.34, "week {now}: {likely} for {truth}");
            assert!(
                foreseen
                    .weeks
                    .iter()
                    .all(|week| week.least <= week.likely && week.likely <= week.most)
            );
        }
    }

    #[test]
    fn a_plateau_is_where_few_of_those_who_are_left_arrive() {
        assert_eq!(forecast(&[5000, 300, 10, 10], 10_000).unwrap().plateau, Some(0));
        assert!(forecast(&[5000, 2500, 1600, 1200], 50_000).unwrap().plateau.unwrap() > 0);
    }

    #[test]
    fn nobody_arrives_twice() {
        let foreseen = forecast(&[500, 500, 500], 700).unwrap();
        let sum = |of: fn(&Week) -> f64| foreseen.weeks.iter().map(of).sum::<f64>();
        assert!(sum(|week| week.likely) <= 700.0 && sum(|week| week.most) <= 700.0);
    }
}
