//! The side that is called.

use std::sync::{Arc, Weak};

use rustls::{ServerConfig, pki_types::ServerName, server::NoServerSessionStorage};

use super::{
    Expiries, Expiry, ExpiryKind, TlsError, TlsSettings,
    files::{AUTHORITIES, CERTIFICATE, Contents, FileUse, KEY, REVOCATIONS},
    identity::{self, Always},
    reload::{Reloading, Watched},
    revoked::Revoked,
    self_signed,
    trust::Trust,
    verify::{CallerVerifier, Rules},
};

/// HTTP/2, and HTTP/1.1 for whom that is too new.
const BOTH: &[&[u8]] = &[b"h2", b"http/1.1"];
const HTTP_2: &[&[u8]] = &[b"h2"];

/// How one kind of port serves TLS.
pub struct ServerTls {
    configs: Arc<Reloading<Configs>>,
    settings: TlsSettings,
}

/// Configurations that differ in what they say about HTTP.
struct Configs {
    both: Arc<ServerConfig>,
    http_2: Arc<ServerConfig>,
}

impl ServerTls {
    /// Reads the files, and makes a certificate first if one is to be made. `name` is the port's in the log; `ca_flag` names the flag for
    /// authorities in errors.
    ///
    /// # Errors
    /// Names the file, and what is wrong with it.
    pub fn new(name: &'static str, ca_flag: &'static str, settings: &TlsSettings) -> Result<Self, TlsError> {
        let mut settings = settings.clone();
        if settings.identity.is_none()
            && let Some(auto) = &settings.auto
        {
            settings.identity = Some(self_signed::keep(auto)?);
        }
        settings.protocols.check()?;
        if let (Some(crl), None) = (&settings.crl, &settings.ca) {
            return Err(TlsError::RevocationListAlone { path: crl.clone(), flag: ca_flag });
        }
        let for_making = settings.clone();
        let make = Box::new(move |contents: &Contents| make(contents, &for_making));
        let configs = Arc::new(Reloading::new(name, files(&settings), make)?);
        Ok(Self { configs, settings })
    }

    /// For a port that serves HTTP/2 and HTTP/1.1.
    pub fn both(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.configs.current().both)
    }

    /// For a port that serves HTTP/2 alone.
    pub fn http_2(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.configs.current().http_2)
    }

    pub fn settings(&self) -> &TlsSettings {
        &self.settings
    }

    /// To be looked after by [`super::reload::watch`].
    pub fn watched(&self) -> Weak<dyn Watched> {
        let configs: Arc<dyn Watched> = Arc::clone(&self.configs) as _;
        Arc::downgrade(&configs)
    }

    /// Has `told` called with the expiries of the files, now and whenever they change.
    pub fn tell(&self, told: impl Fn(&Expiries) + Send + Sync + 'static) {
        self.configs.tell(Box::new(told));
    }
}

fn files(settings: &TlsSettings) -> Vec<(std::path::PathBuf, FileUse)> {
    let mut files = Vec::new();
    if let Some(identity) = &settings.identity {
        files.extend([(identity.cert.clone(), CERTIFICATE), (identity.key.clone(), KEY)]);
    }
    files.extend(settings.ca.iter().map(|path| (path.clone(), AUTHORITIES)));
    files.extend(settings.crl.iter().map(|path| (path.clone(), REVOCATIONS)));
    files
}

fn make(contents: &Contents, settings: &TlsSettings) -> Result<(Configs, Expiries), TlsError> {
    let provider = settings.protocols.provider();
    let mut expiries = Expiries::new();
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&settings.protocols.versions())
        .map_err(|error| TlsError::Setup(error.to_string()))?;
    let builder = match &settings.ca {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let trust = Trust::read(contents, ca)?;
            expiries.extend(Expiry::of_certificates(ExpiryKind::Authority, ca, &trust.certificates));
            let rules = rules(contents, settings, &trust, &mut expiries)?;
            builder.with_client_cert_verifier(Arc::new(CallerVerifier { trust, rules, provider: Arc::clone(&provider) }))
        }
    };
    let Some(files) = &settings.identity else {
        return Err(TlsError::Setup("there is no certificate to show".to_owned()));
    };
    let certified = identity::read(contents, files, &provider)?;
    expiries.extend(Expiry::of_certificates(ExpiryKind::Certificate, &files.cert, &certified.cert));
    let mut config = builder.with_cert_resolver(Arc::new(Always(certified)));
    if settings.ca.is_some() {
        // A session that is resumed skips the judgement of the certificate, which may have been revoked meanwhile.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    let speaking = |protocols: &[&[u8]]| {
        let mut config = config.clone();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Arc::new(config)
    };
    Ok((Configs { both: speaking(BOTH), http_2: speaking(HTTP_2) }, expiries))
}

/// What certificates must be beyond being valid.
pub fn rules(contents: &Contents, settings: &TlsSettings, trust: &Trust, expiries: &mut Expiries) -> Result<Rules, TlsError> {
    let revoked = match (&settings.crl, &settings.ca) {
        (Some(crl), Some(ca)) => Revoked::read(contents, crl, ca, &trust.certificates)?,
        _ => Revoked::default(),
    };
    expiries.extend(settings.crl.as_deref().and_then(|crl| Expiry::of_revoked(crl, &revoked)));
    let name = |name: &String| ServerName::try_from(name.clone()).map_err(|_| TlsError::ServerName(name.clone()));
    let allowed_hostnames = settings.allowed_hostnames.iter().map(name).collect::<Result<_, _>>()?;
    Ok(Rules { allowed_cns: settings.allowed_cns.clone(), allowed_hostnames, revoked })
}
