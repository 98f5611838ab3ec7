//! Which schemes real logins through the gate have proven: its counters, read from `/metrics` or
//! from a saved page.

use std::collections::BTreeSet;
use std::time::Duration;

/// The gate counts a right password here, by the scheme of the hash that it was right for.
const COUNTER: &str = "narrowgate_verified_hashes_total";

/// The largest page that is read, in bytes.
const MAX_PAGE: usize = 8 * 1024 * 1024;

/// A page of counters, from a file or from an address.
///
/// # Errors
/// Why there is none, in words.
pub async fn page(source: &str) -> Result<String, String> {
    if !source.starts_with("http://") && !source.starts_with("https://") {
        return std::fs::read_to_string(source).map_err(|error| error.to_string());
    }
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build();
    let client = client.map_err(|_| "no TLS".to_owned())?;
    let told = |error: reqwest::Error| error.without_url().to_string();
    let mut response = client.get(source).send().await.map_err(told)?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(format!("status {}", response.status().as_u16()));
    }
    let mut page = vec![];
    while let Some(chunk) = response.chunk().await.map_err(told)? {
        page.extend_from_slice(&chunk);
        if page.len() > MAX_PAGE {
            return Err("the page is too large".to_owned());
        }
    }
    String::from_utf8(page).map_err(|_| "is no text".to_owned())
}

/// The schemes of which the page counts at least one right password. Pages of several gates may
/// stand one behind the other.
///
/// Source of the form: prometheus.io, "Text-based format".
#[must_use]
pub fn proven(page: &str) -> BTreeSet<String> {
    page.lines().filter_map(of_line).collect()
}

fn of_line(line: &str) -> Option<String> {
    let (labels, value) = line.trim().strip_prefix(COUNTER)?.strip_prefix('{')?.split_once('}')?;
    let value: f64 = value.split_whitespace().next()?.parse().ok()?;
    let scheme = labels.split(',').find_map(|label| {
        label.trim().strip_prefix("scheme=\"")?.strip_suffix('"').map(str::to_owned)
    })?;
    (value >= 1.0).then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_is_proven_by_one_right_password() {
        let page = "# TYPE narrowgate_verified_hashes_total counter\n\
            narrowgate_verified_hashes_total{scheme=\"bcrypt\"} 12\n\
            narrowgate_verified_hashes_total{instance=\"a\",scheme=\"phpass\"} 1 1700000000\n\
            narrowgate_verified_hashes_total{scheme=\"argon2id\"} 0\n\
            narrowgate_hashes_total{scheme=\"md5_crypt\"} 7\n\
            narrowgate_verified_hashes_total{scheme=\"lost\n";
        assert_eq!(proven(page), BTreeSet::from(["bcrypt".to_owned(), "phpass".to_owned()]));
    }
}
