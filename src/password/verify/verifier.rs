//! The one way to check a password: bounded in time, memory and numbers, and as dear for a user
//! that does not exist as for one that does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout_at;
use zeroize::Zeroizing;

use super::load::{Latest, Load};
use super::moments::Moments;
use super::password::Password;
use super::prevailing::Prevailing;
use super::queue::{Answer, Job, Question, Queue};
use super::settings::{Account, Settings};
use super::verdict::{Derived, Mismatch, Verdict, VerifyError};
use super::worker;
use crate::password::recipe::Inputs;
use crate::password::stored::{Refusal, StoredHash};

/// Before a second try for a place, and so before a refusal.
const MOMENT: Duration = Duration::from_millis(4);

/// Verifies passwords on threads of its own.
pub struct Verifier {
    queue: Arc<Queue>,
    load: Arc<Load>,
    moments: Arc<Moments>,
    memory: Arc<Semaphore>,
    settings: Settings,
    prevailing: Mutex<Prevailing>,
    asked: Latest,
}

impl Verifier {
    /// Starts the hashing threads.
    ///
    /// # Errors
    /// Threads that cannot be had; the key and the remedy.
    pub fn start(settings: Settings) -> Result<Arc<Self>, String> {
        let failed = |error| {
            format!("passwords.max_concurrent: threads cannot be started ({error}); lower it")
        };
        let (queue, load) = worker::start(settings.max_concurrent).map_err(failed)?;
        let moments = Moments::start().map_err(failed)?;
        let budget_kib = settings.max_memory_mib as usize * 1024;
        Ok(Arc::new(Self {
            queue,
            load,
            moments,
            memory: Arc::new(Semaphore::new(budget_kib)),
            prevailing: Mutex::new(Prevailing::new(settings.schemes.usual())),
            asked: Latest::default(),
            settings,
        }))
    }

    /// Takes a place in the queue, before anything else is spent on the login. Where there is none it
    /// tries once more a moment later: clients that come again as soon as they are refused would
    /// otherwise take the processor from those who were let in.
    ///
    /// # Errors
    /// [`VerifyError::Overloaded`] when the wait would be too long.
    pub async fn admit(self: &Arc<Self>) -> Result<Place, VerifyError> {
        let enter = || self.load.enter(self.settings.max_wait);
        if !enter() {
            tokio::time::sleep(MOMENT).await;
            if !enter() {
                return Err(VerifyError::Overloaded);
            }
        }
        Ok(Place { verifier: Arc::clone(self), apart: false })
    }

    /// Takes a place for what is no login, if no login has one. What comes of it shapes no decoy.
    #[must_use]
    pub fn admit_apart(self: &Arc<Self>) -> Option<Place> {
        let place = || Place { verifier: Arc::clone(self), apart: true };
        self.load.enter_alone().then(place)
    }

    /// How many wait for a thread to hash on.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    /// Holds a refusal back until a whole number of floors has passed since `started`, and no less
    /// than until `usual_end`: whether one floor is enough must not depend on the user's own hash.
    pub async fn hold_back(&self, started: Instant, usual_end: Instant) {
        let floor = self.settings.min_response;
        let spent = Instant::now().max(usual_end).saturating_duration_since(started);
        let Some(floors) = spent.as_micros().checked_div(floor.as_micros()) else {
            return;
        };
        let floors = u32::try_from(floors).unwrap_or(u32::MAX).saturating_add(1);
        self.moments.until(started + floor.saturating_mul(floors)).await;
    }

    fn prevailing(&self) -> MutexGuard<'_, Prevailing> {
        self.prevailing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the hash's recipe gets as the password.
    fn prepared(&self, password: &Password, hash: &StoredHash) -> Option<Zeroizing<Vec<u8>>> {
        let typed = password.0.as_bytes();
        let pepper = self.settings.pepper.as_ref().map_or(&[][..], |pepper| pepper.as_bytes());
        let Some(preparation) = self.settings.preparation(hash.recipe()) else {
            return Some(Zeroizing::new(typed.to_vec()));
        };
        let inputs = Inputs { password: typed, salt: &[], username: "", email: "", pepper };
        preparation.evaluate(inputs)
    }
}

impl Drop for Verifier {
    fn drop(&mut self) {
        self.queue.close();
        self.moments.close();
    }
}

/// Knows what a login's questions to the database usually take.
pub struct Clock(Option<Arc<Verifier>>);

impl Clock {
    /// How much longer than these they usually take, where the database compares: how long these took depends on
    /// the user's own row. What is no login is not counted, and waits for nothing.
    #[must_use]
    pub fn short_of_usual(&self, asked: Duration) -> Duration {
        let usual = self.0.as_ref().map(|verifier| verifier.asked.usual(asked));
        usual.unwrap_or_default().saturating_sub(asked)
    }
}

