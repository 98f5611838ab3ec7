//! The one shape of an answer that all tests compare, and what holds for every answer.

use serde_json::Value;

/// An answer, whichever client fetched it. Header names are in lower case.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("body is not JSON ({e}): {}", self.text()))
    }

    /// The problem's `code`; empty for a success.
    pub fn code(&self) -> String {
        let body = serde_json::from_slice::<Value>(&self.body).unwrap_or(Value::Null);
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Everything a test can say about an answer in one line: status, code, and what every answer
    /// must carry.
    #[track_caller]
    pub fn expect(&self, status: u16, code: &str) -> &Self {
        assert_eq!((self.status, self.code().as_str()), (status, code), "answered {}", self.text());
        if let Err(fault) = self.well_formed() {
            panic!("{fault}");
        }
        self
    }

    /// What holds for every answer, good or bad (design section 2).
    pub fn well_formed(&self) -> Result<(), String> {
        let said = |name: &str| self.header(name).unwrap_or_default().to_owned();
        let mut faults = Vec::new();
        for (name, value) in [("cache-control", "no-store"), ("x-content-type-options", "nosniff")]
        {
            if said(name) != value {
                faults.push(format!("{name} is {:?}", said(name)));
            }
        }
        if said("x-request-id").is_empty() {
            faults.push("no x-request-id".into());
        }
        for name in ["server", "access-control-allow-origin", "set-cookie"] {
            if self.header(name).is_some() {
                faults.push(format!("{name} is sent"));
            }
        }
        if self.status >= 400 {
            faults.extend(self.problem_faults());
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(format!("{}: {}", self.status, faults.join("; ")))
        }
    }

    fn problem_faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let kind = self.header("content-type").unwrap_or_default();
        if kind != "application/problem+json" {
            faults.push(format!("content-type is {kind:?}"));
        }
        let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(&self.body) else {
            return vec![format!("no problem object: {}", self.text())];
        };
        let mut names: Vec<_> = body.keys().map(String::as_str).collect();
        names.sort_unstable();
        if names != ["code", "request_id", "status", "title", "type"] {
            faults.push(format!("members are {names:?}"));
        }
        if body.get("type") != Some(&Value::from(format!("urn:narrowgate:problem:{}", self.code())))
        {
            faults.push(format!("type is {:?}", body.get("type")));
        }
        if body.get("status") != Some(&Value::from(self.status)) {
            faults.push(format!("status member is {:?}", body.get("status")));
        }
        if body.get("request_id").and_then(Value::as_str) != self.header("x-request-id") {
            faults.push("request_id differs from X-Request-Id".into());
        }
        faults
    }
}
