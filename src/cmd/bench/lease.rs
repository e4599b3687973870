//! `lease`: keep-alives of one lease a client, or grants.
//!
//! A keep-alive goes out on a stream of its own that carries one message, as etcd's benchmark sends it.

use anyhow::Context;
use bytes::Bytes;
use clap::ArgAction;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use quorate_proto::etcdserverpb::{LeaseGrantRequest, LeaseGrantResponse, LeaseKeepAliveRequest};

use super::{
    driver::{Operation, Pool, measure},
    flags::Load,
    pace::Ticket,
    report::Report,
    wire::{Failure, frame},
};

/// Grants under way while the leases of all clients are prepared.
const GRANTS_AT_ONCE: usize = 100;
const GRANT: &str = "/etcdserverpb.Lease/LeaseGrant";

/// Keep a lease of each client alive, or grant leases
#[derive(clap::Args, Clone, Debug)]
pub struct LeaseArgs {
    /// Grant a new lease in each request instead
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    grant: bool,
    /// Seconds until a lease ends of itself
    #[arg(long, default_value_t = 100)]
    ttl: i64,
}

struct Grants {
    request: Bytes,
}

struct KeepAlives {
    /// One a client.
    requests: Vec<Bytes>,
}

impl LeaseArgs {
    pub async fn run(&self, pool: &Pool, load: &Load) -> anyhow::Result<Report> {
        let request = frame(&LeaseGrantRequest { ttl: self.ttl, id: 0 });
        if self.grant {
            return Ok(Report { variant: Some("grant"), ..measure("lease", pool, load, Grants { request }).await? });
        }
        let granting = stream::iter(0..load.clients).map(|client| {
            let request = request.clone();
            async move {
                let lease: LeaseGrantResponse = pool.caller(client, GRANT, load).call_for(request).await?;
                Ok::<_, Failure>(frame(&LeaseKeepAliveRequest { id: lease.id }))
            }
        });
        let requests = granting.buffered(GRANTS_AT_ONCE).try_collect().await.context("cannot grant the leases")?;
        Ok(Report { variant: Some("keep-alive"), ..measure("lease", pool, load, KeepAlives { requests }).await? })
    }
}

impl Operation for Grants {
    fn path(&self) -> &'static str {
        GRANT
    }

    fn message(&mut self, _client: usize, _ticket: &Ticket) -> Bytes {
        self.request.clone()
    }
}

impl Operation for KeepAlives {
    fn path(&self) -> &'static str {
        "/etcdserverpb.Lease/LeaseKeepAlive"
    }

    fn message(&mut self, client: usize, _ticket: &Ticket) -> Bytes {
        self.requests[client].clone()
    }
}
