//! Lists of revoked certificates.
//!
//! A list counts for certificates of its issuer, whose signature on it is checked when it is read; the issuer must be in the bundle of
//! authorities. Checked are the certificate itself and what was sent with it. A list that is past its date still counts, as in etcd: that
//! nobody can come in because a list was not renewed would be the worse fault. Its date is told in metrics and in the log.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use rustls::pki_types::CertificateDer;
use x509_parser::{certificate::X509Certificate, prelude::FromDer, revocation_list::CertificateRevocationList};

use super::{TlsError, facts::parse, files::Contents, provider::has_signed};

/// Revoked serial numbers by issuer, each in its DER.
#[derive(Debug, Default)]
pub struct Revoked {
    by_issuer: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>,
    /// When the first of the lists should be replaced, in seconds since 1970.
    pub next_update: Option<i64>,
    /// When that list was made.
    pub this_update: i64,
}

impl Revoked {
    /// Reads the lists in `path`, whose issuers are among `authorities` of the file `ca`.
    ///
    /// # Errors
    /// When a list can't be read, or is not by one of the authorities.
    pub fn read(contents: &Contents, path: &Path, ca: &Path, authorities: &[CertificateDer<'static>]) -> Result<Self, TlsError> {
        let mut revoked = Self::default();
        Self::lists(contents, path, |list| revoked.add(list, path, ca, authorities))?;
        Ok(revoked)
    }

    /// Hands over each of the lists in `path`, whoever has signed it.
    ///
    /// # Errors
    /// When one can't be read, or is refused.
    pub fn lists(
        contents: &Contents,
        path: &Path,
        mut take: impl FnMut(&CertificateRevocationList<'_>) -> Result<(), TlsError>,
    ) -> Result<(), TlsError> {
        for der in contents.revocation_lists(path)? {
            let damaged = |reason| TlsError::Damaged { path: path.to_owned(), reason };
            let (_, list) = CertificateRevocationList::from_der(&der)
                .map_err(|_| damaged("what stands in it is no revocation list".to_owned()))?;
            take(&list)?;
        }
        Ok(())
    }

    fn add(
        &mut self,
        list: &CertificateRevocationList<'_>,
        path: &Path,
        ca: &Path,
        authorities: &[CertificateDer<'static>],
    ) -> Result<(), TlsError> {
        let parsed: Vec<_> = authorities.iter().filter_map(parse).collect();
        let named: Vec<_> = parsed.iter().filter(|authority| authority.subject() == list.issuer()).collect();
        let (path, ca, issuer) = (path.to_owned(), ca.to_owned(), list.issuer().to_string());
        if named.is_empty() {
            return Err(TlsError::ForeignRevocationList { path, issuer, ca });
        }
        if !named.iter().any(|authority| is_signed_by(list, authority)) {
            return Err(TlsError::ForgedRevocationList { path, issuer, ca });
        }
        let serials = list.iter_revoked_certificates().map(|revoked| revoked.raw_serial().to_vec());
        self.by_issuer.entry(list.issuer().as_raw().to_vec()).or_default().extend(serials);
        let next = list.next_update().map(|time| time.timestamp());
        if next.is_some_and(|next| self.next_update.is_none_or(|known| next < known)) {
            self.next_update = next;
            self.this_update = list.last_update().timestamp();
        }
        Ok(())
    }

    /// The serial number of the first of these certificates that is revoked, in hexadecimal.
    pub fn first_of<'c>(&self, certificates: impl Iterator<Item = &'c CertificateDer<'c>>) -> Option<String> {
        if self.by_issuer.is_empty() {
            return None;
        }
        certificates.filter_map(parse).find_map(|certificate| {
            let serials = self.by_issuer.get(certificate.issuer().as_raw())?;
            serials.contains(certificate.raw_serial()).then(|| certificate.raw_serial_as_string())
        })
    }
}

fn is_signed_by(list: &CertificateRevocationList<'_>, authority: &X509Certificate<'_>) -> bool {
    has_signed(authority.public_key(), &list.signature_algorithm, &list.signature_value, list.tbs_cert_list.as_ref())
}
