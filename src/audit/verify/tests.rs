use super::*;
use crate::audit::chain::Chain;

/// Whole lines of one process.
fn log(name: &str, lines: usize) -> Vec<String> {
    let mut chain = Chain::default();
    let text = |i: usize| match i {
        0 => format!("{{\"audit\":\"start\",\"stream\":\"{name}\"}}\n"),
        i if i + 1 == lines => "{\"audit\":\"end\"}\n".to_owned(),
        i => format!("{{\"timestamp\":\"t{i}\",\"message\":\"}} \\\"seq\\\":1\"}}\n"),
    };
    let mut one = |i| {
        let mut out = vec![];
        chain.append(text(i).as_bytes(), &mut out);
        String::from_utf8(out).expect("text")
    };
    (0..lines).map(&mut one).collect()
}

fn audit(lines: &[String]) -> Audit {
    let mut audit = Audit::default();
    audit.read("log", lines.concat().as_bytes()).expect("read");
    audit.finish();
    audit
}

fn breaks(lines: &[String]) -> usize {
    audit(lines).findings.iter().filter(|finding| finding.is_break).count()
}

#[test]
fn a_whole_log_holds() {
    let lines = log("s", 9);
    let audit = audit(&lines);
    assert_eq!(audit.findings, []);
    assert_eq!(audit.streams.len(), 1);
    let stream = &audit.streams[0];
    assert_eq!((stream.lines, stream.head.seq, stream.ended), (9, 8, true));
}

#[test]
fn whatever_is_done_to_a_line_is_found() {
    for at in 1..8 {
        let mut lines = log("s", 9);
        lines.remove(at);
        assert!(breaks(&lines) > 0, "left out: {at}");
        let mut lines = log("s", 9);
        lines[at] = lines[at].replace("message", "massage").replace("start", "stort");
        assert!(breaks(&lines) > 0, "changed: {at}");
        let mut lines = log("s", 9);
        lines.insert(at, lines[at].clone());
        assert!(breaks(&lines) > 0, "twice: {at}");
        let mut lines = log("s", 9);
        lines.swap(at, at - 1);
        assert!(breaks(&lines) > 0, "moved: {at}");
    }
    let mut lines = log("s", 9);
    lines.truncate(6);
    assert_eq!(breaks(&lines), 0);
    assert!(!audit(&lines).findings.is_empty(), "without an end");
}

#[test]
fn two_processes_and_foreign_lines_do_not_disturb() {
    let other = log("o", 5);
    let pairs = log("s", 5).into_iter().zip(other);
    let mixed: Vec<String> =
        pairs.flat_map(|(one, other)| [one, "not JSON\n".to_owned(), other]).collect();
    let audit = audit(&mixed);
    assert_eq!(audit.findings, []);
    assert_eq!((audit.streams.len(), audit.others), (2, 5));
}

#[test]
fn a_gap_that_the_process_tells_is_no_break() {
    let (mut chain, mut out) = (Chain::default(), vec![]);
    chain.append(b"{\"audit\":\"start\",\"stream\":\"s\"}\n", &mut out);
    chain.skip(7);
    chain.append(b"{\"missing\":7}\n", &mut out);
    chain.append(b"{\"audit\":\"end\"}\n", &mut out);
    let mut audit = Audit::default();
    audit.read("log", &out[..]).expect("read");
    audit.finish();
    assert_eq!(audit.findings.len(), 1);
    assert!(!audit.findings[0].is_break, "{:?}", audit.findings);
}

#[test]
fn what_was_put_in_is_found_whatever_it_looks_like() {
    let honest = log("s", 9);
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
    let line = |rest: &str| {
        format!(
            "{{\"timestamp\":\"2027-01-31T09:30:00Z\",\"endpoint\":\"/mark_migrated\",\"status\":503{rest}}}\n"
        )
    };
    let nothing = ",\"identifier\":\"x\",\"reason\":\"late; what was asked for: nothing to do\"";
    let (untold, unsure) = ("no line tells of", "only failed requests explain");
    for (rest, told) in [("", untold), (",\"identifier\":\"x\"", unsure), (nothing, untold)] {
        let (mut chain, mut out) = (Chain::default(), vec![]);
        chain.append(b"{\"audit\":\"start\",\"stream\":\"s\"}\n", &mut out);
        chain.append(line(rest).as_bytes(), &mut out);
        chain.append(b"{\"audit\":\"end\"}\n", &mut out);
        let mut audit = Audit::default();
        audit.read("log", &out[..]).expect("read");
        audit.compare("marks", "2027-01-31T09 1").expect("counts");
        let texts: Vec<_> = audit.findings.iter().map(|finding| finding.text.as_str()).collect();
        assert!(matches!(texts[..], [text] if text.contains(told)), "{rest}: {texts:?}");
    }
}
