//! What one side shows: a certificate, the chain above it, and the key.

use std::{path::Path, sync::Arc};

use rustls::{
    Error, InconsistentKeys,
    crypto::CryptoProvider,
    server::{ClientHello, ResolvesServerCert},
    sign::{CertifiedKey, SigningKey},
};

use super::{
    IdentityFiles, TlsError,
    explain::words,
    files::{CERTIFICATE, Contents},
};

/// Reads certificate and key, and checks that they belong together.
///
/// # Errors
/// Names the file, and what is wrong with it.
pub fn read(contents: &Contents, files: &IdentityFiles, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = contents.certificates(&files.cert, CERTIFICATE)?;
    let certified = CertifiedKey::new(chain, read_key(contents, &files.key, provider)?);
    match certified.keys_match() {
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(Arc::new(certified)),
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(TlsError::KeyMismatch { cert: files.cert.clone(), key: files.key.clone() })
        }
        Err(error) => Err(TlsError::Certificate { path: files.cert.clone(), reason: words(&error) }),
    }
}

/// Reads a key by itself.
///
/// # Errors
/// Names the file, and what is wrong with it.
pub fn read_key(contents: &Contents, path: &Path, provider: &CryptoProvider) -> Result<Arc<dyn SigningKey>, TlsError> {
    let unusable = |error: Error| TlsError::Key { path: path.to_owned(), reason: error.to_string() };
    provider.key_provider.load_private_key(contents.key(path)?).map_err(unusable)
}

/// Shows the same certificate to everybody.
#[derive(Debug)]
pub struct Always(pub Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

impl rustls::client::ResolvesClientCert for Always {
    fn resolve(&self, _: &[&[u8]], _: &[rustls::SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        // Whether it fits what the server hints at is the server's business: its answer then says what is wrong.
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}
