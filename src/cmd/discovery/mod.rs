//! `discovery`: tokens under which the members of a new cluster find each other.
//!
//! The cluster behind `--endpoints` is the discovery service; any that speaks etcd's protocol will do. Keys and values are etcd's own, so
//! that members of etcd can use a token made here.

mod delete;
mod new;
mod show;

use super::{
    context::{Context, Session},
    error::{CliError, Kind},
    key,
};
use crate::core::discovery::registry;
use std::ffi::OsString;

/// Make, inspect and delete tokens by which the members of a new cluster find each other
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Verb {
    New(new::Args),
    Show(show::Args),
    Delete(delete::Args),
}

impl Verb {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::New(args) => args.run(context).await,
            Self::Show(args) => args.run(context).await,
            Self::Delete(args) => args.run(context).await,
        }
    }
}

/// The argument of the verbs about one token.
#[derive(Clone, Debug, clap::Args)]
struct TokenArg {
    /// Token of the cluster
    #[arg(value_name = "TOKEN", num_args = 0..)]
    args: Vec<OsString>,
}

/// A token, and the way to its service.
struct Opened {
    token: String,
    session: Session,
}

impl TokenArg {
    fn open(&self, context: &Context) -> Result<Opened, CliError> {
        let [token] = &self.args[..] else { return Err(CliError::bad_args("discovery token is not provided")) };
        let token = check_token(key::text(token))?;
        Ok(Opened { token, session: context.session()? })
    }
}

impl Opened {
    /// The service has nothing under the token.
    fn unknown(&self) -> CliError {
        CliError::new(Kind::General, format!("there is no discovery token {}", self.token))
    }
}

fn check_token(token: String) -> Result<String, CliError> {
    if registry::is_token(&token) {
        return Ok(token);
    }
    Err(CliError::bad_args(format!("{token:?} cannot be a discovery token")).hint("Choose letters, digits and dashes"))
}
