//! Export jobs, as the documentation has them: one file of JSON lines for a connection, gzip-packed,
//! at an address that opens for a minute, of a job that is forgotten after a day.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::http::{Reply, Request};
use super::import::problem;
use super::{CONNECTION, CONNECTION_ID, State};

/// What goes wrong with an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFault {
    /// The job fails.
    Fail,
    /// The tenant forgets the job.
    Forget,
    /// The addresses do not open.
    Expire,
    /// The file is cut.
    Cut,
    /// The file is cut while it is sent.
    HangUp,
    /// A byte of the file is another.
    Damage,
    /// Someone else answers with a page.
    Page,
    /// The file grows beyond measure when it is unpacked.
    Bomb,
    /// A line is no user.
    NoUser,
}

pub struct Exports {
    jobs: BTreeMap<String, Export>,
    /// One for each job to come; none means that it goes well.
    pub planned: VecDeque<Option<ExportFault>>,
    /// How long a job takes, and how long an address opens.
    pub job_time: Duration,
    pub address_time: Duration,
    /// Full ids of users whom the exports do not show yet.
    pub late: Vec<String>,
    /// Users as the exports still show them, by full id.
    pub stale: BTreeMap<String, Value>,
    /// Whether files are packed.
    pub packed: bool,
    /// Whether lines tell identities.
    pub identities: bool,
}

struct Export {
    fields: Vec<String>,
    begun: Instant,
    file: Option<Vec<u8>>,
    addresses: BTreeMap<String, Instant>,
    fault: Option<ExportFault>,
}

impl Default for Exports {
    fn default() -> Self {
        Self {
            jobs: BTreeMap::new(),
            planned: VecDeque::new(),
            job_time: Duration::from_millis(50),
            address_time: Duration::from_secs(60),
            late: vec![],
            stale: BTreeMap::new(),
            packed: true,
            identities: true,
        }
    }
}

/// `POST /api/v2/jobs/users-exports`
pub fn begin(state: &mut State, request: &Request) -> Reply {
    if !state.scopes.contains("read:users") {
        return problem(
            403,
            "insufficient_scope",
            "Insufficient scope, expected any of: read:users",
        );
    }
    let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let fields = asked["fields"].as_array().cloned().unwrap_or_default();
    let known = ["connection_id", "format", "limit", "fields"];
    let members = asked.as_object().map(|it| it.keys().cloned().collect::<Vec<_>>());
    let plain = members.is_some_and(|it| it.iter().all(|name| known.contains(&name.as_str())))
        && fields.iter().all(|field| {
            field["name"].as_str().is_some_and(|name| (1..=100).contains(&name.len()))
        })
        && asked["format"] == "json"
        && asked["limit"].is_null();
    if !plain {
        state.violations.push(format!("an export of {asked}"));
        return problem(400, "invalid_body", "Payload validation error");
    }
    if asked["connection_id"] != CONNECTION_ID {
        return problem(400, "inexistent_connection", "The connection does not exist.");
    }
    state.moment("before the export");
    let id = format!("job_e{:015}", state.exports.jobs.len() + 1);
    let fields =
        fields.iter().filter_map(|field| field["name"].as_str().map(str::to_owned)).collect();
    let fault = state.exports.planned.pop_front().flatten();
    let export =
        Export { fields, begun: Instant::now(), file: None, addresses: BTreeMap::new(), fault };
    state.exports.jobs.insert(id.clone(), export);
    Reply::json(200, &shown(&id, "pending"))
}

fn shown(id: &str, status: &str) -> Value {
    json!({
        "id": id, "type": "users_export", "status": status, "connection_id": CONNECTION_ID,
        "created_at": "2026-11-29T01:00:00.000Z", "format": "json",
    })
}

