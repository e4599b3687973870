//! Against signatures that others have made: openssl, and those of RFC 6979.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::*;

/// By `openssl dgst -sign`, over "message", with the key in `testdata` of signed tokens.
const BY_OPENSSL: [(Digest, &str); 3] = [
    (
        Digest::Sha256,
        "MIGIAkIB5xmkgaAr62D+lBjrAyfmqw36xD4MpsWhMtWUaPLhBtZCMHaeZ4kHw5+pK/73XsPqvSd79TBwIm+TrtXJsKw0r7sCQgHpx1WIWNmuk+6cHXEN7zzTJ3UX\
         7O93uiIvcIS7tDsnUefxbH7qW0AWIPF0yN/4GDKjxEuQ7spGp7f1PzSg+rAK8w==",
    ),
    (
        Digest::Sha384,
        "MIGIAkIAqJlp9LFUAzdRvl+DltPE9CgY838weFY6JfoRJtkZNHGiICBkEQmRb6OUlBSZLPc4hVpKi9Qrtt6JwjMphLbQo2ACQgCRAEgv6Vs3dRCYvjwTDu8wQkMQ\
         0I7Qmp3L9B62Pqez3tnmcW2w2u2MS4qx6Qf++tjtMwiEe9eqjgWNJZ6lq6xQrw==",
    ),
    (
        Digest::Sha512,
        "MIGIAkIBrHUWzB1VM1riGPEzLKb1Uva/42JtxzOo2TyeTZEiquwtrIc9HrOHj8zeP3G47hJRSHP9K/azPw2AX5+XmJZO/D0CQgE46ND0hSU8/xdeKNcFnzyD2/U+\
         3NHxWfskl5+yLNftq8yF9p7DvOmgkwgbi4DK8xi+XRzvAItjuMEA29SWWi4qeg==",
    ),
];

fn key(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/core/server/auth/jwt/testdata/").to_owned() + name;
    let sections = pem::parse_many(std::fs::read(path).unwrap()).unwrap();
    sections.into_iter().next_back().unwrap().into_contents()
}

#[test]
fn what_openssl_signs_is_believed_and_nothing_else() {
    let public = PrivateKey::from_pkcs8(&key("p521.pem")).unwrap().public();
    for (digest, signature) in BY_OPENSSL {
        let signature = BASE64_STANDARD.decode(signature).unwrap();
        assert!(public.has_signed_der(digest, b"message", &signature), "{digest:?}");
        assert!(!public.has_signed_der(digest, b"massage", &signature), "{digest:?}");
        for other in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
            assert_eq!(public.has_signed_der(other, b"message", &signature), other == digest);
        }
        for at in 0..signature.len() {
            let mut changed = signature.clone();
            changed[at] ^= 1;
            assert!(!public.has_signed_der(digest, b"message", &changed), "changed at {at}");
        }
    }
}

/// Source: RFC 6979, appendix A.2.7.
#[test]
fn signatures_are_those_of_the_standard() {
    let scalar = "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e9\
                  96b83538";
    let expected = "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec\
                    36e377fa00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc4399\
                    7f1ee0e44da4a67a";
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    let private = PrivateKey(Box::new(SigningKey::from_slice(&bytes(scalar)).unwrap()));
    assert_eq!(private.sign_fixed(b"sample"), bytes(expected));
    assert!(private.public().has_signed_fixed(Digest::Sha512, b"sample", &bytes(expected)));
    assert!(private.public().has_signed_der(Digest::Sha512, b"sample", &private.sign_der(b"sample")));
    assert!(!private.public().has_signed_fixed(Digest::Sha512, b"sample", &[0; 2 * SCALAR_BYTES]));
    assert!(!private.public().has_signed_fixed(Digest::Sha512, b"sample", &bytes(expected)[1..]));
}

#[test]
fn both_forms_of_a_key_are_one_key_and_those_of_other_curves_are_none() {
    let (pkcs8, sec1) = (key("p521.pem"), key("p521.sec1.pem"));
    let private = PrivateKey::from_pkcs8(&pkcs8).unwrap();
    assert_eq!(PrivateKey::from_sec1(&sec1).unwrap().public().point(), private.public().point());
    assert_eq!(PublicKey::from_point(&private.public().point()).unwrap().point(), private.public().point());
    let converted = PrivateKey::from_pkcs8(&pkcs8_of_sec1(&sec1).unwrap()).unwrap();
    assert_eq!(converted.public().point(), private.public().point());
    assert!(PrivateKey::from_pkcs8(&key("p256.pem")).is_none() && PrivateKey::from_sec1(&key("p256.sec1.pem")).is_none());
    assert!(PrivateKey::from_pkcs8(&key("rsa.pem")).is_none() && pkcs8_of_sec1(&pkcs8).is_none());
    assert!(pkcs8_of_sec1(&key("p256.sec1.pem")).is_some());
}

#[test]
fn whatever_is_given_as_a_key_or_a_signature_on_p521_is_one_or_refused() {
    let (pkcs8, sec1) = (key("p521.pem"), key("p521.sec1.pem"));
    let private = PrivateKey::from_pkcs8(&pkcs8).unwrap();
    let public = private.public();
    crate::mangle::survives(&[pkcs8, sec1], |der| {
        drop((PrivateKey::from_pkcs8(der), PrivateKey::from_sec1(der), pkcs8_of_sec1(der)));
    });
    crate::mangle::survives(&[public.point()], |point| {
        assert!(PublicKey::from_point(point).is_none_or(|key| PublicKey::from_point(&key.point()).is_some()));
    });
    let (der, fixed) = (private.sign_der(b"message"), private.sign_fixed(b"message"));
    let forged = |signature: &[u8]| signature != der && signature != fixed;
    crate::mangle::survives_some(100, &[der.clone(), fixed.clone()], |signature| {
        let believed = public.has_signed_der(Digest::Sha512, b"message", signature)
            || public.has_signed_fixed(Digest::Sha512, b"message", signature);
        assert!(!(believed && forged(signature)), "{signature:02x?}");
    });
}
