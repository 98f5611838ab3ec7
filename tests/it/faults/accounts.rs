//! Accounts of the kinds that a server may give.

use std::time::Duration;

use serde_json::json;

use crate::support::program::Program;
use crate::support::sample::World;
use crate::support::{Gate, Legacy, wait_until};

/// MariaDB's `ed25519`: at the start, at a reconnect under way, for `check` and for the bulk role.
#[test]
fn a_mariadb_account_of_ed25519_logs_in() {
    let Some(legacy) = Legacy::mysql() else { return };
    legacy.execute("INSTALL PLUGIN IF NOT EXISTS ed25519 SONAME 'auth_ed25519'");
    let world = World::on(legacy);
    world.get_user("ada").expect(200, "");
    world.legacy.bulk_url();
    for role in ["narrowgate_api", "narrowgate_bulk"] {
        world.legacy.execute(&format!(
            "ALTER USER '{role}'@'%' IDENTIFIED VIA ed25519 USING PASSWORD('only-for-tests')"
        ));
    }
    world.legacy.execute("KILL USER narrowgate_api");
    wait_until("the gate logs in again", Duration::from_secs(10), || {
        world.get_user("ada").status == 200
    });
    let (_, output) = Gate::builder(&world.issuer, &world.legacy).run("check");
    assert!(output.contains("ok  database"), "{output}");
    let fresh = Gate::builder(&world.issuer, &world.legacy).start();
    fresh.ask("/get_user", &world.token, &json!({ "identifier": "ada" })).expect(200, "");
    let folder = tempfile::TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("url"), world.legacy.bulk_url()).expect("written");
    let arguments = ["preflight", "--hashes", "--database-url-file", "url"];
    let (code, output) = Program::migrate(folder.path(), &arguments, &[]).end();
    assert!(matches!(code, Some(0 | 10 | 11)), "{code:?}: {output}");
    world.legacy.execute(
        "ALTER USER 'narrowgate_api'@'%' IDENTIFIED VIA ed25519 USING PASSWORD('another')",
    );
    let (code, output) = Gate::builder(&world.issuer, &world.legacy).run("check");
    assert_eq!(code, Some(1), "{output}");
    world.gate.assert_sound();
}
