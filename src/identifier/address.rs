//! E-mail addresses: their case, and the two forms of an internationalized domain.

use unicode_normalization::UnicodeNormalization;

/// Whether a text is taken for an e-mail address.
pub(super) fn is_one(text: &str) -> bool {
    text.contains('@')
}

/// NFC and Unicode simple lower case, with the domain in its ASCII form (RFC 5890), in which
/// `bücher.example` and `xn--bcher-kva.example` are one.
pub(super) fn normal(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let lower: String = text.nfc().map(lower).nfc().collect();
    match lower.rsplit_once('@') {
        Some((local, domain)) if !domain.is_ascii() => match in_ascii(domain) {
            Some(domain) => format!("{local}@{domain}"),
            None => lower,
        },
        _ => lower,
    }
}

/// An address in normal form with its domain in Unicode, where the domain has such a form.
pub(super) fn in_unicode(normal: &str) -> Option<String> {
    let (local, domain) = normal.rsplit_once('@')?;
    if !domain.split('.').any(|label| label.starts_with("xn--")) {
        return None;
    }
    let (unicode, outcome) = idna::domain_to_unicode(domain);
    let same = outcome.is_ok() && unicode != domain && in_ascii(&unicode)? == domain;
    same.then(|| format!("{local}@{unicode}"))
}

/// The ASCII form of a domain, unless that folds more than case: IDNA's mapping also takes
/// full-width letters and ligatures for others, and those are other domains to a legacy system.
fn in_ascii(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii(domain).ok()?;
    let (unicode, outcome) = idna::domain_to_unicode(&ascii);
    let is_same = |(one, other): (&str, &str)| one == other || other == idna_label(one);
    let mut labels = domain.split('.').zip(unicode.split('.'));
    let same = domain.split('.').count() == unicode.split('.').count();
    (outcome.is_ok() && same && labels.all(is_same)).then_some(ascii)
}

/// A label in Unicode: what is stored may have labels of both forms in one domain.
fn idna_label(label: &str) -> String {
    if label.starts_with("xn--") { idna::domain_to_unicode(label).0 } else { label.to_owned() }
}

/// Simple lower case: one character for one. U+0130 alone has none in which it could still be told
/// from another letter, and stays.
fn lower(character: char) -> char {
    let mut letters = character.to_lowercase();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => letter,
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_folded_letter_by_letter() {
        for (text, expected) in [
            ("\u{c9}MILIE@example.fr", "\u{e9}milie@example.fr"),
            ("\u{395}\u{3a3}@example.gr", "\u{3b5}\u{3c3}@example.gr"),
            ("\u{130}NA@example.com", "\u{130}na@example.com"),
            ("\u{131}da@example.com", "\u{131}da@example.com"),
            ("stra\u{1e9e}e@example.com", "stra\u{df}e@example.com"),
            ("\u{fb01}x@example.com", "\u{fb01}x@example.com"),
            ("\u{ff21}da@example.com", "\u{ff41}da@example.com"),
        ] {
            assert_eq!(normal(text), expected, "{text}");
        }
    }

    #[test]
    fn a_domain_has_one_form() {
        for (text, expected) in [
            ("a@b\u{fc}cher.example", "a@xn--bcher-kva.example"),
            ("a@B\u{dc}CHER.example", "a@xn--bcher-kva.example"),
            ("a@bu\u{308}cher.example", "a@xn--bcher-kva.example"),
            ("a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example"),
            ("a@xn--bcher-kva.b\u{fc}cher.example", "a@xn--bcher-kva.xn--bcher-kva.example"),
            ("a@stra\u{df}e.example", "a@xn--strae-oqa.example"),
            ("a@b\u{fc}cher_1.example", "a@xn--bcher_1-n2a.example"),
            ("\u{fc}@example.com", "\u{fc}@example.com"),
            // Folded by IDNA's mapping, and other domains all the same.
            ("a@\u{ff45}xample.com", "a@\u{ff45}xample.com"),
            ("a@\u{fb01}x.example", "a@\u{fb01}x.example"),
            ("a@example\u{3002}com", "a@example\u{3002}com"),
        ] {
            assert_eq!(normal(text), expected, "{text}");
        }
    }

    #[test]
    fn a_domain_is_asked_for_in_both_forms() {
        let both = in_unicode("a@xn--bcher-kva.example");
        assert_eq!(both.as_deref(), Some("a@b\u{fc}cher.example"));
        for none in ["a@example.com", "a@xn--.example", "a@xn--a.example", "a@xn--zzzzzzzz.example"]
        {
            assert_eq!(in_unicode(none), None, "{none}");
        }
    }
}
