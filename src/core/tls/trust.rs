//! Whom one side trusts: authorities, and certificates that a bundle names directly.

use std::{ops::RangeInclusive, path::Path};

use rustls::{
    DistinguishedName, Error,
    pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime},
};
use webpki::{EndEntityCert, VerifiedPath, anchor_from_trusted_cert};
use x509_parser::{certificate::X509Certificate, time::ASN1Time, x509::X509Version};

use super::{
    TlsError,
    explain::words,
    facts::{Purpose, parse},
    files::{AUTHORITIES, Contents},
    provider::{has_signed, is_forgeable},
    refused::{lacks_usage, of_webpki},
};

/// How many certificates may stand between an authority and whoever shows one, if the authority says nothing of it; webpki takes no more.
const INTERMEDIATES_MAX: usize = usize::MAX;

/// A bundle of authorities.
#[derive(Debug)]
pub struct Trust {
    pub certificates: Vec<CertificateDer<'static>>,
    /// Those that may sign others.
    authorities: Vec<TrustAnchor<'static>>,
    /// What each of them is limited to. webpki asks an authority of a bundle for its key and for constraints of names alone; Go asks for these, too.
    limits: Vec<Limits>,
    subjects: Vec<DistinguishedName>,
}

#[derive(Debug)]
struct Limits {
    /// In seconds since 1970.
    valid: RangeInclusive<i64>,
    serving: bool,
    calling: bool,
    intermediates_max: usize,
}

/// Whether authorities of the bundle count before and after their time, too: for telling what else is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutOfTime {
    Refused,
    Taken,
}

impl Trust {
    /// The authorities in a file.
    ///
    /// # Errors
    /// When there are none, or one can't be used.
    pub fn read(contents: &Contents, path: &Path) -> Result<Self, TlsError> {
        let certificates = contents.certificates(path, AUTHORITIES)?;
        for certificate in &certificates {
            anchor_from_trusted_cert(certificate)
                .map_err(|error| TlsError::Certificate { path: path.to_owned(), reason: words(&of_webpki(error)) })?;
        }
        Ok(Self::of(certificates))
    }

    /// Those that the operating system trusts.
    ///
    /// # Errors
    /// When it has none.
    pub fn of_the_system() -> Result<Self, TlsError> {
        let found = rustls_native_certs::load_native_certs();
        let trust = Self::of(found.certs);
        if trust.authorities.is_empty() {
            let why = found.errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            let why = if why.is_empty() { "the bundle is missing or empty".to_owned() } else { why };
            return Err(TlsError::NoSystemAuthorities(why));
        }
        Ok(trust)
    }

    fn of(certificates: Vec<CertificateDer<'static>>) -> Self {
        let (mut authorities, mut limits, mut subjects) = (Vec::new(), Vec::new(), Vec::new());
        for certificate in &certificates {
            let (Ok(anchor), Some(parsed)) = (anchor_from_trusted_cert(certificate), parse(certificate)) else { continue };
            subjects.push(DistinguishedName::in_sequence(&anchor.subject));
            if may_sign(&parsed) {
                authorities.push(anchor.to_owned());
                limits.push(Limits::of(&parsed));
            }
        }
        Self { certificates, authorities, limits, subjects }
    }

    /// What callers are told to choose a certificate by. Source: Go, which names all that the bundle holds.
    pub fn subjects(&self) -> &[DistinguishedName] {
        &self.subjects
    }

    /// Whether there is an authority that is valid now.
    pub fn is_of_use(&self, now: UnixTime) -> bool {
        self.limits.iter().any(|limits| limits.valid.contains(&secs(now)))
    }

    /// The verdict on a certificate and what was shown with it: it must lead to an authority of the bundle by certificates that may sign, or be in the bundle
    /// itself. Whose name it bears is not looked at.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn judge(
        &self,
        leaf: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        purpose: Purpose,
        now: UnixTime,
        out_of_time: OutOfTime,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> Result<(), Error> {
        match self.leads_here(leaf, above, purpose, now, out_of_time, algorithms) {
            Err(_) if self.names_directly(leaf, purpose, now) => Ok(()),
            Err(_) if purpose == Purpose::Call && self.signed_first_version(leaf, now) => Ok(()),
            verdict => verdict.map_err(of_webpki),
        }
    }

