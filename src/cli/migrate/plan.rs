//! `narrowgate-migrate import` without `--execute`: what it would do.

use super::bar::Form;
use super::import::{Arguments, Ready};
use super::plan_text;
use super::progress::Progress;
use crate::bulk::import::{ImportError, plan};
use crate::bulk::management::Lookup;
use crate::bulk::run;
use crate::bulk::{Builder, Hashing, Rules};
use crate::cli::Ending;

/// Reads everybody, and tells what would become of them.
pub(super) async fn show(arguments: &Arguments, ready: Ready) -> Result<Ending, ImportError> {
    let Ready { migration, management, connection, proven, .. } = ready;
    let books = arguments.run.join("run.toml").exists().then(|| run::read(&arguments.run));
    let books = books.transpose()?.map(|(_, books)| books);
    let rules = Rules { usernames: connection.usernames };
    let builder = Builder::new(migration.passwords, rules, Hashing::Sized)
        .only(arguments.choice.allowed(&proven));
    let mut progress = Progress::new(arguments.progress == Form::None || arguments.list_held);
    let mut read = 0;
    let list = |user: &run::HeldUser| {
        if arguments.list_held {
            println!("{}", serde_json::to_string(user).unwrap_or_default());
        }
    };
    let plan = plan(&migration.database, &builder, &migration.bulk, list, |users| {
        read = users;
        progress.show(users);
    })
    .await?;
    progress.end(read);
    let held = !plan.held.is_empty();
    if !arguments.list_held {
        let mut there = 0;
        for id in &plan.sample {
            let found = management.user(id, &connection.name).await?;
            there += usize::from(!matches!(found, Lookup::Absent));
        }
        let (tenant, books, run) = (management.tenant(), books.as_ref(), arguments.run.as_path());
        let slots = migration.bulk.slots;
        let around =
            plan_text::Around { tenant, connection: &connection, there, books, slots, run };
        print!("{}", plan_text::text(&plan, &around));
    }
    Ok(match (held, plan.warnings.is_empty() && connection.cautions.is_empty()) {
        (true, _) => Ending::Blockers,
        (false, true) => Ending::Done,
        (false, false) => Ending::Cautions,
    })
}
