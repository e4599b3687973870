//! `elect`: stand for election and lead until a signal, or watch who leads.

use super::{
    client::{Connection, Retry, RpcError},
    context::{Context, Session},
    error::{CliError, Kind},
    key,
    output::Reply,
    turn::{self, Signals},
};
use bytes::Bytes;
use quorate_proto::{
    etcdserverpb::RangeResponse,
    v3electionpb::{CampaignRequest, LeaderRequest, LeaderResponse},
};
use std::{ffi::OsString, time::Duration};
use tokio::time::sleep;

/// What is said when the lease has ended. Source: etcdctl 3.7.
const LOST: &str = "elect: session expired";
/// Pause after a stream that broke. Source: etcd's client.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// Stand for election, or watch who leads
///
/// With a proposal, waits until it leads, prints the key and the proposal, and leads until a signal. With --listen, prints
/// each leader's key and proposal, and each new proposal, until a signal.
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate elect [options] <election-name> [proposal]")]
pub struct Args {
    /// Name of the election, and the value that the leader's key gets
    #[arg(value_name = "NAME [PROPOSAL]", num_args = 0..)]
    args: Vec<OsString>,

    /// Print who leads instead of standing for election
    #[arg(short, long)]
    listen: bool,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let mut args = self.args.into_iter().map(key::bytes);
        let (Some(name), proposal, None) = (args.next(), args.next(), args.next()) else {
            return Err(CliError::bad_args("elect takes one election name argument and an optional proposal argument"));
        };
        match (proposal, self.listen) {
            (None, true) => observe(context, name).await,
            (None, false) => Err(CliError::bad_args("no proposal argument but -l not set")),
            (Some(_), true) => Err(CliError::bad_args("proposal given but -l is set")),
            (Some(value), false) => campaign(context, name, value).await,
        }
    }
}

async fn campaign(context: &Context, name: Bytes, value: Bytes) -> Result<(), CliError> {
    let session = context.session()?;
    let mut signals = Signals::listen()?;
    let request = |lease| CampaignRequest { name: name.clone(), lease, value: value.clone() };
    let rpc = async |connection: Connection, request| connection.election().campaign(request).await;
    let (won, mut lease) = turn::turn(&session, context, turn::TTL_SECS, LOST, &mut signals, request, rpc).await?;
    let lead = async {
        let reply = turn::get(&session.client, won.leader.unwrap_or_default().key).await?;
        session.output.print(Reply::Get { reply: &reply, values_only: false })?;
        tokio::select! {
            () = signals.come() => Ok(()),
            () = lease.lost() => Err(CliError::new(Kind::General, LOST)),
        }
    };
    let led = lead.await;
    // The end of the lease is a resignation.
    let ended = lease.end().await;
    led.and(ended)
}

async fn observe(context: &Context, name: Bytes) -> Result<(), CliError> {
    let session = context.session()?;
    let mut signals = Signals::listen()?;
    tokio::select! {
        lost = print_leaders(&session, name) => lost,
        () = signals.come() => Ok(()),
    }
}

/// Prints leaders until the server has no more to say. A lost connection is replaced; what was printed is not printed again.
async fn print_leaders(session: &Session, name: Bytes) -> Result<(), CliError> {
    let lost = || CliError::new(Kind::General, "elect: observer lost");
    let mut printed = None;
    loop {
        let request = LeaderRequest { name: name.clone() };
        let rpc = async |connection: Connection, request| connection.election().observe(request).await;
        let mut leaders = match session.client.call_until(None, Retry::Read, request, rpc).await {
            Ok(leaders) => leaders,
            Err(RpcError::Status(status)) if !turn::is_lost(&status) => return Err(lost()),
            Err(error) => return Err(error.into()),
        };
        let status = loop {
            match leaders.message().await {
                Ok(Some(leader)) => print(session, leader, &mut printed)?,
                Ok(None) => return Err(lost()),
                Err(status) => break status,
            }
        };
        if !turn::is_lost(&status) {
            return Err(lost());
        }
        session.client.abandon(status.message());
        sleep(RETRY_PAUSE).await;
    }
}

/// Prints a leader, unless it is the one printed last: `printed` is the revision of that value.
fn print(session: &Session, leader: LeaderResponse, printed: &mut Option<i64>) -> Result<(), CliError> {
    let LeaderResponse { header, kv } = leader;
    let revision = kv.as_ref().map(|kv| kv.mod_revision);
    if revision == *printed {
        return Ok(());
    }
    *printed = revision;
    let reply = RangeResponse { header, kvs: kv.into_iter().collect(), ..RangeResponse::default() };
    session.output.print(Reply::Get { reply: &reply, values_only: false })
}
