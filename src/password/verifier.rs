//! The one way to check a password: bounded in time, memory and numbers, and as dear for a user
//! that does not exist as for one that does.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout_at;

use super::Password;
use super::derive::Parameters;
use super::parse::StoredHash;
use super::queue::{self, Job, Load};
use crate::config::{Passwords, Secret};

/// What came of comparing.
#[derive(Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The password is the user's.
    Match,
    /// It is not, or there is nothing to compare it with; the reason is for the log alone.
    NoMatch(&'static str),
}

/// Why there is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// More logins wait than can be served in time.
    #[error("more logins wait than can be hashed in time")]
    Overloaded,
    /// The hashing thread ended without a word.
    #[error("a hashing thread failed")]
    Broken,
}

/// Verifies passwords on threads of its own.
pub struct Verifier {
    jobs: Mutex<Sender<Job>>,
    load: Arc<Load>,
    memory: Arc<Semaphore>,
    max_wait: Duration,
    floor: Duration,
    pepper: Option<Secret>,
    prevailing: Mutex<(Parameters, u32)>,
}

impl Verifier {
    /// Starts the hashing threads.
    ///
    /// # Errors
    /// A scheme that is not known, or threads that cannot be had; the key and the remedy.
    pub fn start(settings: &Passwords) -> Result<Arc<Self>, String> {
        let usual = Parameters::usual(&settings.default_scheme)
            .ok_or("passwords.default_scheme: is not a known scheme; write bcrypt")?;
        let (jobs, load) = queue::start(settings.max_concurrent).map_err(|error| {
            format!("passwords.max_concurrent: threads cannot be started ({error}); lower it")
        })?;
        let budget_kib = settings.max_memory_mib as usize * 1024;
        Ok(Arc::new(Self {
            jobs: Mutex::new(jobs),
            load,
            memory: Arc::new(Semaphore::new(budget_kib)),
            max_wait: settings.max_wait,
            floor: settings.min_response,
            pepper: settings.pepper.clone(),
            prevailing: Mutex::new((usual, 1)),
        }))
    }

    /// Takes a place in the queue, before anything else is spent on the login.
    ///
    /// # Errors
    /// [`VerifyError::Overloaded`] when the wait would be too long.
    pub fn admit(self: &Arc<Self>) -> Result<Place, VerifyError> {
        if self.load.enter(self.max_wait) {
            Ok(Place(Arc::clone(self)))
        } else {
            Err(VerifyError::Overloaded)
        }
    }

    /// Holds a refusal back until a whole number of floors has passed since `started`.
    pub async fn hold_back(&self, started: Instant) {
        let Some(floors) = started.elapsed().as_micros().checked_div(self.floor.as_micros()) else {
            return;
        };
        let floors = u32::try_from(floors).unwrap_or(u32::MAX).saturating_add(1);
        tokio::time::sleep_until((started + self.floor.saturating_mul(floors)).into()).await;
    }

    /// Keeps count of what rows hold, so that decoys cost what most users cost.
    fn learn(&self, seen: Parameters) {
        let mut prevailing = self.prevailing.lock().unwrap_or_else(PoisonError::into_inner);
        let (parameters, lead) = *prevailing;
        *prevailing = match lead {
            _ if parameters == seen => (seen, lead.saturating_add(1).min(1000)),
            0 | 1 => (seen, 1),
            _ => (parameters, lead - 1),
        };
    }

    fn decoy(&self) -> StoredHash {
        StoredHash::decoy(self.prevailing.lock().unwrap_or_else(PoisonError::into_inner).0)
    }
}

/// A place in the queue of logins; dropping it gives it up.
pub struct Place(Arc<Verifier>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.load.leave();
    }
}

impl Place {
    /// Compares the password with a stored hash, or, where there is none to compare with, spends
    /// as much on a decoy. When the future is dropped before a thread is free, nothing is hashed.
    ///
    /// # Errors
    /// [`VerifyError`] when there is no verdict.
    pub async fn verify(
        self,
        password: &Password,
        stored: Result<StoredHash, &'static str>,
    ) -> Result<Verdict, VerifyError> {
        let verifier = &self.0;
        let start_before = Instant::now() + verifier.max_wait;
        let (hash, missing) = match stored {
            Ok(hash) => {
                verifier.learn(hash.parameters);
                (hash, None)
            }
            Err(reason) => (verifier.decoy(), Some(reason)),
        };
        let password = password.with_pepper(verifier.pepper.as_ref().map(Secret::reveal));
        if hash.parameters.cuts(password.len()) {
            metrics::counter!("narrowgate_cut_passwords_total").increment(1);
        }
        let wanted = Arc::clone(&verifier.memory).acquire_many_owned(hash.parameters.memory_kib());
        let memory = timeout_at(start_before.into(), wanted).await;
        let memory =
            memory.map_err(|_| VerifyError::Overloaded)?.map_err(|_| VerifyError::Broken)?;
        let (reply, answer) = oneshot::channel();
        let job = Job { password, stored: hash, start_before, memory, reply };
        verifier
            .jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .send(job)
            .map_err(|_| VerifyError::Broken)?;
        match (answer.await, missing) {
            (Ok(_), Some(reason)) => Ok(Verdict::NoMatch(reason)),
            (Ok(true), None) => Ok(Verdict::Match),
            (Ok(false), None) => Ok(Verdict::NoMatch("wrong_password")),
            (Err(_), _) => Err(VerifyError::Overloaded),
        }
    }
}
