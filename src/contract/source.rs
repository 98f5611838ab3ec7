//! What a mapping says for one engine: its own values over the common ones, parameters filled in.

use std::collections::BTreeMap;

use super::{Engine, Fault};

/// What a parameter holds that everybody has to set.
const UNSET: &str = "change-me";

/// A text of the mapping.
#[derive(Debug, Clone)]
pub struct Text {
    /// Its line, from 1.
    pub line: usize,
    /// What is written there.
    pub text: String,
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// A lookup as written: a bare expression is the member `expression`.
pub(super) type Members = BTreeMap<String, Text>;

/// Everything a mapping says for one engine.
#[derive(Default)]
pub(super) struct Source {
    /// `from`, `where`, `password_check`.
    pub(super) single: Members,
    pub(super) columns: Members,
    pub(super) lookup: BTreeMap<String, Members>,
    /// Columns by table.
    pub(super) reads: BTreeMap<String, Vec<Text>>,
    pub(super) engines: Vec<Engine>,
    pub(super) faults: Vec<Fault>,
    pub(super) parameters: Members,
}

impl Source {
    pub(super) fn set(&mut self, assignments: &[String]) {
        for assignment in assignments {
            let value = assignment.split_once('=').map(|(name, value)| (name, value.to_owned()));
            match value.and_then(|(name, value)| Some((self.parameters.get_mut(name)?, value))) {
                Some((parameter, value)) => parameter.text = value,
                None => self.faults.push(Fault {
                    line: None,
                    key: format!("--set {assignment}"),
                    cause: "names no parameter of this mapping".to_owned(),
                    remedy: format!("there are: {}", self.parameter_names()),
                }),
            }
        }
    }

    /// A value of this mapping that stands for none.
    pub(super) fn unset(&mut self) {
        for (name, parameter) in &self.parameters {
            if parameter.text == UNSET {
                self.faults.push(Fault {
                    line: Some(parameter.line),
                    key: format!("parameters.{name}"),
                    cause: "is not set".to_owned(),
                    remedy: format!("say --set {name}=VALUE, or write it there"),
                });
            }
        }
    }

    fn parameter_names(&self) -> String {
        self.parameters.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// Puts the parameters into all texts.
    pub(super) fn fill(&mut self) {
        let parameters = &self.parameters;
        let fill = |text: &mut String| *text = filled(text, parameters);
        let members = self.lookup.values_mut().flat_map(BTreeMap::values_mut);
        let columns = self.reads.values_mut().flatten();
        for value in
            self.single.values_mut().chain(self.columns.values_mut()).chain(members).chain(columns)
        {
            fill(&mut value.text);
        }
        let filled = std::mem::take(&mut self.reads).into_iter().map(|(mut table, columns)| {
            fill(&mut table);
            (table, columns)
        });
        self.reads = filled.collect();
    }
}

/// In one pass: what looks like a parameter in a parameter's value stays. `{name:expression}` puts the expression where
/// the value has `{}`.
fn filled(text: &str, parameters: &Members) -> String {
    let (mut done, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        done += before;
        let value = after.split_once('}').and_then(|(name, tail)| {
            let (name, argument) = name.split_once(':').unwrap_or((name, "{}"));
            Some((parameters.get(name)?.text.replace("{}", argument), tail))
        });
        done += value.as_ref().map_or("{", |(value, _)| value);
        rest = value.map_or(after, |(_, tail)| tail);
    }
    done + rest
}
