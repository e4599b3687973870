//! Signed tokens of every algorithm, with keys made for these tests alone.

use std::{fs, time::Duration};

use super::*;
use crate::core::clock;

const FAR_MILLIS: u64 = 4_000_000_000_000;

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core/server/auth/jwt/testdata").join(name)
}

fn config(method: &str, public: Option<&str>, private: Option<&str>) -> JwtConfig {
    JwtConfig {
        sign_method: method.into(),
        public_key: public.map(testdata),
        private_key: private.map(testdata),
        ttl: Duration::from_secs(300),
    }
}

fn load(method: &str, public: Option<&str>, private: Option<&str>) -> JwtKeys {
    JwtKeys::load(&config(method, public, private)).unwrap_or_else(|error| panic!("{method}: {error}"))
}

const ALL: [(&str, &str); 13] = [
    ("RS256", "rsa"),
    ("RS384", "rsa"),
    ("RS512", "rsa"),
    ("PS256", "rsa"),
    ("PS384", "rsa"),
    ("PS512", "rsa"),
    ("ES256", "p256"),
    ("ES384", "p384"),
    ("ES512", "p521"),
    ("EdDSA", "ed25519"),
    // Any file is a secret.
    ("HS256", "rsa"),
    ("HS384", "rsa"),
    ("HS512", "rsa"),
];

#[test]
fn every_algorithm_signs_what_itself_and_its_public_key_alone_believe() {
    for (method, key) in ALL {
        let private = load(method, None, Some(&format!("{key}.pem")));
        let token = private.sign("alice", 7, FAR_MILLIS, clock::now()).unwrap();
        let author = Some(Author { user: "alice".into(), revision: 7 });
        assert_eq!(private.author_of(&token, clock::now()), author, "{method}");
        if !method.starts_with("HS") {
            let public = load(method, Some(&format!("{key}.pub.pem")), None);
            assert_eq!(public.author_of(&token, clock::now()), author, "{method}");
            assert_eq!(public.sign("alice", 7, FAR_MILLIS, clock::now()), Err(LoginError::VerifyOnly), "{method}");
        }
    }
    load("RS256", None, Some("rsa.pkcs1.pem"));
}

/// "EC PRIVATE KEY", which Go's library reads too, with the block of parameters that it may follow.
#[test]
fn private_keys_as_openssl_writes_them_are_read() {
    for (method, key) in [("ES256", "p256"), ("ES512", "p521")] {
        let token = load(method, None, Some(&format!("{key}.sec1.pem"))).sign("alice", 7, FAR_MILLIS, clock::now()).unwrap();
        let public = load(method, Some(&format!("{key}.pub.pem")), None);
        assert!(public.author_of(&token, clock::now()).is_some(), "{method}");
    }
}

#[test]
fn a_token_of_another_algorithm_is_refused_whatever_its_header_says() {
    let tokens: Vec<_> = ALL
        .iter()
        .map(|(method, key)| {
            let keys = load(method, None, Some(&format!("{key}.pem")));
            (*method, keys.sign("alice", 7, FAR_MILLIS, clock::now()).unwrap())
        })
        .collect();
    for (method, key) in ALL {
        let keys = load(method, None, Some(&format!("{key}.pem")));
        for (other, token) in &tokens {
            assert_eq!(keys.author_of(token, clock::now()).is_some(), method == *other, "{other} where {method} is wanted");
        }
    }
    // The public key as the secret of a token that names HS256: the classic.
    let public = fs::read(testdata("rsa.pub.pem")).unwrap();
    signing::install();
    let claims = Claims { username: "root".into(), revision: 1, exp: FAR_MILLIS / 1000 };
    let forged = encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(&public)).unwrap();
    assert_eq!(load("RS256", Some("rsa.pub.pem"), None).author_of(&forged, clock::now()), None);
    // No signature at all.
    let (_, body) = forged.split_once('.').unwrap();
    let (body, _) = body.split_once('.').unwrap();
    let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.");
    assert_eq!(load("RS256", Some("rsa.pub.pem"), None).author_of(&none, clock::now()), None);
}

#[test]
fn a_token_that_is_over_changed_or_without_its_claims_is_refused() {
    for (method, key) in [("ES256", "p256.pem"), ("ES512", "p521.pem")] {
        refuses_what_is_not_good(&load(method, None, Some(key)));
    }
}

