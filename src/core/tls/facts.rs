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

/// What a certificate is shown for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Serve,
    Call,
}

impl Purpose {
    /// As webpki asks whoever shows a certificate, and all between that one and the authority.
    pub fn usage(self) -> webpki::KeyUsage {
        match self {
            Self::Serve => webpki::KeyUsage::server_auth(),
            Self::Call => webpki::KeyUsage::client_auth(),
        }
    }

    /// Whether the extended key usage, if there is one, allows it.
    pub fn is_allowed_by(self, certificate: &X509Certificate<'_>) -> bool {
        match certificate.extended_key_usage() {
            Ok(Some(usage)) => {
                let usage = usage.value;
                usage.any || if self == Self::Serve { usage.server_auth } else { usage.client_auth }
            }
            Ok(None) => true,
            Err(_) => false,
        }
    }
}

/// The last common name in a name, or nothing; not the one before where that one can't be read.
pub fn common_name(name: &X509Name<'_>) -> String {
    name.iter_common_name().last().and_then(|value| value.as_str().ok()).unwrap_or_default().to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_common_name_counts_and_not_the_one_before_where_it_cannot_be_read() {
        // CN=alice as UTF8String, then CN as a BMPString, which is no UTF-8.
        let rdn = |kind: u8, value: &[u8]| {
            let inner = [&[6, 3, 0x55, 4, 3, kind, value.len() as u8][..], value].concat();
            [&[0x31, inner.len() as u8 + 2, 0x30, inner.len() as u8][..], &inner].concat()
        };
        let name = |parts: &[Vec<u8>]| [&[0x30, parts.concat().len() as u8][..], &parts.concat()].concat();
        let read = |der: &[u8]| common_name(&X509Name::from_der(der).unwrap().1);
        assert_eq!(read(&name(&[rdn(0x0c, b"alice"), rdn(0x0c, b"bob")])), "bob");
        assert_eq!(read(&name(&[rdn(0x0c, b"alice"), rdn(0x1e, b"\0b\0o\0b")])), "");
        assert_eq!(read(&name(&[])), "");
    }
}
