//! How long nothing has come of a delivery, whatever the tenant says elsewhere.

use std::time::Duration;

use tokio::time::Instant;

use crate::bulk::management::{NotTaken, Refusal};

/// A tenant that takes nothing for so long is given up, as it is where it is asked.
const LONGEST: Duration = Duration::from_mins(30);

/// Since when nothing has come of it.
#[derive(Default)]
pub(super) struct Silence(Option<Instant>);

impl Silence {
    /// A delivery took no effect.
    ///
    /// # Errors
    /// Why the tenant is given up, where that was so for too long.
    pub(super) fn after(&mut self, why: &NotTaken) -> Result<(), Refusal> {
        match why {
            NotTaken::Unreachable(cause) => self.lasts(Refusal::Unreachable(cause.clone())),
            NotTaken::RateLimited(_) => self.lasts(Refusal::Busy),
            // The tenant is at work, and so is somebody else.
            NotTaken::SlotsBusy | NotTaken::TooLarge => {
                self.0 = None;
                Ok(())
            }
        }
    }

    /// Nothing came of it, once more.
    ///
    /// # Errors
    /// `why`, where that was so for too long.
    pub(super) fn lasts(&mut self, why: Refusal) -> Result<(), Refusal> {
        let begun = self.0.get_or_insert_with(Instant::now);
        if begun.elapsed() > LONGEST { Err(why) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_tenant_that_takes_nothing_for_half_an_hour_is_given_up() {
        let away = NotTaken::Unreachable("nobody there".to_owned());
        let (limited, busy) = (NotTaken::RateLimited(Duration::ZERO), NotTaken::SlotsBusy);
        for why in [&away, &limited] {
            let mut silence = Silence::default();
            for (minutes, why, is_given_up) in [
                (0, why, false),
                (29, why, false),
                (0, &busy, false),
                (2, why, false),
                (29, why, false),
                (2, why, true),
            ] {
                tokio::time::advance(Duration::from_mins(minutes)).await;
                assert_eq!(silence.after(why).is_err(), is_given_up);
            }
        }
    }
}
