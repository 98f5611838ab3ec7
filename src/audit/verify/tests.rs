use super::*;
use crate::audit::chain::Chain;

const STREAM: &str = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

/// A line of the service with these members.
fn line(members: &str) -> String {
    format!("{{\"timestamp\":\"2027-01-31T09:30:00Z\",{members}}}\n")
}

fn start(name: &str) -> String {
    line(&format!("\"audit\":\"start\",\"stream\":\"{name}\""))
}

fn end() -> String {
    line("\"audit\":\"end\"")
}

/// The lines as one chain.
fn chained(lines: &[String]) -> Vec<String> {
    let mut chain = Chain::default();
    let mut one = |line: &String| {
        let mut out = vec![];
        chain.append(line.as_bytes(), &mut out);
        String::from_utf8(out).expect("text")
    };
    lines.iter().map(&mut one).collect()
}

/// Whole lines of one process.
fn log_of(name: &str, lines: usize) -> Vec<String> {
    let text = |i: usize| match i {
        0 => start(name),
        i if i + 1 == lines => end(),
        i => line(&format!("\"message\":\"{i}}} \\\"seq\\\":1\"")),
    };
    chained(&(0..lines).map(text).collect::<Vec<_>>())
}

fn log(lines: usize) -> Vec<String> {
    log_of(STREAM, lines)
}

fn audit(lines: &[String]) -> Audit {
    audit_of(1, lines)
}

fn audit_of(gates: usize, lines: &[String]) -> Audit {
    let mut audit = Audit::of(gates);
    audit.read("log", lines.concat().as_bytes()).expect("read");
    audit.finish();
    audit
}

fn breaks(lines: &[String]) -> usize {
    audit(lines).findings.iter().filter(|finding| finding.is_break).count()
}

#[test]
fn a_whole_log_holds() {
    let lines = log(9);
    let audit = audit(&lines);
    assert_eq!(audit.findings, []);
    assert_eq!(audit.streams.len(), 1);
    let stream = &audit.streams[0];
    assert_eq!((stream.lines, stream.head.seq, stream.ended), (9, 8, true));
}

#[test]
fn whatever_is_done_to_a_line_is_found() {
    for at in 1..8 {
        let mut lines = log(9);
        lines.remove(at);
        assert!(breaks(&lines) > 0, "left out: {at}");
        let mut lines = log(9);
        lines[at] = lines[at].replace("message", "massage").replace("start", "stort");
        assert!(breaks(&lines) > 0, "changed: {at}");
        let mut lines = log(9);
        lines.insert(at, lines[at].clone());
        assert!(breaks(&lines) > 0, "twice: {at}");
        let mut lines = log(9);
        lines.swap(at, at - 1);
        assert!(breaks(&lines) > 0, "moved: {at}");
    }
    let mut lines = log(9);
    lines.truncate(6);
    assert_eq!(breaks(&lines), 0);
    assert!(!audit(&lines).findings.is_empty(), "without an end");
}

#[test]
fn two_processes_and_foreign_lines_do_not_disturb() {
    let other = log_of("00000000-0000-4000-8000-000000000000", 5);
    let pairs = log(5).into_iter().zip(other);
    let mixed: Vec<String> =
        pairs.flat_map(|(one, other)| [one, "not JSON\n".to_owned(), other]).collect();
    let audit = audit(&mixed);
    assert_eq!(audit.findings, []);
    assert_eq!((audit.streams.len(), audit.others), (2, 5));
}

#[test]
fn a_gap_that_the_process_tells_is_no_break() {
    let (mut chain, mut out) = (Chain::default(), vec![]);
    chain.append(start(STREAM).as_bytes(), &mut out);
    chain.skip(7);
    chain.append(line("\"missing\":7").as_bytes(), &mut out);
    chain.append(end().as_bytes(), &mut out);
    let mut audit = Audit::of(1);
    audit.read("log", &out[..]).expect("read");
    audit.finish();
    assert_eq!(audit.findings.len(), 1);
    assert!(!audit.findings[0].is_break, "{:?}", audit.findings);
}

