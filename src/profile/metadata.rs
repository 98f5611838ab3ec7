//! Metadata as the legacy store has them: one JSON object, whatever wrote its numbers.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::InvalidUserRecord;

/// The member of `app_metadata` that keeps a blocked user out of Auth0.
pub const LEGACY_BLOCKED: &str = "legacy_blocked";

/// A metadata column, still as JSON text.
pub struct Metadata(String);

impl From<String> for Metadata {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|text| Self(text.get().to_owned()))
    }
}

impl Metadata {
    /// The object. An empty text and null are none. Numbers that a double cannot hold digit by digit
    /// become texts, and half a surrogate pair becomes U+FFFD: neither arrives in the tenant otherwise.
    pub(super) fn read(self) -> Result<Map<String, Value>, InvalidUserRecord> {
        let text = self.0.trim();
        if matches!(text, "" | "null" | "\"\"") {
            return Ok(Map::new());
        }
        // MySQL and MariaDB take text with half a pair for no JSON, and their routines quote it.
        let quoted = text.starts_with('"').then(|| serde_json::from_str::<String>(text).ok());
        let halved = quoted.flatten().filter(|quoted| paired(quoted) != quoted.as_str());
        serde_json::from_str(&exact(halved.as_deref().unwrap_or(text)))
            .map(|Members(object)| object)
            .map_err(|_| InvalidUserRecord("metadata are no JSON object, or repeat a name"))
    }
}

/// An object that has each name once. Of a repeated one every reader takes another value, and
/// one of them may be a block.
struct Members(Map<String, Value>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Members;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
                let mut object = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if object.insert(name, value).is_some() {
                        return Err(A::Error::custom("a repeated name"));
                    }
                }
                Ok(Members(object))
            }
        }
        deserializer.deserialize_map(Once)
    }
}

/// Puts the legacy system's block into `app_metadata`. The name is the service's own: what a mapping
/// writes under it can only add a block.
pub(super) fn with_block(
    mut metadata: Map<String, Value>,
    blocked: bool,
) -> Result<Map<String, Value>, InvalidUserRecord> {
    let told = match metadata.remove(LEGACY_BLOCKED) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        // What MySQL and SQLite make of a condition.
        Some(Value::Number(number)) if number.as_u64() == Some(0) => false,
        Some(Value::Number(number)) if number.as_u64() == Some(1) => true,
        Some(_) => return Err(InvalidUserRecord("legacy_blocked in app_metadata is no flag")),
    };
    if blocked || told {
        metadata.insert(LEGACY_BLOCKED.to_owned(), Value::Bool(true));
    }
    Ok(metadata)
}

/// Whether a number in the JSON text has digits that a double does not hold: it becomes a text.
#[must_use]
pub fn holds_inexact_number(text: &str) -> bool {
    // Quotes around a number are all that makes the text longer.
    exact(text).len() > text.len()
}

/// JSON text whose numbers and escapes every reader takes for the same.
fn exact(text: &str) -> String {
    let mut done = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        done.push_str(before);
        let length = if from.starts_with('"') { string(from) } else { number(from) };
        let (token, after) = from.split_at(length);
        if token.starts_with('"') {
            done.push_str(&paired(token));
        } else if is_exact(token) {
            done.push_str(token);
        } else {
            done.extend(["\"", token, "\""]);
        }
        rest = after;
    }
    done + rest
}

/// The length of the string that a text begins with.
fn string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

/// The length of the number that a text begins with.
fn number(text: &str) -> usize {
    let part = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    text.find(|c| !part(c)).unwrap_or(text.len())
}

/// A string in which no escape is half a surrogate pair.
fn paired(string: &str) -> Cow<'_, str> {
    if !string.contains("\\u") {
        return Cow::Borrowed(string);
    }
    let (mut done, mut rest) = (String::with_capacity(string.len()), string);
    while let Some(at) = rest.find('\\') {
        let (before, from) = rest.split_at(at);
        done.push_str(before);
        let pair = from.get(6..).and_then(unit).filter(|low| (0xdc00..0xe000).contains(low));
        let (token, length) = match unit(from) {
            Some(0xd800..0xdc00) if pair.is_some() => (None, 12),
            Some(0xd800..0xe000) => (Some("\\ufffd"), 6),
            _ => (None, 2),
        };
        // A backslash at the very end is for the parser to refuse.
        let (escape, after) = from.split_at_checked(length).unwrap_or((from, ""));
        done.push_str(token.unwrap_or(escape));
        rest = after;
    }
    Cow::Owned(done + rest)
}

