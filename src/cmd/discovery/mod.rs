//! `discovery`: tokens under which the members of a new cluster find each other.
//!
//! The cluster behind `--endpoints` is the discovery service; any that speaks etcd's protocol will do. Keys and values are etcd's own, so
//! that members of etcd can use a token made here.

mod delete;
mod new;
mod show;

use super::{context::Context, error::CliError, key};
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

/// The one argument of most verbs.
fn token(args: &[OsString]) -> Result<String, CliError> {
    let [token] = args else { return Err(CliError::bad_args("discovery token is not provided")) };
    check_token(key::text(token))
}

fn check_token(token: String) -> Result<String, CliError> {
    if registry::is_token(&token) {
        return Ok(token);
    }
    Err(CliError::bad_args(format!("{token:?} cannot be a discovery token")).hint("Choose letters, digits and dashes"))
}
