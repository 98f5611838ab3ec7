//! `narrowgate demo`: a tour of the service, on loopback, with everything that it needs.

use std::error::Error;
use std::fmt::Write;
use std::net::{SocketAddr, TcpListener};

use tokio::signal::unix::{SignalKind, signal};

use super::{Ending, asked_to_stop, no_temporary};
use crate::config;
use crate::demo::{Issuer, Legacy, SAMPLE_PASSWORD, configuration};
use crate::http::Service;
use crate::telemetry;

/// One step: what it shows, the path, the body, what comes back and under which code.
struct Step {
    shows: &'static str,
    path: &'static str,
    body: &'static str,
    answer: &'static str,
    code: &'static str,
}

const fn step(
    shows: &'static str,
    path: &'static str,
    body: &'static str,
    answer: &'static str,
    code: &'static str,
) -> Step {
    Step { shows, path, body, answer, code }
}

const STEPS: [Step; 8] = [
    step(
        "Ada comes with the right password",
        "login",
        r#"{"identifier":"ada@example.com","password":"PASSWORD"}"#,
        "200 and Ada's profile, which Auth0 keeps",
        "ok",
    ),
    step(
        "Somebody comes with a wrong one",
        "login",
        r#"{"identifier":"ada@example.com","password":"guess"}"#,
        "403 invalid_credentials, as for somebody who is not there",
        "invalid_credentials",
    ),
    step(
        "A blocked user, with the right password",
        "login",
        r#"{"identifier":"mallory@example.com","password":"PASSWORD"}"#,
        "403 user_blocked",
        "user_blocked",
    ),
    step(
        "Two users have one address",
        "get_user",
        r#"{"identifier":"twin@example.com"}"#,
        "409 ambiguous_user: the gate does not choose",
        "ambiguous_user",
    ),
    step(
        "Somebody signs up with Ada's address: Auth0 asks who has it",
        "get_user",
        r#"{"identifier":"ada@example.com"}"#,
        "200 and the same bytes, so the sign-up is refused",
        "ok",
    ),
    step(
        "Ada has arrived in Auth0",
        "mark_migrated",
        r#"{"user_id":"1","identifier":"ada@example.com"}"#,
        "200 and the same bytes",
        "ok",
    ),
    step(
        "From now on Auth0 knows her, and the gate does not",
        "get_user",
        r#"{"identifier":"ada@example.com"}"#,
        "404 user_not_found",
        "user_not_found",
    ),
    step(
        "A token for one thing opens nothing else",
        "mark_migrated",
        r#"{"user_id":"2"}"#,
        "403 insufficient_scope",
        "insufficient_scope",
    ),
];

/// The scope that each path wants; the last step comes with another's.
const SCOPES: [(&str, &str); 3] =
    [("login", "login:users"), ("get_user", "read:users"), ("mark_migrated", "mark:users")];

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
    // The service takes a SIGHUP for another thing; here it says that the terminal is gone.
    let (asked, mut hangup) = (asked_to_stop(), signal(SignalKind::hangup())?);
    let stop = async {
        tokio::select! {
            () = asked => {}
            _ = hangup.recv() => {}
        }
    };
    let issuer = Issuer::start()?;
    let legacy = Legacy::create().map_err(|error| no_temporary(&error))?;
    for (path, scope) in SCOPES {
        let token = issuer.token(scope)?;
        let headers = format!("Authorization: Bearer {token}\nContent-Type: application/json\n");
        legacy.keep(&format!("{path}.headers"), &headers)?;
    }
    // Free a moment ago; who takes it in between makes the start fail, and says so.
    let management = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let settings = config::parse(&configuration(&issuer, &legacy, management))
        .map_err(|_| "its configuration is not valid")?;
    let _logging = telemetry::start_logging(&settings.log)?;
    let service = Service::open(&settings, None).await?;
    print!("{}", tour(&issuer, &legacy, service.address(), management)?);
    service.run(stop).await;
    issuer.stop().await;
    Ok(())
}

fn tour(
    issuer: &Issuer,
    legacy: &Legacy,
    gate: SocketAddr,
    management: SocketAddr,
) -> Result<String, std::fmt::Error> {
    let folder = legacy.directory().display();
    let mut text = format!(
        "\nNarrowgate is at http://{gate}\n  legacy database  {}\n  token issuer     {}\n\n\
         The sample users' password is: {SAMPLE_PASSWORD} (margaret and hedy have none)\n\
         Copy the lines into another terminal, one after another, and watch this one. Tokens are in the files that\n\
         -H names. Ctrl-C here ends it, and leaves nothing behind.\n\n  cd {folder}\n",
        legacy.file().display(),
        issuer.url(),
    );
    for (number, Step { shows, path, body, answer, code }) in STEPS.iter().enumerate() {
        let body = body.replace("PASSWORD", SAMPLE_PASSWORD);
        let headers = if *code == "insufficient_scope" { "get_user" } else { path };
        writeln!(
            text,
            "\n# {}. {shows}: expect {answer}\n\
             curl -si http://{gate}/{path} -H @{headers}.headers -d '{body}'\n\
             #    leaves code=\"{code}\" in the log, and narrowgate_requests_total{{endpoint=\"/{path}\",code=\"{code}\"}}",
            number + 1,
        )?;
    }
    write!(
        text,
        "\n# {}. What was counted: expect the lines above, with their numbers\n\
         curl -s http://{management}/metrics | grep requests_total\n\n\
         Next:\n\
         \x20 your own database    narrowgate-migrate contract --list-presets, or README.md, \"Put it in front of your database\"\n\
         \x20 the whole migration  narrowgate-migrate --help: look through your data, then the bulk half\n\
         \x20 your tenant          docs/auth0.md\n\n",
        STEPS.len() + 1,
    )?;
    Ok(text)
}
