//! Two gates behind a plain TCP balancer, under traffic that never stops, while one thing after the other goes
//! wrong: nobody is lost, and nobody is told anything wrong.

mod score;

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use score::{Figures, Score, questions};

use crate::support::balancer::Balancer;
use crate::support::sample::CHEAP;
use crate::support::token::now;
use crate::support::wire::{connect, read_answer};
use crate::support::{Answer, Gate, Issuer, Legacy, Network, Proxy, Request, Token, signal};

/// Long enough for each caller to ask many times.
const WHILE: Duration = Duration::from_millis(500);
const CALLERS: usize = 6;

/// What all callers look at.
struct Traffic {
    to: SocketAddr,
    /// Tokens in turn; of the second kind are those whose time has not come.
    tokens: RwLock<Vec<(String, bool)>>,
    over: AtomicBool,
    score: Score,
}

impl Traffic {
    /// Asks on one connection for as long as it is kept. Who is cut off asks once more, as callers do.
    fn call(&self) {
        let (questions, mut kept) = (questions(), None);
        let mut turn = 0;
        while !self.over.load(Ordering::SeqCst) {
            let asked = &questions[turn % questions.len()];
            let tokens = self.tokens.read().unwrap().clone();
            let (token, is_early) = &tokens[turn / questions.len() % tokens.len()];
            let request = Request::post(asked.path, asked.body.to_string()).bearer(token).bytes();
            let answer = self.ask(&mut kept, &request).or_else(|_| {
                self.score.cut.fetch_add(1, Ordering::SeqCst);
                kept = None;
                // Not at once: what was killed may take connections for another instant.
                thread::sleep(Duration::from_millis(150));
                self.ask(&mut kept, &request)
            });
            match answer {
                Ok(answer) => self.score.note(asked, *is_early, &answer),
                Err(_) => drop(self.score.lost.fetch_add(1, Ordering::SeqCst)),
            }
            turn += 1;
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn ask(&self, kept: &mut Option<TcpStream>, request: &[u8]) -> std::io::Result<Answer> {
        let mut stream = match kept.take() {
            Some(stream) => stream,
            None => connect(self.to)?,
        };
        stream.write_all(request)?;
        let answer = read_answer(&mut stream)?;
        *kept = (answer.header("connection") != Some("close")).then_some(stream);
        Ok(answer)
    }
}

/// A token of an issuer whose clock is so many seconds ahead of the gate's.
fn issued_by_a_clock(ahead: i64) -> String {
    let at = now() + ahead;
    Token::auth0().claim("iat", at).claim("exp", at + 3600).sign()
}

#[test]
fn two_gates_lose_nobody_whatever_happens() {
    let Some(legacy) = Legacy::postgresql() else { return };
    legacy.add_user(1000, Some("cheap"), None, Some(CHEAP));
    let (issuer, (proxy, url)) = (Issuer::start(), Proxy::before(legacy.url()));
    let start = || {
        Gate::builder(&issuer, &legacy)
            .config("database.url", url.as_str())
            .config("management.bind", "127.0.0.1:0")
            .config("server.drain_delay", "500ms")
            .config("limits.attempts_per_user", 0)
            .config("auth.jwks_refresh", "1s")
            .start()
    };
    let balancer = Balancer::start();
    let mut gates = vec![start(), start()];
    gates.iter().for_each(|gate| balancer.add(gate));
    let traffic = Traffic {
        to: balancer.address,
        tokens: vec![(issued_by_a_clock(0), false)].into(),
        over: false.into(),
        score: Score::default(),
    };
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| traffic.call());
        }
        let run = || {
            play(&traffic, &mut gates, &start, &balancer, (&issuer, &proxy));
        };
        let fate = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
        traffic.over.store(true, Ordering::SeqCst);
        fate.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    gates.iter().for_each(Gate::assert_sound);
}

fn play(
    traffic: &Traffic,
    gates: &mut [Gate],
    start: &dyn Fn() -> Gate,
    balancer: &Balancer,
    (issuer, proxy): (&Issuer, &Proxy),
) {
    let figures = |what: &str| {
        thread::sleep(WHILE);
        let figures = traffic.score.figures(what);
        assert!(figures.right > 20, "{what}: hardly a request was answered");
        figures
    };
    let calm = |what: &str| {
        let Figures { later, refused, cut, .. } = figures(what);
        assert_eq!((later, refused, cut), (0, 0, 0), "{what}");
    };
    calm("nothing is the matter");

    signal(gates[0].pid(), "KILL");
    let Figures { later, refused, cut, .. } = figures("one is killed");
    // No more than were under way.
    assert!(cut <= CALLERS && (later, refused) == (0, 0));
    gates[0] = start();
    balancer.add(&gates[0]);
    calm("it is there again");

    for gate in gates.iter_mut() {
        let new = start();
        balancer.add(&new);
        let mut old = std::mem::replace(gate, new);
        old.sigterm();
        assert!(old.wait_exit(Duration::from_secs(15)).success());
        old.assert_calm();
    }
    calm("both are rolled");

    proxy.set(Network::Refusing);
    thread::sleep(WHILE);
    proxy.set(Network::Open);
    let Figures { later, refused, cut, .. } = figures("the database restarts");
    assert!(later > 0 && (refused, cut) == (0, 0), "an outage is told, on kept connections");
    wait_for_calm(traffic);
    calm("it is back");

    issuer.go_down();
    // Longer than between two fetches; also tokens that nobody has seen go on.
    *traffic.tokens.write().unwrap() =
        vec![(issued_by_a_clock(0), false), (issued_by_a_clock(-1), false)];
    thread::sleep(2 * WHILE);
    calm("the issuer is away");
    issuer.come_up();

    // The gates' clocks are five minutes ahead of the issuer's, and then behind. What is refused is refused
    // as a token, and whoever brings another goes on.
    *traffic.tokens.write().unwrap() = vec![(issued_by_a_clock(-300), false)];
    calm("the clock is five minutes ahead");
    *traffic.tokens.write().unwrap() =
        vec![(issued_by_a_clock(0), false), (issued_by_a_clock(300), true)];
    thread::sleep(WHILE);
    let Figures { later, refused, .. } = figures("the clock is five minutes behind");
    assert!(refused > 0 && later == 0);
}

/// Until nobody is told to try again any more.
fn wait_for_calm(traffic: &Traffic) {
    let quiet = || {
        traffic.score.later.swap(0, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(200));
        traffic.score.later.load(Ordering::SeqCst) == 0
    };
    crate::support::wait_until("the outage is over", Duration::from_secs(10), quiet);
}
