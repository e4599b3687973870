//! `del`: delete a key or a range.

use super::{
    client::Retry,
    context::Context,
    error::{CliError, note},
    gotext::quote,
    key,
    output::Reply,
};
use quorate_proto::etcdserverpb::DeleteRangeRequest;
use std::{ffi::OsString, time::Duration};

const NEEDS: &str = "del command needs one argument as key and an optional argument as range_end";
/// Time to think again before a range is deleted that was perhaps meant as two keys. Source: etcdctl 3.7.
const SECOND_THOUGHT: Duration = Duration::from_secs(2);

/// Remove a key or a range of keys
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate del [options] <key> [range_end]")]
pub struct Args {
    /// Key, and the first key to be left alone
    #[arg(value_name = "KEY [RANGE_END]", num_args = 0..)]
    args: Vec<OsString>,

    /// Delete the keys that begin with the key
    #[arg(long)]
    prefix: bool,

    /// Return the deleted key-value pairs
    #[arg(long)]
    prev_kv: bool,

    /// Delete the keys that are greater than or equal to the key
    #[arg(long)]
    from_key: bool,

    /// Delete the range from one key to the other without waiting for second thoughts
    #[arg(long)]
    range: bool,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let ask = self.args.len() == 2 && !self.range;
        let request = self.request()?;
        if ask {
            note(format_args!(
                "Warning: the keys from {} up to {} will be deleted in 2 seconds; interrupt to keep them, give --range not to wait",
                quote(&request.key),
                quote(&request.range_end)
            ));
            tokio::time::sleep(SECOND_THOUGHT).await;
        }
        let session = context.session()?;
        let rpc =
            session.client.call(Retry::Write, request, async |connection, request| connection.kv().delete_range(request).await);
        session.output.print(Reply::Del(&rpc.await?))
    }

    /// The request that the arguments describe.
    ///
    /// # Errors
    /// Wrong arguments: exit code 128.
    pub fn request(self) -> Result<DeleteRangeRequest, CliError> {
        let (key, range_end) = key::range(self.args, 2, self.prefix, self.from_key, NEEDS)?;
        Ok(DeleteRangeRequest { key, range_end, prev_kv: self.prev_kv })
    }
}
