//! Failed handshakes in words that operators know: those of Go's library, for which their alerts look, with the cause named.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

use super::verify::RuleBroken;

/// What became of a handshake.
pub fn explain(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(error) => explain_tls(error),
        None if error.kind() == io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
        None => error.to_string(),
    }
}

/// The same, for a failure that comes when the handshake seemed done: in TLS 1.3 the server looks at the certificate of a client after that.
pub fn in_words(error: io::Error) -> io::Error {
    let is_of_tls = error.get_ref().is_some_and(|inner| inner.is::<Error>());
    if is_of_tls || error.kind() == io::ErrorKind::UnexpectedEof { io::Error::new(error.kind(), explain(&error)) } else { error }
}

fn explain_tls(error: &Error) -> String {
    match error {
        Error::AlertReceived(alert) => format!("remote error: tls: {}", alert_text(*alert)),
        Error::NoCertificatesPresented => "tls: client didn't provide a certificate".to_owned(),
        Error::InvalidCertificate(CertificateError::Other(other)) if other.0.is::<RuleBroken>() => {
            format!("tls: client certificate authentication failed: {other}")
        }
        Error::InvalidCertificate(error) => format!("tls: failed to verify certificate: x509: {}", certificate_text(error)),
        Error::InvalidMessage(_) => "tls: first record does not look like a TLS handshake".to_owned(),
        Error::PeerIncompatible(reason) => format!("tls: client offered nothing that is allowed here: {reason:?}"),
        other => format!("tls: {other}"),
    }
}

/// What rustls says of a certificate by itself, outside any handshake.
pub fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(error) => certificate_text(error),
        other => other.to_string(),
    }
}

/// Why a certificate is refused.
pub fn certificate_text(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => "certificate signed by unknown authority".to_owned(),
        CertificateError::BadSignature => {
            "certificate signed by unknown authority: one of its name is known, but with another key".to_owned()
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            format!("certificate has expired or is not yet valid: {error}")
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            format!("certificate specifies an incompatible key usage: {error}")
        }
        CertificateError::Other(other) => other.0.downcast_ref::<webpki::Error>().map_or_else(|| other.to_string(), webpki_text),
        CertificateError::BadEncoding => "malformed certificate".to_owned(),
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => UNIMPLEMENTED.to_owned(),
        other => other.to_string(),
    }
}

/// In the place of long lists of object ids.
const UNIMPLEMENTED: &str = "cannot verify signature: algorithm unimplemented, or not for this kind of key";

/// What rustls has no word for. Most of these are of certificates that somebody made by hand.
fn webpki_text(error: &webpki::Error) -> String {
    use webpki::Error as Of;
    match error {
        Of::EndEntityUsedAsCa => "invalid signature: parent certificate cannot sign this kind of certificate".to_owned(),
        Of::CaUsedAsEndEntity => "certificate is an authority's, which can't be shown as one's own".to_owned(),
        Of::PathLenConstraintViolated => "too many intermediates for path length constraint".to_owned(),
        Of::NameConstraintViolation => {
            "a root or intermediate certificate is not authorized to sign for the names in this one".to_owned()
        }
        Of::UnsupportedCriticalExtension => "unhandled critical extension".to_owned(),
        Of::UnsupportedCertVersion => "certificate is not of version 3".to_owned(),
        Of::UnsupportedSignatureAlgorithmContext(_) | Of::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            UNIMPLEMENTED.to_owned()
        }
        other => other.to_string(),
    }
}

fn alert_text(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::BadCertificate => "bad certificate".to_owned(),
        AlertDescription::UnknownCA => "unknown certificate authority".to_owned(),
        AlertDescription::CertificateUnknown => "unknown certificate".to_owned(),
        AlertDescription::CertificateExpired => "expired certificate".to_owned(),
        AlertDescription::CertificateRevoked => "revoked certificate".to_owned(),
        AlertDescription::CertificateRequired => "certificate required".to_owned(),
        AlertDescription::UnsupportedCertificate => "unsupported certificate".to_owned(),
        AlertDescription::HandshakeFailure => "handshake failure".to_owned(),
        AlertDescription::ProtocolVersion => "protocol version not supported".to_owned(),
        AlertDescription::NoApplicationProtocol => "no application protocol".to_owned(),
        AlertDescription::AccessDenied => "access denied".to_owned(),
        AlertDescription::DecryptError => "error decrypting message".to_owned(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::refused::of_webpki, *};

    fn text(error: Error) -> String {
        explain(&io::Error::new(io::ErrorKind::InvalidData, error))
    }

    #[test]
    fn what_comes_after_the_handshake_is_told_in_the_same_words_and_else_left_alone() {
        let late =
            in_words(io::Error::new(io::ErrorKind::InvalidData, Error::AlertReceived(AlertDescription::CertificateRequired)));
        assert_eq!((late.kind(), &*late.to_string()), (io::ErrorKind::InvalidData, "remote error: tls: certificate required"));
        assert_eq!(in_words(io::Error::from_raw_os_error(104)).raw_os_error(), Some(104));
    }

    #[test]
    fn causes_are_named_as_in_go() {
        assert_eq!(text(Error::AlertReceived(AlertDescription::BadCertificate)), "remote error: tls: bad certificate");
        assert_eq!(text(Error::NoCertificatesPresented), "tls: client didn't provide a certificate");
        let unknown = text(Error::InvalidCertificate(CertificateError::UnknownIssuer));
        assert_eq!(unknown, "tls: failed to verify certificate: x509: certificate signed by unknown authority");
        let barred = text(of_webpki(webpki::Error::EndEntityUsedAsCa));
        assert!(barred.ends_with("x509: invalid signature: parent certificate cannot sign this kind of certificate"), "{barred}");
        for error in [webpki::Error::PathLenConstraintViolated, webpki::Error::UnsupportedCriticalExtension] {
            let text = text(of_webpki(error));
            assert!(!text.contains("Constraint") && !text.contains("Critical") && !text.contains("Other"), "{text}");
        }
        assert_eq!(explain(&io::Error::from(io::ErrorKind::UnexpectedEof)), "EOF");
    }
}
