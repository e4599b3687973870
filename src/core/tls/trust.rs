//! Whom one side trusts: authorities, and certificates that a bundle names directly.

use std::{ops::RangeInclusive, path::Path, sync::Arc};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, UnixTime},
};
use x509_parser::{certificate::X509Certificate, time::ASN1Time, x509::X509Version};

use super::{
    TlsError,
    facts::{Purpose, parse},
    files::{AUTHORITIES, Contents},
    provider::{has_signed, is_forgeable},
};

/// A bundle of authorities.
#[derive(Debug)]
pub struct Trust {
    pub roots: Arc<RootCertStore>,
    pub certificates: Vec<CertificateDer<'static>>,
    /// Subjects of certificates that the bundle names, and which may not sign others.
    no_authorities: Vec<Vec<u8>>,
    /// From when to when all of them are valid, in seconds since 1970.
    all_valid: RangeInclusive<i64>,
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
        Ok(Self::of(roots, certificates))
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
        Ok(Self::of(roots, found.certs))
    }

    fn of(roots: RootCertStore, certificates: Vec<CertificateDer<'static>>) -> Self {
        let subjects = |signing: bool| {
            let parsed = certificates.iter().filter_map(parse).filter(move |certificate| may_sign(certificate) == signing);
            parsed.map(|certificate| certificate.subject().as_raw().to_vec()).collect::<Vec<_>>()
        };
        let authorities = subjects(true);
        let mut no_authorities = subjects(false);
        no_authorities.retain(|subject| !authorities.contains(subject));
        let (mut from, mut until) = (i64::MIN, i64::MAX);
        for parsed in certificates.iter().filter_map(parse) {
            let validity = parsed.validity();
            (from, until) = (from.max(validity.not_before.timestamp()), until.min(validity.not_after.timestamp()));
        }
        let all_valid = from..=until;
        Self { roots: Arc::new(roots), certificates, no_authorities, all_valid }
    }

    /// The authorities that are valid now, where some are not: Go lets nobody in by an authority whose time is over, but rustls looks at the
    /// times of what is below it alone. `None` when all of them are, which is the rule.
    pub fn valid_roots(&self, now: UnixTime) -> Option<Arc<RootCertStore>> {
        let secs = i64::try_from(now.as_secs()).ok()?;
        if self.all_valid.contains(&secs) {
            return None;
        }
        let mut roots = RootCertStore::empty();
        let is_over = |trusted: &CertificateDer<'_>| parse(trusted).is_some() && !is_valid_at(trusted, now);
        roots.add_parsable_certificates(self.certificates.iter().filter(|trusted| !is_over(trusted)).cloned());
        Some(Arc::new(roots))
    }

    /// Whether one of these certificates comes from somebody whom the bundle names and who is no authority. Go refuses such a one; rustls
    /// lets whatever is in a bundle sign.
    pub fn is_usurped(&self, chain: &[&CertificateDer<'_>]) -> bool {
        let usurped = |certificate: &CertificateDer<'_>| {
            let issuer = parse(certificate).map(|parsed| parsed.issuer().as_raw().to_vec());
            issuer.is_some_and(|issuer| self.no_authorities.contains(&issuer))
                && !self.certificates.iter().any(|trusted| **trusted == **certificate)
        };
        !self.no_authorities.is_empty() && chain.iter().any(|certificate| usurped(certificate))
    }

    /// Whether the bundle holds this very certificate, and it is valid now and meant for this. Go trusts such a one whoever has signed it, and although
    /// it says that it is an authority, as the self-signed ones of many instructions do; rustls does neither.
    pub fn names_directly(&self, certificate: &CertificateDer<'_>, purpose: Purpose, now: UnixTime) -> bool {
        self.certificates.iter().any(|trusted| **trusted == **certificate)
            && is_valid_at(certificate, now)
            && parse(certificate).is_some_and(|parsed| purpose.is_allowed_by(&parsed))
    }

    /// Whether an authority of the bundle has signed this certificate, which is of the first version and therefore not for rustls.
    pub fn signed_first_version(&self, certificate: &CertificateDer<'_>, now: UnixTime) -> bool {
        let Some(parsed) = parse(certificate) else { return false };
        let is_first = parsed.version() == X509Version::V1;
        is_first
            && !is_forgeable(&parsed.signature_algorithm)
            && is_valid_at(certificate, now)
            && self.certificates.iter().any(|trusted| {
                // One without extensions may sign, as nothing in it says otherwise; a certificate that is trusted for itself alone may not.
                is_valid_at(trusted, now)
                    && parse(trusted).is_some_and(|authority| {
                        may_sign(&authority)
                            && authority.subject() == parsed.issuer()
                            && has_signed(
                                authority.public_key(),
                                &parsed.signature_algorithm,
                                &parsed.signature_value,
                                parsed.tbs_certificate.as_ref(),
                            )
                    })
            })
    }
}

/// Whether it says that it is an authority, or can't say, as it is of the first version.
fn may_sign(certificate: &X509Certificate<'_>) -> bool {
    certificate.is_ca() || certificate.version() == X509Version::V1
}

fn is_valid_at(certificate: &CertificateDer<'_>, now: UnixTime) -> bool {
    let now = i64::try_from(now.as_secs()).ok().and_then(|secs| ASN1Time::from_timestamp(secs).ok());
    parse(certificate).zip(now).is_some_and(|(parsed, now)| parsed.validity().is_valid_at(now))
}
