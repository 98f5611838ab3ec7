//! `narrowgate-migrate report`: the migration for a manager.

mod replaced;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::program::Program;
use crate::support::{Engine, Legacy};

const VARIABLE: &str = "NARROWGATE_MIGRATE_DATABASE_URL";

/// Marks by weeks before today: many come first, and then fewer and fewer.
const ARRIVALS: [u32; 10] = [900, 420, 260, 190, 150, 120, 100, 85, 75, 65];

/// Writes the report and gives it, with the exit code and everything printed.
#[track_caller]
fn report(legacy: &Legacy, format: &str) -> (Option<i32>, String, String) {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("narrowgate.toml"), "").unwrap();
    let out = folder.path().join("report");
    let out = out.to_str().unwrap();
    let arguments = ["report", "--quiet", "--out", out, "--format", format];
    let (code, said) =
        Program::migrate(folder.path(), &arguments, &[(VARIABLE, &legacy.bulk_url())]).end();
    (code, said, std::fs::read_to_string(out).unwrap_or_default())
}

fn arrive(legacy: &Legacy) {
    let (table, ago): (&str, fn(usize) -> String) = match legacy.engine {
        Engine::Sqlite => ("migrated_user", |days| format!("datetime('now', '-{days} days')")),
        Engine::Postgresql => {
            ("narrowgate.migrated_user", |days| format!("now() - interval '{days} days'"))
        }
        Engine::Mysql => {
            ("narrowgate.migrated_user", |days| format!("UTC_TIMESTAMP() - INTERVAL {days} DAY"))
        }
    };
    legacy.execute(&format!("DELETE FROM {table}"));
    for (week, arrivals) in ARRIVALS.iter().enumerate() {
        let days = 7 * (ARRIVALS.len() - week);
        let rows: Vec<String> =
            (0..*arrivals).map(|user| format!("('gone-{week}-{user}', {})", ago(days))).collect();
        legacy.execute(&format!(
            "INSERT INTO {table} (user_id, migrated_at) VALUES {}",
            rows.join(", ")
        ));
    }
}

#[test]
fn every_form_tells_the_same_numbers() {
    Legacy::each(|legacy| {
        arrive(&legacy);
        let (code, said, text) = report(&legacy, "json");
        assert_eq!((code, said.as_str()), (Some(0), ""));
        let told: Value = serde_json::from_str(&text).unwrap();
        let moved: u32 = ARRIVALS.iter().sum();
        assert_eq!(told["by_login"], moved);
        assert_eq!(told["users"], told["left"].as_u64().unwrap() + u64::from(moved));
        let weeks = told["weeks"].as_array().unwrap();
        assert!((10..=12).contains(&weeks.len()), "{weeks:?}");
        let sum: u64 = weeks.iter().map(|week| week["by_login"].as_u64().unwrap()).sum();
        assert_eq!(sum, u64::from(moved));
        assert_eq!(weeks.last().unwrap()["left"], told["left"]);
        assert_eq!(told["forecast"]["weeks"].as_array().unwrap().len(), 8);
        let groups = told["groups"].as_array().unwrap();
        let waiting: u64 = groups.iter().map(|group| group["users"].as_u64().unwrap()).sum();
        assert_eq!(waiting, told["left"].as_u64().unwrap());
        assert!(groups.iter().any(|group| group["moves"] == "new_password"), "{groups:?}");

        let sentences: Vec<&str> =
            told["sentences"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
        for format in ["html", "markdown"] {
            let (code, _, text) = report(&legacy, format);
            assert_eq!(code, Some(0));
            let text = text.replace("&#39;", "'").replace("&amp;", "&");
            for sentence in sentences.iter().chain([&told["headline"].as_str().unwrap()]) {
                assert!(text.contains(sentence), "{format}: no {sentence:?}");
            }
        }
    });
}

/// Whatever a clock said, everybody counts, in the words and in the weeks.
#[test]
fn marks_of_impossible_days_are_counted() {
    Legacy::each(|legacy| {
        arrive(&legacy);
        let (table, dates): (_, &[&str]) = match legacy.engine {
            Engine::Sqlite => ("migrated_user", &["'soon'", "'1969-07-20'", "'2999-01-01'"]),
            Engine::Postgresql => (
                "narrowgate.migrated_user",
                &["'infinity'", "'-infinity'", "'1969-07-20'", "'2999-01-01'"],
            ),
            Engine::Mysql => ("narrowgate.migrated_user", &["'1971-01-01'", "'2037-01-01'"]),
        };
        for (number, date) in dates.iter().enumerate() {
            legacy.execute(&format!(
                "INSERT INTO {table} (user_id, migrated_at) VALUES ('odd-{number}', {date})"
            ));
        }
        let (code, said, text) = report(&legacy, "json");
        assert_eq!((code, said.as_str()), (Some(0), ""));
        let told: Value = serde_json::from_str(&text).unwrap();
        let moved = ARRIVALS.iter().sum::<u32>() as usize + dates.len();
        assert_eq!(told["by_login"], moved);
        let weeks = told["weeks"].as_array().unwrap();
        assert!((10..=12).contains(&weeks.len()), "{weeks:?}");
        let sum: u64 = weeks.iter().map(|week| week["by_login"].as_u64().unwrap()).sum();
        assert_eq!(sum, moved as u64);
        assert!(!told["forecast"].is_null(), "{text}");
    });
}

#[test]
fn a_pipe_is_written_to_and_not_replaced() {
    let (legacy, folder) = (Legacy::sqlite(), TempDir::new().unwrap());
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let arguments = ["report", "--quiet", "--format", "json", "--out", "pipe"];
    let environment = [(VARIABLE, &*legacy.bulk_url())];
    let program = Program::migrate(folder.path(), &arguments, &environment);
    let text = std::fs::read_to_string(&pipe).unwrap();
    assert_eq!(program.end().0, Some(0));
    assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
    assert!(std::fs::read_dir(folder.path()).unwrap().count() == 1, "a file beside the pipe");
}

#[test]
fn reports_at_the_same_time_are_whole_and_touch_nothing_else() {
    let (legacy, folder) = (Legacy::sqlite(), TempDir::new().unwrap());
    let path = |name: &str| folder.path().join(name);
    for name in ["target.new", ".target.new", "target.tmp"] {
        std::fs::write(path(name), "my own notes").unwrap();
    }
    std::fs::write(path("narrowgate.toml"), "").unwrap();
    std::fs::write(path("target"), "").unwrap();
    std::os::unix::fs::symlink("target", path("link")).unwrap();
    let environment = [(VARIABLE, &*legacy.bulk_url())];
    let running: Vec<Program> = ["html", "json", "markdown", "html", "json", "markdown"]
        .iter()
        .map(|format| {
            let arguments = ["report", "--quiet", "--format", format, "--out", "link"];
            Program::migrate(folder.path(), &arguments, &environment)
        })
        .collect();
    for program in running {
        assert_eq!(program.end(), (Some(0), String::new()));
    }
    let text = std::fs::read_to_string(path("target")).unwrap();
    let whole = match text.as_bytes().first() {
        Some(b'<') => text.ends_with("</html>\n"),
        Some(b'{') => text.ends_with("}\n"),
        _ => text.starts_with("# ") && !text.contains("</html>"),
    };
    assert!(whole, "{text}");
    assert!(std::fs::symlink_metadata(path("link")).unwrap().is_symlink());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 6, "something was left behind");
    for name in ["target.new", ".target.new", "target.tmp"] {
        assert_eq!(std::fs::read_to_string(path(name)).unwrap(), "my own notes");
    }
}

