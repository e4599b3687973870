//! Reading files: their bytes all at once, then what PEM they hold.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rustls::pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject, SectionKind},
};

use super::TlsError;

/// How long a file must be left alone before it is taken for whole: longer than whoever writes it by several commands pauses between them, and so short that
/// nobody waits for a rotation.
pub const STILL_FOR: Duration = Duration::from_millis(500);
/// A file of more than this is none that belongs here.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

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

/// What tells that a file is another than before. `None` while it can't be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp(Vec<Option<FileStamp>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct FileStamp {
    place: (u64, u64),
    len: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Contents {
    /// Reads all of them.
    ///
    /// # Errors
    /// Names the first that can't be read, and what it is for.
    pub fn read(files: &[(PathBuf, FileUse)]) -> Result<Self, TlsError> {
        let mut contents = BTreeMap::new();
        for (path, FileUse(what)) in files {
            let failed = |error: io::Error| TlsError::Read { what, path: path.clone(), reason: error.to_string() };
            let found = fs::metadata(path).map_err(failed)?;
            if !found.is_file() || found.len() > FILE_BYTES_MAX {
                return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file of sensible size")));
            }
            contents.insert(path.clone(), fs::read(path).map_err(failed)?);
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

impl Stamp {
    pub fn of(files: &[(PathBuf, FileUse)]) -> Self {
        let stamp = |path: &Path| {
            let found = fs::metadata(path).ok()?;
            Some(FileStamp {
                place: (found.dev(), found.ino()),
                len: found.len(),
                modified: (found.mtime(), found.mtime_nsec()),
                changed: (found.ctime(), found.ctime_nsec()),
            })
        };
        Self(files.iter().map(|(path, _)| stamp(path)).collect())
    }

    /// Whether the last write to each lies [`STILL_FOR`] back. One that is being written in place, piece by piece, may look whole in between: a chain
    /// that ends too early, a bundle with some of its authorities. Times in the future tell nothing, and hold nothing up.
    pub fn is_still(&self, unix_millis: i64) -> bool {
        self.0.iter().flatten().all(|file| {
            let (secs, nanos) = file.modified;
            let age = unix_millis - (secs * 1000 + nanos / 1_000_000);
            !(0..STILL_FOR.as_millis().cast_signed()).contains(&i128::from(age))
        })
    }

    /// Whether all files have been left alone since a while before `unix_secs`. A change in the same tick of the file system's clock as the
    /// last look would not show in its times.
    pub fn is_settled(&self, unix_secs: i64) -> bool {
        self.0.iter().flatten().all(|file| file.changed.0.max(file.modified.0) + 2 <= unix_secs)
    }
}
