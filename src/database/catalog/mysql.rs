//! What MySQL and MariaDB tell an account about itself. Neither shows it the routines' code or the
//! tables behind them, so what a lookup reads is counted by the server as it runs.

mod questions;

use std::time::Duration;

use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection};

use super::{Allowed, Attempt, Outcome, Routine, Row, none_if_refused};
use crate::database::{Error, run};
use crate::schema::Schema;

/// The statements that return findings: code, what was found, what to do.
const FINDINGS: [&str; 3] = [
    include_str!("mysql/visible.sql"),
    include_str!("mysql/routines.sql"),
    include_str!("mysql/settings.sql"),
];

/// Statements that do nothing even where they are allowed.
const ATTEMPTS: [&str; 13] = [
    "SELECT 1 FROM narrowgate.legacy_user LIMIT 0",
    "SELECT 1 FROM narrowgate.migrated_user LIMIT 0",
    "INSERT INTO narrowgate.migrated_user (user_id) SELECT 1 FROM DUAL WHERE FALSE",
    "UPDATE narrowgate.migrated_user SET user_id = 1 WHERE FALSE",
    "DELETE FROM narrowgate.migrated_user WHERE FALSE",
    "SELECT 1 FROM mysql.user LIMIT 0",
    "SELECT 1 INTO OUTFILE '/nonexistent/narrowgate-probe'",
    "CREATE TEMPORARY TABLE narrowgate.narrowgate_probe (nothing INT)",
    "SHOW CREATE VIEW narrowgate.legacy_user",
    "CREATE DATABASE information_schema",
    // Rights on the whole database, which SHOW GRANTS leaves out where they are everybody's: there is
    // nothing of that name.
    "ALTER FUNCTION narrowgate.narrowgate_probe COMMENT ''",
    "DROP EVENT narrowgate.narrowgate_probe",
    "SELECT narrowgate.narrowgate_probe()",
];

/// Fails where it is allowed, because the name is taken; tried only where it is.
const NAMESAKE: &str = "CREATE FUNCTION narrowgate.get_user() RETURNS INT DETERMINISTIC RETURN 1";
const IS_TAKEN: &str = "SELECT routine_name FROM information_schema.routines \
    WHERE routine_schema = 'narrowgate' AND routine_name = 'get_user' AND routine_type = 'FUNCTION'";

/// Asks as the runtime account.
pub struct MysqlCatalog {
    pub(super) pool: Pool<AsyncMysqlConnection>,
    pub(super) limit: Duration,
    pub(super) contract: Schema,
    /// How many the service may have, at most.
    pub(super) connections: usize,
}

impl MysqlCatalog {
    /// What the account sees and should not, and what is wrong with the routines and the server's
    /// settings: code, what was found, what to do.
    ///
    /// # Errors
    /// No answer.
    pub async fn findings(&self, allowed: Allowed) -> Result<Vec<Row>, Error> {
        let routine = |(name, _): &Routine| format!("SELECT '{name}' AS name");
        let none = allowed.routines.is_empty().then(|| "SELECT '' AS name".to_owned());
        let routines: Vec<_> = allowed.routines.iter().map(routine).chain(none).collect();
        let relations = allowed.relations(|name| format!("'{name}'"));
        let mut rows = vec![];
        for statement in FINDINGS {
            let statement = statement.replace("{routines}", &routines.join(" UNION ALL "));
            let statement = statement.replace("{connections}", &self.connections.to_string());
            rows.extend(self.rows(&statement.replace("{relations}", &relations)).await?);
        }
        Ok(rows)
    }

    /// Everything that is granted to the account, as the server writes it; the lines may hold the
    /// hash of its password. Where there is one, the rights of PUBLIC are among them.
    ///
    /// # Errors
    /// No answer.
    pub async fn grants(&self) -> Result<Vec<String>, Error> {
        let mut lines = self.rows("SHOW GRANTS").await?;
        // Before MariaDB 10.11 there is no PUBLIC to have any.
        lines.extend(self.rows_if_taken("SHOW GRANTS FOR PUBLIC").await?);
        Ok(lines.iter().map(|line| line.text(0).to_owned()).collect())
    }

    /// How the account is made, with the hash of its password; nothing where the server keeps that to itself.
    ///
    /// # Errors
    /// No answer.
    pub async fn account(&self) -> Result<Vec<String>, Error> {
        let rows = self.rows_if_taken("SHOW CREATE USER CURRENT_USER()").await?;
        Ok(rows.iter().map(|line| line.text(0).to_owned()).collect())
    }

