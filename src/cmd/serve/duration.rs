//! Durations in Go's notation: a sign, then numbers with units, such as `1h0m0s`, `1.5s`, `100ms` or `1µs`; a bare `0` is allowed.

use std::time::Duration;

const NANOS_PER_SEC: i128 = 1_000_000_000;

/// Nanoseconds in each unit. Both spellings of micro are usual: the micro sign and the Greek letter.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", NANOS_PER_SEC),
    ("m", 60 * NANOS_PER_SEC),
    ("h", 3600 * NANOS_PER_SEC),
];

/// Reads a duration into nanoseconds; `None` when the text is not one or does not fit 64 bits.
pub fn parse(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let number_len = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_len);
        let unit_len = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_len);
        let (_, nanos) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(scaled(number, *nanos)?)?;
        rest = next;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

/// `number`, which may have a fraction, times `nanos`; cut to whole nanoseconds.
fn scaled(number: &str, nanos: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { i128::from(whole.parse::<u64>().ok()?) * nanos };
    // An hour has fewer than 10^13 nanoseconds: digits past the eighteenth can't matter.
    let fraction = &fraction[..fraction.len().min(18)];
    let parts = if fraction.is_empty() { 0 } else { i128::from(fraction.parse::<u64>().ok()?) * nanos };
    Some(whole + parts / 10_i128.pow(fraction.len() as u32))
}

/// For a flag that counts a span of time; a negative one counts as none, as in etcd.
pub fn to_std(nanos: i64) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, nanos) in [
            ("0", 0),
            ("0s", 0),
            ("-0", 0),
            ("100ms", 100_000_000),
            ("1h0m0s", 3_600_000_000_000),
            ("1\u{b5}s", 1_000),
            ("1\u{3bc}s", 1_000),
            ("1us", 1_000),
            ("1.5s", 1_500_000_000),
            (".5s", 500_000_000),
            ("5.s", 5_000_000_000),
            ("-1m30s", -90_000_000_000),
            ("+2h45m", 9_900_000_000_000),
            ("1ns", 1),
            ("0.3ns", 0),
            ("3s1ms2h", 7_203_001_000_000),
            ("9223372036854775807ns", i64::MAX),
        ] {
            assert_eq!(parse(text), Some(nanos), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "-", "5", "s", ".s", ".", "1.2.3s", "1d", "1 s", " 1s", "1s ", "1e3s", "1s-1ms", "9223372036854775808ns"]
        {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn whatever_is_given_as_a_duration_is_read_or_refused() {
        let good = ["1h15m30.918273645s", "100ms", "-2562047h47m16.854775808s", "1\u{b5}s"];
        crate::mangle::survives_text(&good, |text| _ = parse(text));
    }
}
