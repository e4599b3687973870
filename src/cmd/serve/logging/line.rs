//! One event as one line, in the two forms that etcd's logger has.

use std::fmt::{self, Write};

use jiff::{Timestamp, tz::TimeZone};
use tracing::{
    Event, Level, Metadata,
    field::{Field, Visit},
};

use super::{FATAL, Format};

/// Name that `tracing` gives the text of an event.
const MESSAGE: &str = "message";

/// When an event happened, as text: `2006-01-02T15:04:05.999999+0200`, or with `Z` for UTC; trailing zeros of the fraction are left out.
pub struct Stamp(String);

impl Stamp {
    #[expect(clippy::disallowed_methods, reason = "log lines bear the time of day")]
    pub fn now(zone: &TimeZone) -> Self {
        Self::at(Timestamp::now(), zone)
    }

    fn at(time: Timestamp, zone: &TimeZone) -> Self {
        let offset = zone.to_offset(time);
        let local = offset.to_datetime(time);
        let mut text = String::with_capacity(32);
        push(
            &mut text,
            format_args!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
                local.year(),
                local.month(),
                local.day(),
                local.hour(),
                local.minute(),
                local.second()
            ),
        );
        let micros = local.subsec_nanosecond() / 1000;
        if micros != 0 {
            push(&mut text, format_args!(".{micros:06}"));
            text.truncate(text.trim_end_matches('0').len());
        }
        let seconds = offset.seconds();
        if seconds == 0 {
            text.push('Z');
        } else {
            let sign = if seconds < 0 { '-' } else { '+' };
            let minutes = seconds.unsigned_abs() / 60;
            push(&mut text, format_args!("{sign}{:02}{:02}", minutes / 60, minutes % 60));
        }
        Self(text)
    }
}

/// A line being put together. Its buffers are used again for the next one.
#[derive(Default)]
pub struct Line {
    text: String,
    fields: Fields,
}

impl Line {
    /// Writes the event into the line, in place of what was there.
    pub fn fill(&mut self, format: Format, stamp: &Stamp, event: &Event<'_>) {
        self.fields.clear(format);
        event.record(&mut self.fields);
        self.text.clear();
        let metadata = event.metadata();
        match format {
            Format::Json => self.fill_json(stamp, metadata),
            Format::Console => self.fill_console(stamp, metadata),
        }
        self.text.push('\n');
    }

    /// The line with its line break.
    pub fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    fn fill_json(&mut self, stamp: &Stamp, metadata: &Metadata<'_>) {
        let text = &mut self.text;
        push(text, format_args!("{{\"level\":\"{}\",\"ts\":\"{}\",\"caller\":\"", level(metadata), stamp.0));
        push_caller(text, metadata);
        text.push_str("\",\"msg\":");
        push_quoted(text, &self.fields.message);
        text.push_str(&self.fields.rest);
        text.push('}');
    }

    fn fill_console(&mut self, stamp: &Stamp, metadata: &Metadata<'_>) {
        let text = &mut self.text;
        push(text, format_args!("{}\t{}\t", stamp.0, level(metadata)));
        push_caller(text, metadata);
        text.push('\t');
        // A line break inside would make two lines of it.
        for part in self.fields.message.split('\n').enumerate() {
            text.push_str(if part.0 == 0 { "" } else { "\\n" });
            text.push_str(part.1);
        }
        if let Some(fields) = self.fields.rest.strip_prefix(", ") {
            push(text, format_args!("\t{{{fields}}}"));
        }
    }
}

fn level(metadata: &Metadata<'_>) -> &'static str {
    match *metadata.level() {
        Level::ERROR if metadata.target() == FATAL => "fatal",
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG | Level::TRACE => "debug",
    }
}

/// Folder, file and line, such as `server/node_loop.rs:42`.
fn push_caller(text: &mut String, metadata: &Metadata<'_>) {
    let path = metadata.file().unwrap_or("unknown");
    let start = path.rmatch_indices('/').nth(1).map_or(0, |(index, _)| index + 1);
    push(text, format_args!("{}:{}", &path[start..], metadata.line().unwrap_or(0)));
}

/// The fields of an event: its text, and the rest as the inside of a JSON object, each behind a comma.
#[derive(Default)]
struct Fields {
    message: String,
    rest: String,
    spaced: bool,
    scratch: String,
}

impl Fields {
    fn clear(&mut self, format: Format) {
        self.message.clear();
        self.rest.clear();
        self.spaced = format == Format::Console;
    }

    fn key(&mut self, field: &Field) {
        self.rest.push_str(if self.spaced { ", " } else { "," });
        push_quoted(&mut self.rest, field.name());
        self.rest.push_str(if self.spaced { ": " } else { ":" });
    }

    fn number(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        self.key(field);
        push(&mut self.rest, value);
    }
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field, format_args!("{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(field, format_args!("{value}"));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.number(field, format_args!("{value}"));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.number(field, format_args!("{value}"));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.number(field, format_args!("{value}"));
        } else {
            // JSON has no such numbers.
            self.number(field, format_args!("\"{value}\""));
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.number(field, format_args!("{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == MESSAGE {
            self.message.push_str(value);
        } else {
            self.key(field);
            push_quoted(&mut self.rest, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == MESSAGE {
            push(&mut self.message, format_args!("{value:?}"));
        } else {
            self.scratch.clear();
            push(&mut self.scratch, format_args!("{value:?}"));
            self.key(field);
            push_quoted(&mut self.rest, &self.scratch);
        }
    }
}

/// Appends. A value whose own formatting fails leaves what it wrote so far; there is nobody to tell but the log itself.
fn push(text: &mut String, arguments: fmt::Arguments<'_>) {
    if text.write_fmt(arguments).is_err() {
        text.push_str("(can't be formatted)");
    }
}

/// Appends a JSON string.
fn push_quoted(text: &mut String, value: &str) {
    text.push('"');
    let mut plain_from = 0;
    for (index, byte) in value.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => "",
            _ => continue,
        };
        text.push_str(&value[plain_from..index]);
        plain_from = index + 1;
        if escape.is_empty() {
            push(text, format_args!("\\u{byte:04x}"));
        } else {
            text.push_str(escape);
        }
    }
    text.push_str(&value[plain_from..]);
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_leaves_out_trailing_zeros_and_writes_utc_as_z() {
        let stamp = |text: &str, zone: TimeZone| Stamp::at(text.parse().unwrap(), &zone).0;
        assert_eq!(stamp("2026-01-02T03:04:05.1200009Z", TimeZone::UTC), "2026-01-02T03:04:05.12Z");
        assert_eq!(stamp("2026-01-02T03:04:05.0000009Z", TimeZone::UTC), "2026-01-02T03:04:05Z");
        let east = TimeZone::fixed(jiff::tz::offset(5));
        assert_eq!(stamp("2026-01-02T23:04:05.123456Z", east), "2026-01-03T04:04:05.123456+0500");
        let west = TimeZone::fixed(jiff::tz::Offset::from_seconds(-12_600).unwrap());
        assert_eq!(stamp("2026-01-02T03:04:05.5Z", west), "2026-01-01T23:34:05.5-0330");
    }

    #[test]
    fn quoting_is_undone_by_any_json_reader() {
        for text in ["", "plain", "\"\\\n\r\t\u{1}\u{1f}", "µ→\u{7f}", "a\u{0}b"] {
            let mut quoted = String::new();
            push_quoted(&mut quoted, text);
            assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text);
        }
    }
}