/// How an export stands; none where it is no export's id.
pub fn job(state: &mut State, id: &str, host: &str) -> Option<Reply> {
    let (fields, fault, due) = {
        let export = state.exports.jobs.get(id)?;
        let due = export.begun.elapsed() >= state.exports.job_time;
        (export.fields.clone(), export.fault, due)
    };
    match fault {
        Some(ExportFault::Forget) if due => {
            return Some(problem(404, "inexistent_job", "The job does not exist"));
        }
        Some(ExportFault::Fail) if due => return Some(Reply::json(200, &shown(id, "failed"))),
        _ if !due => {
            let mut answer = shown(id, "pending");
            answer["percentage_done"] = json!(40);
            return Some(Reply::json(200, &answer));
        }
        _ => {}
    }
    let file = state.exports.jobs.get_mut(id)?.file.take();
    let file = file.unwrap_or_else(|| state.file(&fields, fault));
    let export = state.exports.jobs.get_mut(id)?;
    export.file = Some(file);
    let name = format!("{id}-{}", export.addresses.len());
    export.addresses.insert(name.clone(), Instant::now());
    let mut answer = shown(id, "completed");
    answer["location"] = json!(format!("https://{host}/exports/{name}?signature=canary-link-3d"));
    state.moment("the export is ready");
    Some(Reply::json(200, &answer))
}

/// The file behind an address, for whoever has the address and shows nothing else.
pub fn download(state: &mut State, request: &Request) -> Reply {
    if request.header("authorization").is_some() {
        state.violations.push("a token at an address".to_owned());
    }
    if request.query("signature") != Some("canary-link-3d") {
        return Reply::Answer(403, String::new(), b"<Error>SignatureDoesNotMatch</Error>".to_vec());
    }
    state.moment("before the file");
    let name = request.path.trim_start_matches("/exports/");
    let (mut found, limit) = (None, state.exports.address_time);
    for export in state.exports.jobs.values() {
        if let Some(since) = export.addresses.get(name) {
            found = Some((export, since.elapsed() < limit));
        }
    }
    match found {
        Some((export, true)) if export.fault != Some(ExportFault::Expire) => {
            let file = export.file.clone().unwrap_or_default();
            if export.fault == Some(ExportFault::HangUp) {
                return Reply::Torn(file);
            }
            Reply::Answer(200, "Content-Type: application/gzip\r\n".to_owned(), file)
        }
        _ => Reply::Answer(403, String::new(), b"<Error>Request has expired</Error>".to_vec()),
    }
}

impl State {
    fn file(&self, fields: &[String], fault: Option<ExportFault>) -> Vec<u8> {
        let mut lines = String::new();
        let ours = |id: &&String| {
            self.users[*id].connection == CONNECTION && !self.exports.late.contains(*id)
        };
        for id in self.users.keys().filter(ours) {
            let mut user = self.profile(id);
            if let Some(Value::Object(stale)) = self.exports.stale.get(id) {
                stale.iter().for_each(|(name, value)| user[name] = value.clone());
            }
            let named = user.as_object().expect("an object").iter().filter(|(name, _)| {
                fields.contains(name) && (self.exports.identities || *name != "identities")
            });
            let line: serde_json::Map<_, _> =
                named.map(|(name, value)| (name.clone(), value.clone())).collect();
            lines += &format!("{}\n", Value::Object(line));
        }
        match fault {
            Some(ExportFault::NoUser) => lines += "{\"statusCode\":500}\n",
            Some(ExportFault::Page) => return b"<html>Sign in to the network</html>".to_vec(),
            Some(ExportFault::Bomb) => lines += &(" ".repeat(1024 * 1024) + "\n").repeat(70),
            _ => {}
        }
        let mut file = if self.exports.packed {
            let mut encoder = GzEncoder::new(vec![], Compression::best());
            encoder.write_all(lines.as_bytes()).expect("packed");
            encoder.finish().expect("packed")
        } else {
            lines.into_bytes()
        };
        match fault {
            Some(ExportFault::Cut) => file.truncate(file.len() * 2 / 3),
            Some(ExportFault::Damage) => {
                let middle = file.len() / 2;
                file[middle] ^= 0x55;
            }
            _ => {}
        }
        file
    }
}
