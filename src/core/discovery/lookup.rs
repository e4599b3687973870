//! From a domain to members and endpoints: asking for both services, the one with TLS and the one without.

use super::{
    DiscoveryError,
    names::Names,
    place::Place,
    srv::{self, CLIENT_SERVICE, SERVER_SERVICE, SrvRecord},
};
use crate::core::config::{InitialMember, SrvDiscovery};

/// The members that the records of a domain name, this one being called `name`.
///
/// # Errors
/// When a question has no answer, since a part of the members would be another cluster; when there are no records, or none leads to
/// one of the `advertised` URLs.
pub async fn server_members(
    from: &SrvDiscovery,
    name: &str,
    advertised: &[String],
) -> Result<Vec<InitialMember>, DiscoveryError> {
    let names = Names::new(from.name_server)?;
    let mut found = Vec::new();
    for tls in [true, false] {
        let records = names.srv(&query_name(SERVER_SERVICE, tls, from)).await?;
        for record in srv::in_order(records, draw) {
            found.push(Place::resolve(&record.url(scheme(tls))).await);
        }
    }
    if found.is_empty() {
        return Err(no_records(SERVER_SERVICE, from));
    }
    let advertised = Place::resolve_all(advertised).await;
    srv::members(&found, name, &advertised, &query_name(SERVER_SERVICE, false, from))
}

/// The client URLs that the records of a domain name, in the order in which they are to be tried, those with TLS first.
///
/// # Errors
/// When there are none, and why as far as that is known.
pub async fn client_endpoints(from: &SrvDiscovery) -> Result<Vec<String>, DiscoveryError> {
    let names = Names::new(from.name_server)?;
    let mut endpoints = Vec::new();
    let mut failure = None;
    for tls in [true, false] {
        match names.srv(&query_name(CLIENT_SERVICE, tls, from)).await {
            Ok(records) => {
                endpoints.extend(srv::in_order(records, draw).iter().map(|record: &SrvRecord| record.url(scheme(tls))));
            }
            Err(error) => failure = Some(error),
        }
    }
    if endpoints.is_empty() {
        return Err(failure.unwrap_or_else(|| no_records(CLIENT_SERVICE, from)));
    }
    Ok(endpoints)
}

fn query_name(service: &str, tls: bool, from: &SrvDiscovery) -> String {
    srv::query_name(service, tls, &from.service_name, &from.domain)
}

fn no_records(service: &str, from: &SrvDiscovery) -> DiscoveryError {
    DiscoveryError::NoRecords { tls: query_name(service, true, from), plain: query_name(service, false, from) }
}

fn scheme(tls: bool) -> &'static str {
    if tls { "https" } else { "http" }
}

#[expect(clippy::disallowed_methods, reason = "which of equal records comes first is not state")]
fn draw(most: u32) -> u32 {
    rand::random_range(0..=most)
}
