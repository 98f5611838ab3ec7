//! On SQLite there is no server, and so nothing to prove but how the file lies and that the
//! questions go by indexes.

use std::path::Path;

use super::{Finding, Proof, place, remains, unseen};
use crate::config::{Database as Settings, DatabaseTarget};
use crate::database::Error;
use crate::database::catalog::SqliteCatalog;
use crate::profile::Profile;

const UNNOTED: &str = "whether the views and the marks are what was applied: this contract has noted nothing; apply what narrowgate-migrate contract prints now";

pub(super) async fn prove(catalog: &SqliteCatalog, settings: &Settings) -> Result<Proof, Error> {
    let mut proof =
        Proof { remains: remains::sqlite(), unseen: unseen::sqlite(), ..Proof::default() };
    if let DatabaseTarget::Sqlite(path) = &settings.target {
        lie(path, &mut proof);
    }
    if let Err(error) = catalog.marks().await {
        proof.findings.push(Finding::new(
            "marks_not_written",
            format!("a mark cannot be written: {}", error.words()),
            "give the service's account write access to the file and its folder, and take triggers off migrated_user",
        ));
    }
    match catalog.changed().await {
        Ok(rows) => proof.findings.extend(rows.iter().map(Finding::of)),
        // It was printed by an earlier version.
        Err(Error::Refused(words)) if words.contains("no such") => {
            proof.unseen.push(UNNOTED.to_owned());
        }
        Err(error) => return Err(error),
    }
    if catalog.is_older().await? {
        proof.findings.push(Finding::new(
            "older_contract",
            "narrowgate.mark_migrated gives a whole profile for a bare id: whoever counts ids up walks the table",
            "apply what narrowgate-migrate contract prints now",
        ));
        return Ok(proof);
    }
    proof.proven.push(
        "lookups: SQLite folds ASCII letters alone; an address that is stored with other capitals is found by nobody: store such addresses in lower case".to_owned(),
    );
    let samples = catalog.samples().await?;
    let faults = samples.iter().filter_map(|row| Profile::from_row(row).err());
    proof.findings.extend(faults.map(|fault| {
        Finding::new(
            "invalid_user_record",
            fault.to_string(),
            "mend the rows or the view legacy_user",
        )
    }));
    lookups(catalog, &mut proof).await?;
    Ok(proof)
}

/// Whether each question goes by an index, by its plan and its code.
async fn lookups(catalog: &SqliteCatalog, proof: &mut Proof) -> Result<(), Error> {
    let mut walks = vec![];
    for (question, plan) in catalog.plans().await? {
        walks.extend(walked(&plan).map(|object| walk(question, object)));
    }
    for (question, table) in catalog.searches_by_constants().await? {
        let told = format!("narrowgate.{question} ");
        if !walks.iter().any(|walk| walk.found.starts_with(&told)) {
            walks.push(walk(question, &table));
        }
    }
    if walks.is_empty() {
        proof.proven.push("lookups: the plan of each of the questions uses an index".to_owned());
    }
    proof.findings.extend(walks);
    Ok(())
}

/// How the file lies.
fn lie(path: &Path, proof: &mut Proof) {
    proof.proven.push(
        "nothing: SQLite has no roles, and whoever has the file has every row of it".to_owned(),
    );
    let shown = path.display();
    let open = |what: &Path, remedy: String| {
        let found = format!("every account of this machine can write {}", what.display());
        Finding::new("database_file_open", found, remedy)
    };
    let others = place::rights_of_others(path);
    if others & 0o002 != 0 {
        proof.findings.push(open(path, format!("chmod 0640 {shown}; and its folder 0750")));
    } else if others & 0o004 != 0 {
        let words = format!("read the file from any account of this machine: chmod 0640 {shown}");
        proof.remains.push(words);
    }
    // Beside the file lie its journals, and whoever may write there can put another in its place.
    if let Some(folder) = place::open_folder(path) {
        let remedy =
            format!("chmod o-w {}; a folder of the service's own is best", folder.display());
        proof.findings.push(open(&folder, remedy));
    }
}

/// What a plan reads from end to end: by a SCAN, whether of the table or of an index, or to make an
/// index for this one question.
fn walked(plan: &[String]) -> Option<&str> {
    let name = |rest: &'_ str| rest.split(' ').next().unwrap_or(rest).to_owned();
    let made = |step: &String| {
        let rest = step.strip_prefix("MATERIALIZE ").or_else(|| step.strip_prefix("CO-ROUTINE "));
        rest.map(name)
    };
    // What the steps before it put together is read to its end, and is not a table.
    let own: Vec<String> = plan.iter().filter_map(made).collect();
    plan.iter().find_map(|step| {
        let rest = match step.split_once(' ')? {
            ("SCAN", rest) => rest,
            ("SEARCH", rest) if rest.contains(" AUTOMATIC ") => rest,
            _ => return None,
        };
        // Rows of a VALUES clause, and what a function such as json_each() makes.
        let no_table = rest.starts_with("CONSTANT ROW")
            || rest.contains("-ROW VALUES CLAUSE")
            || rest.contains(" VIRTUAL TABLE ")
            || rest.starts_with('(')
            || own.contains(&name(rest));
        (!no_table).then(|| rest.split(' ').next().unwrap_or(rest))
    })
}

fn walk(question: &str, object: &str) -> Finding {
    Finding::new(
        "lookup_without_index",
        format!(
            "narrowgate.{question} reads all of {object} to find one user: at a million users each lookup walks them all"
        ),
        "create the index that the contract's script names in its part 2, on that very expression, letter by letter, capitals too, and with its COLLATE",
    )
}

#[cfg(test)]
mod tests {
    use super::walked;

    fn of(steps: &[&str]) -> Option<String> {
        let steps: Vec<_> = steps.iter().map(|step| (*step).to_owned()).collect();
        walked(&steps).map(str::to_owned)
    }

    #[test]
    fn a_step_that_reads_all_of_a_table_is_told_from_the_others() {
        let search = "SEARCH c USING INDEX customer_email_nocase (email=?)";
        for none in [
            &["COMPOUND QUERY", "LEFT-MOST SUBQUERY", search, "UNION ALL", search][..],
            &[
                "SEARCH c USING INTEGER PRIMARY KEY (rowid=?)",
                "SCAN json_each VIRTUAL TABLE INDEX 1:",
            ],
            &["MATERIALIZE r", "SCAN CONSTANT ROW", "SCAN r", "SCAN 2-ROW VALUES CLAUSE"],
            &["CO-ROUTINE (subquery-1)", search, "SCAN (subquery-1)"],
            &["MATERIALIZE r", search, "SEARCH r USING AUTOMATIC COVERING INDEX (user_id=?)"],
        ] {
            assert_eq!(of(none), None, "{none:?}");
        }
        for (one, object) in [
            (&[search, "SCAN c"][..], "c"),
            (&["SCAN c USING COVERING INDEX customer_email (email)"], "c"),
            (&[search, "SEARCH p USING AUTOMATIC COVERING INDEX (user_id=?)"], "p"),
            (&["MATERIALIZE r", "SCAN o", "SEARCH r USING AUTOMATIC COVERING INDEX (id=?)"], "o"),
        ] {
            assert_eq!(of(one).as_deref(), Some(object), "{one:?}");
        }
    }
}
