//! Who makes a call, and whether that is enough: the one entry to users and permissions for all services.
//!
//! A call keeps what it shows ([`Shown`]) until the moment at which etcd asks who makes it; errors come in etcd's order. While
//! authentication is off nothing is looked at and nothing copied.
//!
//! What the listener knows of the client's end it puts into each request's extensions: [`Connection`], and the verified certificate.

use std::{borrow::Cow, future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{Extensions, HeaderMap};
use tonic::Status;

use super::{super::server::ServerHandle, status::ApiError};
use crate::core::{
    apply::{Command, Reply},
    auth::{AuthStore, Author},
    refusal::{AuthRefusal, Refusal},
    server::{
        Unavailable,
        auth::{Caller, Change, Credentials, Source},
    },
    tls::PeerCertificate,
};

/// What is known of a client's connection, whatever it sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// The client's address, for people.
    pub address: Arc<str>,
    /// What it is counted as, where logins are counted.
    pub source: Source,
}

/// The call whose guesses are counted by where they come from.
pub const LOGIN_PATH: &str = "/etcdserverpb.Auth/Authenticate";

/// Metadata by which the JSON gateway's own calls are known: its certificate is not its caller's. Source: etcd.
const GATEWAY_MARK: &str = "grpcgateway-accept";

/// What a call shows of who makes it.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    token: Option<String>,
    connection: Option<Arc<Connection>>,
    /// Common name of the client's certificate, where one was demanded and verified; it may be empty.
    certificate_name: Option<Arc<str>>,
    by_gateway: bool,
}

impl Shown {
    /// What a single call shows; nothing is looked at while authentication is off and nothing is audited.
    pub fn of(server: &ServerHandle, headers: &HeaderMap, extensions: &Extensions) -> Self {
        if server.state().auth.is_enabled() || server.auth().audit().is_some() {
            Self::of_stream(headers, extensions)
        } else {
            Self::default()
        }
    }

    /// What a stream shows, whose requests are looked at one by one, later: authentication may be on by then.
    pub fn of_stream(headers: &HeaderMap, extensions: &Extensions) -> Self {
        let first = |name| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let token = first("token").or_else(|| first("authorization"));
        let certificate = extensions.get::<PeerCertificate>();
        Self {
            token: token.map(|token| token.strip_prefix("Bearer ").map(str::to_owned).unwrap_or(token)),
            connection: extensions.get::<Arc<Connection>>().cloned(),
            certificate_name: certificate.map(|certificate| Arc::clone(&certificate.common_name)),
            by_gateway: headers.contains_key(GATEWAY_MARK),
        }
    }

    /// Who makes the call; nobody, if it shows nothing.
    ///
    /// # Errors
    /// A token that is not valid.
    pub async fn caller(&self, server: &ServerHandle) -> Result<Caller, Status> {
        let shown = Credentials {
            token: self.token.as_deref(),
            certificate_name: self.certificate_name.as_deref().filter(|_| !self.by_gateway),
        };
        let author = server.identify(shown).await?;
        Ok(Caller { author, ..self.somewhere(server) })
    }

    /// Where the call comes from, whoever makes it.
    pub fn somewhere(&self, server: &ServerHandle) -> Caller {
        let address = server.auth().audit().and(self.connection.as_ref()).map(|connection| Arc::clone(&connection.address));
        Caller { author: Author::default(), address }
    }

    /// As what the client's end is counted.
    pub fn source(&self) -> Source {
        self.connection.as_ref().map_or_else(Source::default, |connection| connection.source)
    }

    /// Who makes the call, if the check lets them.
    ///
    /// # Errors
    /// A token that is not valid, or what the check refuses.
    pub async fn allowed(
        &self,
        server: &ServerHandle,
        check: impl FnOnce(&AuthStore, &Author) -> Result<(), AuthRefusal>,
    ) -> Result<Caller, Status> {
        if !server.state().auth.is_enabled() {
            return self.caller(server).await;
        }
        let caller = self.caller(server).await?;
        check(&server.state().auth.read(), &caller.author)?;
        Ok(caller)
    }

    /// Passes on what came of a step towards a change; that it is refused already is noted in the audit log, if there is one.
    ///
    /// # Errors
    /// What it is refused for.
    pub async fn noted<T>(
        &self,
        server: &ServerHandle,
        step: Result<T, Status>,
        change: impl FnOnce() -> Option<Change>,
    ) -> Result<T, Status> {
        if let (Err(refused), Some(audit)) = (&step, server.auth().audit())
            && let Some(change) = change()
        {
            let who = self.caller(server).await.unwrap_or_else(|_| self.somewhere(server));
            audit.note(&who, &change, refused.message()).await;
        }
        step
    }

