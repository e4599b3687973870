//! `discovery show`.

use super::{Opened, TokenArg};
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

/// Show the size of a token's cluster and the members that have registered
///
/// A line for each member: its id, its name, its peer URLs, and whether there was still room for it.
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate discovery show <token> [options]")]
pub struct Args {
    #[command(flatten)]
    token: TokenArg,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let opened = self.token.open(context)?;
        let Opened { token, session } = &opened;
        // One read, so that size and members belong together.
        let prefix = registry::token_prefix(token);
        let request = RangeRequest { range_end: registry::range_end(&prefix), key: prefix.into(), ..RangeRequest::default() };
        let rpc = session.client.call(Retry::Read, request, async |connection, request| connection.kv().range(request).await);
        let reply = rpc.await?;
        let size_key = registry::size_key(token);
        let Some(size) = reply.kvs.iter().find(|kv| kv.key == size_key) else {
            return Err(opened.unknown().hint("Make one with quorate discovery new --size=N"));
        };
        let size = registry::parse_size(token, &size.value).map_err(|error| CliError::caused(Kind::General, error))?;
        let registered = reply.kvs.iter().filter_map(|kv| registry::parse(token, &kv.key, &kv.value, kv.create_revision));
        let registered = registry::in_order(registered.collect());
        let mut lines = vec![format!("{} of {size} members have registered", registered.len().min(size))];
        lines.extend(registered.iter().enumerate().map(|(at, registration)| {
            let has_room = if at < size { "member" } else { "too late" };
            format!("{}, {}, {}, {has_room}", registration.id, registration.member.name, registration.member.peer_urls.join(","))
        }));
        output::line(&lines.join("\n"))
    }
}
