//! What a certificate says about whom it was made for.

use std::{net::IpAddr, sync::Arc};

use rustls::pki_types::CertificateDer;
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, prelude::FromDer, x509::X509Name};

/// The verified certificate of whoever is at the other end of a connection. Cheap to clone.
///
/// Requests have it among their extensions where clients are users by the common name of their certificates (`--client-cert-auth`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerCertificate {
    /// Of the subject; the last one if there are several, empty if there is none. Source: etcd, by Go.
    pub common_name: Arc<str>,
    pub dns_names: Arc<[String]>,
    pub ip_addresses: Arc<[IpAddr]>,
}

impl PeerCertificate {
    /// Reads a certificate; `None` if it is none.
    pub fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        let parsed = parse(certificate)?;
        let (dns_names, ip_addresses) = alternative_names(&parsed);
        Some(Self {
            common_name: common_name(parsed.subject()).into(),
            dns_names: dns_names.into(),
            ip_addresses: ip_addresses.into(),
        })
    }
}

pub fn parse<'c>(certificate: &'c CertificateDer<'_>) -> Option<X509Certificate<'c>> {
    X509Certificate::from_der(certificate).ok().map(|(_, parsed)| parsed)
}

/// The last common name in a name, or nothing.
pub fn common_name(name: &X509Name<'_>) -> String {
    name.iter_common_name().filter_map(|value| value.as_str().ok()).last().unwrap_or_default().to_owned()
}

/// Names and addresses that a certificate is valid for.
pub fn alternative_names(certificate: &X509Certificate<'_>) -> (Vec<String>, Vec<IpAddr>) {
    let (mut names, mut addresses) = (Vec::new(), Vec::new());
    let Ok(Some(found)) = certificate.subject_alternative_name() else { return (names, addresses) };
    for name in &found.value.general_names {
        match name {
            GeneralName::DNSName(name) => names.push((*name).to_owned()),
            GeneralName::IPAddress(bytes) => addresses.extend(address(bytes)),
            _ => {}
        }
    }
    (names, addresses)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes).map(IpAddr::from).or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}
