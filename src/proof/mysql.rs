//! The proof on MySQL and MariaDB.

use super::{Finding, Proof, grants, remains, routines, tell, transport};
use crate::config::Database as Settings;
use crate::database::Error;
use crate::database::catalog::MysqlCatalog;

pub(super) async fn prove(catalog: &MysqlCatalog, settings: &Settings) -> Result<Proof, Error> {
    let routines = routines(settings.password_check);
    let mut proof = Proof { remains: remains::mysql(settings.password_check), ..Proof::default() };
    for line in catalog.grants().await? {
        proof.findings.extend(grants::judge(&line, routines));
    }
    for row in catalog.findings(routines).await? {
        proof.findings.push(Finding::new(row.text(0), row.text(1), row.text(2)));
    }
    tell(catalog.attempts().await?, &mut proof);
    transport(settings, &catalog.tls_version().await?, &mut proof);
    Ok(proof)
}