    /// How many days a password lives where the account does not say; 0 for ever.
    ///
    /// # Errors
    /// No answer.
    pub async fn lifetime(&self) -> Result<u32, Error> {
        let rows = self.rows("SELECT CONCAT(@@GLOBAL.default_password_lifetime)").await?;
        Ok(rows.iter().find_map(|row| row.text(0).parse().ok()).unwrap_or(0))
    }

    /// The account's name and host, the server's version, and when the routines that it sees were last altered.
    ///
    /// # Errors
    /// No answer.
    pub async fn role(&self) -> Result<Row, Error> {
        let statement = "SELECT CURRENT_USER(), VERSION(), (SELECT CONCAT(MAX(r.last_altered)) \
            FROM information_schema.routines AS r WHERE r.routine_schema = 'narrowgate')";
        Ok(self.rows(statement).await?.pop().unwrap_or(Row(vec![])))
    }

    /// How keys are compared, in the words of the contract's script; empty where it says nothing.
    ///
    /// # Errors
    /// No answer.
    pub async fn keys(&self) -> Result<String, Error> {
        let comment = "SELECT routine_comment FROM information_schema.routines \
            WHERE routine_schema = 'narrowgate' AND routine_name = 'get_user'";
        Ok(self.rows(comment).await?.iter().map(|row| row.text(0)).collect())
    }

    /// The answer to a question that reads no table; none where the server refuses it.
    ///
    /// # Errors
    /// No answer.
    pub async fn evaluated(&self, question: &str) -> Result<Option<String>, Error> {
        let rows = self.rows_if_taken(question).await?;
        Ok(rows.into_iter().next().map(|row| row.text(0).to_owned()))
    }

    /// Settings of the server whose names the two engines do not share, and those of MariaDB's audit plug-in: name and value.
    ///
    /// # Errors
    /// No answer.
    pub async fn settings(&self) -> Result<Vec<Row>, Error> {
        let names = "'tx_read_only', 'transaction_read_only', 'tx_isolation', 'transaction_isolation', 'max_user_connections', 'system_versioning_asof'";
        let statement = format!(
            "SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names}) OR Variable_name LIKE 'server\\_audit\\_%'"
        );
        self.rows(&statement).await
    }

    /// How the server sees this connection: its TLS version, or nothing.
    ///
    /// # Errors
    /// No answer.
    pub async fn tls_version(&self) -> Result<String, Error> {
        let rows = self.rows("SHOW SESSION STATUS LIKE 'Ssl_version'").await?;
        Ok(rows.iter().map(|row| row.text(1)).collect())
    }

    /// Tries what must be denied.
    ///
    /// # Errors
    /// No answer.
    pub async fn attempts(&self, allowed: Allowed) -> Result<Vec<Attempt>, Error> {
        let tried: Vec<_> = ATTEMPTS.into_iter().filter(|tried| !allowed.reads(tried)).collect();
        let named = |statement: &str| self.contract.named(statement);
        run(&self.pool, self.limit, async |on| {
            let taken: Vec<Row> = diesel::sql_query(named(IS_TAKEN)).load(on).await?;
            let namesake = (!taken.is_empty()).then_some(NAMESAKE);
            let mut attempts = vec![];
            for statement in tried.iter().copied().chain(namesake) {
                let statement = named(statement);
                let words = on.batch_execute(&statement).await.err().map(|error| error.to_string());
                let outcome = match words.map(|words| words.to_ascii_lowercase()) {
                    Some(words) if words.contains("denied") => Outcome::Denied,
                    // A server or a session that writes nothing says nothing about rights.
                    Some(words) if words.contains("read-only") || words.contains("read only") => {
                        Outcome::Failed
                    }
                    _ => Outcome::Allowed,
                };
                attempts.push(Attempt { statement, outcome });
            }
            Ok(attempts)
        })
        .await
    }

    async fn rows(&self, statement: &str) -> Result<Vec<Row>, Error> {
        let statement = self.contract.named(statement);
        run(&self.pool, self.limit, async |on| diesel::sql_query(statement).load(on).await).await
    }

    async fn rows_if_taken(&self, statement: &str) -> Result<Vec<Row>, Error> {
        none_if_refused(self.rows(statement).await)
    }
}
