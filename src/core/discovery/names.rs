//! Questions to name servers: those of the system, or one that the configuration names.
//!
//! Only SRV records are asked for here. Hosts are looked up as whoever dials them would ([`super::place`]).

use std::{net::SocketAddr, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    net::{NetError, runtime::TokioRuntimeProvider},
    proto::rr::{RData, RecordType},
};

use super::{DiscoveryError, srv::SrvRecord};

/// How long one question may take, with all tries at all servers.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(10);

/// Somebody to ask.
pub struct Names(TokioResolver);

impl Names {
    /// The system's name servers, or the one given.
    ///
    /// # Errors
    /// When the system's configuration can't be used.
    pub fn new(name_server: Option<SocketAddr>) -> Result<Self, DiscoveryError> {
        let builder = match name_server {
            Some(server) => Ok(TokioResolver::builder_with_config(only(server), TokioRuntimeProvider::default())),
            None => TokioResolver::builder_tokio(),
        };
        let resolver = builder.and_then(hickory_resolver::ResolverBuilder::build);
        resolver.map(Self).map_err(|error| DiscoveryError::NoNameServer(error.to_string()))
    }

    /// The SRV records of `name`, in no order; none if there are none.
    ///
    /// # Errors
    /// When nobody answers that there are or are not.
    pub async fn srv(&self, name: &str) -> Result<Vec<SrvRecord>, DiscoveryError> {
        let failed = |reason: String| DiscoveryError::Lookup { name: name.to_owned(), reason };
        let asked = tokio::time::timeout(LOOKUP_TIMEOUT, self.0.lookup(name, RecordType::SRV)).await;
        let answer = match asked.map_err(|_| failed(format!("no answer within {LOOKUP_TIMEOUT:?}")))? {
            Ok(answer) => answer,
            Err(error) if has_none(&error) => return Ok(Vec::new()),
            Err(error) => return Err(failed(error.to_string())),
        };
        let record = |data: &RData| match data {
            RData::SRV(srv) => Some(SrvRecord {
                priority: srv.priority,
                weight: srv.weight,
                port: srv.port,
                target: srv.target.to_utf8().trim_end_matches('.').to_owned(),
            }),
            _ => None,
        };
        Ok(answer.answers().iter().filter_map(|answer| record(&answer.data)).collect())
    }
}

fn has_none(error: &NetError) -> bool {
    error.is_nx_domain() || error.is_no_records_found()
}

fn only(server: SocketAddr) -> ResolverConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    ResolverConfig::from_name_servers(vec![NameServerConfig::new(server.ip(), true, connections.into())])
}
