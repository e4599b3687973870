//! TLS versions and cipher suites, under the names that etcd's flags have for them, which are Go's.

use std::sync::Arc;

use rustls::{CipherSuite, SupportedProtocolVersion, crypto::CryptoProvider, version};

use super::{TlsError, provider};

/// A version of TLS that can be spoken. Older ones are unsound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    #[default]
    Tls12,
    Tls13,
}

/// What a handshake may agree on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protocols {
    pub min: TlsVersion,
    /// `None`: the newest one.
    pub max: Option<TlsVersion>,
    /// By name; empty means all. They concern TLS 1.2 alone, as in Go.
    pub cipher_suites: Vec<String>,
}

/// Suites of TLS 1.2 that are supported.
const SUPPORTED: &[(&str, CipherSuite)] = &[
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
    ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
    // Go's older names.
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
];

/// Names that etcd takes and that choose nothing here: suites of TLS 1.3 are always on, the rest is unsound.
const WITHOUT_EFFECT: &[&str] = &[
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
];

impl Protocols {
    /// Checks the choice, and answers the chosen suites that are known but have no effect.
    ///
    /// # Errors
    /// When versions cross, a suite is unknown, or none is left.
    pub fn check(&self) -> Result<Vec<String>, TlsError> {
        if self.max.is_some_and(|max| max < self.min) {
            return Err(TlsError::VersionsCross);
        }
        if self.cipher_suites.is_empty() {
            return Ok(Vec::new());
        }
        if self.min == TlsVersion::Tls13 {
            return Err(TlsError::CipherSuitesOfTls13);
        }
        let is_supported = |name: &str| SUPPORTED.iter().any(|(supported, _)| *supported == name);
        if let Some(name) = self.cipher_suites.iter().find(|name| !is_supported(name) && !WITHOUT_EFFECT.contains(&name.as_str()))
        {
            let known = SUPPORTED.iter().map(|(name, _)| *name).chain(WITHOUT_EFFECT.iter().copied());
            return Err(TlsError::UnknownCipherSuite { name: name.clone(), known: known.collect::<Vec<_>>().join(", ") });
        }
        let (chosen, idle): (Vec<_>, Vec<_>) = self.cipher_suites.iter().cloned().partition(|name| is_supported(name));
        // Those of TLS 1.3 still serve, unless that version is off.
        if chosen.is_empty() && self.max == Some(TlsVersion::Tls12) {
            let supported = SUPPORTED.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            return Err(TlsError::NoCipherSuite { given: idle.join(", "), supported });
        }
        Ok(idle.into_iter().filter(|name| !name.starts_with("TLS_AES_") && !name.starts_with("TLS_CHACHA20_")).collect())
    }

    /// The suites, as rustls takes them.
    pub(super) fn provider(&self) -> Arc<CryptoProvider> {
        let mut provider = provider::provider();
        if !self.cipher_suites.is_empty() {
            let chosen: Vec<CipherSuite> = SUPPORTED
                .iter()
                .filter(|(name, _)| self.cipher_suites.iter().any(|given| given == name))
                .map(|(_, id)| *id)
                .collect();
            provider.cipher_suites.retain(|suite| suite.tls13().is_some() || chosen.contains(&suite.suite()));
        }
        Arc::new(provider)
    }

    /// The versions, as rustls takes them.
    pub(super) fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        let max = self.max.unwrap_or(TlsVersion::Tls13);
        [(TlsVersion::Tls13, &version::TLS13), (TlsVersion::Tls12, &version::TLS12)]
            .into_iter()
            .filter(|(version, _)| (self.min..=max).contains(version))
            .map(|(_, supported)| supported)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protocols(min: TlsVersion, max: Option<TlsVersion>, suites: &[&str]) -> Protocols {
        Protocols { min, max, cipher_suites: suites.iter().map(|&name| name.to_owned()).collect() }
    }

    #[test]
    fn all_versions_and_suites_are_allowed_unless_told_otherwise() {
        let all = Protocols::default();
        assert!(all.check().unwrap().is_empty());
        assert_eq!(all.versions().len(), 2);
        assert_eq!(all.provider().cipher_suites.len(), rustls::crypto::ring::default_provider().cipher_suites.len());
        assert_eq!(protocols(TlsVersion::Tls13, None, &[]).versions(), [&version::TLS13]);
        assert_eq!(protocols(TlsVersion::Tls12, Some(TlsVersion::Tls12), &[]).versions(), [&version::TLS12]);
    }

    #[test]
    fn chosen_suites_leave_those_of_tls_1_3_alone() {
        let one = protocols(TlsVersion::Tls12, None, &["TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305"]);
        assert!(one.check().unwrap().is_empty());
        let suites: Vec<_> =
            one.provider().cipher_suites.iter().filter(|suite| suite.tls13().is_none()).map(|s| s.suite()).collect();
        assert_eq!(suites, [CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256]);
        assert_eq!(one.provider().cipher_suites.iter().filter(|suite| suite.tls13().is_some()).count(), 3);
    }

    #[test]
    fn what_cannot_be_chosen_is_refused_with_the_reason() {
        let text = |protocols: Protocols| protocols.check().unwrap_err().to_string();
        assert!(
            text(protocols(TlsVersion::Tls12, None, &["TLS_MADE_UP"])).contains("there is no TLS cipher suite \"TLS_MADE_UP\"")
        );
        assert!(text(protocols(TlsVersion::Tls13, None, &["TLS_AES_128_GCM_SHA256"])).contains("only TLS 1.3 is allowed"));
        let weak = protocols(TlsVersion::Tls12, Some(TlsVersion::Tls12), &["TLS_RSA_WITH_AES_128_CBC_SHA"]);
        assert!(text(weak).contains("none of the TLS cipher suites TLS_RSA_WITH_AES_128_CBC_SHA is supported"));
        assert!(text(protocols(TlsVersion::Tls13, Some(TlsVersion::Tls12), &[])).contains("above the highest"));
    }

    #[test]
    fn weak_suites_beside_sound_ones_are_named_and_left_out() {
        let both = protocols(
            TlsVersion::Tls12,
            None,
            &["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_RC4_128_SHA", "TLS_AES_128_GCM_SHA256"],
        );
        assert_eq!(both.check().unwrap(), ["TLS_RSA_WITH_RC4_128_SHA"]);
    }
}
