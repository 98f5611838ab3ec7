//! What whoever steals the runtime role's credential could still do. What cannot be revoked has to be
//! known and watched; what can says how.

use super::Role;
use crate::config::PasswordComparison;
use crate::database::catalog::Row;

fn routines(role: Role) -> Vec<String> {
    let asked = match role {
        Role::Bulk => {
            "read every user with profile and stored hash, also by hand: it is the whole store; lock the account while no bulk migration runs"
        }
        Role::Marker => {
            "see by marking which ids there are; lock the account while no bulk migration runs"
        }
        Role::Service(PasswordComparison::Outside) => {
            "ask about one user at a time whose e-mail, username or phone it knows, and get the profile and the stored hash; watch the number of calls"
        }
        Role::Service(PasswordComparison::Inside) => {
            "ask about one user at a time whose e-mail, username or phone it knows, and get the profile, the salt and whether a guessed password is right, but no hash; watch the number of calls"
        }
    };
    let marks = "mark users by their ids, also by counting, so that the gate knows them no more, and learn which ids there are; watch narrowgate.migrated_user, undo with DELETE";
    let marks = Some(marks).filter(|_| role != Role::Bulk);
    [asked].into_iter().chain(marks).map(str::to_owned).collect()
}

/// `about` is what the catalogue says of the role.
pub(super) fn postgresql(role: Role, about: &Row) -> Vec<String> {
    let name = role.name();
    let connections = match about.text(1) {
        "-1" => format!(
            "open as many connections as the server has; bound it: ALTER ROLE {name} CONNECTION LIMIT 40;"
        ),
        limit => format!("open {limit} connections, which is its CONNECTION LIMIT"),
    };
    let closes =
        "narrowgate-migrate contract --close-public, applied by a superuser, takes that away";
    let locks = format!("take advisory locks until the server has no memory for locks; {closes}");
    let messages =
        format!("write to the WAL until the disk is full (pg_logical_emit_message); {closes}");
    let files = format!(
        "fill the disk with temporary files; as a superuser: ALTER ROLE {name} SET temp_file_limit = '16MB';"
    );
    let open = [(2, "true", locks), (3, "true", messages), (4, "-1", files)];
    let open =
        open.into_iter().filter(|(at, is, _)| about.text(*at) == *is).map(|(.., words)| words);
    let others = [
        "burn CPU and hold connections (pg_sleep, generate_series): it may raise its own statement_timeout; watch pg_stat_activity",
        "send NOTIFY",
        "read the catalogue: names of tables, columns and roles, the code of routines, estimates of row counts",
        "see its own sessions in pg_stat_activity and end them (pg_terminate_backend)",
        "set defaults of its own role, which outlive the session (ALTER ROLE … SET); check finds them as role_setting",
        "change its own password (ALTER ROLE … PASSWORD) and so lock the service out: log in by certificate or peer, and the password does not matter",
    ];
    let first = routines(role).into_iter().chain([connections]).chain(open);
    first.chain(others.map(str::to_owned)).collect()
}

pub(super) fn mysql(role: Role) -> Vec<String> {
    let others = [
        "burn CPU and hold connections (SLEEP, BENCHMARK): it may raise its own time limits; bound it with MAX_USER_CONNECTIONS and watch the process list",
        "take named locks (GET_LOCK)",
        "read what the server tells everybody: its variables, character sets, plug-ins, the names and definers of the contract's routines",
        "see its own sessions in the process list and end them (KILL)",
        "change its own password (SET PASSWORD) and so lock the service out: REQUIRE X509, and the password alone opens nothing",
    ];
    [routines(role), others.map(str::to_owned).into()].concat()
}

pub(super) fn sqlite() -> Vec<String> {
    [
        "read every row of the file, hashes included, and write any of them: there is no server that could deny it",
        "the three questions and the read-only connections hold the service to its task; they do not hold back whoever takes its account over",
        "what helps: an account of the service's own, the file 0640 in a folder 0750, a copy of the legacy tables that holds no more columns than the contract maps",
    ]
    .map(str::to_owned)
    .into()
}
