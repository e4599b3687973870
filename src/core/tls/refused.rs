//! Why a chain of certificates is refused, from webpki's words into those of rustls, which makes an alert of them.

use std::sync::Arc;

use rustls::{CertificateError, Error, ExtendedKeyPurpose, OtherError};
use webpki::{KeyUsage, RequiredEkuNotFoundContext};

use super::facts::Purpose;

/// An authority is limited to other purposes than this.
pub fn lacks_usage(purpose: Purpose) -> webpki::Error {
    webpki::Error::RequiredEkuNotFoundContext(RequiredEkuNotFoundContext { required: purpose.usage(), present: Vec::new() })
}

/// As rustls has it. What it has no word for stays as it is, below [`CertificateError::Other`].
pub fn of_webpki(error: webpki::Error) -> Error {
    use webpki::Error as Of;
    let error = match error {
        Of::BadDer | Of::BadDerTime | Of::TrailingData(_) => CertificateError::BadEncoding,
        Of::CertNotValidYet { time, not_before } => CertificateError::NotValidYetContext { time, not_before },
        Of::CertExpired { time, not_after } => CertificateError::ExpiredContext { time, not_after },
        Of::InvalidCertValidity => CertificateError::Expired,
        Of::UnknownIssuer => CertificateError::UnknownIssuer,
        Of::InvalidSignatureForPublicKey => CertificateError::BadSignature,
        Of::RequiredEkuNotFoundContext(RequiredEkuNotFoundContext { required, present }) => {
            CertificateError::InvalidPurposeContext {
                required: purpose_of(required.oid_values().collect()),
                presented: present.into_iter().map(purpose_of).collect(),
            }
        }
        other => CertificateError::Other(OtherError(Arc::new(other))),
    };
    Error::InvalidCertificate(error)
}

fn purpose_of(oid: Vec<usize>) -> ExtendedKeyPurpose {
    match &*oid {
        KeyUsage::SERVER_AUTH_REPR => ExtendedKeyPurpose::ServerAuth,
        KeyUsage::CLIENT_AUTH_REPR => ExtendedKeyPurpose::ClientAuth,
        _ => ExtendedKeyPurpose::Other(oid),
    }
}
