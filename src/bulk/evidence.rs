//! What the gate's counters say of schemes, read from `/metrics` or from a saved page: which ones real
//! logins have proven, and where gate and legacy application differed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::time::Duration;

use crate::cause::innermost;

/// The gate counts a right password here, by the scheme of the hash that it was right for.
const VERIFIED: &str = "narrowgate_verified_hashes_total";
/// And here, in shadow mode, what the application and the gate said.
const SHADOW: &str = "narrowgate_shadow_logins_total";
const DROPPED: &str = "narrowgate_shadow_dropped_total";
/// A password that is right, in the labels of [`SHADOW`].
const ACCEPTED: &str = "accepted";

/// The largest page that is read, in bytes.
const MAX_PAGE: usize = 8 * 1024 * 1024;

/// A page of counters, from a file or from an address.
///
/// # Errors
/// Why there is none, in words.
pub async fn page(source: &str) -> Result<String, String> {
    let page = text(source).await?;
    // A page of somebody else would prove nothing and refute nothing.
    let is_of_a_gate = page.lines().any(|line| line.trim_start().starts_with("narrowgate_"));
    if is_of_a_gate { Ok(page) } else { Err("holds no counter of a gate".to_owned()) }
}

async fn text(source: &str) -> Result<String, String> {
    if !source.starts_with("http://") && !source.starts_with("https://") {
        let mut page = vec![];
        let file = File::open(source).map_err(|error| error.to_string())?;
        let mut file = file.take(MAX_PAGE as u64 + 1);
        file.read_to_end(&mut page).map_err(|error| error.to_string())?;
        return whole(page);
    }
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build();
    let client = client.map_err(|error| innermost(&error))?;
    let told = |error: reqwest::Error| error.without_url().to_string();
    let mut response = client.get(source).send().await.map_err(told)?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(format!("status {}", response.status().as_u16()));
    }
    let mut page = vec![];
    while let Some(chunk) = response.chunk().await.map_err(told)? {
        page.extend_from_slice(&chunk);
        if page.len() > MAX_PAGE {
            break;
        }
    }
    whole(page)
}

fn whole(page: Vec<u8>) -> Result<String, String> {
    if page.len() > MAX_PAGE {
        return Err("the page is too large".to_owned());
    }
    String::from_utf8(page).map_err(|_| "is no text".to_owned())
}

/// What the counters of one gate or of several come to.
///
/// Source of their form: prometheus.io, "Text-based format".
#[derive(Default)]
pub struct Evidence {
    verified: BTreeSet<String>,
    /// Where application and gate were asked the same, by scheme.
    pub shadow: BTreeMap<String, Agreement>,
    /// Logins of the application that were not verified, by the reason.
    pub dropped: BTreeMap<String, u64>,
}

/// How often two that were asked the same said the same.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Both: the password is right.
    pub both_accept: u64,
    /// Both: it is not.
    pub both_refuse: u64,
    /// The gate alone says that it is right.
    pub false_accepts: u64,
    /// The application alone says that it is right, by the gate's reason.
    pub false_refusals: BTreeMap<String, u64>,
}

impl Evidence {
    /// Adds a page. Pages of several gates may also stand one behind the other.
    ///
    /// # Errors
    /// A line of these counters is damaged: what it says may be what speaks against a scheme.
    pub fn read(&mut self, page: &str) -> Result<(), String> {
        for (line, number) in page.lines().zip(1..) {
            let Some(metric) = [VERIFIED, SHADOW, DROPPED].into_iter().find(|it| is_of(line, it))
            else {
                continue;
            };
            let damaged = || format!("line {number} is damaged; save the page again");
            let (labels, times) = series(line, metric).ok_or_else(damaged)?;
            if times == 0 {
                continue;
            }
            let label = |name| label(labels, name).ok_or_else(damaged);
            match metric {
                VERIFIED => drop(self.verified.insert(label("scheme")?)),
                DROPPED => add(self.dropped.entry(label("reason")?).or_default(), times),
                _ => {
                    let [scheme, application, gate] = ["scheme", "application", "gate"].map(label);
                    self.compare(scheme?, &application?, gate?, times);
                }
            }
        }
        Ok(())
    }

    fn compare(&mut self, scheme: String, application: &str, gate: String, times: u64) {
        let agreement = self.shadow.entry(scheme).or_default();
        let count = match (application == ACCEPTED, gate == ACCEPTED) {
            (true, true) => &mut agreement.both_accept,
            (false, false) => &mut agreement.both_refuse,
            (false, true) => &mut agreement.false_accepts,
            (true, false) => agreement.false_refusals.entry(gate).or_default(),
        };
        add(count, times);
    }

    /// The schemes of which at least one right password is counted, and where the gate never said so
    /// against the application.
    #[must_use]
    pub fn proven(&self) -> BTreeSet<String> {
        let agreed = self.shadow.iter().filter(|(_, agreement)| agreement.both_accept > 0);
        let mut proven: BTreeSet<_> = agreed.map(|(scheme, _)| scheme.clone()).collect();
        proven.extend(self.verified.iter().cloned());
        proven.retain(|scheme| self.shadow.get(scheme).is_none_or(|it| it.false_accepts == 0));
        proven
    }
}

