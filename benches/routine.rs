//! The routine `get_user` against a direct, indexed SELECT of the same columns by one kind of identifier,
//! and against one that asks all that the routine asks (both kinds, and who is marked), in turns, on
//! one connection.
//!
//! `--url URL --users N --rounds N --questions N` prints microseconds a question for each round,
//! as JSON. The users are those that `lib/routine.mjs` has loaded.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::exit,
    clippy::indexing_slicing,
    clippy::pedantic,
    reason = "a measurement that cannot go on stops here"
)]

mod support;

use std::time::Instant;

use mysql_async::prelude::Queryable;
use tokio_postgres::types::ToSql;

const COLUMNS: &str = "c.id, c.email, c.email_confirmed, c.login, c.phone, c.phone_confirmed, c.full_name, c.first_name, \
    c.last_name, c.nickname, c.avatar_url, c.preferences, c.plan, c.status";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let url: String = support::expect("--url");
    let users: u64 = support::expect("--users");
    let rounds: usize = support::expect("--rounds");
    let questions: u64 = support::expect("--questions");
    let mut side = Side::open(&url).await;
    let mut times = WAYS.map(|_| vec![]);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    // One round more, the first of which only warms up.
    for round in 0..=rounds {
        for (way, times) in times.iter_mut().enumerate() {
            let start = Instant::now();
            for _ in 0..questions {
                // Any well-spread order will do.
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let email = format!("user{:07}@example.com", 1 + (state >> 33) % users);
                assert!(side.finds(way, &email).await, "{email} is there");
            }
            if round > 0 {
                times.push(start.elapsed().as_secs_f64() * 1e6 / questions as f64);
            }
        }
    }
    let figures: std::collections::HashMap<_, _> = WAYS.into_iter().zip(times).collect();
    println!("{}", serde_json::json!(figures));
}

const WAYS: [&str; 3] = ["direct", "same", "routine"];
const ROUTINE: usize = 2;

/// The statements, in the order of `WAYS`.
fn statements(
    one: &str,
    other: &str,
    id: &str,
    parameter: [&str; 2],
    routine: &str,
) -> [String; 3] {
    let select = |key: &str, value: &str| {
        format!(
            "SELECT {COLUMNS} FROM sample_shop.customer AS c {key} = {value} AND c.deleted_at IS NULL"
        )
    };
    let unmarked = |key: &str, value: &str| {
        let join = format!("LEFT JOIN narrowgate.migrated_user AS m ON m.user_id = {id} {key}");
        format!("{} AND m.user_id IS NULL", select(&join, value))
    };
    let [first, second] = parameter;
    [
        format!("{} LIMIT 2", select(one, first)),
        format!("{} UNION ALL {} LIMIT 2", unmarked(one, first), unmarked(other, second)),
        routine.to_owned(),
    ]
}

enum Side {
    Postgresql(tokio_postgres::Client, Vec<tokio_postgres::Statement>),
    Mysql(mysql_async::Conn, Vec<mysql_async::Statement>),
}

impl Side {
    async fn open(url: &str) -> Self {
        if url.starts_with("mysql") {
            let id = "CAST(c.id AS CHAR(255) CHARACTER SET utf8mb4) COLLATE utf8mb4_bin";
            let keys = ["WHERE c.email", "WHERE c.login"];
            let mut prepared = vec![];
            let mut on = mysql_async::Conn::from_url(url).await.expect("a connection");
            let routine = "SELECT narrowgate.get_user(?)";
            for statement in statements(keys[0], keys[1], id, ["?", "?"], routine) {
                prepared.push(on.prep(statement).await.expect("a statement"));
            }
            return Self::Mysql(on, prepared);
        }
        let (on, connection) =
            tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("a connection");
        tokio::spawn(connection);
        let mut prepared = vec![];
        let keys = ["WHERE lower(c.email)", "WHERE lower(c.login)"];
        let values = ["lower($1)", "lower($2)"];
        let routine = "SELECT narrowgate.get_user($1)";
        for statement in statements(keys[0], keys[1], "c.id::text", values, routine) {
            prepared.push(on.prepare(&statement).await.expect("a statement"));
        }
        Self::Postgresql(on, prepared)
    }

    async fn finds(&mut self, way: usize, email: &str) -> bool {
        // Only the second statement asks twice.
        let emails = if way == 1 { vec![email, email] } else { vec![email] };
        match self {
            Self::Postgresql(on, prepared) => {
                let emails: Vec<_> =
                    emails.iter().map(|email| email as &(dyn ToSql + Sync)).collect();
                let rows = on.query(&prepared[way], &emails).await.expect("an answer");
                let told = |row: &tokio_postgres::Row| {
                    way != ROUTINE || row.get::<_, &str>(0).contains(email)
                };
                rows.len() == 1 && rows.iter().all(told)
            }
            Self::Mysql(on, prepared) => {
                let rows: Vec<mysql_async::Row> =
                    on.exec(&prepared[way], emails).await.expect("an answer");
                let told = |row: &mysql_async::Row| {
                    way != ROUTINE
                        || row.get::<String, _>(0).is_some_and(|text| text.contains(email))
                };
                rows.len() == 1 && rows.iter().all(told)
            }
        }
    }
}
