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
        Ok(answer.answers().iter().filter_map(|answer| record(&answer.data)).collect())
    }
}

fn record(data: &RData) -> Option<SrvRecord> {
    let RData::SRV(srv) = data else { return None };
    let target = srv.target.to_utf8().trim_end_matches('.').to_owned();
    Some(SrvRecord { priority: srv.priority, weight: srv.weight, port: srv.port, target })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{
        discovery::{place::Place, srv},
        membership::parse_url,
    };

    #[test]
    fn whatever_a_name_server_answers_is_records_that_name_members_or_none() {
        // A head of one answer, then: a name, SRV, IN, its time to live and length, priority, weight, port and target.
        let answer = [
            &[0, 7, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0][..],
            b"\x0c_etcd-server\x04_tcp\x07example\x00\x00\x21\x00\x01\x00\x00\x00\x3c",
            b"\x00\x12\x00\x0a\x00\x05\x09\x4c\x02m1\x07example\x00",
        ]
        .concat();
        let read = |bytes: &[u8]| -> Option<Vec<SrvRecord>> {
            let message = hickory_resolver::proto::op::Message::from_vec(bytes).ok()?;
            Some(message.answers.iter().filter_map(|answer| record(&answer.data)).collect())
        };
        assert_eq!(read(&answer).unwrap(), [SrvRecord { priority: 10, weight: 5, port: 2380, target: "m1.example".into() }]);
        crate::mangle::survives(&[answer], |bytes| {
            let ordered = srv::in_order(read(bytes).unwrap_or_default(), |most| most);
            let places: Vec<_> = ordered.iter().map(|record| Place { url: record.url("http"), addresses: [].into() }).collect();
            drop(places.iter().map(|place| parse_url(&place.url)).collect::<Vec<_>>());
            drop(srv::members(&places, "own", &places, "service"));
        });
    }
}
