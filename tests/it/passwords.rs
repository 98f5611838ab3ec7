//! What `/login` makes of a password and a stored hash: published vectors, hostile rows, and the bounds of the request.

mod bodies;
mod bounds;
mod hostile;
mod malformed;
pub mod vectors;

use crate::support::sample::{CHEAP, PASSWORD, World};
use crate::support::{GateBuilder, Legacy};

/// A gate before these stored hashes: the i-th belongs to the user `h<i>`. Unknown users cost next to nothing here.
fn world_of<'a>(
    hashes: impl IntoIterator<Item = &'a str>,
    settings: impl FnOnce(GateBuilder) -> GateBuilder,
) -> World {
    let legacy = Legacy::sqlite();
    let row = |(i, hash): (usize, &str)| {
        let hex: String = hash.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("({}, 'h{i}', CAST(x'{hex}' AS TEXT))", i + 1000)
    };
    let rows: Vec<_> = hashes.into_iter().enumerate().map(row).collect();
    for rows in rows.chunks(100) {
        legacy.execute(&format!(
            "INSERT INTO customer (id, login, password_hash) VALUES {}",
            rows.join(", ")
        ));
    }
    legacy.add_user(999, Some("cheap"), None, Some(CHEAP));
    let world = World::with(legacy, settings);
    world.login("cheap", PASSWORD).expect(200, "");
    world
}
