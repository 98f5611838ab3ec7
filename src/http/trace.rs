//! `traceparent` (W3C Trace Context): taken over where it is exactly right, and otherwise as if it were
//! not there. And `X-Correlation-Id`, which an application gives a login and the Action passes on.

/// The ids of a trace and of the caller's part of it, in lower-case hexadecimal.
pub(super) struct Trace {
    pub(super) trace_id: String,
    pub(super) span_id: String,
}

impl Trace {
    /// Reads the fields of that name, of which there may be one: version 00, and no id of zeros alone.
    pub(super) fn read<'a>(mut fields: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let (Some(field), None) = (fields.next(), fields.next()) else { return None };
        let text = std::str::from_utf8(field).ok()?;
        let mut parts = text.split('-');
        let (version, trace_id) = (parts.next()?, parts.next()?);
        let (span_id, flags, end) = (parts.next()?, parts.next()?, parts.next());
        let is_id = |text: &str, length: usize| {
            text.len() == length
                && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_set = |text: &str| text.bytes().any(|byte| byte != b'0');
        let good = version == "00"
            && is_id(trace_id, 32)
            && is_id(span_id, 16)
            && is_id(flags, 2)
            && end.is_none()
            && is_set(trace_id)
            && is_set(span_id);
        good.then(|| Self { trace_id: trace_id.to_owned(), span_id: span_id.to_owned() })
    }
}

/// Reads the fields of that name, of which there may be one, of the letters that Auth0 allows (docs:
/// "Configure correlation ID") but for `@`: it comes from the address of a page, and an e-mail
/// address must not reach the log.
pub(super) fn correlation_id<'a>(mut fields: impl Iterator<Item = &'a [u8]>) -> Option<String> {
    let (Some(field), None) = (fields.next(), fields.next()) else { return None };
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.*~+/:".contains(byte);
    let text = std::str::from_utf8(field).ok()?;
    ((1..=64).contains(&field.len()) && field.iter().all(fits)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn read(fields: &[&str]) -> Option<String> {
        let fields = fields.iter().map(|field| field.as_bytes());
        Trace::read(fields).map(|trace| format!("{} {}", trace.trace_id, trace.span_id))
    }

    #[test]
    fn only_what_is_exactly_right_is_taken() {
        let expected = "4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7";
        assert_eq!(read(&[GOOD]).as_deref(), Some(expected));
        let upper = GOOD.to_uppercase();
        let long = format!("{GOOD}-00");
        let (later, invalid) = (GOOD.replacen("00", "01", 1), GOOD.replacen("00", "ff", 1));
        let no_trace = GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32));
        let no_span = GOOD.replace("00f067aa0ba902b7", &"0".repeat(16));
        let wild = GOOD.replace("4bf9", "4bé9");
        for fields in [
            &[][..],
            &[GOOD, GOOD],
            &[""],
            &["00"],
            &[&upper],
            &[&long],
            &[&later],
            &[&invalid],
            &[&no_trace],
            &[&no_span],
            &[&wild],
            &[&GOOD[..54]],
            &[&format!(" {GOOD}")],
            &[&GOOD.replace('-', "_")],
        ] {
            assert_eq!(read(fields), None, "{fields:?}");
        }
    }

    #[test]
    fn an_id_of_the_applications_own_holds_no_address() {
        let read = |fields: &[&str]| correlation_id(fields.iter().map(|field| field.as_bytes()));
        let all = "txn_12345-x.y*z~a/b:c+D";
        assert_eq!(read(&[all]).as_deref(), Some(all));
        assert!(read(&[&"x".repeat(64)]).is_some());
        let long = "x".repeat(65);
        for fields in [
            &[][..],
            &[""],
            &["a", "b"],
            &["ada@example.com"],
            &["a b"],
            &["é"],
            &["\"}"],
            &[&long],
        ] {
            assert_eq!(read(fields), None, "{fields:?}");
        }
    }
}
