//! What became of a text that the contract's script has noted, in as many lines as a report can bear.

use similar::Algorithm;
use similar::udiff::unified_diff;

/// Lines around a change, of the whole, and characters of a line.
const AROUND: usize = 2;
const LINES: usize = 24;
const WIDTH: usize = 160;

/// A text this long that holds letters and digits may be a key or a digest.
const SECRET: usize = 16;

/// A unified diff of two texts, cut where it is long.
pub(super) fn lines(then: &str, now: &str) -> Vec<String> {
    if then == now {
        return vec![];
    }
    let told = unified_diff(Algorithm::Myers, then, now, AROUND, None);
    let told = told.lines().filter(|line| !line.starts_with('\\'));
    let mut lines: Vec<_> = told.clone().take(LINES).map(|line| cut(&masked(line))).collect();
    if let Some(more) = told.count().checked_sub(LINES).filter(|more| *more > 0) {
        lines.push(format!("... and {more} more lines"));
    }
    lines
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{} ...", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}

/// The same without what may be a key: a report goes further than the database.
fn masked(line: &str) -> String {
    let part = |c: char| c.is_ascii_alphanumeric() || "+/=$.-".contains(c);
    let mut out = String::new();
    for run in line.split_inclusive(|c| !part(c)) {
        let text = run.trim_end_matches(|c| !part(c));
        let holds = |of: fn(char) -> bool| text.contains(of);
        let secret = text.len() >= SECRET
            && holds(|c| c.is_ascii_digit())
            && holds(|c| c.is_ascii_alphabetic());
        out += if secret { "***" } else { text };
        out += run.get(text.len()..).unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_with_what_stands_around_them() {
        let text = |changed: &str| format!("one\ntwo\nthree\n{changed}\nfive\nsix\nseven\n");
        let told = lines(&text("four"), &text("4 = 4"));
        let wanted = ["@@ -2,5 +2,5 @@", " two", " three", "-four", "+4 = 4", " five", " six"];
        assert_eq!(told, wanted);
        assert!(lines("same", "same").is_empty());
        assert_eq!(lines("", "new")[1..], ["+new"]);
    }

    #[test]
    fn neither_length_nor_secrets_come_out() {
        let many = (0..1000).map(|line| line.to_string()).collect::<Vec<_>>().join("\n");
        let told = lines("", &many);
        assert_eq!(told.len(), LINES + 1);
        assert_eq!(told.last().map(String::as_str), Some("... and 977 more lines"));
        let wide = lines("", &"é".repeat(5000)).concat();
        assert!(wide.len() < 400, "{}", wide.len());
        let key = "u.id || '9f86d081884c7d659a2feaa0c55ad015' || '$2b$10$abcdefghijklmnopqrstuv'";
        let told = lines("", key).concat();
        assert!(told.contains("u.id || '***' || '***'"), "{told}");
        let names = "narrowgate.migrated_user AS m, lower(c.email), 'utf8mb4_unicode_ci'";
        assert!(lines("", names).concat().contains(names));
    }
}
