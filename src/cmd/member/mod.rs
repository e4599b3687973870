//! `member`: who belongs to the cluster, and changing it.

mod add;
mod list;
mod peer_urls;
mod promote;
mod remove;
mod update;

use super::{context::Context, error::CliError, gotext::parse_uint, key};
use std::ffi::OsString;

/// List and change the members of the cluster
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Verb {
    Add(add::Args),
    Remove(remove::Args),
    Update(update::Args),
    List(list::Args),
    Promote(promote::Args),
}

impl Verb {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Add(args) => args.run(context).await,
            Self::Remove(args) => args.run(context).await,
            Self::Update(args) => args.run(context).await,
            Self::List(args) => args.run(context).await,
            Self::Promote(args) => args.run(context).await,
        }
    }
}

/// The one argument of most verbs: a member, in hexadecimal.
fn member_id(args: &[OsString]) -> Result<u64, CliError> {
    let [id] = args else { return Err(CliError::bad_args("member ID is not provided")) };
    parse_uint(&key::text(id), 16)
        .map_err(|error| CliError::bad_args(format!("bad member ID arg ({error}), expecting ID in Hex")))
}
