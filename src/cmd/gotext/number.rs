//! Integers and truth values as Go's `strconv` reads them.

use super::quote;
use std::{error::Error, fmt};

/// Why a text is no number, in the words of Go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberError {
    function: &'static str,
    input: String,
    reason: &'static str,
}

const SYNTAX: &str = "invalid syntax";
const RANGE: &str = "value out of range";

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "strconv.{}: parsing {}: {}", self.function, quote(self.input.as_bytes()), self.reason)
    }
}

impl Error for NumberError {}

/// A signed integer. `base` 0 takes the base from a prefix (`0x`, `0o`, `0b`, `0`) and allows `_` between digits.
///
/// # Errors
/// [`NumberError`] when the text is no integer or does not fit into 64 bits.
pub fn parse_int(text: &str, base: u32) -> Result<i64, NumberError> {
    let fail = |reason| NumberError { function: "ParseInt", input: text.to_owned(), reason };
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = magnitude(digits, base).map_err(fail)?;
    let value = i128::from(magnitude) * if negative { -1 } else { 1 };
    i64::try_from(value).map_err(|_| fail(RANGE))
}

/// An unsigned integer; the base as in [`parse_int`], no sign.
///
/// # Errors
/// [`NumberError`] when the text is no integer or does not fit into 64 bits.
pub fn parse_uint(text: &str, base: u32) -> Result<u64, NumberError> {
    magnitude(text, base).map_err(|reason| NumberError { function: "ParseUint", input: text.to_owned(), reason })
}

/// An id of a lease as Go's `%016x` prints it: a negative one with its sign, sixteen characters in all.
pub struct Hex16(pub i64);

impl fmt::Display for Hex16 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs();
        if self.0 < 0 { write!(f, "-{digits:015x}") } else { write!(f, "{digits:016x}") }
    }
}

/// A truth value: `1 t T TRUE true True` and `0 f F FALSE false False`.
///
/// # Errors
/// [`NumberError`] for anything else.
pub fn parse_bool(text: &str) -> Result<bool, NumberError> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(NumberError { function: "ParseBool", input: text.to_owned(), reason: SYNTAX }),
    }
}

fn magnitude(text: &str, base: u32) -> Result<u64, &'static str> {
    let mut digits = text;
    let mut base = base;
    let mut joined = String::new();
    if base == 0 {
        let prefix = text.get(..2).map(str::to_ascii_lowercase);
        (base, digits) = match prefix.as_deref() {
            Some("0x") => (16, &text[2..]),
            Some("0o") => (8, &text[2..]),
            Some("0b") => (2, &text[2..]),
            _ if text.len() > 1 && text.starts_with('0') => (8, &text[1..]),
            _ => (10, text),
        };
        if digits.contains('_') {
            if digits.ends_with('_') || digits.contains("__") || (digits.len() == text.len() && digits.starts_with('_')) {
                return Err(SYNTAX);
            }
            joined.extend(digits.chars().filter(|c| *c != '_'));
            digits = &joined;
        }
    }
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return Err(SYNTAX);
    }
    u64::from_str_radix(digits, base).map_err(|_| RANGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_leases_are_shown_as_they_are_read() {
        for (id, shown) in [
            (0x694d_77aa, "00000000694d77aa"),
            (-5, "-000000000000005"),
            (i64::MAX, "7fffffffffffffff"),
            (i64::MIN, "-8000000000000000"),
        ] {
            assert_eq!(Hex16(id).to_string(), shown);
            assert_eq!(parse_int(shown, 16), Ok(id));
        }
    }

    #[test]
    fn integers_are_read_in_the_bases_of_go() {
        let cases = [("12", 10, 12), ("-12", 10, -12), ("+7", 0, 7), ("0x1F", 0, 31), ("017", 0, 15), ("0b101", 0, 5)];
        for (text, base, value) in cases {
            assert_eq!(parse_int(text, base), Ok(value), "{text}");
        }
        assert_eq!(parse_int("1_000", 0), Ok(1000));
        assert_eq!(parse_int("-9223372036854775808", 10), Ok(i64::MIN));
        assert_eq!(parse_int("7fffffffffffffff", 16), Ok(i64::MAX));
        assert_eq!(parse_uint("ffffffffffffffff", 16), Ok(u64::MAX));
        assert_eq!(parse_int("0", 0), Ok(0));
    }

    #[test]
    fn refusals_have_the_words_of_go() {
        let text = |result: Result<i64, NumberError>| result.unwrap_err().to_string();
        assert_eq!(text(parse_int("x", 10)), r#"strconv.ParseInt: parsing "x": invalid syntax"#);
        assert_eq!(text(parse_int("", 10)), r#"strconv.ParseInt: parsing "": invalid syntax"#);
        assert_eq!(text(parse_int("1__0", 0)), r#"strconv.ParseInt: parsing "1__0": invalid syntax"#);
        assert_eq!(text(parse_int("1_0", 10)), r#"strconv.ParseInt: parsing "1_0": invalid syntax"#);
        assert_eq!(
            text(parse_int("9223372036854775808", 10)),
            r#"strconv.ParseInt: parsing "9223372036854775808": value out of range"#
        );
        assert_eq!(parse_uint("-1", 16).unwrap_err().to_string(), r#"strconv.ParseUint: parsing "-1": invalid syntax"#);
        assert_eq!(parse_bool("yes").unwrap_err().to_string(), r#"strconv.ParseBool: parsing "yes": invalid syntax"#);
    }

    #[test]
    fn whatever_is_given_as_a_number_is_read_or_refused() {
        crate::mangle::survives_text(&["-9223372036854775808", "0x_1f", "0b101", "18446744073709551615", "1__0"], |text| {
            for base in [0, 2, 10, 16, 36] {
                _ = (parse_int(text, base), parse_uint(text, base));
            }
            _ = parse_bool(text);
        });
    }
}
