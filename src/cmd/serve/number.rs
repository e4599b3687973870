//! Whole numbers and truth values as Go's flag package reads them.

/// Reads a whole number: decimal, `0x`, `0o`, `0b` or a leading zero for octal; underscores between digits.
pub fn parse_whole(text: &str) -> Option<i128> {
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = magnitude.to_ascii_lowercase();
    let (radix, digits) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    let prefixed = radix != 10;
    let underscores_are_between = !digits.ends_with('_') && !digits.contains("__") && (prefixed || !digits.starts_with('_'));
    // A sign may stand in front of the whole only; `from_str_radix` would take one here too.
    if !underscores_are_between || digits.starts_with(['+', '-']) {
        return None;
    }
    let value = i128::from_str_radix(&digits.replace('_', ""), radix).ok()?;
    Some(if negative { -value } else { value })
}

/// Reads `1 t T TRUE true True 0 f F FALSE false False`, and nothing else.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_every_base_that_go_reads() {
        for (text, value) in [
            ("0", 0),
            ("42", 42),
            ("-7", -7),
            ("+7", 7),
            ("0x1F", 31),
            ("0b101", 5),
            ("0o17", 15),
            ("017", 15),
            ("1_000", 1000),
            ("0x_ff", 255),
            ("4294967295", 4_294_967_295),
            ("-9223372036854775808", i128::from(i64::MIN)),
        ] {
            assert_eq!(parse_whole(text), Some(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", "+", "x", "1x", "1.5", " 1", "1 ", "--1", "+-1", "0x", "_1", "1_", "1__0", "08", "1e3"] {
            assert_eq!(parse_whole(text), None, "{text:?}");
        }
    }

    #[test]
    fn truth_has_six_spellings_each_way() {
        assert_eq!(["1", "t", "T", "TRUE", "true", "True"].map(parse_bool), [Some(true); 6]);
        assert_eq!(["0", "f", "F", "FALSE", "false", "False"].map(parse_bool), [Some(false); 6]);
        assert_eq!(["", "yes", "on", "tRUE", "2"].map(parse_bool), [None; 5]);
    }
}
