//! What MySQL and MariaDB bound for an account: both print it in SHOW CREATE USER.

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

fn number(line: &str, name: &str) -> Option<usize> {
    let (_, rest) = split(line, &format!(" {name} "))?;
    rest.split(' ').next()?.parse().ok()
}
