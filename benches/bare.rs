//! The bare server: what `/get_user` costs with nothing around it.
//!
//! hyper, tokio-postgres with one prepared statement, and an RS256 check by jsonwebtoken on every request, or with `--cache`
//! on a token's first. No log, no limits, no deadline, no second look at the row.
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

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio_postgres::{Client, NoTls, Statement};

// The gate runs on mimalloc: with another allocator here, the ratio would compare allocators.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Reply = Response<Full<Bytes>>;

#[derive(Deserialize)]
struct Claims {
    scope: String,
}

#[derive(Deserialize)]
struct Question {
    identifier: String,
}

struct State {
    key: DecodingKey,
    validation: Validation,
    /// The tokens that were found good.
    known: Option<RwLock<HashSet<String>>>,
    connections: Vec<(Client, Statement)>,
    next: AtomicUsize,
}

fn main() {
    let port: u16 = support::expect("--port");
    let threads = support::option("--threads")
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from));
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(serve(port));
}

async fn serve(port: u16) {
    let state = Arc::new(prepare().await);
    let listener =
        tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
    println!("listening");
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = hyper::service::service_fn(|request| answer(&state, request));
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn prepare() -> State {
    let file: String = support::expect("--jwks");
    let text = std::fs::read(file).expect("the key set can be read");
    let set: JwkSet = serde_json::from_slice(&text).expect("a key set");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[support::expect::<String>("--issuer")]);
    validation.set_audience(&[support::expect::<String>("--audience")]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let mut connections = Vec::new();
    for _ in 0..support::option("--connections").unwrap_or(1) {
        connections.push(connect().await);
    }
    State {
        key: DecodingKey::from_jwk(&set.keys[0]).expect("an RSA key"),
        validation,
        known: support::option::<u8>("--cache").map(|_| RwLock::default()),
        connections,
        next: AtomicUsize::new(0),
    }
}

async fn connect() -> (Client, Statement) {
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL is set");
    let (client, connection) =
        tokio_postgres::connect(&url, NoTls).await.expect("the database answers");
    tokio::spawn(connection);
    let statement =
        client.prepare("SELECT narrowgate.get_user($1)").await.expect("the routine is there");
    (client, statement)
}

async fn answer(state: &State, request: Request<Incoming>) -> Result<Reply, Infallible> {
    Ok(get_user(state, request).await.unwrap_or_else(|status| reply(status, String::new())))
}

async fn get_user(state: &State, request: Request<Incoming>) -> Result<Reply, StatusCode> {
    if request.method() != Method::POST || request.uri().path() != "/get_user" {
        return Err(StatusCode::NOT_FOUND);
    }
    authorise(state, &request)?;
    let body = request.into_body().collect().await.map_err(|_| StatusCode::BAD_REQUEST)?.to_bytes();
    let question: Question = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let turn = state.next.fetch_add(1, Ordering::Relaxed) % state.connections.len();
    let (client, statement) = &state.connections[turn];
    let row = client
        .query_one(statement, &[&question.identifier])
        .await
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let text: Option<&str> = row.try_get(0).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let users: Vec<&RawValue> = serde_json::from_str(text.unwrap_or("[]"))
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    match users.as_slice() {
        [user] => Ok(reply(StatusCode::OK, user.get().to_owned())),
        [] => Err(StatusCode::NOT_FOUND),
        _ => Err(StatusCode::CONFLICT),
    }
}

fn authorise(state: &State, request: &Request<Incoming>) -> Result<(), StatusCode> {
    let header = request.headers().get(AUTHORIZATION).ok_or(StatusCode::UNAUTHORIZED)?;
    let token = header
        .to_str()
        .ok()
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or(StatusCode::UNAUTHORIZED)?;
    if let Some(known) = &state.known
        && known.read().unwrap().contains(token)
    {
        return Ok(());
    }
    let claims = jsonwebtoken::decode::<Claims>(token, &state.key, &state.validation)
        .map_err(|_| StatusCode::UNAUTHORIZED)?
        .claims;
    if !claims.scope.split(' ').any(|scope| scope == "read:users") {
        return Err(StatusCode::FORBIDDEN);
    }
    if let Some(known) = &state.known {
        known.write().unwrap().insert(token.to_owned());
    }
    Ok(())
}

fn reply(status: StatusCode, body: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    let json = hyper::header::HeaderValue::from_static("application/json");
    reply.headers_mut().insert(CONTENT_TYPE, json);
    reply
}
