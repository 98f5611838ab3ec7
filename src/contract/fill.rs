//! Templates with `{{name}}` for what varies.

/// Puts values into a template, in one pass: what looks like a mark in a value stays. A value that
/// is a whole line and empty takes its line along.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let (mut text, mut rest) = (String::new(), template);
    while let Some((before, (name, after))) =
        rest.split_once("{{").and_then(|(before, mark)| Some((before, mark.split_once("}}")?)))
    {
        let value = values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        text += before;
        text += value;
        let no_line = value.is_empty() && before.ends_with('\n');
        rest = after.strip_prefix('\n').filter(|_| no_line).unwrap_or(after);
    }
    text + rest
}

/// A migration without what its head says about applying it alone.
pub(super) fn fixed(migration: &str) -> &str {
    migration.split_once("\n\n").map_or(migration, |(_, rest)| rest)
}

/// What stops a script before anything is touched, and the rest of a migration that takes everything back.
pub(super) fn guarded<'a>(migration: &'a str, rest: &str) -> (&'a str, &'a str) {
    let fixed = fixed(migration);
    let (guard, rest) = fixed.split_at(fixed.find(rest).unwrap_or(0));
    (guard.trim_end(), rest.trim_end())
}

/// Indents all lines but empty ones.
pub(super) fn indent(text: &str, by: &str) -> String {
    let lines = text
        .lines()
        .map(|line| if line.is_empty() { String::new() } else { format!("{by}{line}") });
    lines.collect::<Vec<_>>().join("\n")
}
