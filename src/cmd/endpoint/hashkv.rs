//! `endpoint hashkv`.

use super::endpoints;
use crate::cmd::{
    client::{Client, Retry},
    context::Context,
    error::{CliError, note},
    extra::Extra,
    gotext::{NumberError, parse_int},
    output::Reply,
};
use quorate_proto::etcdserverpb::HashKvRequest;

/// Print the hash of the history at each endpoint
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate endpoint hashkv [options]")]
pub struct Args {
    /// Newest revision to hash, 0 for the present one
    #[arg(long, value_name = "REVISION", default_value = "0", value_parser = number)]
    rev: i64,

    #[command(flatten)]
    extra: Extra,
}

fn number(text: &str) -> Result<i64, NumberError> {
    parse_int(text, 0)
}

impl Args {
    pub async fn run(self, context: &Context, cluster: bool) -> Result<(), CliError> {
        let output = context.output()?;
        let mut list = Vec::new();
        let mut failure = None;
        for endpoint in endpoints(context, cluster).await? {
            let client = Client::of_one(&context.global, &endpoint)?;
            let request = HashKvRequest { revision: self.rev };
            let rpc =
                client.call(Retry::Read, request, async |connection, request| connection.maintenance().hash_kv(request).await);
            match rpc.await {
                Ok(reply) => list.push((endpoint, reply)),
                Err(error) => {
                    note(format_args!("Failed to get the hash of endpoint {endpoint} ({error})"));
                    failure = Some(error);
                }
            }
        }
        output.print(Reply::HashKv(&list))?;
        failure.map_or(Ok(()), |error| Err(error.into()))
    }
}
