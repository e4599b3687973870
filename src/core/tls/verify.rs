//! The verdict on a certificate: whether it leads to an authority ([`Trust::judge`]), then the rules that are etcd's besides.

use std::sync::Arc;

use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
    server::{
        ParsedCertificate,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};

use super::{
    facts::{PeerCertificate, Purpose, parse},
    revoked::Revoked,
    trust::{OutOfTime, Trust},
};

/// What a certificate must be beyond being valid.
#[derive(Debug, Default)]
pub struct Rules {
    pub allowed_cns: Vec<String>,
    pub allowed_hostnames: Vec<ServerName<'static>>,
    pub revoked: Revoked,
}

/// Why a valid certificate is refused all the same.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum RuleBroken {
    #[error("its common name {found:?} is not among the allowed ones, {}", .allowed.join(", "))]
    CommonName { found: String, allowed: Vec<String> },
    #[error("it is not valid for any of the allowed names, {}", .allowed.join(", "))]
    HostName { allowed: Vec<String> },
    #[error("certificate serial {serial} revoked")]
    Revoked { serial: String },
}

impl Rules {
    fn check(&self, leaf: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> Result<(), Error> {
        let refuse = |broken: RuleBroken| Err(Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(broken)))));
        if let Some(serial) = self.revoked.first_of(std::iter::once(leaf).chain(intermediates)) {
            return refuse(RuleBroken::Revoked { serial });
        }
        if !self.allowed_cns.is_empty() {
            let found = PeerCertificate::read(leaf).unwrap_or_default().common_name.to_string();
            if !self.allowed_cns.contains(&found) {
                return refuse(RuleBroken::CommonName { found, allowed: self.allowed_cns.clone() });
            }
        }
        if !self.allowed_hostnames.is_empty() {
            let parsed = ParsedCertificate::try_from(leaf)?;
            if !self.allowed_hostnames.iter().any(|name| verify_server_name(&parsed, name).is_ok()) {
                let allowed = self.allowed_hostnames.iter().map(|name| name.to_str().into_owned()).collect();
                return refuse(RuleBroken::HostName { allowed });
            }
        }
        Ok(())
    }
}

/// Whether rustls refused a certificate for its form alone, rather than for what it says.
fn is_of_form(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(CertificateError::Other(_)))
}

/// Judges the certificates of those who call.
#[derive(Debug)]
pub struct CallerVerifier {
    pub trust: Trust,
    pub rules: Rules,
    pub provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for CallerVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.trust.subjects()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let algorithms = self.provider.signature_verification_algorithms.all;
        self.trust.judge(leaf, intermediates, Purpose::Call, now, OutOfTime::Refused, algorithms)?;
        self.rules.check(leaf, intermediates)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        match verify_tls13_signature(message, certificate, signed, algorithms) {
            Err(error) if is_of_form(&error) => {
                // A certificate of the first version, which rustls does not read. Its key will do.
                let Some(parsed) = parse(certificate) else { return Err(error) };
                let key = SubjectPublicKeyInfoDer::from(parsed.public_key().raw);
                verify_tls13_signature_with_raw_key(message, &key, signed, algorithms)
            }
            verdict => verdict,
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Judges the certificates of those who are called.
#[derive(Debug)]
pub struct CalledVerifier {
    pub trust: Trust,
    pub rules: Rules,
    pub provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for CalledVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let algorithms = self.provider.signature_verification_algorithms.all;
        self.trust.judge(leaf, intermediates, Purpose::Serve, now, OutOfTime::Refused, algorithms)?;
        verify_server_name(&ParsedCertificate::try_from(leaf)?, name)?;
        self.rules.check(leaf, intermediates)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Takes any certificate, as long as whoever shows it has its key: what is said stays secret, but to whom it is said is not known.
#[derive(Debug)]
pub struct Anybody(pub Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
