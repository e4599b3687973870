//! Signed tokens (RFC 7519): the user and the revision of users in a signed text that any holder of the key can check.
//!
//! The algorithm of a token must be the configured one, whatever its header says. Claims are etcd's: `username`, `revision`, `exp`. A
//! token of an older revision names its user still, and is refused as old where permission is asked for.
//!
//! Key files are looked at again at most once a second, when a token is made or checked, and read anew when they have changed and nobody is
//! writing them. New ones that are broken, or do not belong together, are reported, and the old keys stay.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, Header, Validation, crypto, decode, encode};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::{es512, login::LoginError, signing};
use crate::core::{
    auth::Author,
    clock,
    config::JwtConfig,
    elliptic::{Digest, PrivateKey, PublicKey},
    file_changes::{self, FileChanges},
};

/// How often key files are looked at again.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// The keys of signed tokens.
pub struct JwtKeys {
    config: JwtConfig,
    method: Method,
    current: Mutex<Current>,
}

struct Current {
    keys: Arc<Keys>,
    changes: FileChanges,
    /// What was last made into keys, or could not be. Nothing while the files can't be read.
    tried: Option<KeyTexts>,
    /// What the log has last said about the files.
    complaint: Option<String>,
    looked: Option<Instant>,
}

/// What the key files hold.
#[derive(PartialEq, Eq)]
struct KeyTexts {
    public: Option<Vec<u8>>,
    private: Option<Vec<u8>>,
}

/// The algorithm of all tokens.
#[derive(Clone, Copy, Debug)]
enum Method {
    Library(Algorithm),
    Es512,
}

/// The private key is `None` where tokens can only be checked.
enum Keys {
    Library { algorithm: Algorithm, sign: Option<EncodingKey>, check: DecodingKey },
    Es512 { sign: Option<PrivateKey>, check: PublicKey },
}

#[derive(Serialize, Deserialize)]
struct Claims {
    username: String,
    revision: u64,
    exp: u64,
}

/// As [`Claims`], from whoever else signs with this key: without an end it has none, and numbers may be written with a point.
#[derive(Deserialize)]
struct FoundClaims {
    username: String,
    revision: f64,
}

const NO_KEY: &str = "neither pub-key nor priv-key is given";

/// Up to here every whole number is one of the numbers that JSON is read as.
const REVISION_MAX: f64 = (1_u64 << 53) as f64;

impl JwtKeys {
    /// Reads the key files.
    ///
    /// # Errors
    /// A text that says what is wrong with which option.
    pub fn load(config: &JwtConfig) -> Result<Self, String> {
        signing::install();
        let method = if config.sign_method == es512::NAME {
            Method::Es512
        } else {
            Method::Library(config.sign_method.parse().map_err(|_| {
                format!(
                    "sign-method={} is not known; choose one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, HS256, \
                     HS384, HS512 and EdDSA",
                    config.sign_method
                )
            })?)
        };
        let paths = [&config.public_key, &config.private_key].into_iter().flatten().cloned().collect();
        let changes = FileChanges::after_now(paths, clock::unix_millis().cast_signed());
        let texts = KeyTexts::read(config)?;
        let keys = Arc::new(Keys::of(&texts, config, method)?);
        let current = Current { keys, changes, tried: Some(texts), complaint: None, looked: None };
        Ok(Self { config: config.clone(), method, current: Mutex::new(current) })
    }

    fn keys(&self, now: Instant) -> Arc<Keys> {
        let mut current = self.current.lock();
        if current.looked.is_none_or(|looked| now >= looked + LOOK_INTERVAL) {
            current.looked = Some(now);
            self.refresh(&mut current, now, clock::unix_millis().cast_signed());
        }
        Arc::clone(&current.keys)
    }

    fn refresh(&self, current: &mut Current, now: Instant, unix_millis: i64) {
        if !current.changes.are_due(now, unix_millis) {
            return;
        }
        let texts = match KeyTexts::read(&self.config) {
            Ok(texts) if current.tried.as_ref() == Some(&texts) => return,
            Ok(texts) => texts,
            Err(error) => {
                current.tried = None;
                // It may be for want of descriptors, which the files would never tell.
                current.changes.look_again();
                return current.complain(error);
            }
        };
        match Keys::of(&texts, &self.config, self.method) {
            Ok(keys) => {
                tracing::info!("read the changed keys of signed tokens");
                (current.keys, current.complaint) = (Arc::new(keys), None);
            }
            Err(error) => current.complain(error),
        }
        current.tried = Some(texts);
    }

    /// Who a token names, if it is right and not over.
    pub fn author_of(&self, token: &str, now: Instant) -> Option<Author> {
        let found: Result<FoundClaims, String> = match &*self.keys(now) {
            Keys::Library { algorithm, check, .. } => {
                let mut validation = Validation::new(*algorithm);
                validation.required_spec_claims.clear();
                validation.leeway = 0;
                // The time is compared in whole seconds: at the one that a token names it is over, not after it.
                validation.reject_tokens_expiring_in_less_than = 1;
                validation.validate_nbf = true;
                validation.validate_aud = false;
                decode(token, check, &validation).map(|found| found.claims).map_err(|error| error.to_string())
            }
            Keys::Es512 { check, .. } => {
                es512::decode(token, check, clock::unix_millis() / 1000).map_err(|error| error.to_owned())
            }
        };
        match found {
            Ok(FoundClaims { username, revision }) => {
                let is_author = !username.is_empty() && (0.0..REVISION_MAX).contains(&revision);
                is_author.then_some(Author { user: username, revision: revision as u64 })
            }
            Err(error) => {
                tracing::debug!(%error, "a signed token is refused");
                None
            }
        }
    }

