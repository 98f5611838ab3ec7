//! The burn-down as SVG: who is where at the end of each week, and what is likely to come.

use std::fmt::Write;

use super::facts::Numbers;
use super::forecast::exact;
use crate::numbers::grouped;

/// The drawing's own units.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 34.0;

/// How much of a week a step takes.
const STEP: f64 = 0.1;

struct Scale {
    weeks: f64,
    users: f64,
}

impl Scale {
    fn x(&self, week: f64) -> f64 {
        LEFT + week / self.weeks.max(1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, users: f64) -> f64 {
        HEIGHT - BOTTOM - users / self.users.max(1.0) * (HEIGHT - TOP - BOTTOM)
    }

    fn points(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let mut text = String::new();
        for (week, users) in points {
            let _ = write!(text, "{:.1},{:.1} ", self.x(week), self.y(users));
        }
        text
    }
}

/// The picture; nothing before the first arrival.
pub(super) fn picture(numbers: &Numbers) -> String {
    if numbers.weeks.is_empty() {
        return String::new();
    }
    let past = numbers.weeks.len();
    let ahead = numbers.forecast.as_ref().map_or(0, |forecast| forecast.weeks.len());
    let scale = Scale { weeks: exact((past + ahead) as u64), users: exact(numbers.users) };
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"picture-title picture-text\">\
         <title id=\"picture-title\">Who is left, by week</title><desc id=\"picture-text\">{}</desc>",
        told(numbers)
    );
    axes(&mut svg, numbers, &scale, ahead);
    areas(&mut svg, numbers, &scale);
    future(&mut svg, numbers, &scale);
    svg.push_str("</svg>");
    svg
}

/// For those who hear the picture.
fn told(numbers: &Numbers) -> String {
    let weeks = numbers.weeks.len();
    format!(
        "Over {weeks} weeks {} people came by logging in and {} in bulk; {} are left. The table below has every week.",
        grouped(numbers.by_login),
        grouped(numbers.in_bulk),
        grouped(numbers.left())
    )
}

fn axes(svg: &mut String, numbers: &Numbers, scale: &Scale, ahead: usize) {
    for quarter in 0..=4_u32 {
        let users = scale.users * f64::from(quarter) / 4.0;
        let y = scale.y(users);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            y + 4.0,
            grouped(numbers.users * u64::from(quarter) / 4)
        );
    }
    let Some(first) = numbers.weeks.first() else { return };
    let all = numbers.weeks.len() + ahead;
    let step = all.div_ceil(6).max(1);
    for week in (0..=all).step_by(step) {
        let day = first.monday.plus(u32::try_from(7 * week).unwrap_or(u32::MAX));
        let anchor = if week == 0 {
            "start"
        } else if week + step > all {
            "end"
        } else {
            "middle"
        };
        let _ = write!(
            svg,
            "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{day}</text>",
            scale.x(exact(week as u64)),
            HEIGHT - BOTTOM + 18.0
        );
    }
}

/// A week, and who had come by then: by login, and in bulk.
type Corner = (f64, u64, u64);
type Edge<'a> = &'a dyn Fn(&Corner) -> (f64, f64);

/// From the bottom: those who are left, those who came in bulk, those who logged in.
fn areas(svg: &mut String, numbers: &Numbers, scale: &Scale) {
    let (mut by_login, mut in_bulk) = (0, 0);
    let mut corners = vec![(0.0, 0, 0)];
    for (week, past) in numbers.weeks.iter().enumerate() {
        in_bulk += past.in_bulk;
        if past.in_bulk > 0 {
            // A run takes hours, not a week: it is a step.
            corners.push((exact(week as u64) + STEP, by_login, in_bulk));
        }
        by_login += past.by_login;
        corners.push((exact(week as u64 + 1), by_login, in_bulk));
    }
    let all = numbers.users;
    let left = |&(x, login, bulk): &Corner| (x, exact(all.saturating_sub(login + bulk)));
    let bulk = |&(x, login, _): &Corner| (x, exact(all.saturating_sub(login)));
    let floor = |&(x, ..): &Corner| (x, 0.0);
    let ceiling = |&(x, ..): &Corner| (x, exact(all));
    let mut area = |class: &str, upper: Edge<'_>, lower: Edge<'_>| {
        let points = corners.iter().map(upper).chain(corners.iter().rev().map(lower));
        let _ = write!(
            svg,
            "<polygon class=\"{class}\" points=\"{}\"/>",
            scale.points(points).trim_end()
        );
    };
    area("left", &left, &floor);
    area("bulk", &bulk, &left);
    area("login", &ceiling, &bulk);
}

/// The likely way down, its band, and the day for the bulk import.
fn future(svg: &mut String, numbers: &Numbers, scale: &Scale) {
    let Some(forecast) = &numbers.forecast else { return };
    let (start, now) = (exact(numbers.weeks.len() as u64), exact(numbers.left()));
    let way = |of: fn(&super::Week) -> f64| {
        let mut left = now;
        let mut points = vec![(start, now)];
        for (ahead, week) in forecast.weeks.iter().enumerate() {
            left = (left - of(week)).max(0.0);
            points.push((start + exact(ahead as u64 + 1), left));
        }
        points
    };
    let (upper, lower) = (way(|week| week.least), way(|week| week.most));
    let band = scale.points(upper.into_iter().chain(lower.into_iter().rev()));
    let likely = scale.points(way(|week| week.likely).into_iter());
    let _ = write!(
        svg,
        "<polygon class=\"band\" points=\"{}\"/><polyline class=\"likely\" points=\"{}\"/>",
        band.trim_end(),
        likely.trim_end()
    );
    let day = forecast.plateau.filter(|ahead| *ahead < forecast.weeks.len());
    if let Some(ahead) = day.filter(|_| numbers.is_for_bulk()) {
        let x = scale.x(start + exact(ahead as u64));
        let _ = write!(
            svg,
            "<line class=\"day\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.1}\"/>\
             <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"start\">bulk import</text>",
            HEIGHT - BOTTOM,
            x + 5.0,
            TOP + 12.0
        );
    }
}