    fn leads_here(
        &self,
        leaf: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        purpose: Purpose,
        now: UnixTime,
        out_of_time: OutOfTime,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> Result<(), webpki::Error> {
        let end_entity = EndEntityCert::try_from(leaf)?;
        // Where this refuses a way that is sound otherwise, webpki looks for another.
        let is_allowed = |path: &VerifiedPath<'_>| {
            let at = self.authorities.iter().position(|authority| std::ptr::eq(authority, path.anchor()));
            let limits = at.map(|at| &self.limits[at]).ok_or(webpki::Error::UnknownIssuer)?;
            if out_of_time == OutOfTime::Refused && !limits.valid.contains(&secs(now)) {
                return Err(webpki::Error::UnknownIssuer);
            }
            if !limits.allow(purpose) {
                return Err(lacks_usage(purpose));
            }
            let mut between = 0;
            for certificate in path.intermediate_certificates() {
                between += 1;
                if !parse(&certificate.der()).is_some_and(|parsed| may_sign(&parsed)) {
                    return Err(webpki::Error::EndEntityUsedAsCa);
                }
            }
            if between > limits.intermediates_max { Err(webpki::Error::PathLenConstraintViolated) } else { Ok(()) }
        };
        let usage = purpose.usage();
        let way = end_entity.verify_for_usage(algorithms, &self.authorities, above, now, usage, None, Some(&is_allowed));
        way.map(drop)
    }

    /// Whether the bundle holds this very certificate, and it is valid now and meant for this. Go trusts such a one whoever has signed it, and although
    /// it says that it is an authority, as the self-signed ones of many instructions do; rustls does neither.
    fn names_directly(&self, certificate: &CertificateDer<'_>, purpose: Purpose, now: UnixTime) -> bool {
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
                // An authority without extensions may sign, as nothing in it says otherwise.
                is_valid_at(trusted, now)
                    && parse(trusted).is_some_and(|authority| {
                        may_sign(&authority)
                            && Limits::of(&authority).allow(Purpose::Call)
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

impl Limits {
    fn of(authority: &X509Certificate<'_>) -> Self {
        let constraints = authority.basic_constraints().ok().flatten().map(|found| found.value);
        let most = constraints.and_then(|constraints| constraints.path_len_constraint);
        let validity = authority.validity();
        Self {
            valid: validity.not_before.timestamp()..=validity.not_after.timestamp(),
            serving: Purpose::Serve.is_allowed_by(authority),
            calling: Purpose::Call.is_allowed_by(authority),
            intermediates_max: most.and_then(|most| usize::try_from(most).ok()).unwrap_or(INTERMEDIATES_MAX),
        }
    }

    fn allow(&self, purpose: Purpose) -> bool {
        match purpose {
            Purpose::Serve => self.serving,
            Purpose::Call => self.calling,
        }
    }
}

/// Whether it may sign certificates: it says that it is an authority, or can't say, as it is of the first version, and its key usage, if it has one, includes
/// that. Many that are self-signed call themselves an authority and have a key usage for handshakes alone, those of `--auto-tls` among them: whoever has
/// the key of such a one shall not make others of any name. Source: Go; webpki looks at no key usage.
pub fn may_sign(certificate: &X509Certificate<'_>) -> bool {
    let is_authority = certificate.is_ca() || certificate.version() == X509Version::V1;
    is_authority && certificate.key_usage().is_ok_and(|found| found.is_none_or(|usage| usage.value.key_cert_sign()))
}

fn secs(now: UnixTime) -> i64 {
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}

fn is_valid_at(certificate: &CertificateDer<'_>, now: UnixTime) -> bool {
    let now = i64::try_from(now.as_secs()).ok().and_then(|secs| ASN1Time::from_timestamp(secs).ok());
    parse(certificate).zip(now).is_some_and(|(parsed, now)| parsed.validity().is_valid_at(now))
}
