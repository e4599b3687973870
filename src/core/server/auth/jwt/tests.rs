//! Signed tokens of every algorithm, with keys made for these tests alone.

use std::{
    fs,
    io::Write,
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

use super::*;
use crate::core::{
    clock,
    file_changes::{STILL_FOR, STILL_WAIT_MAX},
};

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
    for odd in [serde_json::json!("never"), serde_json::Value::Null, serde_json::json!(1e30), serde_json::json!(-1)] {
        for date in ["exp", "nbf"] {
            let claims = serde_json::json!({"username": "alice", "revision": 3, date: odd});
            assert_eq!(keys.author_of(&encoded(claims), clock::now()), None, "{date}: {odd}");
        }
    }
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

/// Keys in files that change.
struct Changing {
    keys: JwtKeys,
    files: Vec<PathBuf>,
    began: Instant,
}

impl Changing {
    fn load(config: &JwtConfig) -> Self {
        let keys = JwtKeys::load(config).unwrap();
        let files = [&config.public_key, &config.private_key].into_iter().flatten().cloned().collect();
        Self { keys, files, began: clock::now() }
    }

    /// Looks at the files so long after the last write to one of them.
    fn look(&self, after: Duration) {
        self.look_when(self.began, after);
    }

    fn look_when(&self, now: Instant, after: Duration) {
        let written = |file: &PathBuf| fs::metadata(file).unwrap().modified().unwrap().duration_since(UNIX_EPOCH).unwrap();
        let written = self.files.iter().map(written).max().unwrap();
        let mut current = self.keys.current.lock();
        self.keys.refresh(&mut current, now, i64::try_from((written + after).as_millis()).unwrap());
        // No look but those that are asked for.
        current.looked = Some(self.began);
    }

    fn sign(&self) -> String {
        self.keys.sign("alice", 7, FAR_MILLIS, self.began).unwrap()
    }

    fn believes(&self, token: &str) -> bool {
        self.keys.author_of(token, self.began).is_some()
    }
}

#[test]
fn changed_keys_are_read_and_broken_ones_leave_the_old() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key.pem");
    fs::copy(testdata("p256.pem"), &file).unwrap();
    let keys = Changing::load(&JwtConfig { private_key: Some(file.clone()), ..config("ES256", None, None) });
    let old = keys.sign();
    fs::write(&file, "broken").unwrap();
    keys.look(STILL_FOR);
    assert!(keys.believes(&old), "a broken key leaves the old one");
    fs::copy(testdata("p256.other.pem"), &file).unwrap();
    keys.look(STILL_FOR);
    assert!(!keys.believes(&old), "a new key believes nothing of the old");
    assert!(keys.believes(&keys.sign()));
}

/// Whoever truncates a file before writing it, as a shell does, must not open the door for that long.
#[test]
fn an_empty_secret_is_nobodys() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret");
    let config = JwtConfig { private_key: Some(file.clone()), ..config("HS256", None, None) };
    let claims = Claims { username: "root".into(), revision: 1, exp: FAR_MILLIS / 1000 };
    for nothing in ["", "\n", " \r\n"] {
        fs::write(&file, nothing).unwrap();
        assert!(JwtKeys::load(&config).err().unwrap().contains("there is no key in it"), "{nothing:?}");
        fs::write(&file, "secret").unwrap();
        let keys = Changing::load(&config);
        let old = keys.sign();
        fs::write(&file, nothing).unwrap();
        keys.look(STILL_FOR);
        let forged = encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(nothing.as_bytes())).unwrap();
        assert!(!keys.believes(&forged) && keys.believes(&old), "{nothing:?}");
    }
}

/// Every beginning of a secret is one too.
#[test]
fn a_secret_that_is_written_in_pieces_is_taken_when_it_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret");
    fs::write(&file, "old").unwrap();
    let keys = Changing::load(&JwtConfig { private_key: Some(file.clone()), ..config("HS256", None, None) });
    let old = keys.sign();
    let mut writing = fs::File::create(&file).unwrap();
    for piece in ["a", "new", "secret"] {
        writing.write_all(piece.as_bytes()).unwrap();
        keys.look(STILL_FOR.saturating_sub(Duration::from_millis(1)));
        assert!(keys.believes(&old), "{piece}");
    }
    keys.look(STILL_FOR);
    assert!(!keys.believes(&old));
    let new = keys.sign();
    writing.write_all(b"s").unwrap();
    keys.look(Duration::ZERO);
    assert!(keys.believes(&new));
    keys.look_when(keys.began + STILL_WAIT_MAX, Duration::ZERO);
    assert!(!keys.believes(&new), "whoever never ends is not waited for without end");
}

#[test]
fn keys_that_do_not_belong_together_are_refused() {
    for (method, key) in ALL.into_iter().filter(|(method, _)| !method.starts_with("HS")) {
        let (private, own, other) = (format!("{key}.pem"), format!("{key}.pub.pem"), format!("{key}.other.pub.pem"));
        load(method, Some(&own), Some(&private));
        let error = JwtKeys::load(&config(method, Some(&other), Some(&private))).err();
        assert!(error.is_some_and(|error| error.contains("it is not the public half of priv-key")), "{method}");
    }
}

#[test]
fn a_pair_that_is_replaced_file_by_file_is_taken_when_both_are_there() {
    let dir = tempfile::tempdir().unwrap();
    let (public, private) = (dir.path().join("public.pem"), dir.path().join("private.pem"));
    fs::copy(testdata("p256.pub.pem"), &public).unwrap();
    fs::copy(testdata("p256.pem"), &private).unwrap();
    let (public_key, private_key) = (Some(public.clone()), Some(private.clone()));
    let keys = Changing::load(&JwtConfig { public_key, private_key, ..config("ES256", None, None) });
    let old = keys.sign();
    fs::copy(testdata("p256.other.pem"), &private).unwrap();
    keys.look(STILL_FOR);
    assert!(keys.believes(&old) && keys.believes(&keys.sign()), "the old pair stays");
    fs::copy(testdata("p256.other.pub.pem"), &public).unwrap();
    keys.look(STILL_FOR);
    assert!(!keys.believes(&old) && keys.believes(&keys.sign()));
}

#[test]
fn unusable_keys_are_named() {
    let error = |method: &str, public: Option<&str>, private: Option<&str>| {
        JwtKeys::load(&config(method, public, private)).err().unwrap()
    };
    assert!(error("ES512", None, Some("p256.pem")).ends_with("p256.pem: it is no key for ES512: not on the curve P-521"));
    assert!(error("ES512", Some("p256.pub.pem"), None).ends_with("p256.pub.pem: it is no key for ES512: not on the curve P-521"));
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
