//! Whom one side trusts: authorities, and certificates that a bundle names directly.

use std::{path::Path, sync::Arc};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, UnixTime},
};
use x509_parser::time::ASN1Time;

use super::{
    TlsError,
    facts::parse,
    files::{AUTHORITIES, Contents},
};

/// A bundle of authorities.
#[derive(Debug)]
pub struct Trust {
    pub roots: Arc<RootCertStore>,
    pub certificates: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// The authorities in a file.
    ///
    /// # Errors
    /// When there are none, or one can't be used.
    pub fn read(contents: &Contents, path: &Path) -> Result<Self, TlsError> {
        let certificates = contents.certificates(path, AUTHORITIES)?;
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots
                .add(certificate.clone())
                .map_err(|error| TlsError::Certificate { path: path.to_owned(), reason: error.to_string() })?;
        }
        Ok(Self { roots: Arc::new(roots), certificates })
    }

    /// Those that the operating system trusts.
    ///
    /// # Errors
    /// When it has none.
    pub fn of_the_system() -> Result<Self, TlsError> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(found.certs.iter().cloned());
        if added == 0 {
            let why = found.errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            let why = if why.is_empty() { "the bundle is missing or empty".to_owned() } else { why };
            return Err(TlsError::NoSystemAuthorities(why));
        }
        Ok(Self { roots: Arc::new(roots), certificates: found.certs })
    }

    /// Whether the bundle holds this very certificate, and it is valid now. Go trusts such a one although it says that it is an authority,
    /// as the self-signed ones of many instructions do; rustls does not.
    pub fn names_directly(&self, certificate: &CertificateDer<'_>, now: UnixTime) -> bool {
        self.certificates.iter().any(|trusted| **trusted == **certificate) && is_valid_at(certificate, now)
    }

    /// Whether an authority of the bundle has signed this certificate, which is of the first version and therefore not for rustls.
    pub fn signed_first_version(&self, certificate: &CertificateDer<'_>, now: UnixTime) -> bool {
        let Some(parsed) = parse(certificate) else { return false };
        let is_first = parsed.version() == x509_parser::x509::X509Version::V1;
        is_first
            && is_valid_at(certificate, now)
            && self.certificates.iter().filter_map(parse).any(|authority| {
                authority.subject() == parsed.issuer() && parsed.verify_signature(Some(authority.public_key())).is_ok()
            })
    }
}

fn is_valid_at(certificate: &CertificateDer<'_>, now: UnixTime) -> bool {
    let now = i64::try_from(now.as_secs()).ok().and_then(|secs| ASN1Time::from_timestamp(secs).ok());
    parse(certificate).zip(now).is_some_and(|(parsed, now)| parsed.validity().is_valid_at(now))
}
