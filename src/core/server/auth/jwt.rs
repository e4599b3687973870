//! Signed tokens (RFC 7519): the user and the revision of users in a signed text that any holder of the key can check.
//!
//! The algorithm of a token must be the configured one, whatever its header says. Claims are etcd's: `username`, `revision`, `exp`. A
//! token of an older revision names its user still, and is refused as old where permission is asked for.
//!
//! Key files are looked at again at most once a second, when a token is made or checked, and read anew when they have changed. A new one
//! that is broken is reported, and the old key stays.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::{es512, login::LoginError, signing};
use crate::core::{
    auth::Author,
    clock,
    config::JwtConfig,
    elliptic::{PrivateKey, PublicKey},
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
    files: Vec<Stamp>,
    looked: Option<Instant>,
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

/// What tells a file from its next version.
type Stamp = Option<(SystemTime, u64)>;

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
        let files = stamps(config);
        let keys = Arc::new(read_keys(config, method)?);
        Ok(Self { config: config.clone(), method, current: Mutex::new(Current { keys, files, looked: None }) })
    }

    fn keys(&self, now: Instant) -> Arc<Keys> {
        let mut current = self.current.lock();
        if current.looked.is_some_and(|looked| now < looked + LOOK_INTERVAL) {
            return Arc::clone(&current.keys);
        }
        current.looked = Some(now);
        let files = stamps(&self.config);
        if files != current.files {
            match read_keys(&self.config, self.method) {
                Ok(keys) => {
                    tracing::info!("read the changed keys of signed tokens");
                    current.keys = Arc::new(keys);
                }
                Err(error) => tracing::error!(%error, "the changed keys of signed tokens are unusable; the old ones stay"),
            }
            current.files = files;
        }
        Arc::clone(&current.keys)
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

fn stamps(config: &JwtConfig) -> Vec<Stamp> {
    let stamp = |path: &PathBuf| fs::metadata(path).and_then(|found| Ok((found.modified()?, found.len()))).ok();
    [&config.public_key, &config.private_key].into_iter().flatten().map(stamp).collect()
}

fn read_keys(config: &JwtConfig, method: Method) -> Result<Keys, String> {
    // Keys for ES512 look like those of the other curves until their curve is asked for.
    let family = if let Method::Library(algorithm) = method { algorithm.family() } else { AlgorithmFamily::Ec };
    let sign = match &config.private_key {
        Some(path) => Some(read_key("priv-key", path, |text| match family {
            AlgorithmFamily::Hmac => Ok(EncodingKey::from_secret(text)),
            AlgorithmFamily::Rsa => EncodingKey::from_rsa_pem(text),
            AlgorithmFamily::Ec => signing::ec_private(text),
            AlgorithmFamily::Ed => EncodingKey::from_ed_pem(text),
        })?),
        None => None,
    };
    let check = match &config.public_key {
        // A secret has no public half.
        Some(path) if family != AlgorithmFamily::Hmac => Some(read_key("pub-key", path, |text| match family {
            AlgorithmFamily::Rsa => DecodingKey::from_rsa_pem(text),
            AlgorithmFamily::Ec => DecodingKey::from_ec_pem(text),
            AlgorithmFamily::Ed | AlgorithmFamily::Hmac => DecodingKey::from_ed_pem(text),
        })?),
        _ => None,
    };
    if sign.is_none() && check.is_none() {
        return Err("neither pub-key nor priv-key is given".into());
    }
    match method {
        Method::Library(algorithm) => {
            let public_of = |private| {
                signing::public_of(algorithm, private)
                    .map_err(|error| format!("priv-key: it is no key for {algorithm:?}: {error}"))
            };
            let check = check.map_or_else(|| sign.as_ref().map(public_of).transpose(), |check| Ok(Some(check)))?;
            let check = check.ok_or("neither pub-key nor priv-key is given")?;
            Ok(Keys::Library { algorithm, sign, check })
        }
        Method::Es512 => {
            let sign = match sign {
                Some(key) => Some(
                    PrivateKey::from_pkcs8(key.as_bytes()).ok_or("priv-key: it is no key for ES512: not on the curve P-521")?,
                ),
                None => None,
            };
            let check = match check {
                Some(key) => key.try_get_as_bytes().ok().and_then(PublicKey::from_point),
                None => sign.as_ref().map(PrivateKey::public),
            };
            Ok(Keys::Es512 { sign, check: check.ok_or("pub-key: it is no key for ES512: not on the curve P-521")? })
        }
    }
}

fn read_key<K>(
    option: &'static str,
    path: &Path,
    read: impl FnOnce(&[u8]) -> Result<K, jsonwebtoken::errors::Error>,
) -> Result<K, String> {
    let text = fs::read(path).map_err(|error| format!("{option}={}: {error}", path.display()))?;
    read(&text).map_err(|error| format!("{option}={}: {error}", path.display()))
}

#[cfg(test)]
mod tests;
