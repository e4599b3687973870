//! Who the client is: its user's token, on every request.
//!
//! A user logs in on each new connection, and again when the server says that the token is no longer good: what was refused for that
//! reason had no effect and is sent again. A server without authentication gives no token, and wants none. A signed token that was given
//! on the command line is shown as it is.

use std::sync::Arc;

use parking_lot::RwLock;
use quorate_proto::etcdserverpb::{AuthenticateRequest, auth_client::AuthClient};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::Interceptor,
    transport::Channel,
};

use crate::cmd::{
    error::{CliError, Kind},
    global::Global,
    terminal,
};

/// Metadata that carries the token.
const TOKEN: &str = "token";
/// Refusals after which the same request may go through with a new token. Source: etcd's client.
const REFRESH: [&str; 3] =
    ["etcdserver: invalid auth token", "etcdserver: revision of auth store is old", "etcdserver: user name is empty"];

/// A user and the password.
#[derive(Clone)]
pub struct User {
    name: String,
    password: String,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The token of all requests of a client, and how to get another.
#[derive(Clone, Debug, Default)]
pub struct Login {
    user: Option<User>,
    token: Arc<RwLock<Option<MetadataValue<Ascii>>>>,
}

impl Login {
    /// As the flags say. Asks for the password when only a user is named. A token counts, and not the user beside it. Source: etcd's client.
    ///
    /// # Errors
    /// No password can be asked for, or a token cannot be sent: exit code 128.
    pub fn new(global: &Global) -> Result<Self, CliError> {
        // Without a name or a password nobody logs in. Source: etcd's client.
        let user = user(global)?.filter(|user| !user.name.is_empty() && !user.password.is_empty());
        if global.auth_jwt_token.is_empty() {
            return Ok(Self { user, token: Arc::default() });
        }
        let token = global.auth_jwt_token.parse().map_err(|_| CliError::bad_args("--auth-jwt-token is no token"))?;
        Ok(Self { user: None, token: Arc::new(RwLock::new(Some(token))) })
    }

    /// Gets a token, if there is a user.
    ///
    /// # Errors
    /// What the server refuses; that authentication is off is no error.
    pub async fn log_in(&self, channel: Channel) -> Result<(), Status> {
        let Some(User { name, password }) = self.user.clone() else { return Ok(()) };
        let request = AuthenticateRequest { name, password };
        let token = match AuthClient::new(channel).authenticate(request).await {
            Ok(answer) => answer.into_inner().token,
            Err(status) if status.message() == "etcdserver: authentication is not enabled" => {
                *self.token.write() = None;
                return Ok(());
            }
            Err(status) => return Err(status),
        };
        let token = token.parse().map_err(|_| Status::internal("the server's token cannot be sent"))?;
        *self.token.write() = Some(token);
        Ok(())
    }

    /// Whether a new token may help after this refusal.
    pub fn may_refresh(&self, status: &Status) -> bool {
        self.user.is_some() && REFRESH.contains(&status.message())
    }
}

fn user(global: &Global) -> Result<Option<User>, CliError> {
    let (name, password) = match global.user.split_once(':') {
        _ if global.user.is_empty() => return Ok(None),
        _ if !global.password.is_empty() => (global.user.as_str(), global.password.clone()),
        Some((name, password)) => (name, password.to_owned()),
        None => {
            let asked = terminal::ask_password("Password: ");
            let asked =
                asked.map_err(|error| CliError::new(Kind::BadArgs, format!("failed to ask for the password: {error}")))?;
            (global.user.as_str(), asked)
        }
    };
    Ok(Some(User { name: name.to_owned(), password }))
}

impl Interceptor for Login {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &*self.token.read() {
            request.metadata_mut().insert(TOKEN, token.clone());
        }
        Ok(request)
    }
}
