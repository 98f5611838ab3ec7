//! `narrowgate demo`: what it prints works as printed, and nothing of it is left behind.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::folder;
use crate::support::program::Program;
use crate::support::{Answer, Request};

/// One example: what is promised, and the request of its curl line.
struct Example {
    promise: String,
    address: SocketAddr,
    request: Request,
}

/// The words of a command line, as a shell parts them: single quotes and nothing else.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    for (i, part) in line.split('\'').enumerate() {
        if i % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn example(folder: &Path, comment: &str, line: &str) -> Example {
    let words = words(line);
    let promise = comment.split_once("expect ").expect("a promise").1.to_owned();
    let after = |option: &str| {
        let options = words.windows(2).filter(move |pair| pair[0] == option);
        options.map(|pair| pair[1].clone()).collect::<Vec<_>>()
    };
    let url = words.iter().find_map(|word| word.strip_prefix("http://")).expect("a URL");
    let (address, path) = url.split_once('/').expect("a path");
    let body = after("-d").concat();
    let file = after("-H").concat();
    let headers = std::fs::read_to_string(folder.join(file.trim_start_matches('@')));
    let headers = headers.expect("the file that -H names");
    let request =
        headers.lines().fold(Request::new("POST", &format!("/{path}")), |request, header| {
            let (name, value) = header.split_once(": ").expect("a header");
            request.header(name, value)
        });
    Example { promise, address: address.parse().expect("an address"), request: request.body(body) }
}

fn examples(folder: &Path, output: &str) -> Vec<Example> {
    let lines: Vec<_> = output.lines().collect();
    let pairs = lines
        .windows(2)
        .filter(|pair| pair[0].starts_with("# ") && pair[1].starts_with("curl -si"));
    pairs.map(|pair| example(folder, pair[0], pair[1])).collect()
}

fn keeps(promise: &str, answer: &Answer) -> bool {
    let (status, rest) = promise.split_once(' ').unwrap_or((promise, ""));
    let code = rest.split([' ', ':', ',']).next().unwrap_or_default();
    status == answer.status.to_string() && (answer.status == 200 || code == answer.code())
}

/// On a busy machine a hash may take longer than the demonstration's deadline, which is then a plain 503.
fn patiently(example: &Example) -> Answer {
    let send = || example.request.send(example.address).expect("an answer");
    std::iter::repeat_with(send).take(10).find(|answer| answer.status != 503).expect("no outage")
}

#[test]
fn what_it_prints_works_and_nothing_is_left_behind() {
    let folder = folder();
    let demo = Program::start(folder.path(), &["demo"], &[]);
    demo.wait_for("docs/auth0.md");
    let line = demo.wait_for("legacy database");
    let database = Path::new(line.trim().trim_start_matches("legacy database").trim()).to_owned();
    assert!(database.exists(), "{}", database.display());
    let inside = database.parent().expect("a folder");
    let mode = std::fs::metadata(inside).expect("a folder").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let tour = demo.output();
    let long = tour.lines().find(|line| line.len() > 160);
    assert!(long.is_none(), "too long to read: {long:?}");
    let examples = examples(inside, &tour);
    let mut profiles = vec![];
    for example in &examples {
        assert!(example.address.ip().is_loopback(), "{}", example.address);
        let answer = patiently(example);
        assert!(
            keeps(&example.promise, &answer),
            "{}: {} {}",
            example.promise,
            answer.status,
            answer.text()
        );
        answer.well_formed().expect("well formed");
        if example.promise.contains("profile") || example.promise.contains("the same bytes") {
            profiles.push(answer.text());
        }
    }
    assert_eq!(examples.len(), 8);
    promises_of_traces_are_kept(&demo, &tour);
    assert!(
        profiles.len() == 3 && profiles.iter().all(|text| *text == profiles[0]),
        "{profiles:#?}"
    );
    demo.signal("INT");
    let (code, output) = demo.end();
    assert_eq!(code, Some(0), "{output}");
    assert!(
        !database.exists() && !database.parent().expect("a folder").exists(),
        "{}",
        database.display()
    );
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "files are left");
}

/// Each step says which line it leaves in the log, and which metric.
fn promises_of_traces_are_kept(demo: &Program, tour: &str) {
    let metrics = tour.lines().find_map(|line| line.strip_prefix("curl -s http://"));
    let (address, _) = metrics.and_then(|line| line.split_once('/')).expect("a metrics line");
    let page = Request::new("GET", "/metrics").send(address.parse().expect("an address"));
    let page = page.expect("the metrics").text();
    let promises = tour.lines().filter_map(|line| line.strip_prefix("#    leaves "));
    let promises: Vec<_> = promises.collect();
    assert_eq!(promises.len(), 8);
    for promise in promises {
        let (line, metric) = promise.split_once(" in the log, and ").expect("two promises");
        assert!(page.contains(metric), "{metric}\n{page}");
        let logged =
            || demo.output().lines().any(|it| it.contains("decision") && it.contains(line));
        crate::support::wait_until(line, std::time::Duration::from_secs(5), logged);
    }
}

/// Several at once, and TERM as well as INT; HUP comes from a terminal that is closed.
#[test]
fn it_runs_beside_another_and_ends_on_term() {
    let folder = folder();
    let demos = ["TERM", "HUP"].map(|end| (end, Program::start(folder.path(), &["demo"], &[])));
    for (end, demo) in demos {
        demo.wait_for("Narrowgate is at http://127.0.0.1:");
        demo.signal(end);
        assert_eq!(demo.end().0, Some(0));
    }
}

#[test]
fn without_a_folder_for_temporary_files_it_says_what_to_set() {
    let folder = folder();
    let (code, text) = Program::run(folder.path(), &["demo"], &[("TMPDIR", "/no-such-directory")]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("set TMPDIR to a directory that can be written"), "{text}");
}
