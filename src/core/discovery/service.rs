//! Registering with a discovery service and waiting for the others.
//!
//! Everything can be done again: a member that finds its own registration goes on from there, so a start that was interrupted is
//! repeated with the same flags. A member waits for as long as the others take, which people decide; that the service is out of reach
//! is borne for a minute only. Where the service has users, one is logged in on each connection, and again when its token is over.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use quorate_proto::etcdserverpb::{
    AuthenticateRequest, DeleteRangeRequest, PutRequest, RangeRequest, RangeResponse, WatchCreateRequest, WatchRequest,
    auth_client::AuthClient,
    kv_client::KvClient,
    range_request::{SortOrder, SortTarget},
    watch_client::WatchClient,
    watch_request::RequestUnion,
};
use tonic::{
    Code, Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

use super::{
    DiscoveryError,
    registry::{self, Registration},
};
use crate::core::{
    clock,
    config::{InitialMember, ServiceDiscovery},
    tls::{ClientTls, connect::Connector},
};

/// How long the service may be out of reach.
const UNREACHABLE_MAX: Duration = Duration::from_secs(60);
/// Pause after a first failure; it doubles up to [`RETRY_PAUSE_MAX`].
const RETRY_PAUSE_MIN: Duration = Duration::from_millis(100);
const RETRY_PAUSE_MAX: Duration = Duration::from_secs(2);
/// How long a watch is believed when it says nothing. Then the members are read again, and who is missing is logged.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// Refusals that another login mends.
const TOKEN_IS_OVER: [&str; 2] = ["etcdserver: invalid auth token", "etcdserver: revision of auth store is old"];
/// Servers of etcd close connections that ping more often.
const KEEPALIVE_TIME_MIN: Duration = Duration::from_secs(10);

/// Registers `member` under its id and waits until the cluster is complete. Answers its members in the order of registration.
///
/// # Errors
/// When the token has no size or no room, the service refuses, or is out of reach for a minute.
pub async fn join(from: &ServiceDiscovery, id: u64, member: &InitialMember) -> Result<Vec<InitialMember>, DiscoveryError> {
    let mut service = Service { from, tls: tls(from)?, next: 0, calls: None };
    let size = service.size().await?;
    let registered = service.registered().await?;
    let is_new = place_of(&registered.members, id).is_none();
    check_place(from, size, &registered.members, id, member)?;
    service.register(id, member).await?;
    loop {
        let registered = service.registered().await?;
        if let Err(full) = check_place(from, size, &registered.members, id, member) {
            // Others were quicker. What was written a moment ago must not look like a member.
            if is_new {
                service.withdraw(id).await?;
            }
            return Err(full);
        }
        if place_of(&registered.members, id).is_none() {
            return Err(DiscoveryError::RegistrationLost { token: from.token.clone() });
        }
        let found = registered.members.len();
        if found >= size {
            let members: Vec<_> = registered.members.into_iter().take(size).map(|registration| registration.member).collect();
            tracing::info!(token = from.token, size, "found all members through the discovery service");
            return Ok(members);
        }
        tracing::info!(token = from.token, size, found, "waiting for members to register with the discovery service");
        service.wait_for_change(registered.revision).await;
    }
}

/// What endpoints that ask for TLS are called with.
fn tls(from: &ServiceDiscovery) -> Result<Option<Arc<ClientTls>>, DiscoveryError> {
    if !from.endpoints.iter().any(|url| url.starts_with("https:") || url.starts_with("unixs:")) {
        return Ok(None);
    }
    ClientTls::new(&from.tls).map(|tls| Some(Arc::new(tls))).map_err(|error| DiscoveryError::Tls(error.to_string()))
}

fn place_of(registered: &[Registration], id: u64) -> Option<usize> {
    let id = format!("{id:x}");
    registered.iter().position(|registration| registration.id == id)
}

/// Whether this member may be, or is, one of the first `size`.
fn check_place(
    from: &ServiceDiscovery,
    size: usize,
    registered: &[Registration],
    id: u64,
    member: &InitialMember,
) -> Result<(), DiscoveryError> {
    if place_of(registered, id).unwrap_or(registered.len()) >= size {
        let members = registered.iter().take(size).map(|registration| registration.member.name.clone()).collect();
        return Err(DiscoveryError::Full { token: from.token.clone(), size, members });
    }
    let own = format!("{id:x}");
    let first = registered.iter().take(size);
    match first.into_iter().find(|registration| registration.member.name == member.name && registration.id != own) {
        Some(other) => Err(DiscoveryError::NameTaken { name: member.name.clone(), id: other.id.clone() }),
        None => Ok(()),
    }
}

/// Who has registered, and as of which revision of the service.
struct Registered {
    members: Vec<Registration>,
    revision: i64,
}

/// The service, through one endpoint at a time.
struct Service<'c> {
    from: &'c ServiceDiscovery,
    tls: Option<Arc<ClientTls>>,
    /// Index of the endpoint to try next.
    next: usize,
    calls: Option<Calls>,
}

