//! What a verb is given beside its own arguments, and what it opens from it.

use super::{Personality, client::Client, error::CliError, flags::Line, global::Global, output::Output};

/// The command line around a verb.
#[derive(Debug)]
pub struct Context {
    pub personality: Personality,
    pub global: Global,
    pub line: Line,
}

/// A client and an output, as the global flags want them.
pub struct Session {
    pub client: Client,
    pub output: Output,
}

impl Context {
    /// Checks the global flags and gives the means to talk to the cluster and to print. Connects to nothing yet.
    ///
    /// # Errors
    /// An unknown output format or a feature that is not built (exit code 4), an endpoint that is no address (1), an empty
    /// certificate flag (128).
    pub fn session(&self) -> Result<Session, CliError> {
        Ok(Session { output: self.output()?, client: Client::new(&self.global)? })
    }

    /// The output alone, for commands that have a client an endpoint.
    ///
    /// # Errors
    /// As [`Context::session`].
    pub fn output(&self) -> Result<Output, CliError> {
        self.global.refuse_empty_files(&self.line)?;
        Ok(Output::new(self.global.format()?, self.global.hex))
    }
}
