//! What ring lacks of elliptic curves: ECDSA on P-521, and private keys in the form that `openssl ecparam` writes.
//!
//! The curve and its signatures are the `p521` crate's, the digests ring's. A signature takes its nonce from the key and the message
//! (RFC 6979), so that none can repeat. It costs a few milliseconds, which handshakes and logins pay only with keys on this curve; for all
//! others TLS (`tls/provider.rs`) and signed tokens (`server/auth`) go on with ring.

use p521::{
    NistP521, SecretKey,
    ecdsa::{
        DerSignature, Signature, SigningKey, VerifyingKey,
        signature::{Signer, hazmat::PrehashVerifier},
    },
    elliptic_curve::sec1::ToSec1Point,
    pkcs8::{
        AlgorithmIdentifierRef, AssociatedOid, DecodePrivateKey, ObjectIdentifier, PrivateKeyInfoRef,
        der::{Encode, asn1::OctetStringRef},
    },
};
use ring::digest;
use sec1::{EcParameters, EcPrivateKey};

#[cfg(test)]
mod tests;

/// Bytes of a number modulo the order of the group: the length of a private key, and half that of a signature of fixed length.
const SCALAR_BYTES: usize = 66;
/// The algorithm of keys on any named curve: id-ecPublicKey. Source: RFC 5480.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// The digest that is signed. With SHA-512 everywhere but in certificates, whose issuers choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    fn of(self, message: &[u8]) -> digest::Digest {
        let algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, message)
    }
}

/// A private key on P-521.
#[derive(Clone)]
pub struct PrivateKey(Box<SigningKey>);

/// A public key on P-521.
#[derive(Clone)]
pub struct PublicKey(VerifyingKey);

impl PrivateKey {
    /// From PKCS #8; `None` if it is no key on this curve.
    pub fn from_pkcs8(der: &[u8]) -> Option<Self> {
        SecretKey::from_pkcs8_der(der).ok().map(|key| Self(Box::new(key.into())))
    }

    /// From the form of SEC 1; `None` if it is no key on this curve. A curve that is not named is told by the key's length.
    pub fn from_sec1(der: &[u8]) -> Option<Self> {
        let found = EcPrivateKey::try_from(der).ok()?;
        match &found.parameters {
            Some(EcParameters::NamedCurve(curve)) if *curve == NistP521::OID => {}
            None if found.private_key.len() == SCALAR_BYTES => {}
            _ => return None,
        }
        SecretKey::try_from(found).ok().map(|key| Self(Box::new(key.into())))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey(*self.0.verifying_key())
    }

    /// Signs the SHA-512 digest of a message; in DER, as TLS has it.
    pub fn sign_der(&self, message: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.0.sign(message);
        signature.as_bytes().to_vec()
    }

    /// The same in fixed length, as tokens have it.
    pub fn sign_fixed(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.sign(message);
        signature.to_bytes().to_vec()
    }
}

impl PublicKey {
    /// From a point as certificates and public keys hold it; `None` if it is none on this curve.
    pub fn from_point(point: &[u8]) -> Option<Self> {
        VerifyingKey::from_sec1_bytes(point).ok().map(Self)
    }

    /// As a point, uncompressed.
    pub fn point(&self) -> Vec<u8> {
        self.0.as_affine().to_sec1_point(false).as_bytes().to_vec()
    }

    /// Whether this key has signed a message; the signature is in DER.
    pub fn has_signed_der(&self, digest: Digest, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_der(signature).is_ok_and(|signature| self.has_signed(digest, message, &signature))
    }

    /// The same, with a signature of fixed length.
    pub fn has_signed_fixed(&self, digest: Digest, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.has_signed(digest, message, &signature))
    }

    fn has_signed(&self, digest: Digest, message: &[u8], signature: &Signature) -> bool {
        self.0.verify_prehash(digest.of(message).as_ref(), signature).is_ok()
    }
}

/// A private key in PKCS #8 that was in the form of SEC 1, on whatever curve it names. `None` if it is none, or does not name it.
pub fn pkcs8_of_sec1(der: &[u8]) -> Option<Vec<u8>> {
    let found = EcPrivateKey::try_from(der).ok()?;
    let Some(EcParameters::NamedCurve(curve)) = found.parameters else { return None };
    let algorithm = AlgorithmIdentifierRef { oid: EC_PUBLIC_KEY, parameters: Some((&curve).into()) };
    PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(der).ok()?).to_der().ok()
}
