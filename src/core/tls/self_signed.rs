//! Certificates that a server makes for itself: what is said to it stays secret, but nobody can tell that it is the one that was meant.

use std::{
    fs,
    io::Write,
    net::IpAddr,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use time::{Duration, OffsetDateTime};

use super::{
    AutoTls, Expiry, ExpiryKind, IdentityFiles, TlsError,
    files::{CERTIFICATE, Contents, KEY},
    identity,
    protocols::Protocols,
};
use crate::core::clock;

const CERT: &str = "cert.pem";
const KEY_NAME: &str = "key.pem";
/// A clock that is late elsewhere shall not make the certificate one of the future.
const BACKDATED: Duration = Duration::hours(1);
const DAYS_PER_YEAR: i64 = 365;

/// The certificate in the directory; a new one if there is none, or it is about to expire or can't be used.
///
/// # Errors
/// When it can't be made or written.
pub fn keep(auto: &AutoTls) -> Result<IdentityFiles, TlsError> {
    let files = IdentityFiles { cert: auto.dir.join(CERT), key: auto.dir.join(KEY_NAME) };
    let now = (clock::unix_millis() / 1000).cast_signed();
    if !is_good(&files, now) {
        make(auto, &files, now)?;
        tracing::info!(cert = %files.cert.display(), hosts = ?auto.hosts, "made a certificate for this server");
    }
    Ok(files)
}

fn is_good(files: &IdentityFiles, now: i64) -> bool {
    let Ok(contents) = Contents::read(&[(files.cert.clone(), CERTIFICATE), (files.key.clone(), KEY)]) else { return false };
    let Ok(certified) = identity::read(&contents, files, &Protocols::default().provider()) else { return false };
    let expiry = Expiry::of_certificates(ExpiryKind::Certificate, &files.cert, &certified.cert);
    expiry.is_some_and(|expiry| expiry.warning(now).is_none())
}

fn make(auto: &AutoTls, files: &IdentityFiles, now: i64) -> Result<(), TlsError> {
    let making = |error: rcgen::Error| TlsError::Making(error.to_string());
    let mut hosts = auto.hosts.clone();
    hosts.sort();
    hosts.dedup();
    // An address that means all of them names none.
    hosts.retain(|host| host.parse::<IpAddr>().map_or(!host.is_empty(), |address| !address.is_unspecified()));
    let mut params = CertificateParams::new(hosts).map_err(making)?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::OrganizationName, "quorate");
    params.distinguished_name = subject;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let begin = OffsetDateTime::from_unix_timestamp(now).map_err(|error| TlsError::Making(error.to_string()))?;
    params.not_before = begin - BACKDATED;
    params.not_after = begin + Duration::days(DAYS_PER_YEAR * i64::from(auto.validity_years));
    let key = KeyPair::generate().map_err(making)?;
    let certificate = params.self_signed(&key).map_err(making)?;

    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&auto.dir)
        .map_err(|error| TlsError::Write { path: auto.dir.clone(), reason: error.to_string() })?;
    write(&files.key, &key.serialize_pem())?;
    write(&files.cert, &certificate.pem())
}

/// Replaces a file that only this user may read.
fn write(path: &Path, text: &str) -> Result<(), TlsError> {
    let written = || {
        let new = path.with_extension("new");
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    written().map_err(|error: std::io::Error| TlsError::Write { path: path.to_owned(), reason: error.to_string() })
}
