//! The routine `get_user` against a direct, indexed SELECT of the raw columns by one kind of identifier,
//! and against one that asks all that the routine asks (the canonical columns, by each kind, of users
//! without a mark), in turns, on one connection.
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
    let figures: std::collections::HashMap<_, _> = WAYS.into_iter().zip(times).collect();
    println!("{}", serde_json::json!(figures));
}

const WAYS: [&str; 3] = ["direct", "same", "routine"];
const ROUTINE: usize = 2;

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
            for statement in statements(&MYSQL, kinds) {
                prepared.push(on.prep(statement).await.expect("a statement"));
            }
            return Self::Mysql(on, prepared);
        }
        let (on, connection) =
            tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("a connection");
        tokio::spawn(connection);
        let mut prepared = vec![];
        for statement in statements(&POSTGRESQL, kinds) {
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
}