#[test]
fn what_was_put_in_is_found_whatever_it_looks_like() {
    let honest = log(9);
    let copied = honest[4].trim_end();
    let long = " ".repeat(1024 * 1024);
    for (put_in, is_break) in [
        ("{\"endpoint\":\"/mark_migrated\",\"status\":200}".to_owned(), true),
        (copied.replace("\"seq\":4", "\"seq\":4,\"seq\":4"), true),
        (copied.replace("\"seq\":4", "\"seq\":-4"), true),
        ("{\"seq\":4,\"prev\":5}".to_owned(), true),
        (format!("\u{feff}{copied}"), false),
        (format!("{copied}x"), false),
        (long.clone(), true),
    ] {
        let mut lines = honest.clone();
        lines.insert(5, put_in.clone() + "\n");
        let found = audit(&lines).findings;
        assert_eq!(found.iter().map(|it| it.is_break).collect::<Vec<_>>(), [is_break]);
    }
    // Another program's.
    let mut lines = honest.clone();
    lines.insert(5, "{\"level\":\"info\",\"endpoint\":\"10.0.0.1:80\",\"seq\":7}\n".to_owned());
    assert_eq!(audit(&lines).findings, []);
    // In one line with an honest one, which then is missing.
    let mut lines = honest;
    lines[5] = long + &lines[5];
    assert!(breaks(&lines) > 1);
}

/// What no statement was sent for cannot have set a mark.
#[test]
fn a_refusal_explains_no_mark() {
    let mark = |rest: &str| line(&format!("\"endpoint\":\"/mark_migrated\",\"status\":503{rest}"));
    let nothing = ",\"identifier\":\"x\",\"reason\":\"late; what was asked for: nothing to do\"";
    let (untold, unsure) = ("no line tells of", "only failed requests explain");
    for (rest, told) in [("", untold), (",\"identifier\":\"x\"", unsure), (nothing, untold)] {
        let mut audit = audit(&chained(&[start(STREAM), mark(rest), end()]));
        audit.compare("marks", "2027-01-31T09 1").expect("counts");
        let texts: Vec<_> = audit.findings.iter().map(|finding| finding.text.as_str()).collect();
        assert!(matches!(texts[..], [text] if text.contains(told)), "{rest}: {texts:?}");
    }
}

/// Logs are rotated: of each gate the oldest lines may be gone, and of none those in between.
#[test]
fn as_many_logs_as_gates_may_begin_in_the_middle() {
    let cut = |name| log_of(name, 9).split_off(2);
    let other = "00000000-0000-4000-8000-000000000000";
    let both = [cut(STREAM), cut(other)].concat();
    let breaks = |gates, lines: &[String]| {
        let found = audit_of(gates, lines).findings;
        (found.len(), found.iter().filter(|finding| finding.is_break).count())
    };
    assert_eq!(breaks(1, &both), (2, 1));
    assert_eq!(breaks(2, &both), (2, 0));
    let mut lines = both;
    lines.remove(3);
    assert!(breaks(2, &lines).1 > 0);
}

/// What somebody put in is neither printed nor taken for a time.
#[test]
fn words_of_others_are_no_names_and_no_times() {
    for odd in ["y\\u001b[2J", "~", ""] {
        let found = audit(&chained(&[start(odd), end()]));
        assert!(found.findings.iter().any(|finding| finding.is_break), "{odd}");
        assert_eq!(found.streams[0].name, None);
        let late = |text: String| text.replace("2027-01-31T09:30:00Z", odd);
        for lines in [[late(start(STREAM)), end()], [start(STREAM), late(end())]] {
            let mut found = audit(&chained(&lines));
            assert!(found.findings.iter().any(|finding| finding.is_break), "{odd}");
            let stream = &found.streams[0];
            for time in [&stream.from, &stream.to] {
                assert!(time.is_empty() || time.starts_with("2027"), "{time}");
            }
            found.compare("marks", "2027-01-31T07 1\n2027-01-31T09 1").expect("counts");
            assert!(found.findings.iter().any(|finding| finding.text.contains("no line tells of")));
        }
    }
}
