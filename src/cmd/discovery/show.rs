//! `discovery show`.

use super::token;
use crate::{
    cmd::{
        client::Retry,
        context::Context,
        error::{CliError, Kind},
        output,
    },
    core::discovery::registry,
};
use quorate_proto::etcdserverpb::RangeRequest;
use std::ffi::OsString;

/// Show the size of a token's cluster and the members that have registered
///
/// A line for each member: its id, its name, its peer URLs, and whether there was still room for it.
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate discovery show <token> [options]")]
pub struct Args {
    /// Token of the cluster
    #[arg(value_name = "TOKEN", num_args = 0..)]
    args: Vec<OsString>,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let token = token(&self.args)?;
        let session = context.session()?;
        let prefix = registry::token_prefix(&token);
        // One read, so that size and members belong together.
        let request = RangeRequest { range_end: registry::range_end(&prefix), key: prefix.into(), ..RangeRequest::default() };
        let rpc = session.client.call(Retry::Read, request, async |connection, request| connection.kv().range(request).await);
        let reply = rpc.await?;
        let size_key = registry::size_key(&token);
        let Some(size) = reply.kvs.iter().find(|kv| kv.key == size_key) else {
            let error = CliError::new(Kind::General, format!("there is no discovery token {token}"));
            return Err(error.hint("Make one with quorate discovery new --size=N"));
        };
        let size = registry::parse_size(&token, &size.value).map_err(|error| CliError::caused(Kind::General, error))?;
        let registered = reply.kvs.iter().filter_map(|kv| registry::parse(&token, &kv.key, &kv.value, kv.create_revision));
        let registered = registry::in_order(registered.collect());
        let mut lines = vec![format!("{} of {size} members have registered", registered.len().min(size))];
        lines.extend(registered.iter().enumerate().map(|(at, registration)| {
            let has_room = if at < size { "member" } else { "too late" };
            format!("{}, {}, {}, {has_room}", registration.id, registration.member.name, registration.member.peer_urls.join(","))
        }));
        output::line(&lines.join("\n"))
    }
}
