//! Takes typed values out of the merged sources by key and collects what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use config::{Config, ConfigError, Environment, File, FileFormat, Value, ValueKind};

use super::Fault;

/// The merged values that nobody has asked for yet, and the faults so far.
pub(super) struct Reader {
    values: BTreeMap<String, Value>,
    sections: BTreeSet<String>,
    faults: Vec<Fault>,
    cautions: Vec<String>,
    /// Every file that was read, or is to be.
    pub(super) files: Vec<PathBuf>,
}

/// Which program's environment variables go over its file.
#[derive(Clone, Copy)]
pub(super) enum Program {
    /// `NARROWGATE__SECTION__KEY`
    Gate,
    /// `NARROWGATE_MIGRATE__SECTION__KEY`
    Migrate,
}

impl Reader {
    /// `how` says how to name another file.
    pub(super) fn open(file: &Path, program: Program, how: &str) -> Result<Self, Vec<Fault>> {
        let name = file.display().to_string();
        // Read once and here: it may be a pipe.
        let text =
            std::fs::read_to_string(file).map_err(|error| vec![fault(&name, &error, how)])?;
        let toml = File::from_str(&text, FileFormat::Toml);
        let merged = Config::builder().add_source(toml).add_source(environment(program)).build();
        let mut reader = Self::collect(merged, &name)?;
        reader.files.push(file.to_owned());
        Ok(reader)
    }

    pub(super) fn environment(program: Program) -> Result<Self, Vec<Fault>> {
        Self::collect(Config::builder().add_source(environment(program)).build(), "the environment")
    }

    /// Leaves everything but one section unread.
    pub(super) fn only(mut self, section: &str) -> Self {
        self.values.retain(|key, _| key.split_once('.').is_some_and(|(of, _)| of == section));
        self
    }

    pub(super) fn from_toml(toml: &str) -> Result<Self, Vec<Fault>> {
        let file = File::from_str(toml, FileFormat::Toml);
        Self::collect(Config::builder().add_source(file).build(), "configuration file")
    }

    fn collect(merged: Result<Config, ConfigError>, name: &str) -> Result<Self, Vec<Fault>> {
        let tables = merged.and_then(Config::try_deserialize::<BTreeMap<String, Value>>);
        let tables = tables.map_err(|error| {
            // The parser's message quotes the offending line, which may hold a secret.
            let text = error.to_string();
            let place = text.lines().find(|line| line.contains("line ")).unwrap_or("TOML").trim();
            vec![fault(name, &place, "mend the TOML syntax there")]
        })?;
        let mut reader = Self {
            values: BTreeMap::new(),
            sections: tables.keys().cloned().collect(),
            faults: vec![],
            cautions: vec![],
            files: vec![],
        };
        for (section, value) in tables {
            match value.kind {
                ValueKind::Table(table) => {
                    let keys =
                        table.into_iter().map(|(key, value)| (format!("{section}.{key}"), value));
                    reader.values.extend(keys);
                }
                _ => {
                    reader.values.insert(section, value);
                }
            }
        }
        Ok(reader)
    }

    /// Ends the reading: whatever is left is unknown.
    pub(super) fn finish(mut self) -> Result<Vec<String>, Vec<Fault>> {
        for key in self.values.keys() {
            self.faults.push(fault(key, &"is not a known key", "remove it or mend its spelling"));
        }
        if self.faults.is_empty() { Ok(self.cautions) } else { Err(self.faults) }
    }

    pub(super) fn fault(&mut self, key: &str, cause: &str, remedy: &str) {
        self.faults.push(fault(key, &cause, remedy));
    }

    /// Whether something is wrong with the key already, or with its `_file` twin.
    pub(super) fn is_at_fault(&self, key: &str) -> bool {
        self.faults.iter().any(|fault| fault.key.starts_with(key))
    }

    pub(super) fn caution(&mut self, caution: String) {
        self.cautions.push(caution);
    }

