//! What is found in stores as software leaves them, beside hashes: the sample's and the presets'.

use super::planted::{audited, found};
use crate::presets::{contract, fixture};
use crate::support::{Engine, Legacy};

/// Code and ids.
type Due = &'static [(&'static str, &'static [&'static str])];

#[track_caller]
fn expect(legacy: &Legacy, due: Due) {
    let (_, report, text) = audited(legacy, &["--ids", "100"]);
    let mut all = found(&report);
    all.retain(|(code, column), _| !column.is_empty() || code == "identifiers_cross");
    let all: Vec<_> = all.into_iter().map(|((code, _), ids)| (code, ids)).collect();
    let text_of = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let due: Vec<_> = due.iter().map(|(code, ids)| ((*code).to_owned(), text_of(ids))).collect();
    assert_eq!(all, due, "{text}");
    assert_eq!(report["skipped"].as_array().map(Vec::len), Some(0), "{text}");
}

/// Its addresses have capitals, and its lookups do not mind.
#[test]
fn the_sample_store() {
    Legacy::each(|legacy| {
        expect(
            &legacy,
            &[
                ("blocked", &["19", "6"]),
                ("duplicate_email", &["1", "10", "21", "9"]),
                ("email_with_blanks", &["21"]),
                ("identifiers_cross", &["15", "16"]),
                ("no_email", &["13"]),
                ("username_is_email", &["14", "16"]),
            ],
        );
    });
}

#[test]
fn the_stores_of_presets() {
    let cases: [(&str, Due); 4] = [
        (
            "django",
            &[
                ("blocked", &["3"]),
                ("duplicate_email", &["6", "7"]),
                ("no_email", &["5"]),
                ("username_is_email", &["12"]),
            ],
        ),
        ("laravel", &[]),
        ("flask-security", &[("blocked", &["3"])]),
        ("better-auth", &[]),
    ];
    for (preset, due) in cases {
        println!("{preset}");
        let script = contract(preset, "sqlite", &[], &[]).stdout;
        let store = fixture(&format!("{preset}-sqlite.sql"));
        let scripts = [store, String::from_utf8(script).expect("UTF-8")];
        let legacy = Legacy::filled(Engine::Sqlite, &|_| (), &scripts).expect("a file");
        expect(&legacy, due);
    }
}
