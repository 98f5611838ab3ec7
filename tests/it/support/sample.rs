//! The users of the sample store as its own SQL file tells of them, and a gate before them. What the service should say
//! is worked out here from the design, not from the contract's views.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;
use serde_json::{Value, json};

use super::{Answer, Engine, Gate, GateBuilder, Issuer, Legacy, Token};

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";
/// The same password, at next to no cost.
pub const CHEAP: &str = "pbkdf2_sha256$1$salt$ouhwH5QjXU2O1gHvuMrHWhFGwGQ8zEmYRlu7N1suuDo=";

/// One user of the sample store.
#[derive(Debug)]
pub struct User {
    pub id: String,
    /// Username and e-mail address, as stored.
    pub names: Vec<String>,
    /// The very bytes that all three endpoints should answer with.
    pub profile: String,
    /// Whether there is a hash that some password meets.
    pub password: bool,
    pub blocked: bool,
    pub gone: bool,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    row: String,
}

/// All of them, in order of their ids.
pub fn users() -> Vec<User> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/contract/sample-sqlite-legacy.sql");
    let script = std::fs::read_to_string(file).expect("the sample store");
    let mut memory = SqliteConnection::establish(":memory:").expect("SQLite");
    memory.batch_execute(&script).expect("the sample store is applied");
    let columns = "'id', CAST(id AS TEXT), 'login', login, 'email', email, 'confirmed', email_confirmed, \
         'phone', phone, 'phone_confirmed', phone_confirmed, 'name', full_name, 'given_name', first_name, \
         'family_name', last_name, 'nickname', nickname, 'picture', avatar_url, 'status', status, \
         'user_metadata', json(preferences), 'plan', \"plan\", 'deleted', deleted_at, 'hash', password_hash";
    let rows = diesel::sql_query(format!(
        "SELECT json_object({columns}) AS row FROM customer ORDER BY id"
    ))
    .load::<Row>(&mut memory)
    .expect("its users");
    rows.iter().map(|row| User::of(&serde_json::from_str(&row.row).expect("JSON"))).collect()
}

/// Those whom the identifier names: not deleted, the same but for ASCII case.
pub fn named<'a>(users: &'a [User], identifier: &str) -> Vec<&'a User> {
    let has_name = |user: &&User| {
        !user.gone && user.names.iter().any(|name| name.eq_ignore_ascii_case(identifier))
    };
    users.iter().filter(has_name).collect()
}

impl User {
    fn of(row: &Value) -> Self {
        let text = |name: &str| row[name].as_str().map(str::to_owned);
        let yes = |name: &str| json!(row[name] == "Y");
        let mut members: Vec<(&str, Value)> = vec![("user_id", row["id"].clone())];
        let mut member =
            |name, value: Value| members.extend((!value.is_null()).then_some((name, value)));
        member("email", row["email"].clone());
        member(
            "email_verified",
            if row["email"].is_null() { Value::Null } else { yes("confirmed") },
        );
        member("username", row["login"].clone());
        member("phone_number", row["phone"].clone());
        member(
            "phone_verified",
            if row["phone"].is_null() { Value::Null } else { yes("phone_confirmed") },
        );
        for name in ["name", "given_name", "family_name", "nickname", "picture"] {
            member(name, row[name].clone());
        }
        let metadata = row["user_metadata"].clone();
        member("user_metadata", if metadata.is_null() { json!({}) } else { metadata });
        let blocked = row["status"] != 1;
        member(
            "app_metadata",
            if blocked {
                json!({ "legacy_blocked": true, "plan": row["plan"] })
            } else {
                json!({ "plan": row["plan"] })
            },
        );
        let members: Vec<_> =
            members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        Self {
            id: text("id").expect("an id"),
            names: [text("login"), text("email")].into_iter().flatten().collect(),
            profile: format!("{{{}}}", members.join(",")),
            password: text("hash").is_some_and(|hash| !hash.starts_with('!')),
            blocked,
            gone: !row["deleted"].is_null(),
        }
    }

    /// A name of this user that is nobody else's and can be asked for.
    pub fn own_name<'a>(&'a self, users: &[User]) -> &'a str {
        let alone = |name: &&String| name.trim() == *name && named(users, name).len() == 1;
        self.names.iter().find(alone).unwrap_or_else(|| panic!("user {} has no name", self.id))
    }
}

