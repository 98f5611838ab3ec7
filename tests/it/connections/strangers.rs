//! Callers without a token, who come in any number.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use crate::support::sample::World;
use crate::support::wire::{connect, read_answer};
use crate::support::{Legacy, Request};

const BODY: &str = "{\"identifier\":\"ada\"}";

/// Every connection is a file, and so is the way to the database: strangers do not get the last ones.
#[test]
fn strangers_leave_files_for_the_way_to_the_database() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let world = World::with(legacy, |gate| gate.files(160).config("server.header_timeout", "60s"));
    let mut ours = connect(world.gate.address).expect("a connection");
    let request = Request::post("/get_user", BODY).bearer(&world.token).bytes();
    let mut ask = || {
        ours.write_all(&request).expect("taken");
        read_answer(&mut ours).expect("an answer").status
    };
    assert_eq!(ask(), 200);
    let strangers: Vec<_> = (0..150).map(|_| connect(world.gate.address)).collect();
    thread::sleep(Duration::from_millis(500));
    for _ in 0..3 {
        world.legacy.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'narrowgate_api' AND datname = current_database()");
        // What became free meanwhile is taken by whoever waits to be accepted.
        thread::sleep(Duration::from_millis(500));
        for _ in 0..20 {
            assert_eq!(ask(), 200);
        }
    }
    assert_eq!(world.gate.manage("/ready").status, 200);
    assert!(strangers.iter().any(Result::is_ok));
    let told = world.gate.log().iter().any(|line| line.contains("few connections at once"));
    assert!(told);
}

/// Who has closed its side is taken for gone: 499 is for the log alone.
#[test]
fn who_is_gone_is_told_nothing() {
    let world = World::on(Legacy::sqlite());
    for _ in 0..20 {
        let mut stream = connect(world.gate.address).expect("a connection");
        let request = Request::post("/get_user", BODY).bearer(&world.token).bytes();
        stream.write_all(&request).expect("taken");
        stream.shutdown(Shutdown::Write).expect("half closed");
        let mut heard = String::new();
        stream.read_to_string(&mut heard).expect("closed");
        assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 200 "), "{heard}");
    }
}