/// A connection on which each call shows the user's token.
type Calls = InterceptedService<Channel, Token>;

/// None where nobody is logged in.
#[derive(Clone)]
struct Token(Option<MetadataValue<Ascii>>);

impl Interceptor for Token {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("token", token.clone());
        }
        Ok(request)
    }
}

impl Service<'_> {
    async fn size(&mut self) -> Result<usize, DiscoveryError> {
        let key = registry::size_key(&self.from.token);
        let answer = self.range("read the size", RangeRequest { key, ..RangeRequest::default() }).await?;
        let token = &self.from.token;
        match answer.kvs.first() {
            Some(kv) => registry::parse_size(token, &kv.value),
            None => Err(DiscoveryError::NoSize { token: token.clone() }),
        }
    }

    async fn registered(&mut self) -> Result<Registered, DiscoveryError> {
        let prefix = registry::members_prefix(&self.from.token);
        let range_end = registry::range_end(&prefix);
        let request = RangeRequest {
            key: prefix.into(),
            range_end,
            // More than this do not count: they are beyond any size.
            limit: 2 * registry::SIZE_MAX as i64,
            sort_order: SortOrder::Ascend.into(),
            sort_target: SortTarget::Create.into(),
            ..RangeRequest::default()
        };
        let answer = self.range("read the members", request).await?;
        let mut members = Vec::with_capacity(answer.kvs.len());
        for kv in &answer.kvs {
            match registry::parse(&self.from.token, &kv.key, &kv.value, kv.create_revision) {
                Some(registration) => members.push(registration),
                None => {
                    tracing::warn!(key = %String::from_utf8_lossy(&kv.key), "passed over what is no registration of a member");
                }
            }
        }
        let revision = answer.header.map_or(0, |header| header.revision);
        Ok(Registered { members: registry::in_order(members), revision })
    }

    async fn range(&mut self, what: &'static str, request: RangeRequest) -> Result<RangeResponse, DiscoveryError> {
        self.call(what, async |mut kv| kv.range(request.clone()).await.map(tonic::Response::into_inner)).await
    }

    async fn register(&mut self, id: u64, member: &InitialMember) -> Result<(), DiscoveryError> {
        let (key, value) = (registry::member_key(&self.from.token, id), registry::value(member));
        let request = PutRequest { key, value, ..PutRequest::default() };
        self.call("register this member", async |mut kv| kv.put(request.clone()).await.map(drop)).await?;
        tracing::info!(token = self.from.token, member_id = %format!("{id:x}"), "registered with the discovery service");
        Ok(())
    }

    async fn withdraw(&mut self, id: u64) -> Result<(), DiscoveryError> {
        let request = DeleteRangeRequest { key: registry::member_key(&self.from.token, id), ..DeleteRangeRequest::default() };
        self.call("withdraw this member", async |mut kv| kv.delete_range(request.clone()).await.map(drop)).await
    }

    /// Returns when the members have changed after `revision`, or may have.
    async fn wait_for_change(&mut self, revision: i64) {
        let Some(calls) = self.calls.clone() else { return };
        let prefix = registry::members_prefix(&self.from.token);
        let range_end = registry::range_end(&prefix);
        let create =
            WatchCreateRequest { key: Bytes::from(prefix), range_end, start_revision: revision + 1, ..Default::default() };
        let requests = vec![WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) }];
        // The sending side stays open for as long as this waits.
        let requests = tokio_stream::StreamExt::chain(tokio_stream::iter(requests), tokio_stream::pending());
        let watching = async {
            let mut answers = WatchClient::new(calls).watch(requests).await?.into_inner();
            while let Some(answer) = answers.message().await? {
                // A watch that ended, as one below a compaction does, is a reason to read again, too.
                if answer.canceled || !answer.events.is_empty() {
                    break;
                }
            }
            Ok::<(), Status>(())
        };
        // Whatever ended the wait, what is read next is the truth.
        if let Ok(Err(status)) = tokio::time::timeout(SILENCE_MAX, watching).await {
            tracing::debug!(reason = status.message(), "the watch on the discovery service broke");
            self.abandon();
        }
        // However soon watches end, reading goes on at a bounded pace.
        tokio::time::sleep(RETRY_PAUSE_MIN).await;
    }

    /// Sends a request until it is answered; all that are sent may be sent twice.
    async fn call<T>(
        &mut self,
        what: &'static str,
        rpc: impl AsyncFn(KvClient<Calls>) -> Result<T, Status>,
    ) -> Result<T, DiscoveryError> {
        let since = clock::now();
        let mut pause = RETRY_PAUSE_MIN;
        loop {
            let reason = match self.attempt(&rpc).await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Final(reason)) => return Err(DiscoveryError::Refused { what, reason }),
                Err(Failure::Passing(reason)) => reason,
            };
            self.abandon();
            if since.elapsed() >= UNREACHABLE_MAX {
                return Err(DiscoveryError::Unreachable { endpoints: self.from.endpoints.clone(), reason });
            }
            tracing::warn!(reason, "failed to {what} at the discovery service; trying again");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(RETRY_PAUSE_MAX);
        }
    }

    async fn attempt<T>(&mut self, rpc: &impl AsyncFn(KvClient<Calls>) -> Result<T, Status>) -> Result<T, Failure> {
        let calls = self.calls().await?;
        self.in_time(rpc(KvClient::new(calls))).await
    }

    async fn in_time<T>(&self, call: impl Future<Output = Result<T, Status>>) -> Result<T, Failure> {
        let limit = self.from.request_timeout;
        match tokio::time::timeout(limit, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(status)) => Err(Failure::of(&status)),
            Err(_) => Err(Failure::Passing(format!("no answer within {limit:?}"))),
        }
    }

    async fn calls(&mut self) -> Result<Calls, Failure> {
        if let Some(calls) = &self.calls {
            return Ok(calls.clone());
        }
        let channel = self.connect().await.map_err(Failure::Passing)?;
        let token = self.log_in(channel.clone()).await?;
        Ok(self.calls.insert(InterceptedService::new(channel, token)).clone())
    }

    async fn log_in(&self, channel: Channel) -> Result<Token, Failure> {
        let Some(user) = &self.from.user else { return Ok(Token(None)) };
        let request = AuthenticateRequest { name: user.name.clone(), password: user.password.clone() };
        match self.in_time(AuthClient::new(channel).authenticate(request)).await {
            Ok(answer) => {
                let token = answer.into_inner().token.parse::<MetadataValue<Ascii>>();
                Ok(Token(Some(token.map_err(|_| Failure::Final("the service's token cannot be sent".into()))?)))
            }
            // A user is no harm where there are none.
            Err(Failure::Final(reason)) if reason == "etcdserver: authentication is not enabled" => Ok(Token(None)),
            Err(Failure::Final(reason)) => Err(Failure::Final(format!("the user {} can't log in: {reason}", user.name))),
            Err(passing) => Err(passing),
        }
    }

    async fn connect(&self) -> Result<Channel, String> {
        let url = &self.from.endpoints[self.next % self.from.endpoints.len()];
        let failed = |reason: String| format!("{url}: {reason}");
        let connector = Connector::new(url, self.tls.as_ref()).map_err(|error| error.to_string())?;
        let endpoint = Endpoint::from(connector.uri())
            .http2_keep_alive_interval(self.from.keepalive_time.max(KEEPALIVE_TIME_MIN))
            .keep_alive_timeout(self.from.keepalive_timeout);
        let limit = self.from.dial_timeout;
        match tokio::time::timeout(limit, endpoint.connect_with_connector(connector)).await {
            Ok(connected) => connected.map_err(|error| failed(innermost(&error))),
            Err(_) => Err(failed(format!("no connection within {limit:?}"))),
        }
    }

    /// Gives the turn to the next endpoint.
    fn abandon(&mut self) {
        self.calls = None;
        self.next += 1;
    }
}