/// A place in the queue of logins; dropping it gives it up.
pub struct Place {
    verifier: Arc<Verifier>,
    apart: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.verifier.load.leave();
    }
}

impl Place {
    /// What counts the questions of this login to the database.
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock((!self.apart).then(|| Arc::clone(&self.verifier)))
    }

    /// Compares the password with a stored one, or, where there is none to compare with (`Err`, and
    /// why, for the log), spends as much on a decoy. When the future is dropped before a thread is
    /// free, nothing is hashed.
    ///
    /// # Errors
    /// [`VerifyError`] when there is no verdict.
    pub async fn verify(
        self,
        password: &Password,
        account: Result<Account<'_>, &'static str>,
    ) -> Result<Verdict, VerifyError> {
        let (answer, missing) = self.work(password, account, Settings::read).await?;
        let Answer { stored, derived, usual_end } = answer;
        Ok(match missing {
            Some(why) => Verdict::NoMatch { why, usual_end },
            None if derived.is_some_and(|derived| stored.is(&derived)) => {
                Verdict::Match { scheme: stored.scheme(), usual_end }
            }
            None => Verdict::NoMatch { why: Mismatch::Wrong(stored.scheme()), usual_end },
        })
    }

    /// Derives the digest that the password would have, as the row would write it. Where it cannot
    /// be derived, as much is spent on a decoy.
    ///
    /// # Errors
    /// [`VerifyError`] when there is no digest.
    pub async fn derive(
        self,
        password: &Password,
        account: Result<Account<'_>, &'static str>,
    ) -> Result<Derived, VerifyError> {
        let (answer, missing) = self.work(password, account, Settings::read_parameters).await?;
        let Answer { stored, derived, usual_end } = answer;
        // A password that the scheme cannot be given is a wrong one.
        let written = derived.and_then(|derived| stored.written(&derived)).unwrap_or_default();
        let digest = missing.map_or(Ok(Zeroizing::new(written)), Err);
        Ok(Derived { digest, scheme: stored.scheme(), usual_end })
    }

    /// Derives from the hash that is read, or tells why there is none and derives from a decoy.
    async fn work(
        &self,
        password: &Password,
        account: Result<Account<'_>, &'static str>,
        read: impl FnOnce(&Settings, Account<'_>) -> Result<StoredHash, Refusal>,
    ) -> Result<(Answer, Option<Mismatch>), VerifyError> {
        let verifier = &self.verifier;
        let stored = account.map_err(Mismatch::Absent).and_then(|account| {
            let hash = read(&verifier.settings, account).map_err(Mismatch::Refused)?;
            Ok((hash, account))
        });
        let missing = stored.as_ref().err().copied();
        let (stored, username, email) = if let Ok((hash, account)) = stored {
            if !self.apart {
                verifier.prevailing().saw(account, &hash);
            }
            (hash, account.username.unwrap_or_default(), account.email.unwrap_or_default())
        } else {
            (verifier.prevailing().decoy(), "", "")
        };
        let prepared = verifier.prepared(password, &stored);
        let is_sayable = prepared.is_some();
        let password = prepared.unwrap_or_else(|| Zeroizing::new(password.0.as_bytes().to_vec()));
        if stored.cuts(password.len()) && !self.apart {
            metrics::counter!("narrowgate_cut_passwords_total").increment(1);
        }
        let pepper = verifier.settings.pepper.clone().unwrap_or_default();
        let (username, email) = (username.to_owned(), email.to_owned());
        let question = Question { stored, password, username, email, pepper };
        let Answer { stored, derived, usual_end } = self.ask(question).await?;
        // A password that the preparation cannot read is a wrong one, and as dear.
        let derived = derived.filter(|_| is_sayable);
        Ok((Answer { stored, derived, usual_end }, missing))
    }

    /// Has the question answered by a hashing thread.
    async fn ask(&self, question: Question) -> Result<Answer, VerifyError> {
        let verifier = &self.verifier;
        let start_before = Instant::now() + verifier.settings.max_wait;
        // What a cap lets through may be a little more than there is: it is alone then.
        let all = verifier.settings.max_memory_mib.saturating_mul(1024);
        let kib = u32::try_from(question.stored.cost().memory_kib).unwrap_or(u32::MAX).min(all);
        let wanted = Arc::clone(&verifier.memory).acquire_many_owned(kib);
        let memory = timeout_at(start_before.into(), wanted).await;
        let memory =
            memory.map_err(|_| VerifyError::Overloaded)?.map_err(|_| VerifyError::Broken)?;
        let (reply, answer) = oneshot::channel();
        verifier.queue.push(Job { question, start_before, memory, reply });
        answer.await.map_err(|_| VerifyError::Overloaded)?.ok_or(VerifyError::Broken)
    }
}
