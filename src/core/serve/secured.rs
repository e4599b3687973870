//! TLS of a member: what its ports show and trust, what it shows and trusts where it calls others, and until when that is good.

use std::sync::Arc;

use super::ServeError;
use crate::core::{
    config::ServerConfig,
    server::metrics::Metrics,
    tls::{ClientTls, Expiries, Expiry, ServerTls, TlsError, TlsSettings, reload},
};

/// Everything with TLS, as far as the configuration asks for any.
#[derive(Clone, Default)]
pub struct Secured {
    /// For clients and metrics.
    pub clients: Option<Arc<ServerTls>>,
    /// For other members.
    pub peers: Option<Arc<ServerTls>>,
    /// Where this member calls others.
    pub peer_calls: Option<Arc<ClientTls>>,
}

impl Secured {
    /// Reads the files and begins to look after them.
    ///
    /// # Errors
    /// When a file can't be read or used.
    pub fn new(config: &ServerConfig) -> Result<Self, ServeError> {
        let listening = |urls: &[crate::core::config::ListenUrl]| urls.iter().any(|url| url.tls);
        let clients =
            [&config.listen_client, &config.listen_client_http, &config.listen_metrics].iter().any(|urls| listening(urls));
        let serving = |name, flag, settings: &TlsSettings, wanted: bool| -> Result<Option<Arc<ServerTls>>, TlsError> {
            // Without anything to show, binding says which flag is missing.
            if !wanted || !settings.can_serve() {
                return Ok(None);
            }
            ServerTls::new(name, flag, settings).map(Arc::new).map(Some)
        };
        let clients = serving("client", "trusted-ca-file", &config.client_tls, clients)?;
        let peers = serving("peer", "peer-trusted-ca-file", &config.peer_tls, listening(&config.listen_peer))?;
        let peer_calls = match &peers {
            // With the certificate that it may have made for itself.
            Some(peers) => Some(Arc::new(ClientTls::of_member(peers.settings())?)),
            None => peer_calls(config)?,
        };
        let servers = clients.iter().chain(&peers).map(|server| server.watched());
        let watched: Vec<_> = servers.chain(peer_calls.iter().map(|calls| calls.watched())).collect();
        if !watched.is_empty() {
            reload::watch(watched).map_err(ServeError::Runtime)?;
        }
        Ok(Self { clients, peers, peer_calls })
    }

    /// Has the metrics say until when the files are good.
    pub fn report_to(&self, metrics: &Arc<Metrics>) {
        let told = |port: &'static str| {
            let metrics = Arc::clone(metrics);
            move |expiries: &Expiries| {
                for Expiry { kind, path, until, .. } in expiries {
                    let labels = [port, kind.name(), &path.display().to_string()];
                    metrics.tls_expiry.with_label_values(&labels).set(*until);
                }
            }
        };
        for (port, server) in [("client", &self.clients), ("peer", &self.peers)] {
            if let Some(server) = server {
                server.tell(told(port));
            }
        }
        // What is shown to other members may be in files of its own.
        if let Some(calls) = &self.peer_calls {
            calls.tell(told("peer"));
        }
    }
}

/// What a member calls others with, if any URL that it knows of asks for TLS.
///
/// # Errors
/// When a file can't be read or used.
pub fn peer_calls(config: &ServerConfig) -> Result<Option<Arc<ClientTls>>, TlsError> {
    let others = config.initial_cluster.iter().flat_map(|member| &member.peer_urls);
    let mut urls = others.chain(&config.initial_advertise_peer_urls);
    if config.peer_tls == TlsSettings::default() && !urls.any(|url| url.starts_with("https:") || url.starts_with("unixs:")) {
        return Ok(None);
    }
    ClientTls::of_member(&config.peer_tls).map(Arc::new).map(Some)
}