    /// A token for a user.
    ///
    /// # Errors
    /// [`LoginError::VerifyOnly`] without a private key.
    pub fn sign(&self, user: &str, revision: u64, now_millis: u64, now: Instant) -> Result<String, LoginError> {
        let exp = now_millis / 1000 + self.config.ttl.as_secs();
        let claims = Claims { username: user.to_owned(), revision, exp };
        let internal = |error: &dyn std::fmt::Display| LoginError::Internal(error.to_string());
        match &*self.keys(now) {
            Keys::Library { algorithm, sign: Some(key), .. } => {
                encode(&Header::new(*algorithm), &claims, key).map_err(|error| internal(&error))
            }
            Keys::Es512 { sign: Some(key), .. } => es512::encode(&claims, key).map_err(|error| internal(&error)),
            Keys::Library { sign: None, .. } | Keys::Es512 { sign: None, .. } => Err(LoginError::VerifyOnly),
        }
    }
}

impl Current {
    fn complain(&mut self, error: String) {
        if self.complaint.as_ref() != Some(&error) {
            tracing::error!(%error, "the changed keys of signed tokens are unusable; the old ones stay");
            self.complaint = Some(error);
        }
    }
}

impl KeyTexts {
    fn read(config: &JwtConfig) -> Result<Self, String> {
        let read = |option: &str, path: &Option<PathBuf>| match path {
            Some(path) => file_changes::read(path).map(Some).map_err(|error| format!("{option}={}: {error}", path.display())),
            None => Ok(None),
        };
        Ok(Self { public: read("pub-key", &config.public_key)?, private: read("priv-key", &config.private_key)? })
    }
}

impl Keys {
    fn of(texts: &KeyTexts, config: &JwtConfig, method: Method) -> Result<Self, String> {
        // Keys for ES512 look like those of the other curves until their curve is asked for.
        let family = if let Method::Library(algorithm) = method { algorithm.family() } else { AlgorithmFamily::Ec };
        let wrong = |option: &str, path: &Option<PathBuf>, error: &dyn std::fmt::Display| match path {
            Some(path) => format!("{option}={}: {error}", path.display()),
            None => format!("{option}: {error}"),
        };
        let wrong_private = |error: &dyn std::fmt::Display| wrong("priv-key", &config.private_key, error);
        let wrong_public = |error: &dyn std::fmt::Display| wrong("pub-key", &config.public_key, error);
        let private = texts.private.as_deref().map(|text| match family {
            // Anybody could sign with the secret that a file without one holds.
            AlgorithmFamily::Hmac if text.trim_ascii().is_empty() => Err(wrong_private(&"there is no key in it")),
            AlgorithmFamily::Hmac => Ok(EncodingKey::from_secret(text)),
            AlgorithmFamily::Rsa => EncodingKey::from_rsa_pem(text).map_err(|error| wrong_private(&error)),
            AlgorithmFamily::Ec => signing::ec_private(text).map_err(|error| wrong_private(&error)),
            AlgorithmFamily::Ed => EncodingKey::from_ed_pem(text).map_err(|error| wrong_private(&error)),
        });
        // A secret has no public half.
        let public = texts.public.as_deref().filter(|_| family != AlgorithmFamily::Hmac).map(|text| {
            let read = match family {
                AlgorithmFamily::Rsa => DecodingKey::from_rsa_pem(text),
                AlgorithmFamily::Ec => DecodingKey::from_ec_pem(text),
                AlgorithmFamily::Ed | AlgorithmFamily::Hmac => DecodingKey::from_ed_pem(text),
            };
            read.map_err(|error| wrong_public(&error))
        });
        let (private, public) = (private.transpose()?, public.transpose()?);
        let keys = match method {
            Method::Library(algorithm) => {
                let wrong = |error| wrong_private(&format_args!("it is no key for {algorithm:?}: {error}"));
                let own = private.as_ref().map(|private| signing::public_of(algorithm, private).map_err(wrong)).transpose()?;
                let check = public.or(own).ok_or(NO_KEY)?;
                Self::Library { algorithm, sign: private, check }
            }
            Method::Es512 => {
                let wrong = "it is no key for ES512: not on the curve P-521";
                let of_private = |key: EncodingKey| PrivateKey::from_pkcs8(key.as_bytes()).ok_or_else(|| wrong_private(&wrong));
                let of_public = |key: DecodingKey| {
                    key.try_get_as_bytes().ok().and_then(PublicKey::from_point).ok_or_else(|| wrong_public(&wrong))
                };
                let (sign, public) = (private.map(of_private).transpose()?, public.map(of_public).transpose()?);
                let check = public.or_else(|| sign.as_ref().map(PrivateKey::public)).ok_or(NO_KEY)?;
                Self::Es512 { sign, check }
            }
        };
        if !keys.believe_themselves().map_err(|error| wrong_private(&error))? {
            return Err(wrong_public(&"it is not the public half of priv-key"));
        }
        Ok(keys)
    }

    /// Whether the one key, if it is there, signs what the other believes.
    fn believe_themselves(&self) -> Result<bool, jsonwebtoken::errors::Error> {
        const PROBE: &[u8] = b"probe";
        match self {
            Self::Library { algorithm, sign: Some(key), check } => {
                crypto::verify(&crypto::sign(PROBE, key, *algorithm)?, PROBE, check, *algorithm)
            }
            Self::Es512 { sign: Some(key), check } => Ok(check.has_signed_fixed(Digest::Sha512, PROBE, &key.sign_fixed(PROBE))),
            Self::Library { sign: None, .. } | Self::Es512 { sign: None, .. } => Ok(true),
        }
    }
}

#[cfg(test)]
mod tests;
