//! The routine `get_user` against a direct, indexed SELECT of the raw columns by one kind of identifier,
//! and against one that asks all that the routine asks (the canonical columns, by each kind, of users
//! without a mark), in turns, on one connection. Then `mark_migrated` against a plain INSERT of the same row
//! into a table of its own, likewise.
//!
//! `--url URL --kinds 1|2 --users N --rounds N --questions N` prints microseconds a question for each round,
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

const RAW: &str = "c.id, c.email, c.email_confirmed, c.login, c.phone, c.phone_confirmed, c.full_name, c.first_name, \
    c.last_name, c.nickname, c.avatar_url, c.preferences, c.plan, c.status";

/// What the two engines write in their own ways.
struct Dialect {
    id: &'static str,
    plan: &'static str,
    blocked: &'static str,
    /// Indexed expressions, and what each must equal.
    keys: [(&'static str, &'static str); 2],
    routine: &'static str,
}

const POSTGRESQL: Dialect = Dialect {
    id: "c.id::text",
    plan: "jsonb_build_object('plan', c.plan)",
    blocked: "c.status IS DISTINCT FROM 1",
    keys: [("lower(c.email)", "lower($1)"), ("lower(c.login)", "lower($2)")],
    routine: "SELECT narrowgate.get_user($1)",
};

const MYSQL: Dialect = Dialect {
    id: "CAST(c.id AS CHAR(255) CHARACTER SET utf8mb4) COLLATE utf8mb4_bin",
    plan: "JSON_OBJECT('plan', c.plan)",
    blocked: "NOT (c.status <=> 1)",
    keys: [("c.email", "?"), ("c.login", "?")],
    routine: "SELECT narrowgate.get_user(?)",
};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let url: String = support::expect("--url");
    let kinds: usize = support::expect("--kinds");
    let users: u64 = support::expect("--users");
    let rounds: usize = support::expect("--rounds");
    let questions: u64 = support::expect("--questions");
    let mut side = Side::open(&url, kinds).await;
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
    let mut figures: std::collections::HashMap<_, _> = WAYS.into_iter().zip(times).collect();
    let marks = (questions / 2).min(users / (rounds as u64 + 1));
    let mut times = MARK_WAYS.map(|_| vec![]);
    for round in 0..=rounds as u64 {
        for (way, times) in times.iter_mut().enumerate() {
            let start = Instant::now();
            for id in 1001 + round * marks..1001 + (round + 1) * marks {
                side.marks(way, id).await;
            }
            if round > 0 {
                times.push(start.elapsed().as_secs_f64() * 1e6 / marks as f64);
            }
        }
    }
    side.forget_marks().await;
    figures.extend(MARK_WAYS.into_iter().zip(times));
    println!("{}", serde_json::json!(figures));
}

const WAYS: [&str; 3] = ["direct", "same", "routine"];
const ROUTINE: usize = 2;

const MARK_WAYS: [&str; 2] = ["insert", "mark"];
/// Before and behind.
const PREPARE: &str = "CREATE TABLE narrowgate.bench_mark (user_id varchar(255) PRIMARY KEY, migrated_at timestamp(6) NOT NULL)";
const FORGET: [&str; 2] =
    ["DROP TABLE narrowgate.bench_mark", "DELETE FROM narrowgate.migrated_user"];
const MARKS: [[&str; 2]; 2] = [
    [
        "INSERT INTO narrowgate.bench_mark (user_id, migrated_at) VALUES ($1, now()) RETURNING user_id",
        "SELECT narrowgate.mark_migrated($1, NULL)",
    ],
    [
        "INSERT INTO narrowgate.bench_mark (user_id, migrated_at) VALUES (?, UTC_TIMESTAMP(6))",
        "SELECT narrowgate.mark_migrated(?, NULL)",
    ],
];

/// The statements, in the order of `WAYS`.
fn statements(dialect: &Dialect, kinds: usize) -> [String; 3] {
    let Dialect { id, plan, blocked, keys, routine } = dialect;
    let canonical = format!(
        "{id}, c.email, COALESCE(c.email_confirmed = 'Y', false), c.login, c.phone, COALESCE(c.phone_confirmed = 'Y', false), \
        c.full_name, c.first_name, c.last_name, c.nickname, c.avatar_url, c.preferences, {plan}, {blocked}"
    );
    let select = |columns: &str, join: &str, (key, value): &(&str, &str)| {
        format!(
            "SELECT {columns} FROM sample_shop.customer AS c {join} WHERE {key} = {value} AND c.deleted_at IS NULL"
        )
    };
    let join = format!("LEFT JOIN narrowgate.migrated_user AS m ON m.user_id = {id}");
    let unmarked = |key| format!("{} AND m.user_id IS NULL", select(&canonical, &join, key));
    let same: Vec<_> = keys[..kinds].iter().map(unmarked).collect();
    [
        format!("{} LIMIT 2", select(RAW, "", &keys[0])),
        format!("{} LIMIT 2", same.join(" UNION ALL ")),
        (*routine).to_owned(),
    ]
}

enum Side {
    Postgresql(tokio_postgres::Client, Vec<tokio_postgres::Statement>),
    Mysql(mysql_async::Conn, Vec<mysql_async::Statement>),
}

impl Side {
    async fn open(url: &str, kinds: usize) -> Self {
        if url.starts_with("mysql") {
            let mut prepared = vec![];
            let mut on = mysql_async::Conn::from_url(url).await.expect("a connection");
            on.query_drop(PREPARE).await.expect("a table");
            let marks = MARKS[1].map(str::to_owned);
            for statement in statements(&MYSQL, kinds).into_iter().chain(marks) {
                prepared.push(on.prep(statement).await.expect("a statement"));
            }
            return Self::Mysql(on, prepared);
        }
        let (on, connection) =
            tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("a connection");
        tokio::spawn(connection);
        let mut prepared = vec![];
        on.batch_execute(PREPARE).await.expect("a table");
        let marks = MARKS[0].map(str::to_owned);
        for statement in statements(&POSTGRESQL, kinds).into_iter().chain(marks) {
            prepared.push(on.prepare(&statement).await.expect("a statement"));
        }
        Self::Postgresql(on, prepared)
    }

    async fn finds(&mut self, way: usize, email: &str) -> bool {
        match self {
            Self::Postgresql(on, prepared) => {
                let emails: Vec<_> =
                    prepared[way].params().iter().map(|_| &email as &(dyn ToSql + Sync)).collect();
                let rows = on.query(&prepared[way], &emails).await.expect("an answer");
                let told = |row: &tokio_postgres::Row| {
                    way != ROUTINE || row.get::<_, &str>(0).contains(email)
                };
                rows.len() == 1 && rows.iter().all(told)
            }
            Self::Mysql(on, prepared) => {
                let emails = vec![email; prepared[way].num_params().into()];
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

    async fn marks(&mut self, way: usize, id: u64) {
        let (id, way) = (id.to_string(), WAYS.len() + way);
        match self {
            Self::Postgresql(on, prepared) => {
                let rows = on.query(&prepared[way], &[&id]).await.expect("an answer");
                assert!(
                    rows.iter().all(|row| row.get::<_, &str>(0).contains(&id)),
                    "{id} is there"
                );
            }
            Self::Mysql(on, prepared) => {
                on.exec_drop(&prepared[way], (id,)).await.expect("an answer");
            }
        }
    }

    async fn forget_marks(&mut self) {
        for statement in FORGET {
            match self {
                Self::Postgresql(on, _) => on.batch_execute(statement).await.expect("done"),
                Self::Mysql(on, _) => on.query_drop(statement).await.expect("done"),
            }
        }
    }
}
