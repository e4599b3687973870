//! `lease`: grant, keep, question and revoke leases.

mod grant;
mod keep_alive;
mod list;
mod revoke;
mod timetolive;

pub use keep_alive::keep;

use super::{context::Context, error::CliError, gotext::parse_int, key};
use std::ffi::OsStr;

/// Grant, renew, list and revoke leases
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Verb {
    Grant(grant::Args),
    Revoke(revoke::Args),
    Timetolive(timetolive::Args),
    List(list::Args),
    KeepAlive(keep_alive::Args),
}

impl Verb {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Grant(args) => args.run(context).await,
            Self::Revoke(args) => args.run(context).await,
            Self::Timetolive(args) => args.run(context).await,
            Self::List(args) => args.run(context).await,
            Self::KeepAlive(args) => args.run(context).await,
        }
    }
}

/// A lease id, in hexadecimal.
fn lease_id(arg: &OsStr) -> Result<i64, CliError> {
    parse_int(&key::text(arg), 16).map_err(|error| CliError::bad_args(format!("bad lease ID arg ({error}), expecting ID in Hex")))
}
