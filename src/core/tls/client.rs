//! The side that calls.

use std::{
    path::PathBuf,
    sync::{Arc, Weak},
};

use rustls::{ClientConfig, client::Resumption, pki_types::ServerName};

use super::{
    Expiries, Expiry, ExpiryKind, IdentityFiles, Protocols, TlsError, TlsSettings,
    files::{AUTHORITIES, CERTIFICATE, Contents, FileUse, KEY, REVOCATIONS},
    identity::{self, Always},
    reload::{Reloading, Watched},
    server::rules,
    trust::Trust,
    verify::{Anybody, CalledVerifier},
};

/// What a caller shows and trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientTlsSettings {
    pub identity: Option<IdentityFiles>,
    /// `None`: what the operating system trusts.
    pub ca: Option<PathBuf>,
    /// The name that a server must have, instead of that in its URL.
    pub server_name: Option<String>,
    /// Trust anybody.
    pub skip_verify: bool,
    pub protocols: Protocols,
}

/// How connections are made with TLS.
pub struct ClientTls {
    config: Arc<Reloading<Arc<ClientConfig>>>,
    server_name: Option<ServerName<'static>>,
}

impl std::fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientTls").field("server_name", &self.server_name).finish_non_exhaustive()
    }
}

impl ClientTls {
    /// For whoever is a client.
    ///
    /// # Errors
    /// Names the file, and what is wrong with it.
    pub fn new(settings: &ClientTlsSettings) -> Result<Self, TlsError> {
        let ClientTlsSettings { identity, ca, server_name, skip_verify, protocols } = settings.clone();
        let settings = TlsSettings { client_identity: identity, ca, server_name, protocols, ..TlsSettings::default() };
        Self::with("calls", &settings, skip_verify)
    }

    /// For a member that calls others: it shows what it serves with, or what it has for calling, trusts the same authorities, and has the same
    /// rules for names. With a self-made certificate anybody is trusted, as in etcd.
    ///
    /// # Errors
    /// As [`ClientTls::new`].
    pub fn of_member(settings: &TlsSettings) -> Result<Self, TlsError> {
        let client_identity = settings.client_identity.clone().or_else(|| settings.identity.clone());
        Self::with("peer calls", &TlsSettings { client_identity, ..settings.clone() }, settings.auto.is_some())
    }

    fn with(name: &'static str, settings: &TlsSettings, skip_verify: bool) -> Result<Self, TlsError> {
        let server_name = match &settings.server_name {
            Some(name) => Some(ServerName::try_from(name.clone()).map_err(|_| TlsError::ServerName(name.clone()))?),
            None => None,
        };
        let settings = settings.clone();
        let files = files(&settings);
        let make = Box::new(move |contents: &Contents| make(contents, &settings, skip_verify));
        Ok(Self { config: Arc::new(Reloading::new(name, files, make)?), server_name })
    }

    /// The configuration of the next connection.
    pub fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config.current())
    }

    /// The name that servers must have, if it is not that in their URL.
    pub fn server_name(&self) -> Option<&ServerName<'static>> {
        self.server_name.as_ref()
    }

    /// Has `told` called with the expiries of the files, now and whenever they change.
    pub fn tell(&self, told: impl Fn(&Expiries) + Send + Sync + 'static) {
        self.config.tell(Box::new(told));
    }

    /// To be looked after by [`super::reload::watch`].
    pub fn watched(&self) -> Weak<dyn Watched> {
        let config: Arc<dyn Watched> = Arc::clone(&self.config) as _;
        Arc::downgrade(&config)
    }
}

fn files(settings: &TlsSettings) -> Vec<(PathBuf, FileUse)> {
    let mut files = Vec::new();
    if let Some(identity) = &settings.client_identity {
        files.extend([(identity.cert.clone(), CERTIFICATE), (identity.key.clone(), KEY)]);
    }
    files.extend(settings.ca.iter().map(|path| (path.clone(), AUTHORITIES)));
    files.extend(settings.crl.iter().map(|path| (path.clone(), REVOCATIONS)));
    files
}

fn make(contents: &Contents, settings: &TlsSettings, skip_verify: bool) -> Result<(Arc<ClientConfig>, Expiries), TlsError> {
    let provider = settings.protocols.provider();
    let mut expiries = Expiries::new();
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&settings.protocols.versions())
        .map_err(|error| TlsError::Setup(error.to_string()))?;
    let builder = if skip_verify {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(Arc::clone(&provider))))
    } else {
        let trust = match &settings.ca {
            Some(ca) => Trust::read(contents, ca)?,
            None => Trust::of_the_system()?,
        };
        let rules = rules(contents, settings, &trust, &mut expiries)?;
        builder.dangerous().with_custom_certificate_verifier(Arc::new(CalledVerifier {
            trust,
            rules,
            provider: Arc::clone(&provider),
        }))
    };
    let mut config = match &settings.client_identity {
        Some(files) => {
            let certified = identity::read(contents, files, &provider)?;
            expiries.extend(Expiry::of_certificates(ExpiryKind::Certificate, &files.cert, &certified.cert));
            builder.with_client_cert_resolver(Arc::new(Always(certified)))
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    // Connections are few and last long.
    config.resumption = Resumption::disabled();
    Ok((Arc::new(config), expiries))
}
