//! docs/database.md shows the whole script for one small table, part by part: it is what is printed.

use super::run;

/// The texts between ``` and ``` of this kind.
fn blocks<'a>(page: &'a str, kind: &str) -> Vec<&'a str> {
    let start = format!("```{kind}\n");
    page.split(start.as_str())
        .skip(1)
        .map(|rest| rest.split("```").next().expect("the end of a block"))
        .collect()
}

/// Lines that say something, the head's included.
fn said(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.trim().is_empty()).collect()
}

#[test]
fn the_page_shows_the_whole_script() {
    let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/database.md"));
    let (_, section) = page.split_once("## One small table, the whole script").expect("a section");
    let folder = tempfile::TempDir::new().expect("a folder");
    let mapping = folder.path().join("shop.toml");
    std::fs::write(&mapping, blocks(section, "toml")[0]).expect("written");
    let output = run(&["--mapping", mapping.to_str().expect("a path"), "--engine", "postgresql"]);
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let shown = blocks(section, "sql").concat();
    for (line, (shown, printed)) in said(&shown).iter().zip(said(&printed)).enumerate() {
        assert_eq!(
            *shown, printed,
            "line {line} of the script on the page, not counting empty ones"
        );
    }
    assert_eq!(said(&shown).len(), said(&printed).len(), "the page's script ends early or late");
}
