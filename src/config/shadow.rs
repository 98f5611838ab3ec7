//! `[shadow]`: logins that the legacy application tells of, before users come from the tenant.

use std::time::{Duration, SystemTime};

use super::reader::Reader;

const KEY: &str = "shadow.until";
const DAY: Duration = Duration::from_hours(24);
/// How far ahead the end may be, in days: real passwords take one more way until then.
const LONGEST: u32 = 92;

/// Until when the endpoint for such logins is there.
#[derive(Clone, Copy)]
pub struct Shadow {
    /// The first instant without it.
    pub ends: SystemTime,
}

impl Shadow {
    /// None without the section.
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        if !reader.has_section("shadow") {
            return None;
        }
        let remedy = "write the last day (UTC) in quotation marks, for example \"2027-01-31\", or remove [shadow]";
        let text = reader.required(KEY, remedy)?;
        let Some(last) = day(&text) else {
            reader.fault(KEY, "is not a date", remedy);
            return None;
        };
        let (ends, now) = (last + DAY, SystemTime::now());
        if ends > now + DAY * (LONGEST + 1) {
            let remedy = format!("write a day within the next {LONGEST} days");
            reader.fault(KEY, "is too far away", &remedy);
        }
        reader.caution(if ends > now {
            format!("{KEY}: /shadow takes passwords from the legacy application until the end of {text} (UTC)")
        } else {
            format!("{KEY}: {text} is over, so there is no /shadow any more; remove [shadow]")
        });
        Some(Self { ends })
    }
}

/// The beginning of a day that is written as ISO 8601 has it.
fn day(text: &str) -> Option<SystemTime> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if text.len() != 10 || digits != 8 {
        return None;
    }
    humantime::parse_rfc3339(&format!("{text}T00:00:00Z")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_of_the_calendar() {
        let begins = |text| day(text)?.duration_since(SystemTime::UNIX_EPOCH).ok();
        assert_eq!(begins("2026-11-29"), Some(DAY * 20_786));
        for text in
            ["", "2026-11-31", "2026-13-01", "2026-1-1", "29.11.2026", "2026-11-29T", "tomorrow"]
        {
            assert_eq!(begins(text), None, "{text}");
        }
    }
}