/// A gate before a legacy database, without limits, and patient: these tests ask what is answered, not how fast.
#[derive(Debug)]
pub struct World {
    pub gate: Gate,
    pub issuer: Issuer,
    pub token: String,
    pub legacy: Legacy,
}

impl World {
    pub fn on(legacy: Legacy) -> Self {
        Self::with(legacy, |builder| builder)
    }

    pub fn with(legacy: Legacy, settings: impl FnOnce(GateBuilder) -> GateBuilder) -> Self {
        let issuer = Issuer::start();
        let builder = Gate::builder(&issuer, &legacy)
            .config("management.bind", "127.0.0.1:0")
            .config("limits.attempts_per_user", 0)
            .config("passwords.max_wait", "20s")
            .config("server.request_timeout", "30s")
            .config("database.statement_timeout", "10s")
            .config("database.acquire_timeout", "10s");
        let gate = settings(builder).start();
        Self { gate, token: Token::auth0().sign(), issuer, legacy }
    }

    #[track_caller]
    pub fn login(&self, identifier: &str, password: &str) -> Answer {
        let body = json!({ "identifier": identifier, "password": password });
        self.gate.ask("/login", &self.token, &body)
    }

    #[track_caller]
    pub fn get_user(&self, identifier: &str) -> Answer {
        self.gate.ask("/get_user", &self.token, &json!({ "identifier": identifier }))
    }

    #[track_caller]
    pub fn mark(&self, user_id: &str) -> Answer {
        self.gate.ask("/mark_migrated", &self.token, &json!({ "user_id": user_id }))
    }

    /// Marks whom an identifier names, too.
    #[track_caller]
    pub fn mark_named(&self, user_id: &str, identifier: &str) -> Answer {
        let body = json!({ "user_id": user_id, "identifier": identifier });
        self.gate.ask("/mark_migrated", &self.token, &body)
    }

    /// Bytes of a body to one of the endpoints.
    #[track_caller]
    pub fn post(&self, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.gate.send(&super::Request::post(path, body).bearer(&self.token))
    }

    /// The sum of a counter's series on the metrics page that have all of these labels, for
    /// example `name_total{reason="x"}`; 0 when there is none.
    #[track_caller]
    pub fn counter(&self, series: &str) -> u64 {
        let (name, labels) = series.trim_end_matches('}').split_once('{').unwrap_or((series, ""));
        let page = self.gate.manage("/metrics").text();
        let value = |line: &str| {
            let (key, value) = line.rsplit_once(' ')?;
            let rest = key.strip_prefix(name)?;
            let fits = rest.is_empty() || rest.starts_with('{');
            (fits && labels.split(',').all(|label| rest.contains(label)))
                .then(|| value.parse::<u64>().ok())?
        };
        page.lines().filter_map(value).sum::<u64>()
    }
}

impl Legacy {
    pub fn customers(&self) -> &'static str {
        if self.engine == Engine::Sqlite { "customer" } else { "sample_shop.customer" }
    }

    /// Adds a user to the store; ids from 1000 on are the tests' own.
    pub fn add_user(&self, id: u32, login: Option<&str>, email: Option<&str>, hash: Option<&str>) {
        let [login, email, quoted] = [login, email, hash].map(|value| self.literal(value));
        let table = self.customers();
        if self.engine == Engine::Sqlite {
            self.execute(&format!("INSERT INTO {table} (id, login, email, password_hash) VALUES ({id}, {login}, {email}, {quoted})"));
            return;
        }
        self.execute(&format!(
            "INSERT INTO {table} (id, login, email) VALUES ({id}, {login}, {email})"
        ));
        if hash.is_some() {
            self.execute(&format!("INSERT INTO sample_shop.credential VALUES ({id}, {quoted})"));
        }
    }

    /// Takes the tests' own users away again: on MySQL all tests share one store.
    pub fn remove_own_users(&self) {
        if self.engine != Engine::Sqlite {
            self.execute("DELETE FROM sample_shop.credential WHERE customer_id >= 1000");
        }
        self.execute(&format!("DELETE FROM {} WHERE id >= 1000", self.customers()));
    }

    /// A value as this engine writes it.
    pub fn literal(&self, value: Option<&str>) -> String {
        let Some(value) = value else { return "NULL".into() };
        let value =
            if self.engine == Engine::Mysql { value.replace('\\', "\\\\") } else { value.into() };
        format!("'{}'", value.replace('\'', "''"))
    }
}
