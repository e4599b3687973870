//! serde_json with Go's escapes.

use crate::cmd::error::CliError;
use serde::Serialize;
use serde_json::{
    Serializer,
    ser::{CompactFormatter, Formatter},
};
use std::io::{self, Write};

/// Writes a value on one line.
pub fn line(out: &mut dyn Write, value: &impl Serialize) -> Result<(), CliError> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, GoFormatter)).map_err(io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}

/// The compact form, with the characters escaped that could end a script element in a web page: Go's encoder does so.
struct GoFormatter;

impl Formatter for GoFormatter {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            CompactFormatter.write_string_fragment(writer, &rest[..at])?;
            let c = rest[at..].chars().next().expect("a character was found there");
            write!(writer, "\\u{:04x}", c as u32)?;
            rest = &rest[at + c.len_utf8()..];
        }
        CompactFormatter.write_string_fragment(writer, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_markup_are_escaped() {
        let mut out = Vec::new();
        line(&mut out, &"a<b>&\u{2028}\"\n\u{1}é").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\"a\\u003cb\\u003e\\u0026\\u2028\\\"\\n\\u0001é\"\n");
    }
}