    /// Who makes the call, if that is some user.
    ///
    /// # Errors
    /// As [`Self::allowed`].
    pub async fn somebody(&self, server: &ServerHandle) -> Result<Caller, Status> {
        self.allowed(server, AuthStore::check_somebody).await
    }

    /// Who makes the call, if that is root.
    ///
    /// # Errors
    /// As [`Self::allowed`].
    pub async fn root(&self, server: &ServerHandle) -> Result<Caller, Status> {
        self.allowed(server, AuthStore::check_root).await
    }
}

/// Whether what the caller was allowed still counts, after the answer was made.
///
/// # Errors
/// [`ApiError::AuthOldRevision`].
pub fn still_allowed(server: &ServerHandle, caller: &Caller) -> Result<(), Status> {
    let author = &caller.author;
    if author.revision != 0 && author.revision != server.state().auth.revision() {
        return Err(ApiError::AuthOldRevision.into());
    }
    Ok(())
}

/// Does what changes something without a command, and notes it in the audit log, if there is one, with what became of it; on a task of
/// its own, since what was begun may happen also when its client has gone.
///
/// # Errors
/// Those of the work.
pub async fn audited<T: Send + 'static>(
    server: &ServerHandle,
    caller: &Caller,
    change: impl FnOnce() -> Change,
    work: impl Future<Output = Result<T, Status>> + Send + 'static,
) -> Result<T, Status> {
    if server.auth().audit().is_none() {
        return work.await;
    }
    let (server, caller, change) = (server.clone(), caller.clone(), change());
    let audited = async move {
        let done = work.await;
        if let Some(audit) = server.auth().audit() {
            audit.note(&caller, &change, done.as_ref().map_or_else(Status::message, |_| "ok")).await;
        }
        done
    };
    tokio::spawn(audited).await.unwrap_or_else(|error| Err(Status::internal(format!("quorate: {error}"))))
}

/// Has a command replicated on the caller's behalf, and notes it in the audit log, if there is one, with what became of it; on a task of
/// its own, since what was proposed happens also when its client has gone.
///
/// # Errors
/// As [`ServerHandle::propose_for`].
pub async fn propose(server: &ServerHandle, caller: &Caller, command: Command) -> Result<Result<Reply, Refusal>, Unavailable> {
    if server.auth().audit().is_none() {
        return server.propose_for(&caller.author, command).await;
    }
    let (server, caller) = (server.clone(), caller.clone());
    let audited = async move {
        // Keys and values are shared, not copied.
        let outcome = server.propose_for(&caller.author, command.clone()).await;
        let (change, verdict) = match &outcome {
            Ok(Ok(reply)) => (Change::done(&command, reply), "ok".into()),
            Ok(Err(refusal)) => (Change::of_command(&command), ApiError::from(*refusal).code_and_text().1.into()),
            Err(unavailable) => (Change::of_command(&command), without_verdict(*unavailable)),
        };
        if let (Some(change), Some(audit)) = (change, server.auth().audit()) {
            audit.note(&caller, &change, &verdict).await;
        }
        outcome
    };
    tokio::spawn(audited).await.unwrap_or(Err(Unavailable::Stopped))
}

/// What the audit log says of a command without a verdict: most may still happen.
fn without_verdict(unavailable: Unavailable) -> Cow<'static, str> {
    let text = ApiError::from(unavailable).code_and_text().1;
    match unavailable {
        Unavailable::TooLarge | Unavailable::TooManyRequests => text.into(),
        _ => format!("unknown: {text}").into(),
    }
}

/// Whoever knows who may watch what; asked once for each watcher, when it is created.
pub trait WatchAccess: Send + Sync + 'static {
    /// Whether what is shown lets somebody read the range, given as it came.
    ///
    /// # Errors
    /// As etcd words them.
    fn may_watch<'a>(&'a self, shown: &'a Shown, key: &'a Bytes, range_end: &'a Bytes) -> WatchVerdict<'a>;
}

/// See [`WatchAccess::may_watch`].
pub type WatchVerdict<'a> = Pin<Box<dyn Future<Output = Result<(), Status>> + Send + 'a>>;

impl WatchAccess for ServerHandle {
    fn may_watch<'a>(&'a self, shown: &'a Shown, key: &'a Bytes, range_end: &'a Bytes) -> WatchVerdict<'a> {
        Box::pin(async move {
            if self.state().auth.is_enabled() {
                shown.allowed(self, |auth, author| auth.check_range(author, key, range_end)).await?;
            }
            Ok(())
        })
    }
}
