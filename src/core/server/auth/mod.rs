//! From what a request shows to who makes it: tokens, passwords, and the log of who changed what.
//!
//! [`ServerHandle::identify`] turns a token, or the name in a client's certificate, into an author, and
//! [`ServerHandle::authenticate`] a password into a token. What the author may do is for `core/auth` to say. While authentication is
//! off neither looks at anything. What members do by themselves has no author and needs none: nothing of it goes through a token.

mod audit;
mod es512;
mod fair_queue;
mod idleness;
mod jwt;
mod login;
mod passwords;
mod renewals;
mod signing;
mod simulated;
mod source;
mod throttle;

use std::{sync::Arc, time::Duration};

pub use audit::{AuditLog, Change};
pub use login::{Credentials, Login, LoginError};
pub use renewals::{count_tokens, renew_tokens};
pub use simulated::{Numbers, simulated_password};
pub use source::Source;

use self::{idleness::Idleness, jwt::JwtKeys, passwords::Passwords, renewals::Renewals, simulated::Simulated};
use crate::core::{
    auth::Author,
    config::{AuthConfig, TokenConfig},
};

/// Who makes a request, and from where.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    pub author: Author,
    /// The client's address; known only where changes are audited.
    pub address: Option<Arc<str>>,
}

/// Everything of a member that has to do with showing who one is.
pub struct AuthDoor {
    tokens: Provider,
    certificates_name_users: bool,
    passwords: Passwords,
    renewals: Renewals,
    idleness: Idleness,
    audit: Option<AuditLog>,
    /// In the simulator alone.
    simulated: Option<Arc<Simulated>>,
}

enum Provider {
    None,
    Simple,
    Jwt(Box<JwtKeys>),
}

/// Why authentication could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum AuthSetupError {
    #[error("--auth-token: {0}")]
    Token(String),
    #[error("--audit-log: {path} can't be opened: {source}")]
    Audit { path: String, source: std::io::Error },
    #[error("no thread for the audit log: {0}")]
    Thread(std::io::Error),
}

impl AuthDoor {
    /// Reads the keys of signed tokens and opens the audit log, if there are to be any.
    ///
    /// # Errors
    /// When one of them cannot be read or opened.
    pub fn new(config: &AuthConfig) -> Result<Self, AuthSetupError> {
        let tokens = match &config.tokens {
            TokenConfig::None => Provider::None,
            TokenConfig::Simple => Provider::Simple,
            TokenConfig::Jwt(jwt) => Provider::Jwt(Box::new(JwtKeys::load(jwt).map_err(AuthSetupError::Token)?)),
        };
        Ok(Self {
            tokens,
            certificates_name_users: config.certificates_name_users,
            passwords: Passwords::new(config.bcrypt_cost),
            renewals: Renewals::default(),
            idleness: Idleness::new(config.token_ttl),
            audit: config.audit.as_ref().map(AuditLog::open).transpose()?,
            simulated: None,
        })
    }

    /// Simple tokens that live so long unused, and all chance from `numbers`: for the simulator.
    pub fn simulated(token_ttl: Duration, numbers: Numbers) -> Self {
        let simulated = Arc::new(Simulated::new(numbers));
        let (idleness, passwords) = (Idleness::new(token_ttl), Passwords::simulated(Arc::clone(&simulated)));
        Self { idleness, passwords, simulated: Some(simulated), ..Self::default() }
    }

    /// The audit log, if one is kept.
    pub fn audit(&self) -> Option<&AuditLog> {
        self.audit.as_ref()
    }
}

impl Default for AuthDoor {
    /// Simple tokens and no audit log, as by default.
    fn default() -> Self {
        Self::new(&AuthConfig::default()).expect("by default no file is read and none opened")
    }
}
