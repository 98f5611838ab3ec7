//! `openapi.yaml` and the running service, held to each other both ways: nothing is answered that is not documented, and
//! nothing is documented that cannot be answered.

mod contract;
mod routes;
mod scenario;

use std::collections::BTreeSet;

use serde_json::Value;

use contract::Contract;
use scenario::Seen;

/// Answers that no request and no database can provoke: a panic, or a part of the service that was not set up.
const NOT_PROVOKED: [&str; 1] = ["internal_error"];

#[test]
fn every_answer_is_documented_and_every_documented_answer_is_given() {
    let contract = Contract::read();
    let seen = scenario::play();
    let faults: Vec<_> = seen.iter().filter_map(|seen| contract.check(seen).err()).collect();
    assert!(faults.is_empty(), "answered and not documented so:\n{}", faults.join("\n"));
    let given: BTreeSet<_> = seen.iter().map(Seen::kind).collect();
    let documented = contract.kinds();
    let missing: Vec<_> = documented
        .iter()
        .filter(|kind| !given.contains(*kind) && !NOT_PROVOKED.contains(&kind.2.as_str()))
        .collect();
    assert!(missing.is_empty(), "documented and never given: {missing:?}");
    let provoked = documented.iter().filter(|kind| NOT_PROVOKED.contains(&kind.2.as_str()));
    assert_eq!(provoked.count(), 3, "what cannot be provoked, once a path");
    let profiles: Vec<_> =
        seen.iter().filter(|s| s.answer.status == 200).map(|s| s.answer.json()).collect();
    let members = contract.document.pointer("/components/schemas/Profile/properties");
    for member in members.and_then(Value::as_object).expect("members").keys() {
        assert!(
            profiles.iter().any(|profile| profile.get(member).is_some()),
            "{member} is never sent"
        );
    }
    for (path, status, header) in contract.headers() {
        let sent = seen.iter().any(|seen| {
            seen.path == path
                && seen.answer.status == status
                && seen.answer.header(&header).is_some()
        });
        assert!(sent, "{header} is documented for {path} {status} and never sent");
    }
}

/// The contract names the three paths and the one of shadow mode, POST, and for each the one scope that opens it.
#[test]
fn paths_methods_and_scopes_are_those_of_the_service() {
    let contract = Contract::read();
    let scopes = [
        ("/get_user", "read:users"),
        ("/login", "login:users"),
        ("/mark_migrated", "mark:users"),
        ("/shadow", "shadow:users"),
    ];
    assert_eq!(contract.paths(), scopes.map(|(path, _)| path));
    for (path, scope) in scopes {
        let item = &contract.document["paths"][path];
        let methods: Vec<_> = item.as_object().expect("an object").keys().collect();
        assert_eq!(methods, ["post"], "{path}");
        let security = serde_json::json!([{ "machineToken": [scope] }]);
        assert_eq!(item["post"]["security"], security, "{path}");
    }
    scenario::each_scope_opens_its_path_alone(&scopes);
}

/// What the schemas of the requests let through is let through, and what they refuse is refused.
#[test]
fn requests_are_what_their_schemas_say() {
    let contract = Contract::read();
    let mut faults = vec![];
    for (path, body, taken) in scenario::requests() {
        let valid = contract.request_schema(path).is_valid(&body);
        if valid != taken {
            let shown: String = body.to_string().chars().take(100).collect();
            faults.push(format!("{path} {shown}: the schema says {valid}, the service {taken}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Examples are what people copy.
#[test]
fn every_example_is_what_the_service_says() {
    let contract = Contract::read();
    let seen = scenario::play_briefly();
    let mut titles = 0;
    for (path, status, example) in contract.examples() {
        let code = example["code"].as_str().unwrap_or_default();
        if let Err(fault) = contract.check_body(&path, status, &example) {
            panic!("example of {path} {status} {code}: {fault}");
        }
        let real = seen.iter().find(|seen| !code.is_empty() && seen.answer.code() == code);
        if let Some(real) = real {
            let without_id = |value: &Value| {
                let mut value = value.clone();
                value["request_id"].take();
                value
            };
            assert_eq!(without_id(&real.answer.json()), without_id(&example), "{path} {code}");
            titles += 1;
        }
    }
    assert!(titles > 20, "only {titles} examples could be compared");
    for path in contract.paths() {
        let example = &contract.document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
            ["example"];
        assert!(contract.request_schema(path).is_valid(example), "{path}: {example}");
    }
}