#[test]
fn there_is_no_forecast_before_there_is_enough() {
    let legacy = Legacy::sqlite();
    let (_, _, text) = report(&legacy, "json");
    let told: Value = serde_json::from_str(&text).unwrap();
    assert!(told["forecast"].is_null());
    assert!(text.contains("There is no forecast yet"), "{text}");
}

#[test]
fn the_page_needs_nothing_from_outside_and_names_nobody() {
    let legacy = Legacy::sqlite();
    arrive(&legacy);
    let (_, _, page) = report(&legacy, "html");
    for word in
        ["http:", "https:", "<script", "<link", "url(", "@import", "src=", "gone-", "@example"]
    {
        assert!(!page.contains(word), "{word} in {page}");
    }
    for word in [
        "lang=\"en\"",
        "role=\"img\"",
        "<title id=",
        "<desc id=",
        "prefers-color-scheme: dark",
        "scope=\"col\"",
    ] {
        assert!(page.contains(word), "no {word}");
    }
}

#[test]
fn it_prints_on_one_page_and_shows_on_a_telephone() {
    let browser = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok());
    let Some(browser) = browser else {
        assert!(std::env::var_os("CI").is_none(), "no Chromium, which scripts/test installs");
        eprintln!("left out: no Chromium here");
        return;
    };
    let legacy = Legacy::sqlite();
    arrive(&legacy);
    let (_, _, page) = report(&legacy, "html");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("report.html");

    std::fs::write(&file, page).unwrap();
    let pdf = folder.path().join("report.pdf");
    look(browser, folder.path(), &[&format!("--print-to-pdf={}", pdf.display())], &file);
    let pdf = std::fs::read(pdf).unwrap();
    let pages = pdf.windows(11).filter(|at| *at == b"/Type /Page").count()
        - pdf.windows(12).filter(|at| *at == b"/Type /Pages").count();
    assert_eq!(pages, 1, "pages on paper");
    let picture = folder.path().join("telephone.png");
    let shot = format!("--screenshot={}", picture.display());
    look(browser, folder.path(), &[&shot, "--window-size=390,844"], &file);
    assert!(std::fs::metadata(picture).unwrap().len() > 10_000, "an empty picture");
}

fn look(browser: &str, folder: &Path, arguments: &[&str], file: &Path) {
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    let done = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--no-pdf-header-footer",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ])
        .arg(profile)
        .args(arguments)
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
