//! `lease timetolive`.

use super::lease_id;
use crate::cmd::{
    client::Retry,
    context::Context,
    error::{CliError, Kind},
    output::Reply,
};
use quorate_proto::etcdserverpb::LeaseTimeToLiveRequest;
use std::ffi::OsString;

/// Print how long a lease has still to live
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate lease timetolive <leaseID> [options]")]
pub struct Args {
    /// Lease, in hexadecimal
    #[arg(value_name = "ID", num_args = 0..)]
    args: Vec<OsString>,

    /// Get the keys attached to the lease, too
    #[arg(long)]
    keys: bool,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let [id] = &self.args[..] else {
            return Err(CliError::bad_args("lease timetolive command needs lease ID as argument"));
        };
        let request = LeaseTimeToLiveRequest { id: lease_id(id)?, keys: self.keys };
        let session = context.session()?;
        let rpc = session
            .client
            .call(Retry::Read, request, async |connection, request| connection.lease().lease_time_to_live(request).await);
        let reply = rpc.await.map_err(|error| CliError::from(error).of_kind(Kind::Connection))?;
        session.output.print(Reply::LeaseTimeToLive { reply: &reply, keys: self.keys })
    }
}
