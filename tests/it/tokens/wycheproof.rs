//! Wycheproof's JWS vectors (Apache-2.0, `tests/fixtures/wycheproof`), the RS256 groups. Their
//! payloads are not our claims, so no vector can be let in; but a vector with a right signature
//! gets further than one with a wrong one, and the log says how far.

use serde_json::{Value, json};

use crate::support::keys::key;
use crate::support::{Answer, Gate, Issuer, Legacy};

fn groups() -> Vec<Value> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/wycheproof/json_web_signature_test.json"
    );
    let file: Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("the vectors")).expect("JSON");
    let rsa = |group: &&Value| {
        group["public"]["kty"] == "RSA"
            && group["public"]["alg"].as_str().is_none_or(|alg| alg == "RS256")
    };
    file["testGroups"].as_array().expect("groups").iter().filter(rsa).cloned().collect()
}

/// Keys that are not for verifying signatures: no vector gets past them.
fn unusable(key: &Value) -> bool {
    key["use"].as_str().is_some_and(|u| u != "sig")
        || key["key_ops"].as_array().is_some_and(|ops| !ops.contains(&json!("verify")))
}

/// Runs one group against a gate that knows its key and says what went wrong.
fn run(group: &Value, issuer: &Issuer, legacy: &Legacy, faults: &mut Vec<String>) -> usize {
    issuer.publish(vec![group["public"].clone(), key("main").public("main")]);
    let gate = Gate::start(issuer, legacy);
    let ask =
        |token: &str| gate.ask("/get_user", token, &json!({ "identifier": "a@example.test" }));
    let reason = |answer: &Answer| gate.decision(answer)["reason"].clone();
    let tests: Vec<_> = group["tests"]
        .as_array()
        .expect("tests")
        .iter()
        .filter(|test| test["jws"].is_string())
        .collect();
    let token = |test: &Value| test["jws"].as_str().expect("a string").to_owned();
    // An empty payload is a right signature over what cannot be claims; it may be refused at first
    // sight.
    let right = |test: &Value| {
        test["result"] == "valid" && !unusable(&group["public"]) && !token(test).contains("..")
    };
    let valid = tests.iter().find(|test| right(test));
    // How far a right signature gets: to the missing `typ` or to the payload. Nothing invalid may
    // get there.
    let beyond = valid.map(|test| reason(&ask(&token(test))));
    for test in &tests {
        let answer = ask(&token(test));
        let refused = matches!(
            (answer.status, answer.code().as_str()),
            (401, "invalid_token") | (400, "invalid_request")
        );
        let got_beyond = beyond.as_ref().is_some_and(|beyond| reason(&answer) == *beyond);
        if !refused || got_beyond && !right(test) {
            faults.push(format!(
                "tcId {} {}: {} {}",
                test["tcId"],
                test["comment"],
                answer.status,
                reason(&answer)
            ));
        }
    }
    if let Some(test) = valid {
        assert_ne!(
            beyond,
            Some(reason(&ask(&break_signature(&token(test))))),
            "the log does not tell signatures apart"
        );
    }
    gate.assert_calm();
    tests.len()
}

#[test]
fn signatures_as_wycheproof_has_them() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let mut faults = Vec::new();
    let count: usize = groups().iter().map(|group| run(group, &issuer, &legacy, &mut faults)).sum();
    assert!(faults.is_empty(), "{} of {count}:\n{}", faults.len(), faults.join("\n"));
    assert!(count > 200, "only {count} vectors were read");
}

fn break_signature(token: &str) -> String {
    let (input, signature) = token.rsplit_once('.').expect("three segments");
    let other = if signature.starts_with('A') { "B" } else { "A" };
    format!("{input}.{other}{}", &signature[1..])
}