/// A page may say any number.
fn add(count: &mut u64, times: u64) {
    *count = count.saturating_add(times);
}

/// Whether this is a line of this metric, and of none whose name goes on.
fn is_of(line: &str, metric: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with(|next: char| next == '_' || next.is_alphanumeric());
    line.trim_start().strip_prefix(metric).is_some_and(|rest| !goes_on(rest))
}

/// The labels of a line of this metric, and its value.
fn series<'a>(line: &'a str, metric: &str) -> Option<(&'a str, u64)> {
    let (labels, value) = line.trim().strip_prefix(metric)?.strip_prefix('{')?.split_once('}')?;
    let value: f64 = value.split_whitespace().next()?.parse().ok()?;
    // Whole in the page of a gate; what adds up pages may write 1e+06.
    Some((labels, format!("{value:.0}").parse().ok()?))
}

fn label(labels: &str, name: &str) -> Option<String> {
    labels.split(',').find_map(|label| {
        let value = label.trim().strip_prefix(name)?.strip_prefix("=\"")?.strip_suffix('"')?;
        Some(value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proven(page: &str) -> Vec<String> {
        let mut evidence = Evidence::default();
        evidence.read(page).expect("a page");
        evidence.proven().into_iter().collect()
    }

    #[test]
    fn a_scheme_is_proven_by_one_right_password() {
        let page = "# TYPE narrowgate_verified_hashes_total counter\n\
            narrowgate_verified_hashes_total{scheme=\"bcrypt\"} 12\n\
            narrowgate_verified_hashes_total{instance=\"a\",scheme=\"phpass\"} 1 1700000000\n\
            narrowgate_verified_hashes_total{scheme=\"argon2id\"} 0\n\
            narrowgate_verified_hashes_total_more{scheme=\"md5\n\
            narrowgate_hashes_total{scheme=\"md5_crypt\"} 7\n";
        assert_eq!(proven(page), ["bcrypt", "phpass"]);
    }

    #[test]
    fn a_page_that_is_cut_or_damaged_is_none() {
        let line = "narrowgate_shadow_logins_total{application=\"refused\",gate=\"accepted\",scheme=\"phpass\"} 7";
        let whole = "narrowgate_verified_hashes_total{scheme=\"bcrypt\"} 1\n".to_owned() + line;
        assert_eq!(Evidence::default().read(&whole), Ok(()));
        let name = "narrowgate_shadow_logins_total".len();
        let cut = (name..line.len()).map(|length| line[..length].to_owned());
        let damaged = [",0", "\0"].map(|end| format!("{line}{end}"));
        let without =
            ["scheme=", "gate=", "application="].map(|label| line.replace(label, "other="));
        for line in cut.chain(damaged).chain(without) {
            assert!(Evidence::default().read(&line).is_err(), "{line:?}");
        }
    }

    #[test]
    fn a_false_accept_takes_the_proof_away() {
        let line = |scheme: &str, application: &str, gate: &str, times: &str| {
            format!(
                "narrowgate_shadow_logins_total{{application=\"{application}\",gate=\"{gate}\",scheme=\"{scheme}\"}} {times}\n"
            )
        };
        let mut page = line("bcrypt", "accepted", "accepted", "2e3")
            + &line("bcrypt", "refused", "wrong_password", "5")
            + &line("phpass", "accepted", "wrong_password", "3")
            + &line("phpass", "accepted", "weak_scheme_off", "1")
            + "narrowgate_shadow_dropped_total{reason=\"busy\"} 4\n";
        assert_eq!(proven(&page), ["bcrypt"]);
        let mut evidence = Evidence::default();
        evidence.read(&page).expect("a page");
        evidence.read(&line("bcrypt", "accepted", "accepted", "1")).expect("a page");
        let expected = Agreement { both_accept: 2001, both_refuse: 5, ..Agreement::default() };
        assert_eq!(evidence.shadow.get("bcrypt"), Some(&expected));
        let refusals = evidence.shadow.get("phpass").map(|it| it.false_refusals.values().sum());
        assert_eq!((refusals, evidence.dropped.get("busy")), (Some(4_u64), Some(&4)));
        page += &line("bcrypt", "refused", "accepted", "1");
        page += "narrowgate_verified_hashes_total{scheme=\"bcrypt\"} 12\n";
        assert!(proven(&page).is_empty());
    }

    #[test]
    fn numbers_that_no_gate_reaches_end_at_the_largest() {
        let logins = |gate: &str| {
            let labels = format!("application=\"accepted\",gate=\"{gate}\",scheme=\"bcrypt\"");
            format!("narrowgate_shadow_logins_total{{{labels}}} 1.8e19\n")
        };
        let page = ["accepted", "wrong_password", "busy"].map(logins).concat()
            + "narrowgate_shadow_dropped_total{reason=\"busy\"} 1.8e19\n";
        let mut evidence = Evidence::default();
        for _ in 0..2 {
            evidence.read(&page).expect("a page");
        }
        let both = evidence.shadow.get("bcrypt").map(|it| it.both_accept);
        assert_eq!([both, evidence.dropped.get("busy").copied()], [Some(u64::MAX); 2]);
    }
}
