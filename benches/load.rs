//! The load generator for logins.
//!
//! Open loop (`--get-user-rate`, `--login-rate`, `--seconds`): every request has its instant in a schedule fixed beforehand
//! and is sent whether or not earlier ones were answered; its latency counts from that instant, so a stalled server (or a
//! late generator) cannot hide behind requests never sent. Closed loop (`--closed N`): N clients, each sends the next login
//! when the last is answered; completions are counted inside a window that begins and ends under load.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::exit,
    clippy::pedantic,
    reason = "a measurement that cannot go on stops here"
)]

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// A request with no answer after this long counts as unanswered.
const PATIENCE: Duration = Duration::from_secs(10);
/// The closed loop's count begins after this long.
const LEAD_IN: Duration = Duration::from_secs(1);

struct Target {
    address: String,
    token: String,
    password: String,
    users: u64,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

struct Outcome {
    login: bool,
    /// The status, or what went wrong.
    result: Result<u16, &'static str>,
    /// From the scheduled instant to the last byte of the answer, in milliseconds.
    latency: f64,
    /// From the scheduled instant to the moment of sending: the generator's own lateness.
    late: f64,
    finished: Instant,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let target = Arc::new(Target {
        address: support::expect("--target"),
        token: std::env::var("BENCH_TOKEN").expect("BENCH_TOKEN is set"),
        password: std::env::var("BENCH_PASSWORD").expect("BENCH_PASSWORD is set"),
        users: support::expect("--users"),
        idle: Mutex::new(Vec::new()),
    });
    let seconds: f64 = support::expect("--seconds");
    let report = match support::option::<usize>("--closed") {
        Some(clients) => closed(&target, clients, Duration::from_secs_f64(seconds)).await,
        None => open(&target, seconds).await,
    };
    println!("{report}");
}

async fn open(target: &Arc<Target>, seconds: f64) -> Value {
    let rates = [
        (false, support::option("--get-user-rate").unwrap_or(0.0)),
        (true, support::option("--login-rate").unwrap_or(0.0)),
    ];
    let mut schedule: Vec<(Duration, bool)> = Vec::new();
    for (login, rate) in rates {
        let count = (seconds * rate) as u64;
        schedule
            .extend((0..count).map(|turn| (Duration::from_secs_f64(turn as f64 / rate), login)));
    }
    schedule.sort();
    let start = Instant::now() + Duration::from_millis(50);
    let mut pending = Vec::with_capacity(schedule.len());
    for (number, (offset, login)) in schedule.into_iter().enumerate() {
        tokio::time::sleep_until(start + offset).await;
        pending.push(tokio::spawn(ask(Arc::clone(target), login, number as u64, start + offset)));
    }
    let mut outcomes = Vec::with_capacity(pending.len());
    for task in pending {
        outcomes.push(task.await.expect("a request ends well"));
    }
    let (logins, lookups): (Vec<_>, Vec<_>) =
        outcomes.into_iter().partition(|outcome| outcome.login);
    json!({ "seconds": seconds, "get_user": summary(&lookups), "login": summary(&logins) })
}

async fn closed(target: &Arc<Target>, clients: usize, span: Duration) -> Value {
    let from = Instant::now() + LEAD_IN;
    let until = from + span;
    let tasks: Vec<_> = (0..clients)
        .map(|client| tokio::spawn(one_after_another(Arc::clone(target), client as u64, until)))
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.extend(task.await.expect("a client ends well"));
    }
    let counted = outcomes
        .iter()
        .filter(|outcome| outcome.finished > from && outcome.finished <= until)
        .count();
    json!({
        "seconds": span.as_secs_f64(), "counted": counted, "total": outcomes.len(),
        "per_second": counted as f64 / span.as_secs_f64(), "login": summary(&outcomes),
    })
}

async fn one_after_another(target: Arc<Target>, client: u64, until: Instant) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    while Instant::now() < until {
        let number = client * 1_000_003 + outcomes.len() as u64;
        outcomes.push(ask(Arc::clone(&target), true, number, Instant::now()).await);
    }
    outcomes
}

async fn ask(target: Arc<Target>, login: bool, number: u64, due: Instant) -> Outcome {
    let late = due.elapsed().as_secs_f64() * 1e3;
    let result = match tokio::time::timeout(PATIENCE, exchange(&target, login, number)).await {
        Ok(result) => result,
        Err(_) => Err("unanswered"),
    };
    let finished = Instant::now();
    Outcome { login, result, latency: (finished - due).as_secs_f64() * 1e3, late, finished }
}

async fn exchange(target: &Target, login: bool, number: u64) -> Result<u16, &'static str> {
    // Multiplying by an odd constant spreads the users over the table without a generator of random numbers.
    let user = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % target.users + 1;
    let identifier = format!("user{user:07}@example.com");
    let (path, body) = if login {
        ("/login", json!({ "identifier": identifier, "password": target.password }))
    } else {
        ("/get_user", json!({ "identifier": identifier }))
    };
    let request = Request::post(path)
        .header("Host", &target.address)
        .header("Authorization", format!("Bearer {}", target.token))
        .header("Content-Type", "application/json")
        .body(Full::new(Bytes::from(body.to_string())))
        .expect("a request");
    let mut sender = connection(target).await?;
    let response = sender.send_request(request).await.map_err(|_| "no answer")?;
    let status = response.status().as_u16();
    let answer = response.into_body().collect().await.map_err(|_| "broken answer")?.to_bytes();
    if status == 200 && !answer.windows(identifier.len()).any(|part| part == identifier.as_bytes())
    {
        return Err("wrong user");
    }
    if sender.ready().await.is_ok() {
        target.idle.lock().expect("no thread panicked").push(sender);
    }
    Ok(status)
}

async fn connection(target: &Target) -> Result<SendRequest<Full<Bytes>>, &'static str> {
    loop {
        let Some(sender) = target.idle.lock().expect("no thread panicked").pop() else { break };
        if sender.is_ready() {
            return Ok(sender);
        }
    }
    let stream = TcpStream::connect(&target.address).await.map_err(|_| "no connection")?;
    let _ = stream.set_nodelay(true);
    let (sender, connection) =
        handshake(TokioIo::new(stream)).await.map_err(|_| "no connection")?;
    tokio::spawn(connection);
    Ok(sender)
}

fn summary(outcomes: &[Outcome]) -> Value {
    let mut groups: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for outcome in outcomes {
        let name = outcome.result.map_or_else(str::to_owned, |status| status.to_string());
        groups.entry(name).or_default().push(outcome.latency);
    }
    let results: serde_json::Map<String, Value> =
        groups.into_iter().map(|(name, latencies)| (name, spread(latencies))).collect();
    let all = spread(outcomes.iter().map(|outcome| outcome.latency).collect());
    let late = spread(outcomes.iter().map(|outcome| outcome.late).collect());
    json!({ "all": all, "late": late, "results": results })
}

fn spread(mut values: Vec<f64>) -> Value {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let rank = (values.len() as f64 * share).ceil() as usize;
        values.get(rank.saturating_sub(1)).copied()
    };
    json!({ "count": values.len(), "p50": at(0.5), "p99": at(0.99), "max": at(1.0) })
}
