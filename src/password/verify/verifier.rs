//! The one way to check a password: bounded in time, memory and numbers, and as dear for a user
//! that does not exist as for one that does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout_at;
use zeroize::Zeroizing;

use super::password::Password;
use super::prevailing::Prevailing;
use super::queue::{Answer, Job, Load, Question, Queue};
use super::settings::{Account, Settings};
use super::worker;
use crate::password::recipe::Inputs;
use crate::password::stored::{Refusal, StoredHash};

/// What came of comparing.
#[derive(Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The password is the user's.
    Match,
    /// It is not, or there is nothing to compare it with.
    NoMatch {
        /// Why, for the log alone.
        reason: &'static str,
        /// For [`Verifier::hold_back`].
        usual_end: Instant,
    },
}

/// A digest that somebody else compares. It has no `Debug`.
pub struct Derived {
    /// As the row would write it.
    pub digest: Result<Zeroizing<String>, Underived>,
    /// The scheme that it was derived by.
    pub scheme: &'static str,
    /// For [`Verifier::hold_back`].
    pub usual_end: Instant,
}

/// Why no digest was derived.
#[derive(Debug, Clone, Copy)]
pub enum Underived {
    /// There is nothing to derive it from, and this is why.
    Absent(&'static str),
    /// The hash cannot be verified.
    Refused(Refusal),
}

impl Underived {
    /// The reason for the log, and for the metrics where a user's hash is at fault.
    #[must_use]
    pub fn counted(self) -> &'static str {
        match self {
            Self::Absent(reason) => reason,
            Self::Refused(refusal) => count_refusal(refusal),
        }
    }
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
    queue: Arc<Queue>,
    load: Arc<Load>,
    memory: Arc<Semaphore>,
    settings: Settings,
    prevailing: Mutex<Prevailing>,
}

impl Verifier {
    /// Starts the hashing threads.
    ///
    /// # Errors
    /// Threads that cannot be had; the key and the remedy.
    pub fn start(settings: Settings) -> Result<Arc<Self>, String> {
        let (queue, load) = worker::start(settings.max_concurrent).map_err(|error| {
            format!("passwords.max_concurrent: threads cannot be started ({error}); lower it")
        })?;
        let budget_kib = settings.max_memory_mib as usize * 1024;
        Ok(Arc::new(Self {
            queue,
            load,
            memory: Arc::new(Semaphore::new(budget_kib)),
            prevailing: Mutex::new(Prevailing::new(settings.schemes.usual())),
            settings,
        }))
    }

    /// Takes a place in the queue, before anything else is spent on the login.
    ///
    /// # Errors
    /// [`VerifyError::Overloaded`] when the wait would be too long.
    pub fn admit(self: &Arc<Self>) -> Result<Place, VerifyError> {
        if self.load.enter(self.settings.max_wait) {
            Ok(Place(Arc::clone(self)))
        } else {
            Err(VerifyError::Overloaded)
        }
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
        tokio::time::sleep_until((started + floor.saturating_mul(floors)).into()).await;
    }

    fn prevailing(&self) -> MutexGuard<'_, Prevailing> {
        self.prevailing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the hash's recipe gets as the password.
    fn prepared(&self, password: &Password, hash: &StoredHash) -> Option<Zeroizing<Vec<u8>>> {
        let typed = password.0.as_bytes();
        let pepper = self.settings.pepper.as_ref().map_or(&[][..], |pepper| pepper.as_bytes());
        let Some(preparation) = self.settings.preparation(hash) else {
            return Some(Zeroizing::new(typed.to_vec()));
        };
        let inputs = Inputs { password: typed, salt: &[], username: "", email: "", pepper };
        preparation.evaluate(inputs)
    }
}

impl Drop for Verifier {
    fn drop(&mut self) {
        self.queue.close();
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
        let stored = account.and_then(|account| {
            let hash = self.0.settings.read(account).map_err(count_refusal)?;
            Ok((hash, account))
        });
        let missing = stored.as_ref().err().copied();
        let Answer { stored, derived, usual_end } = self.work(password, stored.ok()).await?;
        Ok(match missing {
            Some(reason) => Verdict::NoMatch { reason, usual_end },
            None if derived.is_some_and(|derived| stored.is(&derived)) => {
                count_verified(stored.scheme());
                Verdict::Match
            }
            None => Verdict::NoMatch { reason: "wrong_password", usual_end },
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
        let stored = account.map_err(Underived::Absent).and_then(|account| {
            let hash = self.0.settings.read_parameters(account).map_err(Underived::Refused)?;
            Ok((hash, account))
        });
        let missing = stored.as_ref().err().copied();
        let Answer { stored, derived, usual_end } = self.work(password, stored.ok()).await?;
        // A password that the scheme cannot be given is a wrong one.
        let written = derived.and_then(|derived| stored.written(&derived)).unwrap_or_default();
        let digest = missing.map_or(Ok(Zeroizing::new(written)), Err);
        Ok(Derived { digest, scheme: stored.scheme(), usual_end })
    }

    /// Derives, from a decoy where there is no hash.
    async fn work(
        &self,
        password: &Password,
        stored: Option<(StoredHash, Account<'_>)>,
    ) -> Result<Answer, VerifyError> {
        let verifier = &self.0;
        let (stored, username, email) = if let Some((hash, account)) = stored {
            verifier.prevailing().saw(&hash);
            (hash, account.username.unwrap_or_default(), account.email.unwrap_or_default())
        } else {
            (verifier.prevailing().decoy(), "", "")
        };
        let password = verifier.prepared(password, &stored).ok_or(VerifyError::Broken)?;
        if stored.cuts(password.len()) {
            metrics::counter!("narrowgate_cut_passwords_total").increment(1);
        }
        let pepper = verifier.settings.pepper.clone().unwrap_or_default();
        let (username, email) = (username.to_owned(), email.to_owned());
        self.ask(Question { stored, password, username, email, pepper }).await
    }

    /// Has the question answered by a hashing thread.
    async fn ask(&self, question: Question) -> Result<Answer, VerifyError> {
        let verifier = &self.0;
        let start_before = Instant::now() + verifier.settings.max_wait;
        let kib = u32::try_from(question.stored.cost().memory_kib).unwrap_or(u32::MAX);
        let wanted = Arc::clone(&verifier.memory).acquire_many_owned(kib);
        let memory = timeout_at(start_before.into(), wanted).await;
        let memory =
            memory.map_err(|_| VerifyError::Overloaded)?.map_err(|_| VerifyError::Broken)?;
        let (reply, answer) = oneshot::channel();
        verifier.queue.push(Job { question, start_before, memory, reply });
        answer.await.map_err(|_| VerifyError::Overloaded)?.ok_or(VerifyError::Broken)
    }
}

/// Counts a right password: the evidence that hashes of the scheme are read as they were made.
pub fn count_verified(scheme: &'static str) {
    metrics::counter!("narrowgate_verified_hashes_total", "scheme" => scheme).increment(1);
}

fn count_refusal(refusal: Refusal) -> &'static str {
    let Refusal { scheme, reason } = refusal;
    metrics::counter!("narrowgate_unverifiable_hashes_total", "reason" => reason.code(), "scheme" => scheme)
        .increment(1);
    reason.code()
}
