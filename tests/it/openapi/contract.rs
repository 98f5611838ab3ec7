//! `openapi.yaml`, read as data.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::scenario::Seen;

/// On every answer, so described once and in words.
const COMMON: [&str; 6] = [
    "cache-control",
    "x-content-type-options",
    "x-request-id",
    "content-type",
    "content-length",
    "date",
];

pub(super) struct Contract {
    pub(super) document: Value,
}

/// Path, status and code; a success has no code.
pub(super) type Kind = (String, u16, String);

impl Contract {
    pub(super) fn read() -> Self {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.yaml");
        let text = std::fs::read_to_string(file).expect("the contract");
        let contract = Self { document: serde_norway::from_str(&text).expect("YAML") };
        assert_eq!(contract.document["openapi"], "3.1.0");
        contract
    }

    pub(super) fn paths(&self) -> Vec<&str> {
        let paths = self.document["paths"].as_object().expect("paths");
        paths.keys().map(String::as_str).collect()
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            None => value,
            Some(target) => {
                let pointer = target.strip_prefix('#').expect("within the document");
                self.document.pointer(pointer).unwrap_or_else(|| panic!("{target} leads nowhere"))
            }
        }
    }

    /// Path, status and description of every documented response.
    fn responses(&self) -> Vec<(String, u16, &Value)> {
        let mut found = vec![];
        for path in self.paths() {
            let responses = self.document["paths"][path]["post"]["responses"].as_object();
            for (status, response) in responses.expect("responses") {
                found.push((
                    path.to_owned(),
                    status.parse().expect("a status"),
                    self.resolved(response),
                ));
            }
        }
        found
    }

    fn response(&self, path: &str, status: u16) -> Option<&Value> {
        let is_it = |entry: &&(String, u16, &Value)| entry.0 == path && entry.1 == status;
        self.responses().iter().find(is_it).map(|entry| entry.2)
    }

    pub(super) fn kinds(&self) -> BTreeSet<Kind> {
        let mut kinds = BTreeSet::new();
        for (path, status, response) in self.responses() {
            if status < 300 {
                kinds.insert((path, status, String::new()));
                continue;
            }
            let schema = &response["content"]["application/problem+json"]["schema"];
            let codes = schema.pointer("/allOf/1/properties/code/enum").and_then(Value::as_array);
            for code in codes.unwrap_or_else(|| panic!("{path} {status} lists no codes")) {
                kinds.insert((path.clone(), status, code.as_str().expect("a code").to_owned()));
            }
        }
        kinds
    }

    /// Every documented header, by path and status.
    pub(super) fn headers(&self) -> Vec<(String, u16, String)> {
        let mut found = vec![];
        for (path, status, response) in self.responses() {
            for name in
                response["headers"].as_object().into_iter().flat_map(|headers| headers.keys())
            {
                found.push((path.clone(), status, name.to_ascii_lowercase()));
            }
        }
        found
    }

    /// Every example of a response.
    pub(super) fn examples(&self) -> Vec<(String, u16, Value)> {
        let mut found = vec![];
        for (path, status, response) in self.responses() {
            if response.get("content").is_none() {
                continue;
            }
            let (_, media) = only(&response["content"]);
            let named =
                media["examples"].as_object().into_iter().flat_map(|examples| examples.values());
            let examples: Vec<_> =
                named.map(|example| &example["value"]).chain(media.get("example")).collect();
            assert!(!examples.is_empty(), "{path} {status} has no example");
            found.extend(
                examples.into_iter().map(|example| (path.clone(), status, example.clone())),
            );
        }
        found
    }

    /// The schema, with all that it refers to beside it.
    fn validator(&self, schema: &Value) -> Validator {
        let mut root = json!({ "components": self.document["components"] });
        root["allOf"] = json!([schema]);
        jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&root)
            .expect("a schema")
    }

    pub(super) fn request_schema(&self, path: &str) -> Validator {
        let content = &self.document["paths"][path]["post"]["requestBody"]["content"];
        let (kind, media) = only(content);
        assert_eq!(kind, "application/json");
        self.validator(&media["schema"])
    }

    pub(super) fn check_body(&self, path: &str, status: u16, body: &Value) -> Result<(), String> {
        let response = self.response(path, status).ok_or("the status is not documented")?;
        let (_, media) = only(&response["content"]);
        let faults: Vec<_> = self
            .validator(&media["schema"])
            .iter_errors(body)
            .map(|fault| fault.to_string())
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
    }

    /// Holds an answer to what is documented: status, media type, body, headers.
    pub(super) fn check(&self, seen: &Seen) -> Result<(), String> {
        let (path, answer) = (seen.path, &seen.answer);
        let fault = |text: String| format!("{path} {} {}: {text}", answer.status, answer.code());
        let response = self
            .response(path, answer.status)
            .ok_or_else(|| fault("the status is not documented".into()))?;
        if response.get("content").is_none() {
            answer.well_formed().map_err(&fault)?;
            let silent = answer.body.is_empty() && answer.header("content-type").is_none();
            return if silent {
                self.check_headers(response, seen)
            } else {
                Err(fault("it has a body".into()))
            };
        }
        let (kind, _) = only(&response["content"]);
        if answer.header("content-type") != Some(kind) {
            return Err(fault(format!("{:?} is not {kind}", answer.header("content-type"))));
        }
        self.check_body(path, answer.status, &answer.json()).map_err(&fault)?;
        answer.well_formed().map_err(&fault)?;
        self.check_headers(response, seen).map_err(&fault)
    }

    fn check_headers(&self, response: &Value, seen: &Seen) -> Result<(), String> {
        let documented = response["headers"].as_object();
        let find = |name: &str| {
            documented?
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, header)| self.resolved(header))
        };
        for (name, value) in &seen.answer.headers {
            if COMMON.contains(&name.as_str()) || name == "connection" {
                continue;
            }
            let header = find(name).ok_or_else(|| format!("header {name} is not documented"))?;
            let value = match value.parse::<u64>() {
                Ok(number) => json!(number),
                Err(_) => json!(value),
            };
            if !self.validator(&header["schema"]).is_valid(&value) {
                return Err(format!("header {name} is {value}"));
            }
        }
        for (name, header) in documented.into_iter().flatten() {
            if self.resolved(header)["required"] == true && seen.answer.header(name).is_none() {
                return Err(format!("header {name} is missing"));
            }
        }
        Ok(())
    }
}

fn only(object: &Value) -> (&str, &Value) {
    let object = object.as_object().expect("an object");
    assert_eq!(object.len(), 1, "one media type: {object:?}");
    let (name, value) = object.iter().next().expect("one");
    (name, value)
}