    fn take<T>(
        &mut self,
        key: &str,
        wanted: &str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Option<T> {
        let read = read(self.values.remove(key)?);
        if read.is_none() {
            self.fault(key, "has the wrong form", &format!("write {wanted}"));
        }
        read
    }

    /// Whether the section is there, be it empty.
    pub(super) fn has_section(&self, section: &str) -> bool {
        self.sections.contains(section)
    }

    /// Whether the key is given and not yet read.
    pub(super) fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        let text = self.take(key, "a text in quotation marks", |value| value.into_string().ok())?;
        if text.is_empty() {
            self.fault(key, "is empty", "give it a value or leave the key out");
            return None;
        }
        Some(text)
    }

    pub(super) fn required(&mut self, key: &str, remedy: &str) -> Option<String> {
        if !self.has(key) {
            self.fault(key, "is missing", remedy);
        }
        self.text(key)
    }

    pub(super) fn flag(&mut self, key: &str) -> bool {
        self.take(key, "true or false", |value| value.into_bool().ok()).unwrap_or(false)
    }

    /// A list of texts; one text with commas will do, since environment variables hold no lists.
    pub(super) fn list(&mut self, key: &str) -> Option<Vec<String>> {
        self.take(key, "a list of texts", |value| match value.kind {
            ValueKind::Array(items) => {
                items.into_iter().map(|item| item.into_string().ok()).collect()
            }
            ValueKind::String(text) => Some(
                text.split(',')
                    .map(|item| item.trim().to_owned())
                    .filter(|item| !item.is_empty())
                    .collect(),
            ),
            _ => None,
        })
    }

    pub(super) fn number(
        &mut self,
        key: &str,
        default: u32,
        range: std::ops::RangeInclusive<u32>,
    ) -> u32 {
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        let number = self.take(key, &wanted, |value| {
            u32::try_from(value.into_int().ok()?).ok().filter(|number| range.contains(number))
        });
        number.unwrap_or(default)
    }

    /// A number that need not be whole.
    pub(super) fn decimal(
        &mut self,
        key: &str,
        default: f64,
        range: std::ops::RangeInclusive<f64>,
    ) -> f64 {
        let wanted = format!("a number from {} to {}", range.start(), range.end());
        let number = self.take(key, &wanted, |value| {
            value.into_float().ok().filter(|number| range.contains(number))
        });
        number.unwrap_or(default)
    }

    /// A duration: text with units such as `"250ms"` or `"1h 30m"`, or whole seconds.
    pub(super) fn duration(&mut self, key: &str, default: &str, longest: &str) -> Duration {
        let parsed = |text: &str| humantime::parse_duration(text).unwrap_or_default();
        let wanted = format!("a duration such as \"{default}\", at most \"{longest}\"");
        let duration = self.take(key, &wanted, |value| {
            let text = value.into_string().ok()?;
            let seconds = u64::from_str(&text).ok().map(Duration::from_secs);
            seconds
                .or_else(|| humantime::parse_duration(&text).ok())
                .filter(|duration| *duration <= parsed(longest))
        });
        duration.unwrap_or_else(|| parsed(default))
    }

    /// A duration that must not be zero.
    pub(super) fn timeout(&mut self, key: &str, default: &str, longest: &str) -> Duration {
        let duration = self.duration(key, default, longest);
        if duration.is_zero() {
            self.fault(
                key,
                "is zero, so nothing could ever finish",
                &format!("write for example \"{default}\""),
            );
        }
        duration
    }

    pub(super) fn address(&mut self, key: &str) -> Option<SocketAddr> {
        self.take(key, "an IP address and a port, for example \"127.0.0.1:8443\"", |value| {
            value.into_string().ok()?.parse().ok()
        })
    }
}

fn environment(program: Program) -> Environment {
    let prefix = match program {
        Program::Gate => "NARROWGATE",
        Program::Migrate => "NARROWGATE_MIGRATE",
    };
    Environment::with_prefix(prefix).prefix_separator("__").separator("__")
}

fn fault(key: &str, cause: &dyn std::fmt::Display, remedy: &str) -> Fault {
    Fault { key: key.to_owned(), cause: cause.to_string(), remedy: remedy.to_owned() }
}
