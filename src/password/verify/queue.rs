//! The threads that hash: as many as the deployment allows, fed by one queue in order of arrival.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use zeroize::Zeroizing;

use super::prevailing::{REMEMBERED, SHARE};
use crate::password::recipe::{Bytes, Inputs};
use crate::password::stored::{StoredHash, is_weak};

/// Hashing yields to everything else, so that `/get_user` stays quick when logins flood in.
const NICENESS: i32 = 10;

/// A stored hash and everything that goes into making its like.
pub(super) struct Question {
    pub(super) stored: StoredHash,
    pub(super) password: Zeroizing<Vec<u8>>,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) pepper: Zeroizing<String>,
}

impl Question {
    fn inputs(&self) -> Inputs<'_> {
        Inputs {
            password: &self.password,
            salt: &self.stored.salt,
            username: &self.username,
            email: &self.email,
            pepper: self.pepper.as_bytes(),
        }
    }
}

/// The hash that was asked about, and what the password came to.
pub(super) struct Answer {
    pub(super) stored: StoredHash,
    pub(super) derived: Option<Bytes>,
    /// When the derivation would have ended had the hash been as slow as those of other users: the
    /// one moment that depends on the queue but not on the user.
    pub(super) usual_end: Instant,
}

/// One derivation that waits for a thread.
pub(super) struct Job {
    pub(super) question: Question,
    pub(super) start_before: Instant,
    pub(super) memory: OwnedSemaphorePermit,
    pub(super) reply: oneshot::Sender<Answer>,
}

/// How much work is under way, and how long one hash has taken of late.
pub(super) struct Load {
    threads: usize,
    outstanding: AtomicUsize,
    mean_micros: AtomicU64,
    latest: Mutex<VecDeque<Duration>>,
}

impl Load {
    fn new(threads: usize) -> Self {
        Self {
            threads,
            outstanding: AtomicUsize::new(0),
            mean_micros: AtomicU64::new(50_000),
            latest: Mutex::default(),
        }
    }

    /// Takes a place unless whoever takes it would wait longer than `longest`, less a fifth: who
    /// gets a place should not be turned away after waiting for it.
    pub(super) fn enter(&self, longest: Duration) -> bool {
        let longest = longest.mul_f64(0.8);
        let fits = |outstanding: usize| {
            let rounds = outstanding / self.threads;
            let wait = self.mean_micros.load(Ordering::Relaxed).saturating_mul(rounds as u64);
            (Duration::from_micros(wait) <= longest).then_some(outstanding + 1)
        };
        self.outstanding.fetch_update(Ordering::AcqRel, Ordering::Acquire, fits).is_ok()
    }

    pub(super) fn leave(&self) {
        self.outstanding.fetch_sub(1, Ordering::AcqRel);
    }

    /// Notes the time of a hash, and gives the longest that is usual: at least one in [`SHARE`] of
    /// the latest took so long.
    fn took(&self, elapsed: Duration) -> Duration {
        let sample = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let mean = self.mean_micros.load(Ordering::Relaxed);
        self.mean_micros
            .store((mean.saturating_mul(7).saturating_add(sample)) / 8, Ordering::Relaxed);
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.len() == REMEMBERED {
            latest.pop_front();
        }
        latest.push_back(elapsed);
        let mut slowest: Vec<Duration> = latest.iter().copied().collect();
        slowest.sort_unstable_by(|one, other| other.cmp(one));
        let usual = slowest.len().div_ceil(SHARE).saturating_sub(1);
        slowest.get(usual).copied().unwrap_or(elapsed)
    }
}

/// Starts the threads; they end when the sender is dropped.
pub(super) fn start(threads: usize) -> std::io::Result<(Sender<Job>, Arc<Load>)> {
    let (sender, receiver) = channel();
    let receiver = Arc::new(Mutex::new(receiver));
    let load = Arc::new(Load::new(threads));
    for _ in 0..threads {
        let (receiver, load) = (Arc::clone(&receiver), Arc::clone(&load));
        thread::Builder::new().name("hashing".to_owned()).spawn(move || work(&receiver, &load))?;
    }
    Ok((sender, load))
}

fn work(receiver: &Mutex<Receiver<Job>>, load: &Load) {
    // On Linux "no process" means the calling thread. Refused, it only costs the courtesy.
    let _ = rustix::process::setpriority_process(None, NICENESS);
    loop {
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // A client that has gone dropped its end; one that waited too long is told so by the drop.
        if job.reply.is_closed() || Instant::now() > job.start_before {
            metrics::counter!("narrowgate_hashes_abandoned_total").increment(1);
            continue;
        }
        let started = Instant::now();
        let derived = job.question.stored.derive(job.question.inputs());
        let usual_end = started + load.took(started.elapsed());
        drop(job.memory);
        let stored = job.question.stored;
        let scheme = stored.scheme();
        metrics::counter!("narrowgate_hashes_total", "scheme" => scheme).increment(1);
        if is_weak(scheme, stored.recipe()) {
            metrics::counter!("narrowgate_weak_hashes_total", "scheme" => scheme).increment(1);
        }
        let _ = job.reply.send(Answer { stored, derived, usual_end });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dear_hash_is_usual_from_one_in_sixteen_on() {
        let load = Load::new(1);
        let (cheap, dear) = (Duration::from_millis(1), Duration::from_millis(9));
        for _ in 0..2 * REMEMBERED {
            assert_eq!(load.took(cheap), cheap);
        }
        for _ in 1..REMEMBERED / SHARE {
            assert_eq!(load.took(dear), cheap);
        }
        assert_eq!(load.took(dear), dear);
        for _ in 0..REMEMBERED {
            load.took(cheap);
        }
        assert_eq!(load.took(cheap), cheap);
    }
}
