//! Key sets that publish what they should not, in forms that make a parser quote it.

use super::{canaries, search};
use crate::support::sample::World;
use crate::support::{Behaviour, Legacy};

#[test]
fn a_key_set_is_never_quoted() {
    let world = World::with(Legacy::sqlite(), |builder| {
        builder
            .config("log.level", "trace")
            .config("auth.jwks_refresh", "100ms")
            .config("auth.jwks_cooldown", "50ms")
            .env("RUST_LOG", "trace")
    });
    // The good keys are at hand before the trouble begins.
    world.get_user("ada@example.com").expect(200, "");
    for set in [
        "canary",
        "\"canary\"",
        "{\"canary\":\"canary\"}",
        "{\"keys\":\"canary\"}",
        "{\"keys\":{\"canary\":1}}",
        "{\"keys\":[\"canary\"]}",
        "{\"keys\":[{\"kty\":\"canary\",\"kid\":\"canary\"}]}",
        "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"canary\",\"k\":\"canary\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"canary\",\"n\":5,\"e\":\"canary\",\"d\":\"canary\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":[\"canary\"],\"n\":\"canary\",\"e\":\"AQAB\",\"p\":\"canary\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"canary\",\"n\":\"canary\",\"e\":\"AQAB\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"canary\"",
        "<html>canary</html>",
    ] {
        world.issuer.behave(Behaviour::Bytes(
            set.into(),
            "Set-Cookie: canary=canary\r\nX-Canary: canary\r\n",
        ));
        world.issuer.wait_for_fetches(2);
        // The good keys stay, and nothing of this is answered.
        let answer = world.get_user("ada@example.com");
        answer.expect(200, "");
        search("an answer", &answer.text(), &canaries());
    }
    for behaviour in [
        Behaviour::Status(500),
        Behaviour::Truncated,
        Behaviour::Redirect("http://127.0.0.1:9/canary".into()),
    ] {
        world.issuer.behave(behaviour);
        world.issuer.wait_for_fetches(2);
    }
    world.gate.assert_sound();
    let log = world.gate.log().join("\n");
    assert!(log.contains("key set not refreshed"), "it is told that the fetch failed");
    search("the log", &log, &canaries());
    search("the metrics page", &world.gate.manage("/metrics").text(), &canaries());
}
