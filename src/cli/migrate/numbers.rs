//! Numbers for people.

/// A number in groups of three digits: `1,000,000`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share in percent with one digit: `99.9 %`. What is little but there is never 0.0.
pub(super) fn share(part: u64, whole: u64) -> String {
    let thousandths = part.saturating_mul(1000).checked_div(whole).unwrap_or_default();
    if thousandths == 0 && part > 0 {
        return "<0.1 %".to_owned();
    }
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}
