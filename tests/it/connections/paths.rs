//! A path is literally one of three.

use super::{BODY, expect_told, hear, statuses, world};
use crate::support::{Legacy, Request};

#[test]
fn a_path_is_not_decoded_cleaned_or_cut() {
    let world = world();
    let targets = [
        "/%6cogin",
        "/%6Cogin",
        "/login%20",
        "/lo%67in",
        "/%2flogin",
        "/get%5fuser",
        "//login",
        "/login/",
        "/login;x",
        "/./login",
        "/x/../login",
        "/login/.",
        "/LOGIN",
        "/",
        "*",
        "login",
        "http://gate.test",
        "http://gate.test//login",
        "ftp://gate.test/login",
        "/login%3f",
        "http:/login",
        "http://gate.test/%6cogin",
    ];
    for target in targets {
        for request in
            [Request::post(target, BODY).bearer(&world.token), Request::new("GET", target)]
        {
            let answer = world.gate.send(&request);
            answer.expect(404, "no_such_endpoint");
            assert_eq!(world.gate.decision(&answer)["endpoint"], "other", "{target}");
        }
    }
    assert_eq!(
        world.counter("narrowgate_requests_total{endpoint=\"other\",code=\"no_such_endpoint\"}"),
        2 * targets.len() as u64
    );
}

/// RFC 9112 section 3.2: a server takes the absolute form; the query is no part of the path, and nothing looks at it.
#[test]
fn a_query_or_a_host_in_the_target_leads_nowhere_else() {
    let world = world();
    for target in [
        "/get_user",
        "/get_user?",
        "/get_user?x=/login",
        "http://gate.test/get_user",
        "HTTPS://other.test:8443/get_user?x",
    ] {
        let answer = world.gate.send(&Request::post(target, BODY).bearer(&world.token));
        answer.expect(200, "");
        assert_eq!(world.gate.decision(&answer)["endpoint"], "/get_user", "{target}");
    }
    // A fragment is none of a request's business (RFC 9112 section 3.2), so there is nothing to guess.
    for target in ["/login#", "/login#x", "/#/login", "http://gate.test/login#x"] {
        let request = Request::post(target, BODY).bearer(&world.token);
        world.gate.send(&request).expect(400, "invalid_request");
    }
    expect_told(&world, 9);
}

#[test]
fn the_management_pages_are_literal_too() {
    let world = crate::support::sample::World::on(Legacy::sqlite());
    for (path, status) in [("/live", 200), ("/ready", 200), ("/%6cive", 404), ("/login", 404)] {
        assert_eq!(world.gate.manage(path).status, status, "{path}");
    }
    let management = world.gate.management.expect("configured");
    let answer = Request::new("POST", "/metrics").send(management).expect("an answer");
    assert_eq!(answer.status, 405);
    assert!(statuses(&hear(&world, &Request::new("GET", "/live").bytes())) == [404]);
}
