//! `lease revoke`.

use super::lease_id;
use crate::cmd::{client::Retry, context::Context, error::CliError, output::Reply};
use quorate_proto::etcdserverpb::LeaseRevokeRequest;
use std::ffi::OsString;

/// Revoke a lease, which deletes the keys attached to it
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate lease revoke <leaseID>")]
pub struct Args {
    /// Lease, in hexadecimal
    #[arg(value_name = "ID", num_args = 0..)]
    args: Vec<OsString>,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let [id] = &self.args[..] else { return Err(CliError::bad_args("lease revoke command needs 1 argument")) };
        let id = lease_id(id)?;
        let session = context.session()?;
        let request = LeaseRevokeRequest { id };
        let rpc = session
            .client
            .call(Retry::Write, request, async |connection, request| connection.lease().lease_revoke(request).await);
        let reply =
            rpc.await.map_err(|error| CliError::from(error).wrapped(|text| format!("failed to revoke lease ({text})")))?;
        session.output.print(Reply::LeaseRevoke { id, reply: &reply })
    }
}
