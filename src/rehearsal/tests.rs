//! The stand-in, over HTTP, against what the documentation says of the real one.

use jsonschema::Validator;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use super::StandIn;
use super::connection::CONNECTION_ID;

pub(crate) mod hashes;
mod users;

/// The stand-in, and a client that has its token.
struct Desk {
    stand_in: StandIn,
    http: Client,
    origin: String,
    token: String,
}

impl Desk {
    async fn new() -> Self {
        let _ = crate::database::crypto_provider().install_default();
        let stand_in = StandIn::start().expect("a stand-in");
        let http = Client::builder().no_proxy().build().expect("a client");
        let origin = format!("http://{}", stand_in.address());
        let mut desk = Self { stand_in, http, origin, token: String::new() };
        let (status, told) = desk.ask_for_token(|_| {}).await;
        assert_eq!(status, 200, "{told}");
        desk.token = told["access_token"].as_str().expect("a token").to_owned();
        desk
    }

    async fn ask_for_token(&self, change: impl Fn(&mut Value)) -> (u16, Value) {
        let client = self.stand_in.client();
        let mut body = json!({
            "grant_type": "client_credentials", "client_id": client.client_id,
            "client_secret": client.client_secret.reveal(),
            "audience": format!("https://{}/api/v2/", client.domain),
        });
        change(&mut body);
        let url = format!("{}/oauth/token", self.origin);
        told(self.http.post(url).body(body.to_string())).await
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.origin)).bearer_auth(&self.token)
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.origin)).bearer_auth(&self.token)
    }

    async fn import(&self, form: Form) -> (u16, Value) {
        told(self.post("/api/v2/jobs/users-imports").multipart(form)).await
    }

    /// Imports users and gives the job at its end, with its errors.
    async fn work(&self, users: &Value) -> (Value, Value) {
        let (status, job) = self.import(whole(users)).await;
        assert_eq!(status, 202, "{job}");
        holds(&job, "CreateImportUsersResponseContent");
        let path = format!("/api/v2/jobs/{}", job["id"].as_str().expect("an id"));
        loop {
            let (status, job) = told(self.get(&path)).await;
            assert_eq!(status, 200);
            holds(&job, "GetJobResponseContent");
            if job["status"] == "completed" {
                let (status, errors) = told(self.get(&format!("{path}/errors"))).await;
                assert_eq!(status, if errors.is_null() { 204 } else { 200 });
                for error in errors.as_array().into_iter().flatten() {
                    holds(error, "GetJobErrorResponseContent");
                }
                return (job, errors);
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

async fn told(request: RequestBuilder) -> (u16, Value) {
    let response: Response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let body = response.bytes().await.expect("a body");
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// A value is what Auth0's own description says of it.
#[track_caller]
fn holds(value: &Value, schema: &str) {
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/auth0/management-import.openapi.json");
    let description: Value =
        serde_json::from_str(&std::fs::read_to_string(file).expect("the description"))
            .expect("JSON");
    let mut wanted = description["components"]["schemas"][schema].clone();
    assert!(wanted.is_object(), "{schema}");
    wanted["components"] = description["components"].clone();
    let validator: Validator = jsonschema::validator_for(&wanted).expect("a schema");
    let wrong: Vec<String> = validator.iter_errors(value).map(|it| it.to_string()).collect();
    assert!(wrong.is_empty(), "{schema}: {wrong:?} in {value:#}");
}

fn file(users: &Value) -> Part {
    Part::text(users.to_string()).file_name("users.json")
}

fn whole(users: &Value) -> Form {
    Form::new()
        .text("connection_id", CONNECTION_ID)
        .text("upsert", "false")
        .text("external_id", "ours")
        .text("send_completion_email", "false")
        .part("users", file(users))
}

fn ada() -> Value {
    json!({ "user_id": "1", "email": "Ada@Example.com", "username": "Ada", "email_verified": true })
}

#[tokio::test]
async fn only_its_own_client_is_answered() {
    let desk = Desk::new().await;
    for member in ["grant_type", "client_id", "client_secret", "audience"] {
        let (status, told) = desk.ask_for_token(|body| body[member] = json!("other")).await;
        assert!(matches!(status, 401 | 403), "{member}: {status}");
        assert!(told.get("access_token").is_none(), "{member}");
    }
    let url = format!("{}/api/v2/users/auth0|1", desk.origin);
    for token in ["", "other"] {
        assert_eq!(told(desk.http.get(&url).bearer_auth(token)).await.0, 401);
    }
    assert_eq!(told(desk.http.get(&url)).await.0, 401);
    assert_eq!(told(desk.get("/api/v2/users/auth0|1")).await.0, 404);
    for path in ["/", "/api/v2/tenants/settings", "/exports/x", "/oauth/token"] {
        assert!(matches!(told(desk.get(path)).await.0, 403 | 404), "{path}");
    }
    let another = Desk::new().await;
    assert_eq!(told(another.http.get(&url).bearer_auth(&another.token)).await.0, 401);
    let deletes = desk.http.delete(&url).bearer_auth(&desk.token);
    let (status, told) = told(deletes).await;
    assert_eq!((status, &told["errorCode"]), (403, &json!("insufficient_scope")));
}

/// The texts are those of the description of the operation.
#[tokio::test]
async fn files_are_refused_as_the_description_says() {
    let desk = Desk::new().await;
    let users = json!([ada()]);
    let with_id =
        |id: &'static str| Form::new().text("connection_id", id).part("users", file(&users));
    let empty = |text: &'static str| {
        Form::new()
            .text("connection_id", CONNECTION_ID)
            .part("users", Part::text(text).file_name("users.json"))
    };
    let cases = [
        ("Must provide 'users' file", Form::new().text("connection_id", CONNECTION_ID)),
        (
            "Must provide 'users' file",
            Form::new().text("connection_id", CONNECTION_ID).text("users", users.to_string()),
        ),
        ("Must provide 'connection_id'", Form::new().part("users", file(&users))),
        ("String does not match pattern ^con_", with_id("rehearsal")),
        ("String does not match pattern ^con_", with_id("con_short")),
        ("The connection does not exist", with_id("con_0123456789abcdef")),
        ("Users file must not be empty", empty("")),
        ("Users file must not be empty", empty("[]")),
        ("no JSON array", empty("{}")),
        ("no JSON array", empty("[{\"email\":")),
        ("inserts and never updates", with_id(CONNECTION_ID).text("upsert", "true")),
    ];
    for (words, form) in cases {
        let (status, told) = desk.import(form).await;
        assert_eq!((status, &told["statusCode"]), (400, &json!(400)), "{words}: {told}");
        assert!(told["message"].as_str().is_some_and(|it| it.contains(words)), "{words}: {told}");
    }
    let no_form = desk.post("/api/v2/jobs/users-imports").body("[]");
    let (status, told) = told(no_form).await;
    assert_eq!(status, 400);
    assert!(told["message"].as_str().is_some_and(|it| it.contains("multipart payload format")));
    assert_eq!(desk.stand_in.users(), 0);
}

#[tokio::test]
async fn a_request_of_512_000_bytes_passes_and_a_larger_one_does_not() {
    let desk = Desk::new().await;
    let form = |padding: usize| {
        let users = json!([ada()]).to_string();
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"connection_id\"\r\n\r\n{CONNECTION_ID}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"users\"; filename=\"u\"\r\n\r\n{users}"
        );
        let end = "\r\n--b--\r\n";
        let blanks = " ".repeat(padding - body.len() - end.len());
        desk.post("/api/v2/jobs/users-imports")
            .header("content-type", "multipart/form-data; boundary=b")
            .body(body + &blanks + end)
    };
    assert_eq!(told(form(512_000)).await.0, 202);
    let (status, told) = told(form(512_001)).await;
    assert_eq!(status, 413);
    let message = told["message"].as_str().unwrap_or_default();
    assert!(message.contains("greater than maximum allowed: 512000"), "{told}");
}

#[tokio::test]
async fn no_third_job_is_taken() {
    let desk = Desk::new().await;
    let tenant = std::sync::Arc::clone(&desk.stand_in.shared().tenant);
    let lines = |from: usize| {
        let user =
            |id: usize| json!({ "user_id": id.to_string(), "email": format!("u{id}@example.com") });
        json!((from..from + 3).map(user).collect::<Vec<_>>())
    };
    {
        let mut held = super::jobs::lock(&tenant);
        // Two that nobody works on.
        assert!(held.begin(None).is_some() && held.begin(None).is_some());
    }
    let (status, told) = desk.import(whole(&lines(0))).await;
    assert_eq!(status, 429);
    let message = told["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("There are 2 active import users jobs"), "{told}");
}

#[tokio::test]
async fn too_many_requests_are_told_with_the_headers() {
    let desk = Desk::new().await;
    let mut refused = None;
    // A busy machine takes longer to ask faster than tokens come.
    for _ in 0..30 {
        if refused.is_some() {
            break;
        }
        let asking = (0..300).map(|_| desk.get("/api/v2/jobs/job_0").send());
        for answer in futures_util::future::join_all(asking).await {
            let answer = answer.expect("an answer");
            assert!(answer.headers().contains_key("x-ratelimit-limit"));
            if answer.status() == 429 {
                refused = Some(answer);
            }
        }
    }
    let refused = refused.expect("one too many");
    assert_eq!(refused.headers()["x-ratelimit-remaining"], "0");
    assert!(refused.headers().contains_key("x-ratelimit-reset"));
}
