//! The connection to a cluster: any one of the endpoints, the next when one does not answer, everything within deadlines.
//!
//! What may be sent again follows from what the server can have done with it. Before a connection stands nothing has been
//! sent, so every request moves on to the next endpoint. Afterwards only reads are repeated, and what a stopping server has
//! certainly not taken; a write whose answer was lost is reported, because it may have taken effect. With several endpoints a
//! new connection is first asked for the member's status: a process that is stopped accepts connections and would swallow the
//! one write we may send.

mod address;
mod login;

use super::{
    error::{CliError, Kind, note},
    global::Global,
    rpc_error,
};
use crate::core::tls::{ClientTls, connect::Connector};
use address::address;
pub use address::discover_endpoints;
use login::Login;
use parking_lot::Mutex;
use quorate_proto::etcdserverpb::{
    StatusRequest, auth_client::AuthClient, cluster_client::ClusterClient, kv_client::KvClient, lease_client::LeaseClient,
    maintenance_client::MaintenanceClient, watch_client::WatchClient,
};
use quorate_proto::{v3electionpb::election_client::ElectionClient, v3lockpb::lock_client::LockClient};
use std::{error::Error, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tonic::{
    Code, Request, Response, Status,
    metadata::MetadataValue,
    service::interceptor::InterceptedService,
    transport::{Channel, Endpoint},
};

/// How often a read is sent again at most. Source: etcd's client.
const ATTEMPTS_MAX: u32 = 100;
/// How often a request is sent again with a new token.
const LOGINS_MAX: u32 = 3;
/// Pause before a read is sent again. Source: etcd's client.
const RETRY_PAUSE: Duration = Duration::from_millis(25);
/// Longest pause between two rounds over endpoints of which none can be reached.
const ROUND_PAUSE_MAX: Duration = Duration::from_secs(1);
/// Servers of etcd close connections that ping more often; gRPC clients in Go take no shorter time either.
const KEEPALIVE_TIME_MIN: Duration = Duration::from_secs(10);
/// Bytes of one answer that may be on their way unread.
const STREAM_WINDOW_BYTES: u32 = 2 * 1024 * 1024;
/// The same of all answers. The h2 library ends a connection on which what small frames lack to 256 bytes adds up to half of this while they lie
/// unread: a watch whose output is read slowly must not get there.
const CONNECTION_WINDOW_BYTES: u32 = 32 * STREAM_WINDOW_BYTES;
/// Version of the interface that is announced to the server, which counts clients by it.
const API_VERSION: &str = "3.7";

/// Whether a request whose answer was lost may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It changes nothing.
    Read,
    /// It may have taken effect.
    Write,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum RpcError {
    /// Time is over; what the last connection failed with, if one did.
    Deadline { last: Option<String> },
    /// The server's refusal, or a connection lost on the way.
    Status(Box<Status>),
    /// The server does not let this user in.
    Login(Box<Status>),
}

impl RpcError {
    /// The refusal's code; `DeadlineExceeded` when time is over.
    pub fn code(&self) -> Code {
        match self {
            Self::Deadline { .. } => Code::DeadlineExceeded,
            Self::Status(status) | Self::Login(status) => rpc_error::code(status),
        }
    }
}

impl std::fmt::Display for RpcError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Deadline { .. } => f.write_str("context deadline exceeded"),
            Self::Status(status) | Self::Login(status) => f.write_str(&rpc_error::text(status)),
        }
    }
}

impl From<RpcError> for CliError {
    fn from(error: RpcError) -> Self {
        // A client that is not let in was never made, as etcdctl sees it.
        let kind = if matches!(error, RpcError::Login(_)) { Kind::Connection } else { Kind::General };
        let cli = CliError::new(kind, error.to_string());
        match error {
            RpcError::Deadline { last: Some(last) } => cli.hint(format!("Last connection error: {last}")),
            _ => cli,
        }
    }
}

/// A cluster as the flags describe it. Cheap until the first request, which connects.
#[derive(Debug)]
pub struct Client {
    endpoints: Vec<String>,
    tls: Option<Arc<ClientTls>>,
    global: Global,
    login: Login,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Index of the endpoint to try first.
    next: usize,
    open: Option<Connection>,
    last_error: Option<String>,
    /// Why the server of the open connection did not let the user in.
    not_let_in: Option<Status>,
}

/// An open connection to one endpoint.
#[derive(Clone, Debug)]
pub struct Connection {
    channel: Channel,
    login: Login,
    request_bytes_max: usize,
    response_bytes_max: usize,
}

