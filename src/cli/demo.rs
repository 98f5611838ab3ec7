//! `narrowgate demo`

use std::error::Error;
use std::fmt::Write;
use std::net::SocketAddr;

use super::{Ending, asked_to_stop};
use crate::config;
use crate::demo::{Issuer, Legacy, SAMPLE_PASSWORD, configuration};
use crate::http::Service;
use crate::telemetry;

/// What to try: a comment, the path, its scope, the body, and what comes back.
const EXAMPLES: [(&str, &str, &str, &str, &str); 7] = [
    (
        "The right password",
        "login",
        "login:users",
        r#"{"identifier":"ada@example.com","password":"PASSWORD"}"#,
        "200 and Ada's profile",
    ),
    (
        "A wrong password",
        "login",
        "login:users",
        r#"{"identifier":"ada@example.com","password":"guess"}"#,
        "403 invalid_credentials",
    ),
    (
        "A blocked user",
        "login",
        "login:users",
        r#"{"identifier":"mallory@example.com","password":"PASSWORD"}"#,
        "403 user_blocked",
    ),
    (
        "Two users with one address",
        "get_user",
        "read:users",
        r#"{"identifier":"twin@example.com"}"#,
        "409 ambiguous_user",
    ),
    (
        "The same profile without a password",
        "get_user",
        "read:users",
        r#"{"identifier":"ada@example.com"}"#,
        "200 and the same bytes",
    ),
    (
        "Ada has migrated",
        "mark_migrated",
        "mark:users",
        r#"{"user_id":"1","identifier":"ada@example.com"}"#,
        "200 and the same bytes",
    ),
    (
        "Now the gate knows her no more",
        "get_user",
        "read:users",
        r#"{"identifier":"ada@example.com"}"#,
        "404 user_not_found",
    ),
];

pub(super) async fn run() -> Ending {
    match demonstrate().await {
        Ok(()) => Ending::Done,
        Err(error) => {
            eprintln!("the demonstration cannot run: {error}");
            Ending::Fault
        }
    }
}

async fn demonstrate() -> Result<(), Box<dyn Error>> {
    let stop = asked_to_stop();
    let issuer = Issuer::start()?;
    let legacy = Legacy::create()?;
    let settings = config::parse(&configuration(&issuer, &legacy))
        .map_err(|_| "its configuration is not valid")?;
    let _logging = telemetry::start_logging(&settings.log)?;
    let service = Service::open(&settings).await?;
    print!("{}", guide(&issuer, &legacy, service.address())?);
    service.run(stop).await;
    issuer.stop().await;
    Ok(())
}

fn guide(issuer: &Issuer, legacy: &Legacy, address: SocketAddr) -> Result<String, Box<dyn Error>> {
    let mut text = format!(
        "\nNarrowgate is at http://{address}\n  legacy database  {}\n  token issuer     {}\n\n\
         Every sample user's password is: {SAMPLE_PASSWORD}\nCopy a line into another terminal; Ctrl-C here ends the demonstration.\n",
        legacy.file().display(),
        issuer.url(),
    );
    for (comment, path, scope, body, answer) in EXAMPLES {
        let token = issuer.token(scope)?;
        let body = body.replace("PASSWORD", SAMPLE_PASSWORD);
        let request = format!(
            "curl -si http://{address}/{path} -H 'Content-Type: application/json' -d '{body}'"
        );
        writeln!(
            text,
            "\n# {comment}: expect {answer}\n{request} -H 'Authorization: Bearer {token}'"
        )?;
    }
    text.push('\n');
    Ok(text)
}
