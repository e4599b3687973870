//! Reading files: their bytes all at once, then what PEM they hold.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use rustls::pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject, SectionKind},
};

use super::TlsError;
use crate::core::file_changes;

/// What DER begins with.
const DER_SEQUENCE: u8 = 0x30;

/// What a file is for, in errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileUse(pub &'static str);

pub const CERTIFICATE: FileUse = FileUse("the certificate");
pub const KEY: FileUse = FileUse("the key");
pub const AUTHORITIES: FileUse = FileUse("the authorities");
pub const REVOCATIONS: FileUse = FileUse("the revocation list");

/// The bytes of a set of files as they were at one moment, or nearly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents(BTreeMap<PathBuf, Vec<u8>>);

impl Contents {
    /// Reads all of them.
    ///
    /// # Errors
    /// Names the first that can't be read, and what it is for.
    pub fn read(files: &[(PathBuf, FileUse)]) -> Result<Self, TlsError> {
        let mut contents = BTreeMap::new();
        for (path, FileUse(what)) in files {
            let read = file_changes::read(path);
            let failed = |error: std::io::Error| TlsError::Read { what, path: path.clone(), reason: error.to_string() };
            contents.insert(path.clone(), read.map_err(failed)?);
        }
        Ok(Self(contents))
    }

    /// One file with these bytes.
    #[cfg(test)]
    pub fn of_file(path: &Path, bytes: &[u8]) -> Self {
        Self([(path.to_owned(), bytes.to_vec())].into())
    }

    fn of(&self, path: &Path) -> &[u8] {
        self.0.get(path).map_or(&[], Vec::as_slice)
    }

    /// The certificates in a file, in their order.
    ///
    /// # Errors
    /// When there is none, or what looks like one is damaged.
    pub fn certificates(&self, path: &Path, FileUse(what): FileUse) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let found = CertificateDer::pem_slice_iter(self.of(path)).collect::<Result<Vec<_>, _>>();
        let found = found.map_err(|error| damaged(path, &error))?;
        if found.is_empty() {
            let what = if what == AUTHORITIES.0 { "certificate of an authority" } else { "certificate" };
            return Err(self.nothing(what, path));
        }
        Ok(found)
    }

    /// The key in a file.
    ///
    /// # Errors
    /// When there is none, or it is encrypted or damaged.
    pub fn key(&self, path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
        let bytes = self.of(path);
        match PrivateKeyDer::from_pem_slice(bytes) {
            Ok(key) => Ok(key),
            Err(_) if is_encrypted(bytes) => Err(TlsError::EncryptedKey { path: path.to_owned() }),
            Err(pem::Error::NoItemsFound) => Err(self.nothing("private key", path)),
            Err(error) => Err(damaged(path, &error)),
        }
    }

    /// The revocation lists in a file, in DER: those of its PEM, or the file itself if it has none.
    ///
    /// # Errors
    /// When there is nothing, or it is damaged.
    pub fn revocation_lists(&self, path: &Path) -> Result<Vec<Vec<u8>>, TlsError> {
        let bytes = self.of(path);
        let mut lists = Vec::new();
        for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(bytes) {
            let (kind, der) = section.map_err(|error| damaged(path, &error))?;
            if kind == SectionKind::Crl {
                lists.push(der);
            }
        }
        if lists.is_empty() && bytes.first() == Some(&DER_SEQUENCE) {
            lists.push(bytes.to_vec());
        }
        if lists.is_empty() {
            return Err(self.nothing("revocation list", path));
        }
        Ok(lists)
    }

    /// That a file does not hold what it should, and what it holds instead: files are mixed up easily.
    fn nothing(&self, what: &'static str, path: &Path) -> TlsError {
        let bytes = self.of(path);
        let instead = if bytes.is_empty() {
            "; it is empty"
        } else if bytes.first() == Some(&DER_SEQUENCE) {
            "; it seems to be in DER form, which openssl can turn into PEM"
        } else {
            match <(SectionKind, Vec<u8>)>::pem_slice_iter(bytes).next() {
                Some(Ok((SectionKind::Certificate, _))) => "; it holds a certificate",
                Some(Ok((SectionKind::RsaPrivateKey | SectionKind::PrivateKey | SectionKind::EcPrivateKey, _))) => {
                    "; it holds a private key"
                }
                Some(Ok((SectionKind::PublicKey, _))) => "; it holds a public key",
                Some(Ok((SectionKind::Crl, _))) => "; it holds a revocation list",
                Some(Ok((SectionKind::Csr, _))) => "; it holds a request for a certificate",
                _ => "",
            }
        };
        TlsError::Nothing { what, path: path.to_owned(), instead }
    }
}

/// In the form of today, or in OpenSSL's own of before.
fn is_encrypted(key: &[u8]) -> bool {
    let text = String::from_utf8_lossy(key);
    text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
}

fn damaged(path: &Path, error: &pem::Error) -> TlsError {
    let reason = match error {
        pem::Error::MissingSectionEnd { end_marker } => {
            format!("it ends before the line -----END {}-----", String::from_utf8_lossy(end_marker))
        }
        pem::Error::IllegalSectionStart { line } => format!("the line {:?} begins nothing", String::from_utf8_lossy(line)),
        pem::Error::Base64Decode(_) => "what stands between BEGIN and END is not Base64".to_owned(),
        other => other.to_string(),
    };
    TlsError::Damaged { path: path.to_owned(), reason }
}