/// The UTF-16 unit of the escape that a text begins with.
fn unit(text: &str) -> Option<u32> {
    u32::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

/// Whether reading a number as a double and writing it in its shortest form gives these digits.
fn is_exact(number: &str) -> bool {
    // What is no number is for the parser to refuse.
    let Ok(double) = number.parse::<f64>() else { return true };
    double.is_finite() && digits(number) == digits(&format!("{double:e}"))
}

/// The digits that count, and the power of ten of the last of them.
fn digits(number: &str) -> (String, i64) {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{}{fraction}", whole.trim_start_matches('-'));
    let kept = all.trim_end_matches('0');
    let significant = kept.trim_start_matches('0').to_owned();
    if significant.is_empty() {
        return (significant, 0);
    }
    let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
    // An exponent beyond all bounds is no double's.
    let exponent = exponent.parse::<i64>().unwrap_or(i64::MAX / 2);
    (significant, exponent.saturating_sub(length(fraction)) + length(&all) - length(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_a_double_cannot_hold_is_text() {
        for number in [
            "0",
            "-1",
            "1.50",
            "0.1",
            "-0.0",
            "1e3",
            "1E+2",
            "1e300",
            "5e-324",
            "123456.789",
            "9007199254740992",
            "-9007199254740992",
            "100000000000000000000",
            "0e999",
            "1.0e-7",
        ] {
            assert_eq!(exact(number), number);
        }
        for number in [
            "1546130668394913822",
            "9007199254740993",
            "-9007199254740993",
            "1e400",
            "-1e400",
            "1e-400",
            "0.1000000000000000055",
            "3.14159265358979323846",
            "18446744073709551616",
            "1e99999999999999999999",
            "4.9e-324",
        ] {
            assert_eq!(exact(number), format!("\"{number}\""));
        }
        assert_eq!(
            exact(
                r#"{"a1":[1546130668394913822, 2],"1546130668394913822":"1546130668394913822\"1"}"#
            ),
            r#"{"a1":["1546130668394913822", 2],"1546130668394913822":"1546130668394913822\"1"}"#
        );
    }

    #[test]
    fn half_a_character_is_replaced() {
        for (text, expected) in [
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\uD83D""#, r#""\ufffd""#),
            (r#""a\ude00\ud83dz""#, r#""a\ufffd\ufffdz""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\ud83d\u0041\n""#, r#""\\ud83d\u0041\n""#),
            (r#""\ud83d\n""#, r#""\ufffd\n""#),
        ] {
            assert_eq!(exact(text), expected, "{text}");
            assert!(serde_json::from_str::<Value>(&exact(text)).is_ok(), "{text}");
        }
        for broken in
            ["\"\\", "\"\\u", "\"\\ud83d", "\"\\u\u{e9}\u{e9}\u{e9}\u{e9}\"", "{", "-", "1.2.3"]
        {
            assert!(serde_json::from_str::<Value>(&exact(broken)).is_err(), "{broken}");
        }
    }

    #[test]
    fn only_an_object_is_metadata() {
        for none in ["", " ", "null", "\"\"", "{}"] {
            assert_eq!(Metadata(none.to_owned()).read(), Ok(Map::new()), "{none}");
        }
        let quoted = Metadata(r#""{\"a\":\"\\ud83d\"}""#.to_owned()).read().expect("an object");
        assert_eq!(quoted.get("a"), Some(&Value::from("\u{fffd}")));
        for other in ["[]", "\"{}\"", "0", "true", "{\"a\":1", "x"] {
            assert!(Metadata(other.to_owned()).read().is_err(), "{other}");
        }
        for repeated in
            [r#"{"legacy_blocked":true,"legacy_blocked":false}"#, r#"{"a":1,"b":2,"\u0061":1}"#]
        {
            assert!(Metadata(repeated.to_owned()).read().is_err(), "{repeated}");
        }
        assert!(Metadata(r#"{"a":{"b":1,"b":2}}"#.to_owned()).read().is_ok());
        let deep = format!("{}1{}", "{\"a\":".repeat(200_000), "}".repeat(200_000));
        assert!(Metadata(deep).read().is_err());
    }
}
