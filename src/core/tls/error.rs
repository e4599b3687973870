//! What can be wrong with files and settings of TLS. Each text names the file and what to do about it.

use std::path::PathBuf;

use thiserror::Error;

/// Why a configuration of TLS can't be made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TlsError {
    #[error("can't read {what} {}: {reason}", .path.display())]
    Read { what: &'static str, path: PathBuf, reason: String },
    /// The file holds something else, or nothing.
    #[error("{} holds no {what} in PEM form{instead}", .path.display())]
    Nothing { what: &'static str, path: PathBuf, instead: &'static str },
    #[error("{} is damaged: {reason}", .path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("the key in {} does not belong to the certificate in {}: their public keys differ", .key.display(), .cert.display())]
    KeyMismatch { cert: PathBuf, key: PathBuf },
    #[error("the key in {} can't be used: {reason} (RSA from 2048 bits, ECDSA P-256, P-384 and P-521, and Ed25519 can)", .path.display())]
    Key { path: PathBuf, reason: String },
    #[error("the key in {} is encrypted, and nobody is there to be asked for its password; store it without one", .path.display())]
    EncryptedKey { path: PathBuf },
    #[error("the certificate in {} can't be used: {reason}", .path.display())]
    Certificate { path: PathBuf, reason: String },
    #[error(
        "the revocation list in {} was issued by \"{issuer}\", which is none of the authorities in {}; add that authority's certificate there",
        .path.display(), .ca.display()
    )]
    ForeignRevocationList { path: PathBuf, issuer: String, ca: PathBuf },
    #[error("the revocation list in {} is not signed by \"{issuer}\" of {}, though it says so", .path.display(), .ca.display())]
    ForgedRevocationList { path: PathBuf, issuer: String, ca: PathBuf },
    #[error("a revocation list, {}, needs the authorities whose certificates it revokes: set --{flag} too", .path.display())]
    RevocationListAlone { path: PathBuf, flag: &'static str },
    #[error("the operating system has no authorities to trust: {0}")]
    NoSystemAuthorities(String),
    #[error("a TLS version above the highest allowed one is the lowest allowed one")]
    VersionsCross,
    #[error("there is no TLS cipher suite {name:?}; known are {known}")]
    UnknownCipherSuite { name: String, known: String },
    #[error("none of the TLS cipher suites {given} is supported; supported are {supported}")]
    NoCipherSuite { given: String, supported: String },
    #[error("cipher suites can't be chosen when only TLS 1.3 is allowed: all of that version are sound")]
    CipherSuitesOfTls13,
    #[error("{0:?} is neither a host name nor an IP address")]
    ServerName(String),
    #[error("a certificate can't be made: {0}")]
    Making(String),
    #[error("can't write {}: {reason}", .path.display())]
    Write { path: PathBuf, reason: String },
    #[error("TLS can't be set up: {0}")]
    Setup(String),
}
