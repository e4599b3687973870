//! What a flag is: its name, kind, default, its key in the configuration file, and what stands behind it.
//!
//! [`super::table`] lists them all. Parsing, environment variables, the configuration file, the help text and the clap command
//! are all made from that one list.

use super::{duration, number, urls};

/// One flag.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    pub name: &'static str,
    pub kind: Kind,
    /// In the flag's own syntax.
    pub default: &'static str,
    pub file_key: FileKey,
    pub state: State,
    /// Imperative, no full stop.
    pub help: &'static str,
}

/// Where a flag is found in the configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKey {
    /// At the top, under the flag's own name.
    Same,
    /// Under this path.
    Path(&'static [&'static str]),
    /// Not at all.
    Absent,
}

/// What giving the flag does.
#[derive(Clone, Copy, Debug)]
pub enum State {
    /// It works.
    Built,
    /// Accepted and checked, without an effect on this server; the text says why.
    NoEffect(&'static str),
    /// Refused when it asks for more than its default or one of `harmless`.
    NotBuilt { feature: &'static str, harmless: &'static [&'static str] },
    /// Never done, for the reason given; refused when it asks for more than its default.
    Refused(&'static str),
}

/// Syntax of a flag's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `--flag`, `--flag=true`, `--flag=false`.
    Bool,
    /// Whole number in `[min, max]`.
    Number {
        min: i128,
        max: i128,
    },
    /// Go's notation: `1h0m0s`, `100ms`, `1µs`; nanoseconds.
    Duration,
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// URLs separated by commas; kept sorted and without duplicates. May be empty.
    Urls,
    /// Words separated by commas.
    List,
    /// Taken by etcd for old callers' sake and thrown away, whatever it is.
    Anything,
}

/// A checked value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Bool(bool),
    Number(i128),
    /// Nanoseconds, as Go counts them.
    Duration(i64),
    Text(String),
    List(Vec<String>),
}

impl Kind {
    pub const UINT: Kind = Kind::Number { min: 0, max: u64::MAX as i128 };
    pub const UINT32: Kind = Kind::Number { min: 0, max: u32::MAX as i128 };
    pub const INT: Kind = Kind::Number { min: i64::MIN as i128, max: i64::MAX as i128 };

    /// Whether the flag stands alone: the next argument is never its value.
    pub fn is_bare(self) -> bool {
        matches!(self, Kind::Bool | Kind::Anything)
    }

    /// Reads a value.
    ///
    /// # Errors
    /// What was expected instead, to be put behind the text that was given.
    pub fn parse(self, text: &str) -> Result<Value, String> {
        match self {
            Kind::Bool => number::parse_bool(text).map(Value::Bool).ok_or_else(|| "expected true or false".to_owned()),
            Kind::Number { min, max } => number::parse_whole(text)
                .filter(|value| (min..=max).contains(value))
                .map(Value::Number)
                .ok_or_else(|| format!("expected a whole number from {min} to {max}")),
            Kind::Duration => duration::parse(text)
                .map(Value::Duration)
                .ok_or_else(|| "expected a duration such as 100ms, 5s or 1h30m (a number needs its unit)".to_owned()),
            Kind::Text | Kind::Anything => Ok(Value::Text(text.to_owned())),
            Kind::Choice(words) if words.contains(&text) => Ok(Value::Text(text.to_owned())),
            Kind::Choice(words) => Err(format!("expected one of {}", quoted(words))),
            Kind::Urls if text.is_empty() => Ok(Value::List(Vec::new())),
            Kind::Urls => urls::parse_list(text).map(Value::List).map_err(|error| error.to_string()),
            Kind::List if text.is_empty() => Ok(Value::List(Vec::new())),
            Kind::List => Ok(Value::List(text.split(',').map(|word| word.trim().to_owned()).collect())),
        }
    }

    /// How the help text names such a value; empty for a flag that stands alone.
    pub fn placeholder(self) -> &'static str {
        match self {
            Kind::Bool | Kind::Anything => "",
            Kind::Number { .. } => "NUMBER",
            Kind::Duration => "DURATION",
            Kind::Text => "TEXT",
            Kind::Choice(_) => "WORD",
            Kind::Urls => "URLS",
            Kind::List => "LIST",
        }
    }
}

impl Flag {
    /// A flag that works and has the same name in the configuration file.
    pub const fn new(name: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Self {
        Self { name, kind, default, file_key: FileKey::Same, state: State::Built, help }
    }

    /// Sits elsewhere in the configuration file.
    pub const fn at(mut self, path: &'static [&'static str]) -> Self {
        self.file_key = FileKey::Path(path);
        self
    }

    /// Can't be set in the configuration file.
    pub const fn not_in_file(mut self) -> Self {
        self.file_key = FileKey::Absent;
        self
    }

    /// Is accepted without effect.
    pub const fn no_effect(mut self, why: &'static str) -> Self {
        self.state = State::NoEffect(why);
        self
    }

    /// Belongs to something that this version does not have.
    pub const fn not_built(mut self, feature: &'static str) -> Self {
        self.state = State::NotBuilt { feature, harmless: &[] };
        self
    }

    /// As [`Flag::not_built`], with further values that ask for nothing.
    pub const fn not_built_beyond(mut self, feature: &'static str, harmless: &'static [&'static str]) -> Self {
        self.state = State::NotBuilt { feature, harmless };
        self
    }

    /// Will never do what it says.
    pub const fn refused(mut self, why: &'static str) -> Self {
        self.state = State::Refused(why);
        self
    }

    /// Its environment variable.
    pub fn env_name(&self) -> String {
        format!("ETCD_{}", self.name.replace('-', "_").to_ascii_uppercase())
    }

    /// The default as a value. The table's test reads every one.
    pub fn default_value(&self) -> Value {
        self.kind.parse(self.default).expect("every default in the table is of its flag's kind")
    }

    /// Whether `value` asks for no more than what an absent flag gives.
    pub fn asks_for_nothing(&self, value: &Value) -> bool {
        let harmless = match self.state {
            State::NotBuilt { harmless, .. } => harmless,
            _ => &[],
        };
        *value == self.default_value() || harmless.iter().any(|text| self.kind.parse(text).as_ref() == Ok(value))
    }
}

fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    words.join(", ")
}
