//! The proof on PostgreSQL.

use super::{Finding, Proof, Role, fold, guessable, remains, tell, transport, unseen};
use crate::config::{Database as Settings, DatabaseTarget, Places, Transport};
use crate::database::Error;
use crate::database::catalog::PostgresqlCatalog;

pub(super) async fn prove(
    catalog: &PostgresqlCatalog,
    settings: &Settings,
    whose: Role,
) -> Result<Proof, Error> {
    let allowed = whose.allowed();
    let role = catalog.role().await?;
    let (remains, unseen) = (remains::postgresql(whose, &role), unseen::postgresql(whose));
    let mut proof = Proof { remains, unseen, ..Proof::default() };
    for row in catalog.findings(allowed).await? {
        proof.findings.push(Finding::of(&row));
    }
    if matches!(whose, Role::Service(_)) {
        proof.findings.extend(fold::postgresql(catalog).await?);
    }
    tell(catalog.attempts(allowed).await?, &mut proof);
    let (open, untried) = catalog.open_databases().await?;
    proof.findings.extend(open.iter().map(|database| other_database(database, role.text(0))));
    if untried > 0 {
        proof.findings.push(Finding::new(
            "other_database_open",
            format!("{untried} more databases of the same server, which were not tried"),
            "REVOKE CONNECT ON each of them FROM PUBLIC; -- or a reject line in pg_hba.conf",
        ));
    }
    let pooler_limit = catalog.behind_pooler().await?;
    if let Some(limit) = pooler_limit.filter(|_| matches!(whose, Role::Service(_))) {
        pooler(limit, settings.statement_timeout.as_millis(), &mut proof);
    }
    transport(settings, &catalog.tls_version().await?, &mut proof);
    proof.findings.extend(guessable(settings));
    if catalog.lets_anybody_in().await {
        proof.findings.push(anybody(settings));
    }
    Ok(proof)
}

/// The server did not mind a wrong password. By a socket, or where we have a certificate to show, it may
/// know the caller by these.
fn anybody(settings: &Settings) -> Finding {
    let known_otherwise = match &settings.target {
        DatabaseTarget::Postgresql(server, transport) => {
            let certificate = matches!(transport, Transport::Tls(files) if files.client.is_some());
            certificate || matches!(server.places, Places::Sockets(_))
        }
        _ => false,
    };
    let code = if known_otherwise { "trust_authentication" } else { "password_not_asked" };
    Finding::new(
        code,
        "the server lets the role in whatever password it says: trust in pg_hba.conf, unless it knows the caller by peer or cert",
        "pg_hba.conf: hostssl with scram-sha-256 or cert for this role; SELECT * FROM pg_hba_file_rules; shows the line, to a superuser",
    )
}

/// What is in between, and what is then the role's own to limit.
fn pooler(limit: u128, configured: u128, proof: &mut Proof) {
    proof.findings.push(Finding::new(
        "pooler_in_between",
        "a pooler is in between, which may give each question to another of the server's processes; the answers are right all the same",
        "see docs/database.md, \"Poolers\"; connect to the server itself where a lookup should cost less",
    ));
    if limit == 0 || limit > configured {
        proof.findings.push(Finding::new(
            "statement_timeout_of_role",
            format!("statements of the role are given up after {limit} ms (0: never), and the service waits {configured} ms"),
            format!("ALTER ROLE narrowgate_api IN DATABASE ... SET statement_timeout = '{configured}ms'; -- and RECONNECT the pooler"),
        ));
    }
}

fn other_database(database: &str, role: &str) -> Finding {
    let quoted = database.replace('"', "\"\"");
    Finding::new(
        "other_database_open",
        format!(
            "the role was let into database {database} of the same server, which this proof does not cover"
        ),
        format!(
            "REVOKE CONNECT, TEMPORARY ON DATABASE \"{quoted}\" FROM PUBLIC, {role}; -- or a reject line in pg_hba.conf"
        ),
    )
}
