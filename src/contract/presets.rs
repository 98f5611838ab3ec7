//! The mappings that are built in, one for the schema of each software.

/// Name and mapping, in the order of the names.
const PRESETS: &[(&str, &str)] = &[];

/// The mapping of this name.
#[must_use]
pub fn preset(name: &str) -> Option<&'static str> {
    PRESETS.iter().find(|(own, _)| *own == name).map(|(_, text)| *text)
}

/// Names, each with the first line of its mapping, which says what it is for.
pub fn presets() -> impl Iterator<Item = (&'static str, &'static str)> {
    let first = |text: &'static str| text.lines().next().unwrap_or_default();
    PRESETS.iter().map(move |(name, text)| (*name, first(text).trim_start_matches(['#', ' '])))
}
