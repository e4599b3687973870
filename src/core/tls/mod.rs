//! TLS: what is shown, what is trusted, and how both are replaced while the server runs.
//!
//! [`TlsSettings`] says which files there are, for one kind of port. [`files`] reads them, [`identity`] and [`trust`] make sense of them,
//! [`server`] and [`client`] turn them into configurations of rustls. [`reload`] looks after the files: when one changes, new handshakes use
//! the new contents, and contents that cannot be used leave everything as it was. [`accept`] keeps handshakes from holding up what else
//! the server does, [`connect`] makes connections from a URL, [`self_signed`] makes certificates for servers that have none, and
//! [`check`] explains to people what is wrong with a set of files.
//!
//! rustls and its webpki decide about chains, signatures, names and validity. What is added here is what etcd has besides: what an authority's own
//! certificate limits it to ([`trust`]), lists of revoked certificates that
//! hold for every issuer in the bundle, allowed names, and certificates that a bundle names directly. Left out: session tickets where
//! clients must show certificates, since a resumed session would skip the look at the list of revoked ones.

pub mod accept;
pub mod check;
#[cfg(test)]
mod check_tests;
mod client;
pub mod connect;
mod error;
mod expiry;
mod explain;
mod facts;
pub mod files;
mod identity;
mod protocols;
mod provider;
mod refused;
pub mod reload;
mod revoked;
mod san;
pub mod self_signed;
mod server;
mod stream;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
mod trust;
#[cfg(test)]
mod trust_tests;
mod verify;

use std::path::PathBuf;

pub use client::{ClientTls, ClientTlsSettings};
pub use error::TlsError;
pub use expiry::{Expiries, Expiry, ExpiryKind};
pub use explain::explain;
pub use facts::PeerCertificate;
pub use protocols::{Protocols, TlsVersion};
pub use san::check_address;
pub use server::ServerTls;
pub use stream::{Socket, Stream};

/// A certificate with its chain, and the key that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// How one kind of port, that for clients or that for members, is protected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// What the server shows. `None` with [`TlsSettings::auto`], and where no URL has TLS.
    pub identity: Option<IdentityFiles>,
    /// What this side shows where it calls others, if not the same.
    pub client_identity: Option<IdentityFiles>,
    /// Authorities of those who call, and, between members, of those who are called.
    pub ca: Option<PathBuf>,
    pub crl: Option<PathBuf>,
    /// Whether a caller's common name says which user it is. A certificate is demanded with `ca` alone, too.
    pub client_cert_auth: bool,
    /// If there are any, a certificate's common name must be one of them.
    pub allowed_cns: Vec<String>,
    /// If there are any, a certificate must be valid for one of them.
    pub allowed_hostnames: Vec<String>,
    /// Do not compare the names in a caller's certificate with its address.
    pub skip_client_san: bool,
    /// Make a certificate at the start.
    pub auto: Option<AutoTls>,
    /// The name that servers which are called must have, instead of that in their URL.
    pub server_name: Option<String>,
    pub protocols: Protocols,
}

/// A certificate that the server makes for itself and keeps in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoTls {
    pub dir: PathBuf,
    /// Names and addresses that it is valid for.
    pub hosts: Vec<String>,
    pub validity_years: u32,
}

impl TlsSettings {
    /// Whether there is anything to show, so that URLs with TLS can be served.
    pub fn can_serve(&self) -> bool {
        self.identity.is_some() || self.auto.is_some()
    }

    /// Whether callers must show certificates.
    pub fn demands_certificates(&self) -> bool {
        self.client_cert_auth || self.ca.is_some()
    }
}
