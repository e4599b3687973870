//! Signed tokens (RFC 7519): the user and the revision of users in a signed text that any holder of the key can check.
//!
//! The algorithm of a token must be the configured one, whatever its header says. Claims are etcd's: `username`, `revision`, `exp`. A
//! token of an older revision names its user still, and is refused as old where permission is asked for.
//!
//! Key files are looked at again at most once a second, when a token is made or checked, and read anew when they have changed. A new one
//! that is broken is reported, and the old key stays.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::{login::LoginError, signing};
use crate::core::{auth::Author, config::JwtConfig};

/// How often key files are looked at again.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// The keys of signed tokens.
pub struct JwtKeys {
    config: JwtConfig,
    algorithm: Algorithm,
    current: Mutex<Current>,
}

struct Current {
    keys: Arc<Keys>,
    files: Vec<Stamp>,
    looked: Option<Instant>,
}

struct Keys {
    /// `None` where tokens can only be checked.
    sign: Option<EncodingKey>,
    check: DecodingKey,
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
        let algorithm = config.sign_method.parse().map_err(|_| {
            format!(
                "sign-method={} is not known; choose one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, HS256, HS384, \
                 HS512 and EdDSA",
                config.sign_method
            )
        })?;
        let files = stamps(config);
        let keys = Arc::new(read_keys(config, algorithm)?);
        Ok(Self { config: config.clone(), algorithm, current: Mutex::new(Current { keys, files, looked: None }) })
    }

    fn keys(&self, now: Instant) -> Arc<Keys> {
        let mut current = self.current.lock();
        if current.looked.is_some_and(|looked| now < looked + LOOK_INTERVAL) {
            return Arc::clone(&current.keys);
        }
        current.looked = Some(now);
        let files = stamps(&self.config);
        if files != current.files {
            match read_keys(&self.config, self.algorithm) {
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
        let mut validation = Validation::new(self.algorithm);
        validation.required_spec_claims.clear();
        validation.leeway = 0;
        // One that ends in this second is over.
        validation.reject_tokens_expiring_in_less_than = 1;
        validation.validate_nbf = true;
        validation.validate_aud = false;
        let found = decode::<FoundClaims>(token, &self.keys(now).check, &validation);
        match found {
            Ok(found) => {
                let FoundClaims { username, revision } = found.claims;
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
        let keys = self.keys(now);
        let key = keys.sign.as_ref().ok_or(LoginError::VerifyOnly)?;
        let exp = now_millis / 1000 + self.config.ttl.as_secs();
        let claims = Claims { username: user.to_owned(), revision, exp };
        encode(&Header::new(self.algorithm), &claims, key).map_err(|error| LoginError::Internal(error.to_string()))
    }
}

fn stamps(config: &JwtConfig) -> Vec<Stamp> {
    let stamp = |path: &PathBuf| fs::metadata(path).and_then(|found| Ok((found.modified()?, found.len()))).ok();
    [&config.public_key, &config.private_key].into_iter().flatten().map(stamp).collect()
}

fn read_keys(config: &JwtConfig, algorithm: Algorithm) -> Result<Keys, String> {
    let read = |option: &'static str, path: &Path| {
        fs::read(path).map_err(|error: io::Error| format!("{option}={}: {error}", path.display()))
    };
    let family = algorithm.family();
    let sign = match &config.private_key {
        Some(path) => {
            let text = read("priv-key", path)?;
            let key = match family {
                AlgorithmFamily::Hmac => Ok(EncodingKey::from_secret(&text)),
                AlgorithmFamily::Rsa => EncodingKey::from_rsa_pem(&text),
                AlgorithmFamily::Ec => EncodingKey::from_ec_pem(&text),
                AlgorithmFamily::Ed => EncodingKey::from_ed_pem(&text),
            };
            Some(key.map_err(|error| format!("priv-key={}: {error}", path.display()))?)
        }
        None => None,
    };
    let check = match (&config.public_key, &sign) {
        (Some(path), _) if family != AlgorithmFamily::Hmac => {
            let text = read("pub-key", path)?;
            let key = match family {
                AlgorithmFamily::Rsa => DecodingKey::from_rsa_pem(&text),
                AlgorithmFamily::Ec => DecodingKey::from_ec_pem(&text),
                AlgorithmFamily::Ed | AlgorithmFamily::Hmac => DecodingKey::from_ed_pem(&text),
            };
            key.map_err(|error| format!("pub-key={}: {error}", path.display()))?
        }
        (_, Some(private)) => signing::public_of(algorithm, private)
            .map_err(|error| format!("priv-key: it is no key for {algorithm:?}: {error}"))?,
        (_, None) => return Err("neither pub-key nor priv-key is given".into()),
    };
    Ok(Keys { sign, check })
}

#[cfg(test)]
mod tests;
