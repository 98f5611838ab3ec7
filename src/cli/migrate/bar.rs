//! How far a run has come, told while it goes: a bar on a terminal, a line now and then elsewhere,
//! JSON for programs.

use std::collections::VecDeque;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use crate::bulk::run::Totals;
use crate::numbers::grouped;

/// How progress is told.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// A bar on a terminal, else lines
    Auto,
    /// A bar
    Bar,
    /// A line every ten seconds
    Plain,
    /// A JSON object a line, on stderr, every second
    Json,
    /// Nothing
    None,
}

impl Form {
    /// What it comes to where we are.
    pub(super) fn here(self) -> Self {
        match (self, std::io::stderr().is_terminal()) {
            (Self::Auto, true) => Self::Bar,
            (Self::Auto, false) => Self::Plain,
            (form, _) => form,
        }
    }
}

/// Points of the past that the rate is made from.
const POINTS: usize = 60;

/// Tells how far a run has come.
pub(super) struct Bar {
    form: Form,
    total: Option<u64>,
    drawn: Option<ProgressBar>,
    points: VecDeque<(Instant, u64)>,
    told: Option<Instant>,
}

/// What is left, and how sure that is.
pub(super) struct Remaining {
    /// Users a second.
    pub(super) rate: f64,
    /// Seconds: at best, likely, at worst. None where too little was seen.
    pub(super) seconds: Option<[f64; 3]>,
}

impl Bar {
    pub(super) fn new(form: Form, total: Option<u64>) -> Self {
        let form = form.here();
        let drawn = (form == Form::Bar).then(|| {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{wide_bar} {percent}%  {msg}");
            style.map_or(bar.clone(), |style| bar.clone().with_style(style))
        });
        Self { form, total, drawn, points: VecDeque::new(), told: None }
    }

    /// How often there is something to tell.
    pub(super) fn rhythm(&self) -> Duration {
        match self.form {
            Form::Bar => Duration::from_millis(500),
            _ => Duration::from_secs(1),
        }
    }

    /// Tells it, as often as the form wants.
    pub(super) fn show(&mut self, totals: &Totals) {
        let now = Instant::now();
        self.points.push_back((now, totals.settled()));
        if self.points.len() > POINTS {
            self.points.pop_front();
        }
        let pause = if self.form == Form::Plain { Duration::from_secs(10) } else { Duration::ZERO };
        if self.told.is_none_or(|told| now - told >= pause) {
            self.told = Some(now);
            self.tell(totals);
        }
    }

    /// Ends it, so that a report can follow.
    pub(super) fn end(&mut self, totals: &Totals) {
        match &self.drawn {
            Some(bar) => bar.finish_and_clear(),
            None => self.tell(totals),
        }
    }

    fn tell(&self, totals: &Totals) {
        let remaining = self.remaining(totals);
        let _ = match self.form {
            Form::None | Form::Auto => Ok(()),
            Form::Json => {
                let line = json!({
                    "users": totals.settled(),
                    "total": self.total,
                    "inserted": totals.inserted,
                    "present": totals.present,
                    "quarantined": totals.quarantined,
                    "held": totals.held,
                    "jobs": totals.jobs,
                    "in_doubt": totals.doubts,
                    "users_per_second": (remaining.rate * 10.0).round() / 10.0,
                    "remaining_seconds": remaining.seconds.map(|[_, likely, _]| likely.round()),
                    "remaining_seconds_range":
                        remaining.seconds.map(|[best, _, worst]| [best.round(), worst.round()]),
                });
                writeln!(std::io::stderr(), "{line}")
            }
            Form::Plain => writeln!(std::io::stderr(), "{}", self.words(totals, &remaining)),
            Form::Bar => {
                if let Some(bar) = &self.drawn {
                    bar.set_position(totals.settled());
                    bar.set_message(self.words(totals, &remaining));
                }
                Ok(())
            }
        };
    }

    fn words(&self, totals: &Totals, remaining: &Remaining) -> String {
        let of = self.total.map_or(String::new(), |total| format!(" of {}", grouped(total)));
        let left = remaining.seconds.map_or(String::new(), |[best, likely, worst]| {
            let time = |seconds: f64| humantime::format_duration(rounded(seconds)).to_string();
            format!(", {} left ({} to {})", time(likely), time(best), time(worst))
        });
        format!(
            "{}{of} users settled, {:.1} a second{left}",
            grouped(totals.settled()),
            remaining.rate
        )
    }

    /// From what was seen in the last minute: the mean of it, and the spread of its parts.
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    fn remaining(&self, totals: &Totals) -> Remaining {
        let (Some(first), Some(last)) = (self.points.front(), self.points.back()) else {
            return Remaining { rate: 0.0, seconds: None };
        };
        let span = (last.0 - first.0).as_secs_f64();
        let rate = if span > 0.0 { (last.1 - first.1) as f64 / span } else { 0.0 };
        let left = self.total.map(|total| total.saturating_sub(totals.settled()) as f64);
        let jobs = totals.jobs.max(1) as f64;
        // Few jobs say little; with ten, a sixth either way.
        let spread = (0.5 / jobs.sqrt()).clamp(0.05, 0.5);
        let seconds = left.filter(|_| rate > 0.0 && totals.jobs > 0).map(|left| {
            let likely = left / rate;
            [likely * (1.0 - spread), likely, likely * (1.0 + spread)]
        });
        Remaining { rate, seconds }
    }
}

/// To what a person would say.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate")]
fn rounded(seconds: f64) -> Duration {
    let step = if seconds < 120.0 { 1.0 } else { 60.0 };
    Duration::from_secs(((seconds / step).round() * step).clamp(0.0, 1e9) as u64)
}
