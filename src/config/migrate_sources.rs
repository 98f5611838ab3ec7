//! What `narrowgate-migrate` is told outside its own file: databases by their URLs, and the gate's
//! `[passwords]`.

use std::path::{Path, PathBuf};

use super::files::{certificates, world_readable};
use super::reader::{Program, Reader};
use super::{DatabaseTarget, Fault, Secret, passwords};
use crate::password;

/// Holds the URL of the bulk role where no file does.
pub(super) const VARIABLE: &str = "NARROWGATE_MIGRATE_DATABASE_URL";
pub(super) const OPTION: &str = "--database-url-file";
const AUTHORITY: &str = "--ca-certificate";

/// Reads `[passwords]` alone of the gate's configuration, and the environment over it: the rest of
/// the file speaks of another machine. Gives the files that were read, too.
///
/// # Errors
/// Every fault found in that section, or a file that cannot be read.
pub(super) fn load_passwords(
    file: &Path,
) -> Result<(password::Settings, Vec<PathBuf>), Vec<Fault>> {
    let how = "name the gate's configuration with --gate FILE, or with gate in the program's own";
    read_passwords(Reader::open(file, Program::Gate, how)?.only("passwords"))
}

/// `[passwords]` without a file: the defaults, and the environment over them.
///
/// # Errors
/// As [`load_passwords`].
pub fn default_passwords() -> Result<password::Settings, Vec<Fault>> {
    environment_passwords().map(|(settings, _)| settings)
}

/// The same, with the files that were read.
pub(super) fn environment_passwords() -> Result<(password::Settings, Vec<PathBuf>), Vec<Fault>> {
    read_passwords(Reader::environment(Program::Gate)?.only("passwords"))
}

fn read_passwords(mut reader: Reader) -> Result<(password::Settings, Vec<PathBuf>), Vec<Fault>> {
    let settings = passwords::read(&mut reader);
    let files = reader.files.clone();
    reader.finish().map(|_| (settings, files))
}

/// The bulk role's database where the configuration file does not name it, and what an operator
/// should know: the URL lies in a file, alone, or in `NARROWGATE_MIGRATE_DATABASE_URL`. None
/// where neither is given.
///
/// # Errors
/// Both, a file that cannot be read, a URL that names no database or would leave credentials
/// unprotected.
pub(super) fn bulk_database(
    url_file: Option<&Path>,
    ca_certificate: Option<PathBuf>,
) -> Result<Option<(DatabaseTarget, Option<String>)>, Fault> {
    let (url, caution) = match (url_file, std::env::var(VARIABLE).ok()) {
        (Some(_), Some(_)) => {
            return Err(fault(
                OPTION,
                &format!("is given, and {VARIABLE} too"),
                "keep one of the two",
            ));
        }
        (None, None) => {
            return alone(ca_certificate.as_deref(), "database.ca_certificate of the file");
        }
        (Some(file), None) => read_url(OPTION, file)?,
        (None, Some(url)) => (Secret::new(url), None),
    };
    let name = if url_file.is_some() { OPTION } else { VARIABLE };
    Ok(Some((target(name, &url, ca_certificate)?, caution)))
}

/// The database that `contract --describe` asks, by a DBA's own URL, given as it is or in a file, and what
/// an operator should know.
///
/// # Errors
/// A file that cannot be read, a URL that names no database or would leave credentials unprotected.
pub fn described_database(
    url: Option<String>,
    url_file: Option<&Path>,
    ca_certificate: Option<PathBuf>,
) -> Result<Option<(DatabaseTarget, Option<String>)>, Fault> {
    let (name, (url, caution)) = match (url, url_file) {
        (Some(url), _) => ("--describe", (Secret::new(url), None)),
        (None, Some(file)) => ("--describe-file", read_url("--describe-file", file)?),
        (None, None) => return alone(ca_certificate.as_deref(), "--describe-file"),
    };
    Ok(Some((target(name, &url, ca_certificate)?, caution)))
}

/// No database; an authority without one would be passed over in silence.
fn alone<T>(ca_certificate: Option<&Path>, in_place: &str) -> Result<Option<T>, Fault> {
    let Some(file) = ca_certificate else { return Ok(None) };
    let cause = format!("{} goes with a URL that is given beside it", file.display());
    Err(fault(AUTHORITY, &cause, &format!("leave it out, or use {in_place}")))
}

fn target(
    name: &str,
    url: &Secret,
    ca_certificate: Option<PathBuf>,
) -> Result<DatabaseTarget, Fault> {
    if let Some(file) = &ca_certificate {
        let told = |cause: String| format!("{}: {cause}", file.display());
        certificates(file)
            .map_err(|cause| fault(AUTHORITY, &told(cause), "name a file in PEM form"))?;
    }
    DatabaseTarget::parse(url, ca_certificate)
        .map_err(|(cause, remedy)| fault(name, &format!("the URL {cause}"), remedy))
}

fn read_url(option: &str, file: &Path) -> Result<(Secret, Option<String>), Fault> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| fault(option, &format!("{shown}: {error}"), "name a file with the URL"))?;
    let url = text.trim_end_matches(['\r', '\n']);
    let begins = |text: &str| text.starts_with(|first: char| first.is_ascii_alphabetic());
    if url.trim().is_empty() {
        return Err(fault(option, &format!("{shown} is empty"), "write the URL into it, alone"));
    }
    if url.trim_end() != url || !begins(url) {
        let cause = format!("{shown} holds something around the URL, such as a blank or a quote");
        return Err(fault(option, &cause, "write the URL into it, alone"));
    }
    Ok((Secret::new(url.to_owned()), world_readable(file)))
}

pub(super) fn fault(key: &str, cause: &str, remedy: &str) -> Fault {
    Fault { key: key.to_owned(), cause: cause.to_owned(), remedy: remedy.to_owned() }
}
