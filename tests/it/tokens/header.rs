//! 103–121: extensions the gate must understand or refuse, and tokens that say they are something
//! else.

use serde_json::json;

use super::{ACCEPTED_OR_INVALID, INVALID, INVALID_OR_MALFORMED, Row, World};
use crate::support::Token;
use crate::support::keys::{b64, key};

pub fn rows() -> Vec<Row> {
    let crit = |value: serde_json::Value| Token::auth0().header("crit", value);
    let unencoded = crit(json!(["b64"])).header("b64", false);
    let header = b64(unencoded.header_json());
    let payload = unencoded.claims_text();
    let raw = unencoded.sign_input(&format!("{header}.{payload}"));
    let signature = raw.rsplit_once('.').expect("a signature").1.to_owned();
    let mut rows = vec![
        Row::token(103, "crit [exp]", crit(json!(["exp"])).header("exp", 1), INVALID),
        Row::token(104, "crit [b64]", crit(json!(["b64"])).header("b64", true), INVALID),
        Row::token(105, "crit unknown", crit(json!(["x"])).header("x", 1), INVALID),
        Row::token(106, "crit empty", crit(json!([])), INVALID),
        Row::token(107, "crit a string", crit(json!("exp")), INVALID),
        // A raw payload is not token68: broken syntax is a right answer as well.
        Row::token(108, "b64=false, payload as it is", raw, INVALID_OR_MALFORMED),
        Row::token(109, "b64=false, payload left out", format!("{header}..{signature}"), INVALID),
    ];
    let types = [
        "id_token",
        "dpop+jwt",
        "logout+jwt",
        "secevent+jwt",
        "rt+jwt",
        "token-introspection+jwt",
        "client-authentication+jwt",
        "oauth-authz-req+jwt",
        "entity-statement+jwt",
        "JOSE",
    ];
    for (number, typ) in (110..).zip(types) {
        rows.push(Row::token(
            number,
            &format!("typ {typ}"),
            Token::auth0().header("typ", typ),
            INVALID,
        ));
    }
    let inner = Token::auth0().sign();
    let nested = Token::auth0().header("cty", "JWT").raw_payload(inner);
    rows.extend([
        Row::token(120, "typ a number", Token::auth0().header("typ", 1), INVALID),
        Row::token(121, "a nested token", nested, INVALID),
        // Ours. The dialect goes with the typ: claims of one under the typ of the other are
        // nobody's token.
        Row::token(0, "typ an array", Token::auth0().header("typ", json!(["JWT"])), INVALID),
        Row::token(0, "typ empty", Token::auth0().header("typ", ""), INVALID),
        Row::token(
            0,
            "typ with a trailing space",
            Token::auth0().header("typ", "JWT "),
            INVALID,
        ),
        Row::token(0, "crit null", crit(json!(null)), ACCEPTED_OR_INVALID),
        Row::token(
            0,
            "crit in a token by a stranger",
            crit(json!(["exp"])).by("main", key("stranger")),
            INVALID,
        ),
    ]);
    rows
}

#[test]
fn no_extension_and_no_other_kind_of_token() {
    World::start().check(&rows());
}
