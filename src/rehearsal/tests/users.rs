//! What becomes of users: taken, refused, shown, exported.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::{Desk, ada, holds, told};

/// A user with one member changed.
fn with(name: &str, value: &Value) -> Value {
    let mut user = ada();
    user[name] = value.clone();
    user
}

#[tokio::test]
async fn users_are_refused_by_the_schema_of_an_import_file() {
    let long = |letters: usize| json!("x".repeat(letters));
    let cases = [
        ("OBJECT_REQUIRED", "email", {
            let mut it = ada();
            it.as_object_mut().expect("an object").remove("email");
            it
        }),
        ("INVALID_TYPE", "email", with("email", &json!(1))),
        ("FORMAT", "email", with("email", &json!("nobody"))),
        ("FORMAT", "email", with("email", &json!("a b@example.com"))),
        ("INVALID_TYPE", "email_verified", with("email_verified", &json!("true"))),
        ("INVALID_TYPE", "blocked", with("blocked", &json!(1))),
        ("INVALID_TYPE", "user_id", with("user_id", &json!(1))),
        ("PATTERN", "user_id", with("user_id", &json!("a b"))),
        ("MAX_LENGTH", "user_id", with("user_id", &long(256))),
        ("MIN_LENGTH", "username", with("username", &json!(""))),
        ("MAX_LENGTH", "username", with("username", &long(129))),
        ("PATTERN", "username", with("username", &json!("ada lovelace"))),
        ("PATTERN", "username", with("username", &json!("ada@example.com"))),
        ("PATTERN", "phone_number", with("phone_number", &json!("0123 456"))),
        ("MAX_LENGTH", "phone_number", with("phone_number", &json!("+1234567890123456"))),
        ("MAX_LENGTH", "given_name", with("given_name", &long(151))),
        ("MAX_LENGTH", "name", with("name", &long(301))),
        ("INVALID_TYPE", "user_metadata", with("user_metadata", &json!([1]))),
        ("NOT_PASSED", "user_metadata", with("user_metadata", &json!({ "a.b": 1 }))),
        ("NOT_PASSED", "app_metadata", with("app_metadata", &json!({ "email": 1 }))),
        ("NOT_PASSED", "connection", with("connection", &json!("x"))),
        ("PROFILE_SIZE_EXCEEDED", "user", with("user_metadata", &json!({ "a": long(11_000) }))),
        ("ARRAY_LENGTH_SHORT", "mfa_factors", with("mfa_factors", &json!([]))),
        ("INVALID_TYPE", "user", json!("ada")),
    ];
    let desk = Desk::new().await;
    for (code, path, user) in cases {
        let (job, errors) = desk.work(&json!([user])).await;
        let summary = &job["summary"];
        assert_eq!((&summary["failed"], &summary["inserted"]), (&json!(1), &json!(0)), "{user}");
        let error = &errors[0]["errors"][0];
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!(path)), "{user}");
    }
    assert_eq!(desk.stand_in.users(), 0);
}

#[tokio::test]
async fn nobody_is_there_twice() {
    let desk = Desk::new().await;
    let other = json!({ "user_id": "2", "email": "ada@example.COM" });
    let (job, errors) = desk.work(&json!([ada(), other])).await;
    let summary = json!({ "failed": 1, "updated": 0, "inserted": 1, "total": 2 });
    assert_eq!(job["summary"], summary);
    assert_eq!(errors[0]["errors"][0]["code"], "DUPLICATED_USER");
    assert_eq!(errors[0]["user"]["user_id"], "2");
    for (path, user) in [
        ("user_id", json!({ "user_id": "1", "email": "x@example.com" })),
        ("email", json!({ "user_id": "3", "email": "ada@example.com" })),
        ("username", json!({ "user_id": "3", "email": "x@example.com", "username": "ADA" })),
    ] {
        let (_, errors) = desk.work(&json!([user])).await;
        let error = &errors[0]["errors"][0];
        assert_eq!((&error["code"], &error["path"]), (&json!("DUPLICATED_USER"), &json!(path)));
    }
    assert_eq!(desk.stand_in.users(), 1);
}

