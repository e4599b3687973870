//! Tokens that are signed with ES512: the one algorithm of etcd's that neither ring nor the library for tokens knows.
//!
//! Such a token is, as all are (RFC 7519), a header, the claims and a signature over both, each in base64url, with points between.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

use crate::core::elliptic::{Digest, PrivateKey, PublicKey};

/// What tokens and flags call the algorithm.
pub const NAME: &str = "ES512";

/// The first number of seconds that is no `u64`.
const SECS_END: f64 = u64::MAX as f64;

#[derive(Deserialize)]
struct FoundHeader {
    alg: String,
}

/// When a token is good, in seconds since 1970. Without a limit it has none.
#[derive(Deserialize)]
struct Times {
    #[serde(default, deserialize_with = "seconds")]
    exp: Option<f64>,
    #[serde(default, deserialize_with = "seconds")]
    nbf: Option<f64>,
}

/// A date that is there must be one, as for the other algorithms: a number of seconds, and not null.
fn seconds<'de, D: Deserializer<'de>>(date: D) -> Result<Option<f64>, D::Error> {
    let secs = f64::deserialize(date)?;
    if (0.0..SECS_END).contains(&secs) { Ok(Some(secs.round())) } else { Err(serde::de::Error::custom("it is no date")) }
}

/// A signed token.
///
/// # Errors
/// When the claims can't be written as JSON.
pub fn encode(claims: &impl Serialize, key: &PrivateKey) -> Result<String, serde_json::Error> {
    let header = serde_json::json!({"typ": "JWT", "alg": NAME}).to_string();
    let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(serde_json::to_vec(claims)?));
    let signature = BASE64.encode(key.sign_fixed(signed.as_bytes()));
    Ok(format!("{signed}.{signature}"))
}

/// The claims of a token that is by this key, and good at this time.
///
/// # Errors
/// Why it is refused, for the log.
pub fn decode<C: DeserializeOwned>(token: &str, key: &PublicKey, unix_secs: u64) -> Result<C, &'static str> {
    let (signed, signature) = token.rsplit_once('.').ok_or("it is no token")?;
    let (header, claims) = signed.split_once('.').ok_or("it is no token")?;
    let bytes = |part: &str| BASE64.decode(part).map_err(|_| "it is not in base64url");
    let FoundHeader { alg } = serde_json::from_slice(&bytes(header)?).map_err(|_| "its header is damaged")?;
    if alg != NAME {
        return Err("it is of another algorithm");
    }
    if !key.has_signed_fixed(Digest::Sha512, signed.as_bytes(), &bytes(signature)?) {
        return Err("its signature is wrong");
    }
    let claims = bytes(claims)?;
    let Times { exp, nbf } = serde_json::from_slice(&claims).map_err(|_| "its times are damaged")?;
    let now = unix_secs as f64;
    if exp.is_some_and(|exp| exp <= now) {
        return Err("it is over");
    }
    if nbf.is_some_and(|nbf| nbf > now) {
        return Err("its time has not come");
    }
    serde_json::from_slice(&claims).map_err(|_| "it lacks a claim")
}
