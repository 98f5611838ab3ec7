//! 103–121: extensions the gate must understand or refuse, and tokens that say they are something
//! else.

use serde_json::{Value, json};

use super::{ACCEPTED_OR_INVALID, INVALID, INVALID_OR_MALFORMED, Row, World};
use crate::support::Token;
use crate::support::keys::{b64, key};

pub fn rows() -> Vec<Row> {
    let parts = [extensions(), types()];
    parts.into_iter().flatten().collect()
}

fn extensions() -> Vec<Row> {
    let crit = |value: Value| Token::auth0().header("crit", value);
    let unencoded = crit(json!(["b64"])).header("b64", false);
    let header = b64(unencoded.header_json());
    let raw = unencoded.sign_input(&format!("{header}.{}", unencoded.claims_text()));
    let signature = raw.rsplit_once('.').expect("a signature").1;
    let detached = format!("{header}..{signature}");
    let tokens = [
        (103, "crit [exp]", crit(json!(["exp"])).header("exp", 1)),
        (104, "crit [b64]", crit(json!(["b64"])).header("b64", true)),
        (105, "crit unknown", crit(json!(["x"])).header("x", 1)),
        (106, "crit empty", crit(json!([]))),
        (107, "crit a string", crit(json!("exp"))),
        (0, "crit by a stranger", crit(json!(["exp"])).by("main", key("stranger"))),
    ];
    let mut rows = Row::tokens(INVALID, tokens);
    rows.extend([
        // A raw payload is not token68: broken syntax is a right answer as well.
        Row::token(108, "b64=false, payload as it is", raw.as_str(), INVALID_OR_MALFORMED),
        Row::token(109, "b64=false, payload left out", detached, INVALID),
        Row::token(0, "crit null", crit(json!(null)), ACCEPTED_OR_INVALID),
    ]);
    rows
}

fn types() -> Vec<Row> {
    let typ = |value: Value| Token::auth0().header("typ", value);
    let nested = Token::auth0().header("cty", "JWT").raw_payload(Token::auth0());
    let tokens = [
        (110, "an ID token", typ(json!("id_token"))),
        (111, "a DPoP proof", typ(json!("dpop+jwt"))),
        (112, "a logout token", typ(json!("logout+jwt"))),
        (113, "a security event", typ(json!("secevent+jwt"))),
        (114, "a refresh token", typ(json!("rt+jwt"))),
        (115, "an introspection answer", typ(json!("token-introspection+jwt"))),
        (116, "a client assertion", typ(json!("client-authentication+jwt"))),
        (117, "an authorization request", typ(json!("oauth-authz-req+jwt"))),
        (118, "an entity statement", typ(json!("entity-statement+jwt"))),
        (119, "any JOSE object", typ(json!("JOSE"))),
        (120, "typ a number", typ(json!(1))),
        (121, "a nested token", nested),
        (0, "typ an array", typ(json!(["JWT"]))),
        (0, "typ empty", typ(json!(""))),
        (0, "typ with a trailing space", typ(json!("JWT "))),
    ];
    Row::tokens(INVALID, tokens)
}

#[test]
fn no_extension_and_no_other_kind_of_token() {
    World::start().check(&rows());
}
