//! Authorities and certificates for tests; integration tests have this file too.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
};
use time::{Duration, OffsetDateTime};

/// Who signs.
pub struct Authority {
    params: CertificateParams,
    key: KeyPair,
    pub pem: String,
}

/// What a certificate is to say.
#[derive(Clone)]
pub struct Leaf<'l> {
    /// Empty: the certificate has none.
    pub common_name: &'l str,
    /// Names and addresses.
    pub names: &'l [&'l str],
    pub serial: u64,
    /// Of its lifetime, from now; negative lies in the past.
    pub from_days: i64,
    pub until_days: i64,
    pub usages: &'l [ExtendedKeyUsagePurpose],
    pub is_authority: bool,
    /// Of an authority: whether its key usage lets it sign certificates, and how many others may stand between it and what it vouches for.
    pub may_sign: bool,
    pub intermediates_max: Option<u8>,
}

/// For both directions.
pub const BOTH: &[ExtendedKeyUsagePurpose] = &[ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];

impl Default for Leaf<'_> {
    fn default() -> Self {
        let names = &["localhost", "127.0.0.1"];
        Self {
            common_name: "server",
            names,
            serial: 1,
            from_days: -1,
            until_days: 300,
            usages: BOTH,
            is_authority: false,
            may_sign: true,
            intermediates_max: None,
        }
    }
}

/// A certificate and its key in PEM.
pub struct Issued {
    pub cert: String,
    pub key: String,
}

fn params(leaf: &Leaf<'_>, now: OffsetDateTime) -> CertificateParams {
    let names: Vec<String> = leaf.names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    let mut subject = DistinguishedName::new();
    if !leaf.common_name.is_empty() {
        subject.push(DnType::CommonName, leaf.common_name);
    }
    params.distinguished_name = subject;
    params.serial_number = Some(SerialNumber::from(leaf.serial));
    params.not_before = now + Duration::days(leaf.from_days);
    params.not_after = now + Duration::days(leaf.until_days);
    params.extended_key_usages = leaf.usages.to_vec();
    if leaf.is_authority {
        params.is_ca = IsCa::Ca(leaf.intermediates_max.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained));
        params.key_usages = vec![KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
        if leaf.may_sign {
            params.key_usages.push(KeyUsagePurpose::KeyCertSign);
        }
    }
    params
}

#[allow(clippy::disallowed_methods, clippy::allow_attributes, clippy::allow_attributes_without_reason)]
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

impl Authority {
    pub fn new(name: &str) -> Self {
        Self::of(&Leaf { common_name: name, names: &[], usages: &[], is_authority: true, ..Leaf::default() })
    }

    pub fn of(leaf: &Leaf<'_>) -> Self {
        let (params, key) = (params(leaf, now()), KeyPair::generate().unwrap());
        let pem = params.self_signed(&key).unwrap().pem();
        Self { params, key, pem }
    }

    /// One that another has signed.
    pub fn below(above: &Self, leaf: &Leaf<'_>) -> Self {
        let (params, key) = (params(leaf, now()), KeyPair::generate().unwrap());
        let pem = params.signed_by(&key, &Issuer::from_params(&above.params, &above.key)).unwrap().pem();
        Self { params, key, pem }
    }

    /// Another certificate for the same name and key, self-signed.
    pub fn again(&self, leaf: &Leaf<'_>) -> String {
        params(leaf, now()).self_signed(&self.key).unwrap().pem()
    }

    /// The one that is shown, with its key.
    pub fn own(&self) -> Issued {
        Issued { cert: self.pem.clone(), key: self.key.serialize_pem() }
    }

    pub fn issue(&self, leaf: &Leaf<'_>) -> Issued {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.params, &self.key);
        let cert = params(leaf, now()).signed_by(&key, &issuer).unwrap().pem();
        Issued { cert, key: key.serialize_pem() }
    }

    /// A list of revoked certificates.
    pub fn revoke(&self, serials: &[u64]) -> String {
        let now = now();
        let revoked = |serial: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: now - Duration::hours(1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: now - Duration::hours(1),
            next_update: now + Duration::days(90),
            crl_number: SerialNumber::from(1u64),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&Issuer::from_params(&self.params, &self.key)).unwrap().pem().unwrap()
    }
}

/// A certificate that has signed itself, and says that it is an authority, as those of many instructions do.
pub fn self_signed(leaf: &Leaf<'_>) -> Issued {
    let key = KeyPair::generate().unwrap();
    let cert = params(leaf, now()).self_signed(&key).unwrap().pem();
    Issued { cert, key: key.serialize_pem() }
}

/// Files of certificates in a directory.
pub struct Files<'d>(pub &'d Path);

impl Files<'_> {
    /// Writes `NAME.pem` and `NAME.key`, each in one stroke.
    pub fn put(&self, name: &str, issued: &Issued) -> (PathBuf, PathBuf) {
        (self.write(&format!("{name}.pem"), &issued.cert), self.write(&format!("{name}.key"), &issued.key))
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let (path, new) = (self.0.join(name), self.0.join(format!("{name}.new")));
        fs::write(&new, text).unwrap();
        fs::rename(&new, &path).unwrap();
        path
    }
}
