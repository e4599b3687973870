//! `lease keep-alive`: renew a lease once, or again and again until it is gone.
//!
//! Renewals go out at a third of the time to live. A lost connection is replaced, through any endpoint, for as long as the
//! lease can still be alive.

use super::lease_id;
use crate::cmd::{
    client::{Client, Connection, Retry, require_leader},
    context::Context,
    error::{CliError, Kind},
    gotext::Hex16,
    output::{self, Format, Reply},
    rpc_error::{self, LEASE_NOT_FOUND},
};
use quorate_proto::etcdserverpb::{LeaseKeepAliveRequest, LeaseKeepAliveResponse};
use std::{ffi::OsString, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout_at},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status, Streaming};

/// Pause after a stream that broke. Source: etcd's client.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// Keep a lease alive
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate lease keep-alive [options] <leaseID>")]
pub struct Args {
    /// Lease, in hexadecimal
    #[arg(value_name = "ID", num_args = 0..)]
    args: Vec<OsString>,

    /// Renew once and end
    #[arg(long)]
    once: bool,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let [id] = &self.args[..] else {
            return Err(CliError::bad_args("lease keep-alive command needs lease ID as argument"));
        };
        let id = lease_id(id)?;
        let session = context.session()?;
        if self.once {
            let reply = session.client.call(Retry::Read, LeaseKeepAliveRequest { id }, renew_once).await;
            let reply = reply.map_err(|error| CliError::from(error).of_kind(Kind::Connection))?;
            return session.output.print(Reply::LeaseKeepAlive(&reply));
        }
        let print = |reply: &LeaseKeepAliveResponse| session.output.print(Reply::LeaseKeepAlive(reply));
        keep(&session.client, id, context.global.dial_timeout, print).await?;
        if session.output.format() == Format::Simple {
            output::line(&format!("lease {} expired or revoked.", Hex16(id)))?;
        }
        Ok(())
    }
}

/// One renewal on a stream of its own.
async fn renew_once(
    connection: Connection,
    request: Request<LeaseKeepAliveRequest>,
) -> Result<Response<LeaseKeepAliveResponse>, Status> {
    let (metadata, extensions, message) = request.into_parts();
    let request = Request::from_parts(metadata, extensions, tokio_stream::once(message));
    let mut replies = connection.lease().lease_keep_alive(request).await?.into_inner();
    match replies.message().await? {
        Some(reply) if reply.ttl > 0 => Ok(Response::new(reply)),
        Some(_) => Err(Status::not_found(LEASE_NOT_FOUND)),
        None => Err(Status::unavailable("the keep-alive stream ended without an answer")),
    }
}

/// Renews until the lease is gone, or cannot be alive any more. `told` hears of each renewal.
///
/// # Errors
/// A refusal of the server (exit code 2), and what `told` fails with.
pub async fn keep(
    client: &Client,
    id: i64,
    dial_timeout: Duration,
    mut told: impl FnMut(&LeaseKeepAliveResponse) -> Result<(), CliError>,
) -> Result<(), CliError> {
    // Before the first answer nobody knows the lease's time; as long as dialing may take, and a second.
    let mut alive_until = Instant::now() + dial_timeout + Duration::from_secs(1);
    loop {
        let Ok(opened) = timeout_at(alive_until, open(client, id)).await else { return Ok(()) };
        let status = match opened {
            Ok((requests, replies)) => match renew(id, requests, replies, &mut alive_until, &mut told).await? {
                None => return Ok(()),
                Some(status) => status,
            },
            Err(status) => status,
        };
        if client.may_refresh(&status) && client.not_let_in().is_none() && Instant::now() < alive_until {
            client.abandon_with_turn(&rpc_error::text(&status));
            sleep(RETRY_PAUSE).await;
            continue;
        }
        let lost = rpc_error::is_transport(&status) || matches!(status.code(), Code::Unavailable | Code::Internal);
        if !lost {
            return Err(CliError::new(Kind::Connection, rpc_error::text(&status)));
        }
        if Instant::now() >= alive_until {
            return Ok(());
        }
        client.abandon(&rpc_error::text(&status));
        sleep(RETRY_PAUSE).await;
    }
}

type Requests = mpsc::Sender<LeaseKeepAliveRequest>;

/// Opens a stream with the first renewal already on its way: before that the server does not answer.
async fn open(client: &Client, id: i64) -> Result<(Requests, Streaming<LeaseKeepAliveResponse>), Status> {
    let connection = client.connection_unbounded().await;
    if let Some(status) = client.not_let_in() {
        return Err(status);
    }
    // One renewal is on its way at a time.
    let (requests, receiver) = mpsc::channel(1);
    requests.try_send(LeaseKeepAliveRequest { id }).expect("a new channel has room for one");
    let mut request = Request::new(ReceiverStream::new(receiver));
    require_leader(&mut request);
    let replies = connection.lease().lease_keep_alive(request).await?.into_inner();
    Ok((requests, replies))
}

/// Renews on one stream. Gives nothing when the lease is gone, or the status that the stream broke with.
async fn renew(
    id: i64,
    requests: Requests,
    mut replies: Streaming<LeaseKeepAliveResponse>,
    alive_until: &mut Instant,
    told: &mut impl FnMut(&LeaseKeepAliveResponse) -> Result<(), CliError>,
) -> Result<Option<Status>, CliError> {
    let ended = || Some(Status::unavailable("the keep-alive stream ended"));
    loop {
        let reply = match timeout_at(*alive_until, replies.message()).await {
            Err(_) => return Ok(None),
            Ok(Err(status)) => return Ok(Some(status)),
            Ok(Ok(None)) => return Ok(ended()),
            Ok(Ok(Some(reply))) => reply,
        };
        let Some(ttl) = u64::try_from(reply.ttl).ok().filter(|ttl| *ttl > 0) else { return Ok(None) };
        let ttl = Duration::from_secs(ttl);
        *alive_until = Instant::now() + ttl;
        told(&reply)?;
        sleep(ttl / 3).await;
        if requests.send(LeaseKeepAliveRequest { id }).await.is_err() {
            return Ok(ended());
        }
    }
}
