//! The threads that hash: bcrypt side by side, everything else alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use narrowgate_primitives::lanes::Lanes;

use super::load::Load;
use super::queue::{Answer, Arrived, InHand, Job, Queue};
use crate::password::recipe::{Bytes, Followed};
use crate::password::stored::is_weak;

/// Hashing yields to everything else, so that `/get_user` stays quick when logins flood in.
const NICENESS: i32 = 10;

/// What a step of so many lanes counts for each of them: its share of the time that a step of six
/// takes. Measured, as multiples of a step of one lane: 1, 1.04, 1.10, 1.18, 1.25, 1.47.
const SHARES: [f64; 6] = [0.245, 0.236, 0.223, 0.208, 0.196, 0.167];

/// Starts the threads; they end when the queue is closed.
pub(super) fn start(threads: usize) -> std::io::Result<(Arc<Queue>, Arc<Load>)> {
    let queue = Arc::new(Queue::default());
    let load = Arc::new(Load::new(threads));
    for _ in 0..threads {
        let worker =
            Worker { queue: Arc::clone(&queue), load: Arc::clone(&load), lanes: Lanes::new() };
        thread::Builder::new().name("hashing".to_owned()).spawn(move || worker.run())?;
    }
    Ok((queue, load))
}

struct Worker {
    queue: Arc<Queue>,
    load: Arc<Load>,
    lanes: Lanes<Running>,
}

/// A job that has begun.
struct Running {
    arrived: Arrived,
    begun: Instant,
    /// What it took of the thread's time, as if all lanes had been full.
    of_thread: Duration,
    /// The digests that its bcrypts came to.
    known: Vec<Bytes>,
}

impl Worker {
    fn run(mut self) {
        // On Linux "no process" means the calling thread.
        if let Err(cause) = rustix::process::setpriority_process(None, NICENESS) {
            let remedy =
                "let the sandbox allow setpriority; else floods of logins slow lookups down";
            tracing::warn!(%cause, remedy, "a hashing thread keeps its priority");
        }
        loop {
            match catch_unwind(AssertUnwindSafe(|| self.turn())) {
                Ok(true) => {}
                Ok(false) => return,
                // It costs those who are in the lanes their login, and no thread.
                Err(_) => self.lanes = Lanes::new(),
            }
        }
    }

    /// Takes a job, if there is one for this thread, and all on a little. False at the end.
    fn turn(&mut self) -> bool {
        let oldest = self.lanes.owners().map(|running| running.arrived.number).min();
        match self.queue.next(InHand { oldest, room: self.lanes.has_room() }) {
            Some(arrived) => self.begin(arrived),
            None if oldest.is_none() => return false,
            None => {}
        }
        self.step();
        true
    }

    fn begin(&mut self, arrived: Arrived) {
        // A client that has gone dropped its end; one that waited too long is told so by the drop.
        if arrived.job.is_forsaken() || Instant::now() > arrived.job.start_before {
            return abandoned(1);
        }
        let (begun, of_thread) = (Instant::now(), Duration::ZERO);
        self.go_on(Running { arrived, begun, of_thread, known: vec![] });
    }

    /// Derives what is alone, up to the next bcrypt or the end.
    fn go_on(&mut self, mut running: Running) {
        let started = Instant::now();
        let follow = || running.arrived.job.question.follow(&running.known);
        // A panic costs this login, and no other.
        let Ok(followed) = catch_unwind(AssertUnwindSafe(follow)) else {
            let _ = running.arrived.job.reply.send(None);
            return;
        };
        running.of_thread += started.elapsed();
        match followed {
            Followed::Done(derived) => self.answer(running, derived),
            // Whoever came from a lane, or was let in for one, finds it free.
            Followed::Bcrypt(bcrypt) => drop(self.lanes.enter(bcrypt, running)),
        }
    }

    /// Takes all lanes on a little, and lets go whoever is done or gone.
    fn step(&mut self) {
        let gone = self.lanes.give_up(|running| running.arrived.job.is_forsaken());
        abandoned(gone.len());
        let share = SHARES.get(self.lanes.len().wrapping_sub(1)).copied().unwrap_or_default();
        let started = Instant::now();
        let ended = self.lanes.step();
        let spent = started.elapsed().mul_f64(share);
        for running in self.lanes.owners() {
            running.of_thread += spent;
        }
        for (mut running, digest) in ended {
            running.of_thread += spent;
            running.known.push(digest);
            self.go_on(running);
        }
    }

    fn answer(&self, running: Running, derived: Option<Bytes>) {
        let Running { arrived, begun, of_thread, .. } = running;
        let Job { question, memory, reply, .. } = arrived.job;
        let usual_end = begun + self.load.took(of_thread, begun.elapsed());
        drop(memory);
        let stored = question.stored;
        let scheme = stored.scheme();
        metrics::counter!("narrowgate_hashes_total", "scheme" => scheme).increment(1);
        if is_weak(scheme, stored.recipe()) {
            metrics::counter!("narrowgate_weak_hashes_total", "scheme" => scheme).increment(1);
        }
        let _ = reply.send(Some(Answer { stored, derived, usual_end }));
    }
}

fn abandoned(number: usize) {
    if number > 0 {
        metrics::counter!("narrowgate_hashes_abandoned_total").increment(number as u64);
    }
}
