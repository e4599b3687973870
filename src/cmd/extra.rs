//! Positional arguments of commands that have none.

use std::ffi::OsString;

/// Words that a command has no use for. etcdctl lets them pass for most commands, so they are taken and not shown.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Extra {
    /// Not used
    #[arg(hide = true, num_args = 0..)]
    pub args: Vec<OsString>,
}
