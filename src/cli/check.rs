//! `narrowgate check`

use std::path::Path;

use super::{Ending, load};
use crate::auth::Fetcher;
use crate::config::Settings;
use crate::database::{Database, Error};
use crate::http;

pub(super) async fn run(file: &Path) -> Ending {
    let settings = match load(file) {
        Ok(settings) => settings,
        Err(ending) => return ending,
    };
    if let Some(Err(fault)) = settings.server.tls.as_ref().map(http::check_files) {
        eprintln!("{}: one thing to mend\n  {fault}", file.display());
        return Ending::Usage;
    }
    println!("ok  configuration: {} is complete", file.display());
    for caution in &settings.cautions {
        println!("--  {caution}");
    }
    let key_set = key_set(&settings).await;
    let database = database(&settings).await;
    if key_set && database { Ending::Done } else { Ending::Refused }
}

async fn key_set(settings: &Settings) -> bool {
    let found = match Fetcher::new(&settings.auth) {
        Ok((fetcher, _)) => fetcher.probe().await,
        Err(error) => Err(error),
    };
    match found {
        Ok(keys) => println!("ok  key set: {keys} usable key(s) at {}", settings.auth.jwks_uri),
        Err(ref cause) => println!("NO  key set: {cause}; check auth.jwks_uri and the way to it"),
    }
    found.is_ok()
}

async fn database(settings: &Settings) -> bool {
    let answered = match Database::open(&settings.database, 1) {
        Ok(database) => match database.probe().await {
            Ok(()) => database.probe_marks().await,
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    match answered {
        Ok(()) => println!("ok  database: the three routines answer"),
        Err(ref cause @ Error::Refused(_)) => {
            println!(
                "NO  database: {cause}; check database.url, the role's grants and that the contract was applied"
            );
        }
        Err(ref cause) => println!("NO  database: {cause}; check database.url and the way to it"),
    }
    answered.is_ok()
}