/// Why an attempt failed.
enum Failure {
    /// Another one may succeed.
    Passing(String),
    Final(String),
}

impl Failure {
    fn of(status: &Status) -> Self {
        let reason = if status.message().is_empty() { innermost(status) } else { status.message().to_owned() };
        match status.code() {
            _ if TOKEN_IS_OVER.contains(&reason.as_str()) => Self::Passing(reason),
            Code::InvalidArgument
            | Code::FailedPrecondition
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::Unimplemented => Self::Final(reason),
            _ => Self::Passing(reason),
        }
    }
}

/// The first cause: the outer errors only say that the transport failed.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from() -> ServiceDiscovery {
        ServiceDiscovery { token: "T".into(), ..ServiceDiscovery::default() }
    }

    fn member(name: &str) -> InitialMember {
        InitialMember { name: name.into(), peer_urls: vec![format!("http://{name}:1")] }
    }

    fn registered(names: &[&str]) -> Vec<Registration> {
        let registration =
            |(at, name): (i64, &&str)| Registration { id: format!("{at:x}"), member: member(name), create_revision: at };
        (10..).zip(names).map(registration).collect()
    }

    #[test]
    fn a_member_has_room_while_fewer_than_the_size_are_before_it() {
        let check = |names: &[&str], id| check_place(&from(), 2, &registered(names), id, &member("own"));
        assert_eq!(check(&[], 1), Ok(()));
        assert_eq!(check(&["a"], 1), Ok(()));
        assert!(matches!(check(&["a", "b"], 1), Err(DiscoveryError::Full { size: 2, .. })));
        assert_eq!(check(&["a", "own", "c"], 11), Ok(()), "its own registration of an earlier start");
        assert!(matches!(check(&["a", "b", "own"], 12), Err(DiscoveryError::Full { .. })), "registered too late");
    }

    #[test]
    fn a_name_that_another_member_has_is_refused() {
        let check = |id| check_place(&from(), 3, &registered(&["own"]), id, &member("own"));
        assert_eq!(check(1), Err(DiscoveryError::NameTaken { name: "own".into(), id: "a".into() }));
        assert_eq!(check(10), Ok(()));
    }
}
