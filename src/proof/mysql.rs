//! The proof on MySQL and MariaDB.

use super::{
    Finding, Proof, Role, fold, grants, guessable, limits, remains, tell, transport, unseen,
};
use crate::config::Database as Settings;
use crate::database::Error;
use crate::database::catalog::{MysqlCatalog, Row};

pub(super) async fn prove(
    catalog: &MysqlCatalog,
    settings: &Settings,
    whose: Role,
) -> Result<Proof, Error> {
    let allowed = whose.allowed();
    let contract = settings.target.contract();
    let role = catalog.role().await?;
    let (remains, unseen) = (remains::mysql(whose), unseen::mysql(whose, role.text(2)));
    let mut proof = Proof { remains, unseen, ..Proof::default() };
    // MySQL keeps to itself how an account is identified.
    let mariadb = role.text(1).contains("MariaDB");
    for line in catalog.grants().await? {
        proof.findings.extend(grants::judge(&line, allowed, &contract));
        proof.findings.extend(grants::nameless(&line, role.text(0)).filter(|_| mariadb));
    }
    for line in catalog.account().await? {
        let limits = limits::judge(&line, catalog.lifetime().await?, settings.connections());
        proof.findings.extend(limits);
    }
    proof.findings.extend(guessable(settings));
    let server = catalog.settings().await?;
    proof.findings.extend(audited(&server, role.text(0)));
    let harmful = |row: &Row| limits::harmful(row.text(0), row.text(1), settings.connections());
    proof.findings.extend(server.iter().filter_map(harmful));
    for row in catalog.findings(allowed).await? {
        proof.findings.push(Finding::of(&row));
    }
    if matches!(whose, Role::Service(_)) {
        proof.findings.extend(fold::mysql(catalog).await?);
    }
    tell(catalog.attempts(allowed).await?, &mut proof);
    transport(settings, &catalog.tls_version().await?, &mut proof);
    Ok(proof)
}

/// Whether MariaDB's audit plug-in writes this account's questions down.
fn audited(settings: &[Row], account: &str) -> Option<Finding> {
    let setting = |name: &str| {
        let row = settings.iter().find(|row| row.text(0) == format!("server_audit_{name}"));
        row.map_or("", |row| row.text(1))
    };
    let user = account.rsplit_once('@').map_or(account, |(user, _)| user);
    let names = |name: &str| setting(name).split(',').any(|one| one.trim() == user);
    // Nothing named is everything; of the kinds of QUERY, two hold no SELECT.
    let mut events = setting("events").split(',').map(str::trim);
    let asked = events.any(|event| {
        event.is_empty()
            || event.starts_with("QUERY") && !["QUERY_DDL", "QUERY_DCL"].contains(&event)
    });
    let included = setting("incl_users").is_empty() && !names("excl_users") || names("incl_users");
    (setting("logging") == "ON" && asked && included).then(|| {
        Finding::new(
            "log_leaks_identifiers",
            "server_audit_logging = ON writes every question to the audit log, with the identifiers asked for",
            format!("SET GLOBAL server_audit_excl_users = '{user}'; -- beside whom it names already"),
        )
    })
}