fn refuses_what_is_not_good(keys: &JwtKeys) {
    let over = keys.sign("alice", 7, 1000, clock::now()).unwrap();
    assert_eq!(keys.author_of(&over, clock::now()), None);
    // At the very second of its end too, and not only after it.
    let ends_now = keys.sign("alice", 7, clock::unix_millis() - 300_000, clock::now()).unwrap();
    assert_eq!(keys.author_of(&ends_now, clock::now()), None);
    let token = keys.sign("alice", 7, FAR_MILLIS, clock::now()).unwrap();
    for at in [10, token.len() / 2, token.len() - 2] {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(keys.author_of(&String::from_utf8(changed).unwrap(), clock::now()), None, "at {at}");
    }
    for wrong in ["", "a.b.c", "..", &token[..token.len() - 1]] {
        assert_eq!(keys.author_of(wrong, clock::now()), None, "{wrong}");
    }
    let encoded = |claims: serde_json::Value| match &*keys.keys(clock::now()) {
        Keys::Library { algorithm, sign, .. } => encode(&Header::new(*algorithm), &claims, sign.as_ref().unwrap()).unwrap(),
        Keys::Es512 { sign, .. } => es512::encode(&claims, sign.as_ref().unwrap()).unwrap(),
    };
    assert_eq!(keys.author_of(&encoded(serde_json::json!({"username": "alice"})), clock::now()), None);
    assert_eq!(keys.author_of(&encoded(serde_json::json!({"revision": 3})), clock::now()), None);
    let early = serde_json::json!({"username": "alice", "revision": 3, "nbf": FAR_MILLIS / 1000});
    assert_eq!(keys.author_of(&encoded(early), clock::now()), None);
    let odd = serde_json::json!({"username": "alice", "revision": 3, "exp": "never"});
    assert_eq!(keys.author_of(&encoded(odd), clock::now()), None);
    let point = encoded(serde_json::json!({"username": "alice", "revision": 3.0}));
    assert_eq!(keys.author_of(&point, clock::now()), Some(Author { user: "alice".into(), revision: 3 }), "as in etcd");
    for revision in [serde_json::json!(-1), serde_json::json!(1e30), serde_json::json!("3"), serde_json::Value::Null] {
        let wrong = encoded(serde_json::json!({"username": "alice", "revision": revision}));
        assert_eq!(keys.author_of(&wrong, clock::now()), None);
    }
    assert_eq!(keys.author_of(&encoded(serde_json::json!({"username": "", "revision": 3})), clock::now()), None);
    let endless = encoded(serde_json::json!({"username": "alice", "revision": 3}));
    assert!(keys.author_of(&endless, clock::now()).is_some(), "whoever else signs may leave the end out");
}

#[test]
fn changed_keys_are_read_and_broken_ones_leave_the_old() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key.pem");
    fs::copy(testdata("p256.pem"), &file).unwrap();
    let config = JwtConfig { private_key: Some(file.clone()), ..config("ES256", None, None) };
    let (keys, began) = (JwtKeys::load(&config).unwrap(), clock::now());
    let old = keys.sign("alice", 7, FAR_MILLIS, began).unwrap();
    assert!(keys.author_of(&old, began).is_some());
    fs::write(&file, "broken").unwrap();
    assert!(keys.author_of(&old, began + LOOK_INTERVAL).is_some(), "a broken key leaves the old one");
    let generated = ring::signature::EcdsaKeyPair::generate_pkcs8(
        &ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        &ring::rand::SystemRandom::new(),
    )
    .unwrap();
    use base64::{Engine, prelude::BASE64_STANDARD};
    let text = BASE64_STANDARD.encode(generated.as_ref());
    fs::write(&file, format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")).unwrap();
    let later = began + LOOK_INTERVAL * 2;
    assert!(keys.author_of(&old, later).is_none(), "a new key believes nothing of the old");
    let new = keys.sign("alice", 7, FAR_MILLIS, later).unwrap();
    assert!(keys.author_of(&new, later).is_some());
}

#[test]
fn unusable_keys_are_named() {
    let error = |method: &str, public: Option<&str>, private: Option<&str>| {
        JwtKeys::load(&config(method, public, private)).err().unwrap()
    };
    assert!(error("ES512", None, Some("p256.pem")).contains("priv-key: it is no key for ES512"));
    assert!(error("ES512", Some("p256.pub.pem"), None).contains("pub-key: it is no key for ES512"));
    assert!(error("ES256", None, Some("p521.pem")).contains("priv-key"));
    assert!(error("ES3072", None, Some("p256.pem")).contains("sign-method=ES3072 is not known"));
    assert!(error("none", None, Some("p256.pem")).contains("is not known"));
    assert!(error("RS256", None, Some("nosuch.pem")).contains("priv-key="));
    assert!(error("RS256", None, Some("p256.pem")).contains("priv-key="));
    assert!(error("ES384", None, Some("p256.pem")).contains("priv-key"));
    assert!(error("ES256", Some("rsa.pub.pem"), None).contains("pub-key="));
    assert!(error("HS256", Some("rsa.pub.pem"), None).contains("neither"));
}

#[test]
fn whatever_is_shown_as_a_token_names_nobody_unless_it_was_signed() {
    for (method, key) in [("HS256", "rsa"), ("ES256", "p256"), ("ES512", "p521"), ("EdDSA", "ed25519")] {
        let keys = load(method, None, Some(&format!("{key}.pem")));
        let good = keys.sign("alice", 7, FAR_MILLIS, clock::now()).unwrap();
        let alice = Author { user: "alice".into(), revision: 7 };
        crate::mangle::survives_text(&[&good], |token| {
            let author = keys.author_of(token, clock::now());
            assert!(author.is_none_or(|author| author == alice), "{token}");
        });
    }
}
