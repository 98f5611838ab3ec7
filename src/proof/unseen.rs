//! What was not looked at because this role sees nothing of it, each with the statement by which somebody else does.

use super::Role;

/// What only a question about a user tells.
pub(super) const PROBE: &str = "whether a user is found, alone, and with no more than the contract tells: check --probe FILE, which holds the identifier of one";

const REPEATED: &str = "whether an id is that of several rows, by which no mark can be written: SELECT user_id FROM narrowgate.legacy_user GROUP BY user_id HAVING count(*) > 1 LIMIT 5;";

pub(super) fn postgresql(role: Role) -> Vec<String> {
    let name = role.name();
    vec![
        REPEATED.to_owned(),
        format!(
            "the lines of pg_hba.conf, as a superuser: SELECT line_number, type, database, user_name, address, auth_method, error FROM pg_hba_file_rules WHERE user_name && ARRAY['{name}', 'all'] OR error IS NOT NULL;"
        ),
        format!(
            "how the password is kept, as a superuser: SELECT left(rolpassword, 13) FROM pg_authid WHERE rolname = '{name}'; -- SCRAM-SHA-256"
        ),
        "who gets a copy of the tables: SELECT slot_name, slot_type FROM pg_replication_slots; SELECT * FROM pg_publication_tables;"
            .to_owned(),
    ]
}

/// `altered` is when the routines that the account sees were last altered.
pub(super) fn mysql(role: Role, altered: &str) -> Vec<String> {
    let routines = role.allowed().routines.iter();
    let routines: Vec<_> =
        routines.map(|(name, _)| format!("SHOW CREATE FUNCTION narrowgate.{name};")).collect();
    let text = format!(
        "the text of the routines, last altered {altered}, against what narrowgate-migrate contract prints: {}",
        routines.join(" ")
    );
    let others = [
        "the view, the marks and what else happens to them, against the same: SHOW CREATE VIEW narrowgate.legacy_user; SHOW CREATE TABLE narrowgate.migrated_user; SHOW TRIGGERS FROM narrowgate; SELECT event_schema, event_name, event_definition FROM information_schema.events;",
        "with what rights all of it works: SHOW GRANTS FOR 'narrowgate_owner'@'localhost';",
        "accounts of the same name for other hosts, with rights and passwords of their own: SELECT user, host, plugin FROM mysql.user WHERE user LIKE 'narrowgate\\_%';",
        REPEATED,
    ];
    let text = (!routines.is_empty()).then_some(text);
    text.into_iter().chain(others.map(str::to_owned)).collect()
}

pub(super) fn sqlite() -> Vec<String> {
    vec![
        REPEATED.replace("narrowgate.", ""),
        "which programs have the file open: fuser -v FILE".to_owned(),
    ]
}