macro_rules! services {
    ($($(#[$doc:meta])* $name:ident: $client:ident),+ $(,)?) => {
        impl Connection {
            $($(#[$doc])*
            pub fn $name(self) -> $client<InterceptedService<Channel, Login>> {
                $client::with_interceptor(self.channel, self.login)
                    .max_encoding_message_size(self.request_bytes_max)
                    .max_decoding_message_size(self.response_bytes_max)
            })+
        }
    };
}

services! {
    /// Reads and writes of keys.
    kv: KvClient,
    /// Streams of changes.
    watch: WatchClient,
    /// Leases.
    lease: LeaseClient,
    /// The members of the cluster.
    cluster: ClusterClient,
    /// What operators ask of one member.
    maintenance: MaintenanceClient,
    /// Users and roles.
    auth: AuthClient,
    /// Locks that the server waits for.
    lock: LockClient,
    /// Elections that the server waits for.
    election: ElectionClient,
}

impl Client {
    /// A client of all endpoints that the flags name.
    ///
    /// # Errors
    /// An endpoint that cannot be one: exit code 1. A file of TLS that can't be used: exit code 128.
    pub fn new(global: &Global) -> Result<Self, CliError> {
        Self::of(global, global.endpoints.clone())
    }

    /// A client of one endpoint.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn of_one(global: &Global, endpoint: &str) -> Result<Self, CliError> {
        Self::of(global, vec![endpoint.to_owned()])
    }

    fn of(global: &Global, endpoints: Vec<String>) -> Result<Self, CliError> {
        let mut needs_tls = false;
        for endpoint in &endpoints {
            let url = address(endpoint, global.tls_by_default())?;
            needs_tls |= url.starts_with("https:") || url.starts_with("unixs:");
        }
        let tls = if needs_tls { Some(Arc::new(global.tls()?)) } else { None };
        Ok(Self { endpoints, tls, global: global.clone(), login: Login::new(global)?, state: Mutex::default() })
    }

    /// The moment at which a command that starts now must be answered.
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.global.command_timeout
    }

    /// Sends a request and waits for its answer until the command's timeout.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn call<Q, A, F, Fut>(&self, retry: Retry, message: Q, rpc: F) -> Result<A, RpcError>
    where
        Q: Clone,
        F: Fn(Connection, Request<Q>) -> Fut,
        Fut: Future<Output = Result<Response<A>, Status>>,
    {
        self.call_until(Some(self.deadline()), retry, message, rpc).await
    }

    /// Sends a request and waits for its answer until `deadline`. Without one only connecting is bounded, by the command's
    /// timeout.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn call_until<Q, A, F, Fut>(
        &self,
        deadline: Option<Instant>,
        retry: Retry,
        message: Q,
        rpc: F,
    ) -> Result<A, RpcError>
    where
        Q: Clone,
        F: Fn(Connection, Request<Q>) -> Fut,
        Fut: Future<Output = Result<Response<A>, Status>>,
    {
        let (mut attempt, mut logins) = (0, 0);
        loop {
            attempt += 1;
            let connect_by = deadline.unwrap_or_else(|| self.deadline());
            let connection = self.connection(connect_by).await?;
            if let Some(status) = self.not_let_in() {
                return Err(RpcError::Login(Box::new(status)));
            }
            let mut request = Request::new(message.clone());
            announce_version(&mut request);
            let answer = match deadline {
                Some(deadline) => {
                    request.set_timeout(deadline.saturating_duration_since(Instant::now()));
                    timeout_at(deadline, rpc(connection, request)).await.map_err(|_| self.deadline_error())?
                }
                None => rpc(connection, request).await,
            };
            let status = match answer {
                Ok(answer) => return Ok(answer.into_inner()),
                Err(status) => status,
            };
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) && ended_by_time(&status) {
                return Err(self.deadline_error());
            }
            if logins < LOGINS_MAX && self.login.may_refresh(&status) {
                logins += 1;
                self.debug(|| format!("logging in again after: {}", rpc_error::text(&status)));
                self.abandon_with_turn(&rpc_error::text(&status));
                continue;
            }
            if attempt == ATTEMPTS_MAX || !self.may_send_again(retry, &status) {
                return Err(RpcError::Status(Box::new(status)));
            }
            self.debug(|| format!("sending again after: {}", rpc_error::text(&status)));
            self.abandon(&lost_text(&status));
            sleep(RETRY_PAUSE).await;
        }
    }

    fn may_send_again(&self, retry: Retry, status: &Status) -> bool {
        let learner = status.message() == "etcdserver: rpc not supported for learner";
        let lost = status.code() == Code::Unavailable || rpc_error::is_transport(status);
        (learner && self.endpoints.len() > 1) || (lost && retry == Retry::Read) || rpc_error::never_taken(status)
    }

    /// An open connection: the present one, or to the first endpoint that answers, trying them round and round until
    /// `deadline`.
    ///
    /// # Errors
    /// [`RpcError::Deadline`].
    pub async fn connection(&self, deadline: Instant) -> Result<Connection, RpcError> {
        timeout_at(deadline, self.connection_unbounded()).await.map_err(|_| self.deadline_error())
    }

    /// As [`Client::connection`], however long it takes.
    pub async fn connection_unbounded(&self) -> Connection {
        let mut pause = RETRY_PAUSE;
        loop {
            if let Some(connection) = self.state.lock().open.clone() {
                return connection;
            }
            if let Some(connection) = self.connection_at_once().await {
                return connection;
            }
            sleep(pause).await;
            pause = (pause * 2).min(ROUND_PAUSE_MAX);
        }
    }

    /// An open connection, after one attempt at each endpoint; [`Client::last_error`] says why there is none.
    pub async fn connection_at_once(&self) -> Option<Connection> {
        for _ in 0..self.endpoints.len() {
            if let Some(connection) = self.try_next().await {
                return Some(connection);
            }
        }
        None
    }

    /// Dials the endpoint whose turn it is; after a failure it is the next one's turn.
    async fn try_next(&self) -> Option<Connection> {
        let at = self.state.lock().next % self.endpoints.len();
        let endpoint = &self.endpoints[at];
        self.debug(|| format!("dialing {endpoint}"));
        let dialed = match self.global.dial_timeout {
            Duration::ZERO => self.dial(endpoint).await,
            limit => timeout(limit, self.dial(endpoint)).await.unwrap_or_else(|_| Err("no answer in time".to_owned())),
        };
        let mut state = self.state.lock();
        match dialed {
            Ok((connection, not_let_in)) => {
                state.open = Some(connection.clone());
                state.not_let_in = not_let_in;
                Some(connection)
            }
            Err(error) => {
                state.last_error = Some(format!("{endpoint}: {error}"));
                state.next = at + 1;
                drop(state);
                self.debug(|| format!("{endpoint}: {error}"));
                None
            }
        }
    }

    /// A connection, on which the user is logged in, or is not let in for the reason given.
    async fn dial(&self, endpoint: &str) -> Result<(Connection, Option<Status>), String> {
        let address = address(endpoint, self.global.tls_by_default()).map_err(|error| error.to_string())?;
        let connector = Connector::new(&address, self.tls.as_ref()).map_err(|error| error.to_string())?;
        let channel = Endpoint::from(connector.uri())
            .http2_keep_alive_interval(self.global.keepalive_time.max(KEEPALIVE_TIME_MIN))
            .keep_alive_timeout(self.global.keepalive_timeout)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .connect_with_connector(connector)
            .await
            .map_err(|error| innermost(&error))?;
        let connection = Connection {
            channel,
            login: self.login.clone(),
            request_bytes_max: self.global.request_bytes_max(),
            response_bytes_max: self.global.response_bytes_max(),
        };
        if self.endpoints.len() > 1
            && let Err(status) = connection.clone().maintenance().status(StatusRequest {}).await
            && rpc_error::is_transport(&status)
        {
            return Err(rpc_error::text(&status));
        }
        match self.login.log_in(connection.channel.clone()).await {
            Ok(()) => Ok((connection, None)),
            Err(status) if rpc_error::is_transport(&status) || status.code() == Code::Unavailable => {
                Err(rpc_error::text(&status))
            }
            Err(status) => Ok((connection, Some(status))),
        }
    }

    /// Why the server did not let the user in, on the connection that is open.
    pub fn not_let_in(&self) -> Option<Status> {
        self.state.lock().not_let_in.clone()
    }

    /// Whether logging in again may help after this refusal.
    pub fn may_refresh(&self, status: &Status) -> bool {
        self.login.may_refresh(status)
    }

    /// Drops the present connection; its endpoint is dialed again, and the user logged in anew.
    pub fn abandon_with_turn(&self, reason: &str) {
        let mut state = self.state.lock();
        if state.open.take().is_some() {
            let at = state.next % self.endpoints.len();
            state.last_error = Some(format!("{}: {reason}", self.endpoints[at]));
        }
    }

    /// Drops the present connection, and gives the turn to the next endpoint.
    pub fn abandon(&self, reason: &str) {
        let mut state = self.state.lock();
        if state.open.take().is_some() {
            let at = state.next % self.endpoints.len();
            state.last_error = Some(format!("{}: {reason}", self.endpoints[at]));
            state.next = at + 1;
        }
    }

    /// What the last connection failed with.
    pub fn last_error(&self) -> Option<String> {
        self.state.lock().last_error.clone()
    }

    fn deadline_error(&self) -> RpcError {
        RpcError::Deadline { last: self.last_error() }
    }

    fn debug(&self, text: impl FnOnce() -> String) {
        if self.global.debug {
            note(format_args!("client: {}", text()));
        }
    }
}

/// Adds the metadata that every request carries.
fn announce_version<T>(request: &mut Request<T>) {
    request.metadata_mut().insert("client-api-version", MetadataValue::from_static(API_VERSION));
}

/// Adds the demand that the member has a leader, so that a stream through a cut-off member ends instead of going silent.
pub fn require_leader<T>(request: &mut Request<T>) {
    announce_version(request);
    request.metadata_mut().insert("hasleader", MetadataValue::from_static("true"));
}

/// A failed call in words; below the library's own, which say little, is what became of the connection.
fn lost_text(status: &Status) -> String {
    let (text, cause) = (rpc_error::text(status), innermost(status));
    if rpc_error::is_transport(status) && !text.contains(&cause) { format!("{text}: {cause}") } else { text }
}

fn ended_by_time(status: &Status) -> bool {
    matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled)
}

/// The first cause of a failed connection: the outer errors only say "transport error".
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests;
