//! What a command fails with: a kind that fixes the exit code, the cause, and a remedy where one is known.
//!
//! The codes are etcdctl's. Everything a command prints about its failure goes through [`CliError::report`].

use std::{fmt, io, io::Write, process::ExitCode};

/// Says something on stderr beside the output. A closed stderr leaves nobody to tell, and is no reason to stop.
pub fn note(text: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// The class of a failure; it alone decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The server refused, or anything that has no class of its own.
    General,
    /// No connection, or a lease call that got no good answer. Also what etcdctl exits with when it crashes.
    Connection,
    /// What was typed or piped in does not make sense (transactions, interactive watches).
    InvalidInput,
    /// An output format or feature that does not exist here.
    Unsupported,
    /// The work was ended from outside: a watch cancelled by the server.
    Interrupted,
    /// Reading or writing a file failed.
    Io,
    /// Wrong arguments.
    BadArgs,
    /// Whoever read our output went away: nothing is printed.
    BrokenPipe,
    /// A command that was run failed, with this exit code.
    Command(u8),
}

impl Kind {
    /// The exit code of the process.
    pub const fn code(self) -> u8 {
        match self {
            Self::General => 1,
            Self::Connection => 2,
            Self::InvalidInput => 3,
            Self::Unsupported => 4,
            Self::Interrupted => 5,
            Self::Io => 6,
            Self::BadArgs => 128,
            // What a shell reports for a process that died of SIGPIPE.
            Self::BrokenPipe => 141,
            Self::Command(code) => code,
        }
    }
}

/// Why a command ends without success.
#[derive(Debug)]
pub struct CliError {
    kind: Kind,
    /// Nothing when the command has already said what went wrong, line by line.
    cause: Option<anyhow::Error>,
    hint: Option<String>,
}

impl CliError {
    /// A failure with its text.
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, cause: Some(anyhow::Error::msg(text.into())), hint: None }
    }

    /// A failure whose causes are an error chain.
    pub fn caused(kind: Kind, cause: impl Into<anyhow::Error>) -> Self {
        Self { kind, cause: Some(cause.into()), hint: None }
    }

    /// Wrong arguments.
    pub fn bad_args(text: impl Into<String>) -> Self {
        Self::new(Kind::BadArgs, text)
    }

    /// A failure of which the details are on stderr already.
    pub fn already_told(kind: Kind) -> Self {
        Self { kind, cause: None, hint: None }
    }

    /// The same failure under another kind.
    pub fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The same failure with a remedy, printed on a line of its own.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same failure with its text set inside another.
    pub fn wrapped(self, wrap: impl FnOnce(&str) -> String) -> Self {
        let text = wrap(&self.to_string());
        Self { cause: Some(anyhow::Error::msg(text)), ..self }
    }

    /// The class of this failure.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Says on stderr what went wrong and gives the exit code.
    pub fn report(&self) -> ExitCode {
        if self.kind() != Kind::BrokenPipe {
            let mut text = String::new();
            if self.cause.is_some() {
                text.push_str(&format!("Error: {self}\n"));
            }
            if let Some(hint) = &self.hint {
                text.push_str(hint);
                text.push('\n');
            }
            // A closed stderr leaves nobody to tell; the exit code still does.
            let _ = io::stderr().write_all(text.as_bytes());
        }
        ExitCode::from(self.kind().code())
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => write!(f, "{cause:#}"),
            None => Ok(()),
        }
    }
}

/// Errors of writing our own output.
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        let kind = if error.kind() == io::ErrorKind::BrokenPipe { Kind::BrokenPipe } else { Kind::Io };
        Self::caused(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_etcdctl() {
        let codes = [Kind::General, Kind::Connection, Kind::InvalidInput, Kind::Unsupported, Kind::Interrupted, Kind::Io];
        assert_eq!(codes.map(Kind::code), [1, 2, 3, 4, 5, 6]);
        assert_eq!(Kind::BadArgs.code(), 128);
    }

    #[test]
    fn a_reader_that_went_away_is_no_error_to_speak_of() {
        let error = CliError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(error.kind(), Kind::BrokenPipe);
    }

    #[test]
    fn causes_are_joined_on_one_line() {
        let chain = anyhow::Error::msg("connection refused").context("dialing 127.0.0.1:1");
        assert_eq!(CliError::caused(Kind::General, chain).to_string(), "dialing 127.0.0.1:1: connection refused");
    }
}
