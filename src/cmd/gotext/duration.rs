//! Durations: `1h2m3.5s`, `300ms`, `1µs`.

use super::quote;
use std::time::Duration;

const UNITS: [(&str, f64); 8] =
    [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];

/// Reads a duration. A negative one is taken as zero: it lies in the past, where every deadline is over.
///
/// # Errors
/// Go's text for what is wrong.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let invalid = || format!("time: invalid duration {}", quote(text.as_bytes()));
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut nanos = 0.0_f64;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let value: f64 = rest[..end].parse().map_err(|_| invalid())?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let name = &rest[..end];
        if name.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote(text.as_bytes())));
        }
        let Some((_, unit)) = UNITS.iter().find(|(unit, _)| *unit == name) else {
            return Err(format!("time: unknown unit {} in duration {}", quote(name.as_bytes()), quote(text.as_bytes())));
        };
        nanos += value * unit;
        rest = &rest[end..];
    }
    if nanos > i64::MAX as f64 {
        return Err(invalid());
    }
    Ok(if negative { Duration::ZERO } else { Duration::from_nanos(nanos.round() as u64) })
}

/// A duration in the largest unit that keeps it at one or more: `1.5ms`, `2m0.25s`.
pub fn format_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => format!("{}µs", decimal(nanos, 1_000)),
        1_000_000..1_000_000_000 => format!("{}ms", decimal(nanos, 1_000_000)),
        _ => {
            let minutes = nanos / 60_000_000_000;
            let seconds = decimal(nanos % 60_000_000_000, 1_000_000_000);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

fn decimal(value: u128, unit: u128) -> String {
    let digits = unit.ilog10() as usize;
    let text = format!("{}.{:0digits$}", value / unit, value % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_all_units() {
        let cases = [("5s", 5_000), ("500ms", 500), ("1h2m3.5s", 3_723_500), ("1.5h", 5_400_000), ("0", 0), ("+1m", 60_000)];
        for (text, millis) in cases {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(parse_duration("1µs"), Ok(Duration::from_micros(1)));
        assert_eq!(parse_duration("-5s"), Ok(Duration::ZERO));
    }

    #[test]
    fn refusals_have_the_words_of_go() {
        assert_eq!(parse_duration("x"), Err(r#"time: invalid duration "x""#.to_owned()));
        assert_eq!(parse_duration(""), Err(r#"time: invalid duration """#.to_owned()));
        assert_eq!(parse_duration("5"), Err(r#"time: missing unit in duration "5""#.to_owned()));
        assert_eq!(parse_duration("5d"), Err(r#"time: unknown unit "d" in duration "5d""#.to_owned()));
    }

    #[test]
    fn durations_are_printed_as_go_prints_them() {
        let cases = [
            (0, "0s"),
            (999, "999ns"),
            (1_500, "1.5µs"),
            (1_234_567, "1.234567ms"),
            (1_000_000_000, "1s"),
            (61_250_000_000, "1m1.25s"),
            (3_600_000_000_000, "1h0m0s"),
        ];
        for (nanos, text) in cases {
            assert_eq!(format_duration(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn whatever_is_a_duration_is_shown_as_one() {
        crate::mangle::survives_text(&["1h15m30.918s", "100ms", "-1.5h", "0"], |text| {
            if let Ok(duration) = parse_duration(text) {
                assert_eq!(parse_duration(&format_duration(duration)), Ok(duration), "{text}");
            }
        });
    }
}
