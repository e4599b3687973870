//! Waiting for one's turn under a lease: what `lock` and `elect` share.
//!
//! The server waits, in one call, and lets go of the place when the call ends. The lease is renewed all the while. When the connection is
//! lost the place may be given up at any later moment, so it is not taken again: a new lease has a new place, at the end of the queue.

use super::{
    client::{Client, Connection, Retry, RpcError},
    context::{Context, Session},
    error::{CliError, Kind},
    lease,
    rpc_error::{self, LEASE_NOT_FOUND},
};
use quorate_proto::etcdserverpb::{LeaseGrantRequest, LeaseRevokeRequest, RangeRequest, RangeResponse};
use std::{pin::Pin, time::Duration};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, sleep},
};
use tonic::{Code, Request, Response, Status};

/// Time to live of a lease where nothing else is said: how long a leader may be cut off before there is another. Source: etcdctl 3.7.
pub const TTL_SECS: i64 = 60;
/// Pause before the next attempt with another lease.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// The signals that end a command in an orderly way.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on neither signal ends the process by itself.
    ///
    /// # Errors
    /// When there are no descriptors left.
    pub fn listen() -> Result<Self, CliError> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for one that has come since it was last waited for. May be dropped and called again.
    pub async fn come(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// A lease that is renewed as long as somebody waits for its loss.
pub struct Lease<'c> {
    client: &'c Client,
    id: i64,
    renewals: Pin<Box<dyn Future<Output = Result<(), CliError>> + 'c>>,
    is_lost: bool,
}

impl<'c> Lease<'c> {
    /// # Errors
    /// As the server refuses to grant one, or there is none in time.
    async fn grant(client: &'c Client, ttl: i64, dial_timeout: Duration) -> Result<Self, CliError> {
        let request = LeaseGrantRequest { ttl, id: 0 };
        let grant = client.call(Retry::Write, request, async |connection, request| connection.lease().lease_grant(request).await);
        let id = grant.await?.id;
        Ok(Self { client, id, renewals: Box::pin(lease::keep(client, id, dial_timeout, |_| Ok(()))), is_lost: false })
    }

    /// Renews it, until it is lost.
    pub async fn lost(&mut self) {
        if !self.is_lost {
            // Whatever it ended with, nobody renews it any more.
            let _ = self.renewals.as_mut().await;
            self.is_lost = true;
        }
    }

    /// Ends the lease and the keys that hang on it.
    ///
    /// # Errors
    /// As the server refuses it; a lease that has ended already is none.
    pub async fn end(self) -> Result<(), CliError> {
        self.revoke().await
    }

    /// The same while members come and go: again and again, for as long as the lease may live. Else the old place is in the queue
    /// before the next one.
    async fn give_up(self, ttl: i64) -> Result<(), CliError> {
        let until = Instant::now() + Duration::from_secs(ttl.unsigned_abs());
        loop {
            // Also what was asked of a member that is gone takes a moment to be known as lost.
            sleep(RETRY_PAUSE).await;
            match self.revoke().await {
                Err(_) if Instant::now() < until => {}
                given_up => return given_up,
            }
        }
    }

    async fn revoke(&self) -> Result<(), CliError> {
        // That it is sent again does no harm: the second time there is no such lease.
        let revoke = self.client.call(Retry::Read, LeaseRevokeRequest { id: self.id }, async |connection, request| {
            connection.lease().lease_revoke(request).await
        });
        match revoke.await {
            Err(error) if error.to_string() != LEASE_NOT_FOUND => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// What waiting ended with, other than an answer.
enum Ended {
    BySignal,
    LeaseLost,
    Refused(RpcError),
}

/// Sends the request that `request` makes for a lease, and waits for its answer, however long that takes.
///
/// # Errors
/// As the server refuses it, a signal, or the loss of the lease, which is called `lost`: exit code 1.
pub async fn turn<'c, Q, A, F, Fut>(
    session: &'c Session,
    context: &Context,
    ttl: i64,
    lost: &'static str,
    signals: &mut Signals,
    request: impl Fn(i64) -> Q,
    rpc: F,
) -> Result<(A, Lease<'c>), CliError>
where
    Q: Clone,
    F: Fn(Connection, Request<Q>) -> Fut,
    Fut: Future<Output = Result<Response<A>, Status>>,
{
    let client = &session.client;
    loop {
        let mut lease = tokio::select! {
            granted = Lease::grant(client, ttl, context.global.dial_timeout) => granted?,
            // One that is granted all the same ends by itself.
            () = signals.come() => return Err(CliError::new(Kind::General, "context canceled")),
        };
        let ended = tokio::select! {
            answer = client.call_until(None, Retry::Write, request(lease.id), &rpc) => match answer {
                Ok(answer) => return Ok((answer, lease)),
                Err(error) => Ended::Refused(error),
            },
            () = lease.lost() => Ended::LeaseLost,
            () = signals.come() => Ended::BySignal,
        };
        let error = match ended {
            Ended::Refused(RpcError::Status(status)) if is_lost(&status) => {
                client.abandon(&rpc_error::text(&status));
                None
            }
            Ended::Refused(RpcError::Status(status)) => Some(refusal(&status)),
            Ended::Refused(error) => Some(error.into()),
            Ended::LeaseLost => Some(CliError::new(Kind::General, lost)),
            Ended::BySignal => Some(CliError::new(Kind::General, "context canceled")),
        };
        if let Some(error) = error {
            // A place that cannot be given up ends with its lease.
            drop(lease.end().await);
            return Err(error);
        }
        tokio::select! {
            given_up = lease.give_up(ttl) => given_up?,
            () = signals.come() => return Err(CliError::new(Kind::General, "context canceled")),
        }
    }
}

/// Whether a status says that the member is not there any more.
pub fn is_lost(status: &Status) -> bool {
    rpc_error::is_transport(status) || status.code() == Code::Unavailable
}

/// The services of locks and elections say what is wrong under the code for all else.
fn refusal(status: &Status) -> CliError {
    let text = if rpc_error::code(status) == Code::Unknown { status.message().to_owned() } else { rpc_error::text(status) };
    CliError::new(Kind::General, text)
}

/// The key as it is now.
///
/// # Errors
/// As the server refuses it.
pub async fn get(client: &Client, key: bytes::Bytes) -> Result<RangeResponse, CliError> {
    let request = RangeRequest { key, ..RangeRequest::default() };
    Ok(client.call(Retry::Read, request, async |connection, request| connection.kv().range(request).await).await?)
}
