//! `marks.sql`: the marks of confirmed users, for a DBA to apply. Whatever an id holds, the script
//! does nothing but set marks: an id that is more than letters and figures is written in hexadecimal
//! digits, which mean the same under every setting of every client.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::bulk::digest::hex;
use crate::bulk::draft::Draft;
use crate::bulk::run::MARKS_SCRIPT;
use crate::config::DatabaseTarget;
use crate::schema::Schema;

/// Users of one statement.
const ROWS: usize = 500;

/// Where the script is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Dialect {
    Postgresql,
    Mysql,
    Sqlite,
}

impl Dialect {
    fn of(database: &DatabaseTarget) -> Self {
        match database {
            DatabaseTarget::Postgresql(..) => Self::Postgresql,
            DatabaseTarget::Mysql(..) => Self::Mysql,
            DatabaseTarget::Sqlite(_) => Self::Sqlite,
        }
    }

    fn how(self) -> &'static str {
        match self {
            Self::Postgresql => "psql -X -v ON_ERROR_STOP=1 -f marks.sql DATABASE",
            Self::Mysql => "mysql DATABASE <marks.sql (also MariaDB)",
            Self::Sqlite => "sqlite3 -bail legacy.db <marks.sql",
        }
    }

    fn begin(self) -> &'static str {
        match self {
            Self::Postgresql | Self::Sqlite => "BEGIN;",
            Self::Mysql => "START TRANSACTION;",
        }
    }

    /// What stands before the rows, in one row behind the id, and behind the rows.
    fn statement(self) -> [&'static str; 3] {
        match self {
            Self::Postgresql => [
                "INSERT INTO narrowgate.migrated_user (user_id) VALUES",
                ")",
                "ON CONFLICT DO NOTHING;",
            ],
            Self::Mysql => [
                "INSERT INTO narrowgate.migrated_user (user_id, migrated_at) VALUES",
                ", UTC_TIMESTAMP(6))",
                "ON DUPLICATE KEY UPDATE user_id = migrated_user.user_id;",
            ],
            Self::Sqlite => ["INSERT OR IGNORE INTO migrated_user (user_id) VALUES", ")", ";"],
        }
    }

    /// The id as an expression.
    fn literal(self, id: &str) -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@+".contains(&byte);
        if id.bytes().all(plain) {
            return format!("'{id}'");
        }
        let digits = hex(id.bytes());
        match self {
            Self::Postgresql => format!("convert_from(decode('{digits}', 'hex'), 'UTF8')"),
            Self::Mysql => format!("_utf8mb4 X'{digits}'"),
            Self::Sqlite => format!("CAST(X'{digits}' AS TEXT)"),
        }
    }

    fn head(self, contract: &Schema, (tenant, run): (&str, &str)) -> String {
        let mut head = String::new();
        let now = humantime::format_rfc3339_seconds(std::time::SystemTime::now());
        let _ = write!(
            head,
            "-- Marks users as moved to Auth0. Whom it names was found in the tenant {tenant} by\n\
             -- narrowgate-migrate verify (run {run}) at {now}. For whoever has a mark, the gate knows nobody any more.\n\
             -- It ages: who changes in the legacy database after that is marked as they were. Apply it soon.\n\
             --\n\
             --   {}\n\
             --\n\
             -- It writes into the table of marks of the contract {} and nothing else, all or nothing. A mark that is there\n\
             -- is kept, with its time: it can be applied again. An id that is more than letters and figures is\n\
             -- written in hexadecimal digits of its UTF-8. To undo a mark: DELETE it by user_id.\n\n{}\n",
            self.how(),
            contract.as_str(),
            self.begin()
        );
        head
    }
}

/// Writes the script, whole or not at all, and gives its path.
pub(super) fn write(
    folder: &Path,
    database: &DatabaseTarget,
    (tenant, run): (&str, &str),
    next: impl FnMut() -> io::Result<Option<String>>,
) -> io::Result<PathBuf> {
    let mut draft = Draft::begin(folder, MARKS_SCRIPT)?;
    script(&mut draft.file, (Dialect::of(database), &database.contract()), (tenant, run), next)?;
    draft.end()
}

fn script(
    file: &mut impl Write,
    (dialect, contract): (Dialect, &Schema),
    about: (&str, &str),
    mut next: impl FnMut() -> io::Result<Option<String>>,
) -> io::Result<()> {
    file.write_all(dialect.head(contract, about).as_bytes())?;
    // The text alone is the contract's: an id may hold its name.
    let [before, row, behind] = dialect.statement().map(|text| contract.named(text));
    let mut rows = 0;
    while let Some(id) = next()? {
        if rows == ROWS {
            writeln!(file, "\n{behind}")?;
            rows = 0;
        }
        let glue = if rows == 0 { &before } else { "," };
        write!(file, "{glue}\n  ({}{row}", dialect.literal(&id))?;
        rows += 1;
    }
    if rows > 0 {
        writeln!(file, "\n{behind}")?;
    }
    writeln!(file, "COMMIT;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_can_be_anything_but_an_id() {
        for dialect in [Dialect::Postgresql, Dialect::Mysql, Dialect::Sqlite] {
            for id in ["a'b", "a\\", "\n\\! reboot", "$$", "a;b", "Zoë", "a\"b", "a b", "a:b", "\0"]
            {
                let literal = dialect.literal(id);
                let safe = |c: char| c.is_ascii_alphanumeric() || "_'(), ".contains(c);
                assert!(literal.chars().all(safe), "{literal}");
                assert!(literal.contains(&hex(id.bytes())), "{literal}");
            }
            assert_eq!(dialect.literal("ada.1-X_2@example.com"), "'ada.1-X_2@example.com'");
        }
    }

    #[test]
    fn statements_are_short_and_the_last_is_whole() {
        for number in [0, 1, ROWS, ROWS + 1] {
            let (mut text, mut ids) = (vec![], (0..number).map(|n| n.to_string()));
            let place = (Dialect::Postgresql, &Schema::default());
            script(&mut text, place, ("t", "r"), || Ok(ids.next())).expect("written");
            let text = String::from_utf8(text).expect("text");
            assert_eq!(text.matches("INSERT").count(), number.div_ceil(ROWS));
            assert_eq!(text.matches("DO NOTHING;").count(), number.div_ceil(ROWS));
            assert_eq!(text.matches("\n  (").count(), number);
            assert!(text.ends_with("COMMIT;\n"), "{text}");
        }
    }

    #[test]
    fn marks_are_set_in_the_contract_that_was_asked_and_ids_stay_what_they_are() {
        let shop: Schema = "shop".parse().expect("a name");
        for dialect in [Dialect::Postgresql, Dialect::Mysql] {
            let (mut text, mut ids) = (vec![], ["narrowgate.eve".to_owned()].into_iter());
            let about = ("narrowgate.eu.auth0.com", "r");
            script(&mut text, (dialect, &shop), about, || Ok(ids.next())).expect("written");
            let text = String::from_utf8(text).expect("text");
            assert!(text.contains("INSERT INTO shop.migrated_user (user_id"), "{text}");
            assert!(text.contains("'narrowgate.eve'") && text.contains(about.0), "{text}");
            assert!(!text.contains("narrowgate.migrated_user"), "{text}");
        }
    }
}
