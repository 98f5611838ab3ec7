//! A routine that gives no answer is not taken for one that finds nobody.

use super::{findings, text};
use crate::support::{Engine, Gate, Issuer, Legacy};

/// A routine that finds nobody, and at one wildcard takes longer than a statement may.
fn slow_at_a_wildcard(engine: Engine) -> &'static str {
    if engine == Engine::Postgresql {
        return "CREATE OR REPLACE FUNCTION narrowgate.login_candidate(identifier text) RETURNS text LANGUAGE plpgsql \
            STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS \
            $a$ BEGIN IF identifier = '%' THEN PERFORM pg_sleep(60); END IF; RETURN NULL; END $a$";
    }
    "DROP FUNCTION narrowgate.login_candidate; \
     CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.login_candidate\
     (identifier VARCHAR(320) CHARACTER SET utf8mb4) RETURNS LONGTEXT CHARACTER SET utf8mb4 \
     READS SQL DATA SQL SECURITY DEFINER BEGIN IF identifier = '%' THEN DO SLEEP(60); END IF; RETURN NULL; END; \
     GRANT EXECUTE ON FUNCTION narrowgate.login_candidate TO 'narrowgate_api'@'%', 'narrowgate_owner'@'localhost'"
}

#[test]
fn a_wildcard_that_is_not_answered_is_told() {
    for legacy in [Legacy::postgresql(), Legacy::mysql()] {
        let Some(legacy) = legacy else { return };
        legacy.execute(slow_at_a_wildcard(legacy.engine));
        let issuer = Issuer::start();
        let gate = Gate::builder(&issuer, &legacy).config("database.statement_timeout", "3s");
        let (_, told) = gate.run("check --format json");
        let report = serde_json::from_str(&told).unwrap_or_else(|e| panic!("{e}: {told}"));
        let is_it = |finding: &serde_json::Value| {
            let found = text(finding, "found");
            text(finding, "code") == "lookup_failed"
                && found.starts_with("narrowgate.login_candidate('%') gave no answer")
                && found.ends_with("cancelled a routine")
        };
        assert!(findings(&report).iter().any(is_it), "{:?}: {report:#}", legacy.engine);
    }
}
