//! `lease grant`.

use crate::cmd::{client::Retry, context::Context, error::CliError, gotext::parse_int, key, output::Reply};
use quorate_proto::etcdserverpb::LeaseGrantRequest;
use std::ffi::OsString;

/// Grant a lease
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate lease grant <ttl>")]
pub struct Args {
    /// Time to live, in seconds
    #[arg(value_name = "TTL", num_args = 0..)]
    args: Vec<OsString>,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let [ttl] = &self.args[..] else { return Err(CliError::bad_args("lease grant command needs TTL argument")) };
        let ttl = parse_int(&key::text(ttl), 10).map_err(|error| CliError::bad_args(format!("bad TTL ({error})")))?;
        let session = context.session()?;
        let request = LeaseGrantRequest { ttl, id: 0 };
        let rpc =
            session.client.call(Retry::Write, request, async |connection, request| connection.lease().lease_grant(request).await);
        let reply = rpc.await.map_err(|error| CliError::from(error).wrapped(|text| format!("failed to grant lease ({text})")))?;
        session.output.print(Reply::LeaseGrant(&reply))
    }
}
