//! Numbers for people.

/// A number in groups of three digits: `1,000,000`.
pub(crate) fn grouped(number: u64) -> String {
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
pub(crate) fn share(part: u64, whole: u64) -> String {
    let rounded = part.saturating_mul(1000).saturating_add(whole / 2);
    let thousandths = rounded.checked_div(whole).unwrap_or_default();
    if thousandths == 0 && part > 0 {
        return "<0.1 %".to_owned();
    }
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_in_groups_and_shares_are_rounded() {
        assert_eq!(
            [0, 12, 123, 1234, 1_000_020].map(grouped),
            ["0", "12", "123", "1,234", "1,000,020"]
        );
        assert_eq!(share(200_003, 1_000_020), "20.0 %");
        assert_eq!(share(1, 1_000_000), "<0.1 %");
        assert_eq!([share(7, 7), share(0, 0)], ["100.0 %", "0.0 %"]);
    }
}
