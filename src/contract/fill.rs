//! Templates with `{{name}}` for what varies.

/// Puts values into a template. A value that is a whole line and empty takes its line along.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = template.to_owned();
    for (name, value) in values {
        let mark = format!("{{{{{name}}}}}");
        if value.is_empty() {
            text = text.replace(&format!("\n{mark}\n"), "\n");
        }
        text = text.replace(&mark, value);
    }
    text
}

/// A migration without what its head says about applying it alone.
pub(super) fn fixed(migration: &str) -> &str {
    migration.split_once("\n\n").map_or(migration, |(_, rest)| rest)
}

/// Indents all lines but empty ones.
pub(super) fn indent(text: &str, by: &str) -> String {
    let lines = text
        .lines()
        .map(|line| if line.is_empty() { String::new() } else { format!("{by}{line}") });
    lines.collect::<Vec<_>>().join("\n")
}
