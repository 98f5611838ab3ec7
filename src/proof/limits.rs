//! What MySQL and MariaDB bound for an account, which both print in SHOW CREATE USER, and for everybody.

use super::Finding;
use super::grants::split;

const HOURLY: [&str; 3] =
    ["MAX_QUERIES_PER_HOUR", "MAX_UPDATES_PER_HOUR", "MAX_CONNECTIONS_PER_HOUR"];

/// What of it the service would meet. `lifetime` is how many days a password lives where the account does
/// not say, 0 for ever.
pub(super) fn judge(line: &str, lifetime: u32, connections: usize) -> Vec<Finding> {
    let mut findings = vec![];
    let account = split(line, "USER ").and_then(|(_, rest)| rest.split(' ').next());
    let account = account.unwrap_or("the account");
    for name in HOURLY {
        let Some(number) = number(line, name).filter(|number| *number > 0) else { continue };
        findings.push(Finding::new(
            "hourly_limit",
            format!("{name} {number} for {account}: requests beyond it get 503"),
            format!("ALTER USER {account} WITH {name} 0;"),
        ));
    }
    let most = number(line, "MAX_USER_CONNECTIONS").filter(|most| *most > 0);
    if let Some(most) = most.filter(|most| *most < connections) {
        findings.push(Finding::new(
            "connection_limit",
            format!("{account} may have {most} connections, and the service may need {connections}: requests beyond them get 503"),
            format!("ALTER USER {account} WITH MAX_USER_CONNECTIONS 40;"),
        ));
    }
    let days =
        split(line, " PASSWORD EXPIRE INTERVAL ").and_then(|(_, rest)| rest.split(' ').next());
    let never = split(line, " PASSWORD EXPIRE NEVER").is_some();
    let days = days.map(str::to_owned).or((lifetime > 0 && !never).then(|| lifetime.to_string()));
    if let Some(days) = days {
        findings.push(Finding::new(
            "password_ends",
            format!("the password of {account} ends {days} days after it was set, and the service with it"),
            format!("ALTER USER {account} PASSWORD EXPIRE NEVER;"),
        ));
    }
    findings
}

/// A setting of the server that new sessions have, and the service would meet.
pub(super) fn harmful(name: &str, value: &str, connections: usize) -> Option<Finding> {
    let (code, what, good) = match (name, value) {
        ("tx_read_only" | "transaction_read_only", "ON" | "1") => {
            ("marks_not_written", "no mark can be written", "OFF".to_owned())
        }
        ("tx_isolation" | "transaction_isolation", "SERIALIZABLE" | "READ-UNCOMMITTED") => (
            "server_setting",
            "lookups wait for whoever writes, or read what is taken back",
            "'REPEATABLE-READ'".to_owned(),
        ),
        ("system_versioning_asof", _) if value != "DEFAULT" => {
            ("server_setting", "lookups read what was there before", "DEFAULT".to_owned())
        }
        ("max_user_connections", _) => {
            let most: usize = value.parse().ok().filter(|most| (1..connections).contains(most))?;
            let words = "the service may need more: requests beyond them get 503";
            ("connection_limit", words, most.max(40).to_string())
        }
        _ => return None,
    };
    Some(Finding::new(
        code,
        format!("{name} = {value} on this server: {what}"),
        format!("SET GLOBAL {name} = {good}; -- and the same in the configuration file"),
    ))
}

fn number(line: &str, name: &str) -> Option<usize> {
    let (_, rest) = split(line, &format!(" {name} "))?;
    rest.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_harm_are_told_from_others() {
        for (name, value, code) in [
            ("tx_read_only", "ON", Some("marks_not_written")),
            ("transaction_read_only", "OFF", None),
            ("transaction_isolation", "SERIALIZABLE", Some("server_setting")),
            ("tx_isolation", "READ-COMMITTED", None),
            ("system_versioning_asof", "DEFAULT", None),
            ("system_versioning_asof", "2020-01-01 00:00:00.000000", Some("server_setting")),
            ("max_user_connections", "0", None),
            ("max_user_connections", "4", Some("connection_limit")),
            ("max_user_connections", "11", None),
            ("server_audit_logging", "ON", None),
        ] {
            let found = harmful(name, value, 11).map(|finding| finding.code);
            assert_eq!(found.as_deref(), code, "{name} = {value}");
        }
    }
}
