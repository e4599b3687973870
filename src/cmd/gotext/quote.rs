//! Strings in double quotes with Go's escapes, and back.

use std::str;

/// The bytes as a Go string literal: printable text as it is, the rest escaped, bytes that are no UTF-8 as `\xNN`.
pub fn quote(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            push_escaped(&mut out, c);
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out.push('"');
    out
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        ' '..='~' => out.push(c),
        c if (c as u32) < 0x80 => out.push_str(&format!("\\x{:02x}", c as u32)),
        c if is_printable(c) => out.push(c),
        c if (c as u32) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", c as u32)),
        c => out.push_str(&format!("\\U{:08x}", c as u32)),
    }
}

/// Whether a character outside ASCII has a shape. The standard library's debug text knows, but escapes combining marks at
/// the start of a string, so the question is asked about the second character.
fn is_printable(c: char) -> bool {
    let mut text = String::from("a");
    text.push(c);
    text.escape_debug().nth(1) == Some(c)
}

/// Reads a quoted string from the start of `text`: `"…"` with escapes, or `` `…` `` as it stands. Gives the bytes and what
/// follows the closing quote; nothing when there is no such string.
pub fn unquote(text: &str) -> Option<(Vec<u8>, &str)> {
    if let Some(raw) = text.strip_prefix('`') {
        let end = raw.find('`')?;
        return Some((raw[..end].replace('\r', "").into_bytes(), &raw[end + 1..]));
    }
    let mut rest = text.strip_prefix('"')?;
    let mut out = Vec::new();
    loop {
        let c = rest.chars().next()?;
        rest = &rest[c.len_utf8()..];
        match c {
            '"' => return Some((out, rest)),
            '\n' => return None,
            '\\' => rest = unescape(&mut out, rest)?,
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Reads one escape after its backslash, appends what it stands for and gives the rest.
fn unescape<'t>(out: &mut Vec<u8>, text: &'t str) -> Option<&'t str> {
    let c = text.chars().next()?;
    let rest = &text[c.len_utf8()..];
    let simple = match c {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' | '"' => c as u8,
        'x' => return number(rest, 2, 16).map(|(value, rest)| push_byte(out, value, rest)),
        '0'..='7' => {
            let (value, rest) = number(text, 3, 8)?;
            return (value < 256).then(|| push_byte(out, value, rest));
        }
        'u' | 'U' => {
            let (value, rest) = number(rest, if c == 'u' { 4 } else { 8 }, 16)?;
            out.extend_from_slice(char::from_u32(value)?.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(rest);
        }
        _ => return None,
    };
    out.push(simple);
    Some(rest)
}

fn push_byte<'t>(out: &mut Vec<u8>, value: u32, rest: &'t str) -> &'t str {
    out.push(value as u8);
    rest
}

fn number(text: &str, digits: usize, base: u32) -> Option<(u32, &str)> {
    let head = text.get(..digits)?;
    if !head.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    Some((u32::from_str_radix(head, base).ok()?, &text[digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_escapes_what_does_not_print() {
        let cases: [(&[u8], &str); 8] = [
            (b"foo", r#""foo""#),
            (b"line one\nline two", r#""line one\nline two""#),
            (b"\0\x7f", r#""\x00\x7f""#),
            (b"\xff\xfe", r#""\xff\xfe""#),
            ("é世\u{301}".as_bytes(), "\"é世\u{301}\""),
            ("\u{200b}\u{a0}".as_bytes(), r#""\u200b\u00a0""#),
            ("\u{e0001}".as_bytes(), r#""\U000e0001""#),
            (br#"a"b\c"#, r#""a\"b\\c""#),
        ];
        for (bytes, text) in cases {
            assert_eq!(quote(bytes), text);
        }
    }

    #[test]
    fn unquoting_reads_back_what_quoting_wrote() {
        let bytes: Vec<u8> = (0..=255).chain("é世\u{200b}\u{1f600}".bytes()).collect();
        assert_eq!(unquote(&quote(&bytes)), Some((bytes, "")));
    }

    #[test]
    fn unquoting_gives_the_rest_and_refuses_broken_strings() {
        assert_eq!(unquote(r#""a\101\x41") = "0""#), Some((b"aAA".to_vec(), r#") = "0""#)));
        assert_eq!(unquote("`a\\n` x"), Some((b"a\\n".to_vec(), " x")));
        for broken in ["x", "\"", "\"a", r#""\q""#, r#""\x4""#, r#""\400""#, "\"a\nb\"", r#""\ud800""#] {
            assert_eq!(unquote(broken), None, "{broken}");
        }
    }

    #[test]
    fn whatever_is_quoted_comes_back_and_whatever_is_not_is_refused() {
        let good = [r#""a\x00\u00fc\"""#, r#""\377\U0010ffff""#, "`raw`", "'x'"];
        crate::mangle::survives_text(&good, |text| {
            drop(unquote(text));
            let quoted = quote(text.as_bytes());
            assert_eq!(unquote(&quoted), Some((text.as_bytes().to_vec(), "")), "{quoted}");
        });
    }
}
