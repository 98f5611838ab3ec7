//! How far a verification has come: the step that it is at, and how much of it is done.

use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::bar::Form;
use crate::bulk::verify::{Stage, Step};
use crate::numbers::grouped;

/// Between two lines of one step.
const LINE: Duration = Duration::from_secs(10);

/// Tells on stderr how far it is.
pub(super) struct Stages {
    form: Form,
    drawn: Option<ProgressBar>,
    told: Option<(Step, Instant)>,
    /// When the step began, and how much was done then.
    begun: Option<(Step, Instant, u64)>,
}

impl Stages {
    pub(super) fn new(form: Form) -> Self {
        let form = form.here();
        let drawn = (form == Form::Bar).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{spinner} {msg}");
            style.map_or(bar.clone(), |style| bar.clone().with_style(style))
        });
        Self { form, drawn, told: None, begun: None }
    }

    /// How often there is something to tell.
    pub(super) fn rhythm(&self) -> Duration {
        Duration::from_millis(if self.form == Form::Bar { 200 } else { 1_000 })
    }

    pub(super) fn show(&mut self, stage: Stage) {
        let now = Instant::now();
        if self.begun.is_none_or(|(step, ..)| step != stage.step) {
            self.begun = Some((stage.step, now, stage.done));
        }
        let said = self.told.filter(|(step, _)| *step == stage.step);
        let due = said.is_none_or(|(_, told)| now - told >= LINE);
        match (self.form, &self.drawn) {
            (Form::Bar, Some(bar)) => {
                bar.set_message(self.words(stage));
                bar.tick();
            }
            (Form::Json, _) => {
                let line = json!({
                    "step": name(stage.step),
                    "done": stage.done,
                    "total": stage.total,
                    "per_second": (self.rate(stage) * 10.0).round() / 10.0,
                });
                let _ = writeln!(std::io::stderr(), "{line}");
            }
            (Form::Plain, _) if due => {
                self.told = Some((stage.step, now));
                let _ = writeln!(std::io::stderr(), "{}", self.words(stage));
            }
            _ => {}
        }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.drawn {
            bar.finish_and_clear();
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    fn rate(&self, stage: Stage) -> f64 {
        let Some((_, begun, before)) = self.begun else { return 0.0 };
        let seconds = begun.elapsed().as_secs_f64();
        if seconds < 0.5 { 0.0 } else { stage.done.saturating_sub(before) as f64 / seconds }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate")]
    fn words(&self, stage: Stage) -> String {
        let done = grouped(stage.done);
        let of = stage.total.map_or(String::new(), |total| format!(" of {}", grouped(total)));
        let rate = self.rate(stage);
        let speed =
            if rate < 1.0 { String::new() } else { format!(", {} a second", grouped(rate as u64)) };
        match stage.step {
            Step::Legacy => format!("{done} users of the legacy database read{speed}"),
            Step::Export => format!("the tenant works on the export: {done} %"),
            Step::Tenant => format!("{done} users of the tenant fetched{speed}"),
            Step::Compare => format!("{done}{of} users compared{speed}"),
            Step::Mark => format!("{done}{of} users marked{speed}"),
        }
    }
}

fn name(step: Step) -> &'static str {
    match step {
        Step::Legacy => "legacy",
        Step::Export => "export",
        Step::Tenant => "tenant",
        Step::Compare => "compare",
        Step::Mark => "mark",
    }
}