#[tokio::test]
async fn users_are_shown_as_the_tenant_keeps_them() {
    let desk = Desk::new().await;
    let mut user = ada();
    user["user_id"] = json!("a/b|1");
    user["user_metadata"] = json!({ "theme": "dark" });
    user["password_hash"] = json!("$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6");
    desk.work(&json!([user])).await;
    let (status, shown) = told(desk.get("/api/v2/users/auth0%7Ca%2Fb%7C1")).await;
    assert_eq!(status, 200);
    holds(&shown, "GetUserResponseContent");
    assert_eq!((&shown["email"], &shown["username"]), (&json!("ada@example.com"), &json!("ada")));
    assert_eq!(shown["identities"][0]["user_id"], "a/b|1");
    assert!(!shown.to_string().contains("$2b$"), "no hash");
    let narrow =
        "/api/v2/users-by-email?email=ada%40example.com&fields=user_id,email&include_fields=true";
    let (_, found) = told(desk.get(narrow)).await;
    assert_eq!(found, json!([{ "user_id": "auth0|a/b|1", "email": "ada@example.com" }]));
    let (_, found) = told(desk.get("/api/v2/users-by-email?email=Ada%40example.com")).await;
    assert_eq!(found, json!([]), "the search is case-sensitive");
    assert_eq!(told(desk.get("/api/v2/users-by-email")).await.0, 400);
}

#[tokio::test]
async fn an_export_is_lines_in_gzip_behind_a_link() {
    let desk = Desk::new().await;
    for id in 1..=3 {
        let user = json!({ "user_id": id.to_string(), "email": format!("u{id}@example.com"),
            "custom_password_hash": { "algorithm": "md5",
                "hash": { "value": "00112233445566778899aabbccddeeff", "encoding": "hex" } } });
        desk.work(&json!([user])).await;
    }
    let wanted = json!({ "connection_id": super::CONNECTION_ID, "format": "json",
        "fields": [{ "name": "user_id" }, { "name": "email", "export_as": "mail" }] });
    let order = |body: &Value| desk.post("/api/v2/jobs/users-exports").body(body.to_string());
    let (status, job) = told(order(&wanted)).await;
    assert_eq!((status, &job["type"]), (200, &json!("users_export")));
    let path = format!("/api/v2/jobs/{}", job["id"].as_str().expect("an id"));
    let mut job = json!({ "status": "pending" });
    while job["status"] == "pending" {
        job = told(desk.get(&path)).await.1;
        holds(&job, "GetJobResponseContent");
    }
    let link = job["location"].as_str().expect("a link");
    // The link alone opens it.
    let file = desk.http.get(link).send().await.expect("an answer");
    assert_eq!(file.status(), 200);
    let mut text = String::new();
    let bytes = file.bytes().await.expect("a body");
    GzDecoder::new(&*bytes).read_to_string(&mut text).expect("gzip");
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let due = |id: usize| json!({ "user_id": format!("auth0|{id}"), "mail": format!("u{id}@example.com") });
    assert_eq!(lines, [due(1), due(2), due(3)]);
    let again = desk.http.get(link).send().await.expect("an answer");
    assert_eq!(again.bytes().await.expect("a body"), bytes, "the link is good for a minute");
    let (_, again) = told(desk.get(&path)).await;
    assert_ne!(again["location"], job["location"], "each call gives a fresh link");
    for wrong in [
        json!({ "format": "xml" }),
        json!({ "format": "csv" }),
        json!({ "limit": 0 }),
        json!({ "fields": [{ "export_as": "x" }] }),
        json!({ "fields": [{ "name": "x".repeat(101) }] }),
        json!({ "connection_id": "con_0123456789abcdef" }),
        json!({ "other": 1 }),
    ] {
        assert_eq!(told(order(&wrong)).await.0, 400, "{wrong}");
    }
}
