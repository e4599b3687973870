//! What rustls is given of cryptography: ring, and beside it keys on the curve P-521, which ring does not know.

use std::{fmt, sync::Arc, sync::LazyLock};

use rustls::{
    Error, SignatureAlgorithm, SignatureScheme,
    crypto::{CryptoProvider, KeyProvider, WebPkiSupportedAlgorithms, ring},
    pki_types::{
        AlgorithmIdentifier, InvalidSignature, PrivateKeyDer, SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer, alg_id,
    },
    sign::{Signer, SigningKey, public_key_to_spki},
};
use x509_parser::{
    asn1_rs::BitString,
    oid_registry::{
        OID_NIST_EC_P521, OID_PKCS1_SHA1WITHRSA, OID_SHA1_WITH_RSA, OID_SIG_ECDSA_WITH_SHA256, OID_SIG_ECDSA_WITH_SHA384,
        OID_SIG_ECDSA_WITH_SHA512,
    },
    verify::verify_signature,
    x509::{AlgorithmIdentifier as ParsedAlgorithm, SubjectPublicKeyInfo},
};

use crate::core::elliptic::{Digest, PrivateKey, PublicKey};

/// The scheme of keys on this curve, in both versions of TLS.
const SCHEME: SignatureScheme = SignatureScheme::ECDSA_NISTP521_SHA512;

/// Signatures in chains of certificates, and in handshakes of TLS 1.2; in those of 1.3 only the last.
static P521_SHA256: Verification = Verification(Digest::Sha256, alg_id::ECDSA_SHA256);
static P521_SHA384: Verification = Verification(Digest::Sha384, alg_id::ECDSA_SHA384);
static P521_SHA512: Verification = Verification(Digest::Sha512, alg_id::ECDSA_SHA512);
static OF_SCHEME: [&dyn SignatureVerificationAlgorithm; 1] = [&P521_SHA512];

/// rustls wants these lists for as long as the process lives, so they are made once. What ring can do comes first.
static ALGORITHMS: LazyLock<WebPkiSupportedAlgorithms> = LazyLock::new(|| {
    let ring = ring::default_provider().signature_verification_algorithms;
    let mut all = ring.all.to_vec();
    all.extend([&P521_SHA256 as &dyn SignatureVerificationAlgorithm, &P521_SHA384, &P521_SHA512]);
    // In TLS 1.2 a scheme says which digest is signed, and nothing of the curve; in 1.3 the first of a list counts alone.
    let with_p521 = |(scheme, known): (SignatureScheme, &'static [&'static dyn SignatureVerificationAlgorithm])| {
        let ours: &'static dyn SignatureVerificationAlgorithm = match scheme {
            SignatureScheme::ECDSA_NISTP256_SHA256 => &P521_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384 => &P521_SHA384,
            _ => return (scheme, known),
        };
        (scheme, &*[known, &[ours]].concat().leak())
    };
    let mut mapping: Vec<_> = ring.mapping.iter().copied().map(with_p521).collect();
    mapping.push((SCHEME, &OF_SCHEME));
    WebPkiSupportedAlgorithms { all: all.leak(), mapping: mapping.leak() }
});

/// All that can be done, before versions and suites are chosen.
pub fn provider() -> CryptoProvider {
    CryptoProvider { signature_verification_algorithms: *ALGORITHMS, key_provider: &Keys, ..ring::default_provider() }
}

/// ECDSA on P-521, with this digest and what it is called in certificates.
struct Verification(Digest, AlgorithmIdentifier);

impl fmt::Debug for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Verification").field(&self.0).finish()
    }
}

impl SignatureVerificationAlgorithm for Verification {
    fn verify_signature(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let key = PublicKey::from_point(public_key).ok_or(InvalidSignature)?;
        if key.has_signed_der(self.0, message, signature) { Ok(()) } else { Err(InvalidSignature) }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P521
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.1
    }
}

/// Reads private keys: ring's, and those on P-521.
#[derive(Debug)]
struct Keys;

impl KeyProvider for Keys {
    fn load_private_key(&self, der: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        let on_p521 = match &der {
            PrivateKeyDer::Pkcs8(der) => PrivateKey::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Sec1(der) => PrivateKey::from_sec1(der.secret_sec1_der()),
            _ => None,
        };
        match on_p521 {
            Some(key) => Ok(Arc::new(P521Key(key))),
            None => ring::default_provider().key_provider.load_private_key(der),
        }
    }
}

/// A private key on P-521, which signs handshakes.
#[derive(Clone)]
struct P521Key(PrivateKey);

impl fmt::Debug for P521Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P521Key")
    }
}

impl SigningKey for P521Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&SCHEME).then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(public_key_to_spki(&alg_id::ECDSA_P521, self.0.public().point()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for P521Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.0.sign_der(message))
    }

    fn scheme(&self) -> SignatureScheme {
        SCHEME
    }
}

/// Whether a key has signed what rustls is not asked about: lists of revoked certificates, and certificates of the first version.
pub fn has_signed(
    key: &SubjectPublicKeyInfo<'_>,
    algorithm: &ParsedAlgorithm<'_>,
    signature: &BitString<'_>,
    message: &[u8],
) -> bool {
    let curve = key.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
    if curve != Some(OID_NIST_EC_P521) {
        return verify_signature(key, algorithm, signature, message).is_ok();
    }
    let digests = [
        (OID_SIG_ECDSA_WITH_SHA256, Digest::Sha256),
        (OID_SIG_ECDSA_WITH_SHA384, Digest::Sha384),
        (OID_SIG_ECDSA_WITH_SHA512, Digest::Sha512),
    ];
    let digest = digests.into_iter().find(|(name, _)| *name == algorithm.algorithm).map(|(_, digest)| digest);
    let key = PublicKey::from_point(&key.subject_public_key.data);
    digest.zip(key).is_some_and(|(digest, key)| key.has_signed_der(digest, message, &signature.data))
}

/// Whether signatures of this kind can be forged. The parser of certificates takes them for the sake of old ones; Go does not.
pub fn is_forgeable(algorithm: &ParsedAlgorithm<'_>) -> bool {
    [OID_PKCS1_SHA1WITHRSA, OID_SHA1_WITH_RSA].contains(&algorithm.algorithm)
}
