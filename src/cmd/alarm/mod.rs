//! `alarm`: what members have raised, and putting it down.

mod disarm;
mod list;

pub use list::alarms;

use super::{context::Context, error::CliError};

/// List and disarm alarms
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Verb {
    List(list::Args),
    Disarm(disarm::Args),
}

impl Verb {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::List(args) => args.run(context).await,
            Self::Disarm(args) => args.run(context).await,
        }
    }
}
