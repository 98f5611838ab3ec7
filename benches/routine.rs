//! The routine `get_user` against a direct, indexed SELECT of the same columns, in turns, on one
//! connection.
//!
//! `--url URL --users N --rounds N --questions N` prints microseconds a question for each round,
//! as JSON. The users are those that `lib/routine.mjs` has loaded.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::exit,
    clippy::pedantic,
    reason = "a measurement that cannot go on stops here"
)]

mod support;

use std::time::Instant;

use mysql_async::prelude::Queryable;

const COLUMNS: &str = "c.id, c.email, c.email_confirmed, c.login, c.phone, c.phone_confirmed, c.full_name, c.first_name, \
    c.last_name, c.nickname, c.avatar_url, c.preferences, c.plan, c.status";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let url: String = support::expect("--url");
    let users: u64 = support::expect("--users");
    let rounds: usize = support::expect("--rounds");
    let questions: u64 = support::expect("--questions");
    let mut side = Side::open(&url).await;
    let (mut direct, mut routine) = (vec![], vec![]);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    // One round more, the first of which only warms up.
    for round in 0..=rounds {
        for (by_routine, times) in [(false, &mut direct), (true, &mut routine)] {
            let start = Instant::now();
            for _ in 0..questions {
                // Any well-spread order will do.
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let email = format!("user{:07}@example.com", 1 + (state >> 33) % users);
                assert!(side.finds(by_routine, &email).await, "{email} is there");
            }
            if round > 0 {
                times.push(start.elapsed().as_secs_f64() * 1e6 / questions as f64);
            }
        }
    }
    println!("{}", serde_json::json!({ "direct": direct, "routine": routine }));
}

enum Side {
    Postgresql(tokio_postgres::Client, [tokio_postgres::Statement; 2]),
    Mysql(mysql_async::Conn, [mysql_async::Statement; 2]),
}

impl Side {
    async fn open(url: &str) -> Self {
        if url.starts_with("mysql") {
            let mut on = mysql_async::Conn::from_url(url).await.expect("a connection");
            let direct = format!(
                "SELECT {COLUMNS} FROM sample_shop.customer AS c WHERE c.email = ? AND c.deleted_at IS NULL LIMIT 2"
            );
            let direct = on.prep(direct).await.expect("a statement");
            let routine = on.prep("SELECT narrowgate.get_user(?)").await.expect("a statement");
            return Self::Mysql(on, [direct, routine]);
        }
        let (on, connection) =
            tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("a connection");
        tokio::spawn(connection);
        let direct = format!(
            "SELECT {COLUMNS} FROM sample_shop.customer AS c WHERE lower(c.email) = lower($1) AND c.deleted_at IS NULL LIMIT 2"
        );
        let direct = on.prepare(&direct).await.expect("a statement");
        let routine = on.prepare("SELECT narrowgate.get_user($1)").await.expect("a statement");
        Self::Postgresql(on, [direct, routine])
    }

    async fn finds(&mut self, by_routine: bool, email: &str) -> bool {
        match self {
            Self::Postgresql(on, [direct, routine]) => {
                let statement = if by_routine { routine } else { direct };
                let rows = on.query(&*statement, &[&email]).await.expect("an answer");
                let told = |row: &tokio_postgres::Row| {
                    !by_routine || row.get::<_, &str>(0).contains(email)
                };
                rows.len() == 1 && rows.iter().all(told)
            }
            Self::Mysql(on, [direct, routine]) => {
                let statement = if by_routine { routine } else { direct };
                let rows: Vec<mysql_async::Row> =
                    on.exec(&*statement, (email,)).await.expect("an answer");
                let told = |row: &mysql_async::Row| {
                    !by_routine || row.get::<String, _>(0).is_some_and(|text| text.contains(email))
                };
                rows.len() == 1 && rows.iter().all(told)
            }
        }
    }
}
