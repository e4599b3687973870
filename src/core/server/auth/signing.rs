//! The signatures of signed tokens, by ring: what `jsonwebtoken` needs of a library for cryptography.
//!
//! ring knows RSA, ECDSA on the curves P-256 and P-384, Ed25519 and HMAC. ES512 is apart, in `es512.rs`: the library has no name for it.

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{Error, ErrorKind},
    signature::{Error as SignatureError, Signer, Verifier},
};
use ring::{
    error::Unspecified,
    hmac,
    rand::SystemRandom,
    signature::{
        self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair, RsaParameters, RsaPublicKeyComponents,
        UnparsedPublicKey, VerificationAlgorithm,
    },
};

use crate::core::elliptic::pkcs8_of_sec1;

static PROVIDER: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

/// Makes ring the library of `jsonwebtoken` in this process. Called before each use; only the first does anything.
pub fn install() {
    // Told again that one is installed: it is this one.
    let _ = PROVIDER.install_default();
}

/// What checks the signatures of a private key.
///
/// # Errors
/// When the key is not one of the algorithm.
pub fn public_of(algorithm: Algorithm, key: &EncodingKey) -> Result<DecodingKey, Error> {
    Ok(match algorithm.family() {
        AlgorithmFamily::Hmac => DecodingKey::from_secret(key.as_bytes()),
        AlgorithmFamily::Rsa => DecodingKey::from_rsa_der(rsa_pair(key)?.public().as_ref()),
        AlgorithmFamily::Ec => DecodingKey::from_ec_der(ec_pair(algorithm, key)?.public_key().as_ref()),
        AlgorithmFamily::Ed => DecodingKey::from_ed_der(ed_pair(key)?.public_key().as_ref()),
    })
}

/// A private key on a curve, in PEM: as PKCS #8, or in the form that `openssl ecparam` writes, with the curve's parameters before it.
///
/// # Errors
/// When there is none, or it does not name its curve.
pub fn ec_private(text: &[u8]) -> Result<EncodingKey, Error> {
    let sections = pem::parse_many(text).map_err(|_| ErrorKind::InvalidKeyFormat)?;
    match sections.iter().find(|section| section.tag() == "EC PRIVATE KEY") {
        Some(key) => Ok(EncodingKey::from_ec_der(&pkcs8_of_sec1(key.contents()).ok_or(ErrorKind::InvalidKeyFormat)?)),
        None => EncodingKey::from_ec_pem(text),
    }
}

struct With<K> {
    algorithm: Algorithm,
    key: K,
}

enum Private {
    Hmac(hmac::Key),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Signer<Vec<u8>> for With<Private> {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let random = SystemRandom::new();
        match &self.key {
            Private::Hmac(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Private::Rsa(pair, encoding) => {
                let mut signed = vec![0; pair.public().modulus_len()];
                pair.sign(*encoding, &random, message, &mut signed).map_err(unspecified)?;
                Ok(signed)
            }
            Private::Ec(pair) => Ok(pair.sign(&random, message).map_err(unspecified)?.as_ref().to_vec()),
            Private::Ed(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

impl JwtSigner for With<Private> {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl Verifier<Vec<u8>> for With<DecodingKey> {
    fn verify(&self, message: &[u8], signed: &Vec<u8>) -> Result<(), SignatureError> {
        let rsa = |parameters: &'static RsaParameters| match self.key.kind() {
            DecodingKeyKind::RsaModulusExponent { n, e } => {
                let components = RsaPublicKeyComponents { n, e };
                components.verify(parameters, message, signed).map_err(unspecified)
            }
            DecodingKeyKind::SecretOrDer(der) => by_key(parameters, der, message, signed),
        };
        let der = || self.key.try_get_as_bytes().map_err(SignatureError::from_source);
        match self.algorithm {
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
                let key = hmac::Key::new(hmac_of(self.algorithm), der()?);
                hmac::verify(&key, message, signed).map_err(unspecified)
            }
            Algorithm::RS256 => rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
            Algorithm::RS384 => rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
            Algorithm::RS512 => rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
            Algorithm::PS256 => rsa(&signature::RSA_PSS_2048_8192_SHA256),
            Algorithm::PS384 => rsa(&signature::RSA_PSS_2048_8192_SHA384),
            Algorithm::PS512 => rsa(&signature::RSA_PSS_2048_8192_SHA512),
            Algorithm::ES256 => by_key(&signature::ECDSA_P256_SHA256_FIXED, der()?, message, signed),
            Algorithm::ES384 => by_key(&signature::ECDSA_P384_SHA384_FIXED, der()?, message, signed),
            _ => by_key(&signature::ED25519, der()?, message, signed),
        }
    }
}

/// ring does not say what is wrong with a signature.
fn unspecified(_: Unspecified) -> SignatureError {
    SignatureError::new()
}

fn by_key(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signed: &[u8],
) -> Result<(), SignatureError> {
    UnparsedPublicKey::new(algorithm, key).verify(message, signed).map_err(unspecified)
}

impl JwtVerifier for With<DecodingKey> {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the library calls it so")]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    let algorithm = *algorithm;
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    let key = match algorithm {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
            Private::Hmac(hmac::Key::new(hmac_of(algorithm), key.as_bytes()))
        }
        Algorithm::RS256 => Private::Rsa(rsa_pair(key)?, &signature::RSA_PKCS1_SHA256),
        Algorithm::RS384 => Private::Rsa(rsa_pair(key)?, &signature::RSA_PKCS1_SHA384),
        Algorithm::RS512 => Private::Rsa(rsa_pair(key)?, &signature::RSA_PKCS1_SHA512),
        Algorithm::PS256 => Private::Rsa(rsa_pair(key)?, &signature::RSA_PSS_SHA256),
        Algorithm::PS384 => Private::Rsa(rsa_pair(key)?, &signature::RSA_PSS_SHA384),
        Algorithm::PS512 => Private::Rsa(rsa_pair(key)?, &signature::RSA_PSS_SHA512),
        Algorithm::ES256 | Algorithm::ES384 => Private::Ec(ec_pair(algorithm, key)?),
        _ => Private::Ed(ed_pair(key)?),
    };
    Ok(Box::new(With { algorithm, key }))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the library calls it so")]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    let algorithm = *algorithm;
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    Ok(Box::new(With { algorithm, key: key.clone() }))
}

fn hmac_of(algorithm: Algorithm) -> hmac::Algorithm {
    match algorithm {
        Algorithm::HS384 => hmac::HMAC_SHA384,
        Algorithm::HS512 => hmac::HMAC_SHA512,
        _ => hmac::HMAC_SHA256,
    }
}

fn rsa_pair(key: &EncodingKey) -> Result<RsaKeyPair, Error> {
    RsaKeyPair::from_der(key.as_bytes()).map_err(|error| ErrorKind::InvalidRsaKey(error.to_string()).into())
}

fn ec_pair(algorithm: Algorithm, key: &EncodingKey) -> Result<EcdsaKeyPair, Error> {
    let curve = match algorithm {
        Algorithm::ES384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        _ => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
    };
    EcdsaKeyPair::from_pkcs8(curve, key.as_bytes(), &SystemRandom::new()).map_err(|_| ErrorKind::InvalidEcdsaKey.into())
}

fn ed_pair(key: &EncodingKey) -> Result<Ed25519KeyPair, Error> {
    Ed25519KeyPair::from_pkcs8_maybe_unchecked(key.as_bytes()).map_err(|_| ErrorKind::InvalidEddsaKey.into())
}
