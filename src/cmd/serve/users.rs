//! The flags about users: their tokens, their passwords, and the log of what they change.

use std::{path::PathBuf, time::Duration};

use thiserror::Error;

use super::{duration, settings::Settings};
use crate::core::config::{AuditTarget, AuthConfig, JwtConfig, TokenConfig};

/// Costs that bcrypt knows. Others mean the default. Source: etcd.
const BCRYPT_COSTS: std::ops::RangeInclusive<i128> = 4..=31;
/// How long a signed token is valid if nothing is said. Source: etcd.
const JWT_TTL: Duration = Duration::from_secs(300);

/// A mistake among these flags.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UserFlagError {
    #[error("--auth-token={0:?} is none of simple and jwt,OPTION=VALUE,...")]
    Kind(String),
    #[error("--auth-token: {0:?} is no OPTION=VALUE; the options are sign-method, pub-key, priv-key and ttl, each once")]
    Option(String),
    #[error("--auth-token: jwt needs {0}")]
    Missing(&'static str),
    #[error("--auth-token: ttl={0} is no duration such as 10m above 0")]
    Ttl(String),
}

/// Everything about users.
pub fn auth_config(settings: &Settings, warnings: &mut Vec<String>) -> Result<AuthConfig, UserFlagError> {
    let default = AuthConfig::default();
    let cost = settings.number("bcrypt-cost");
    let bcrypt_cost = if BCRYPT_COSTS.contains(&cost) {
        u32::try_from(cost).expect("between 4 and 31")
    } else {
        warnings.push(format!("--bcrypt-cost={cost} is not between 4 and 31; it is {} then", default.bcrypt_cost));
        default.bcrypt_cost
    };
    Ok(AuthConfig {
        tokens: tokens(&settings.text("auth-token"), warnings)?,
        token_ttl: match u64::try_from(settings.number("auth-token-ttl")).unwrap_or(u64::MAX) {
            0 => default.token_ttl,
            secs => Duration::from_secs(secs),
        },
        bcrypt_cost,
        certificates_name_users: settings.bool("client-cert-auth"),
        audit: match settings.text("audit-log").as_str() {
            "" => None,
            "stderr" => Some(AuditTarget::Stderr),
            path => Some(AuditTarget::File(path.into())),
        },
    })
}

fn tokens(text: &str, warnings: &mut Vec<String>) -> Result<TokenConfig, UserFlagError> {
    let mut parts = text.split(',');
    match parts.next() {
        Some("") | None => Ok(TokenConfig::None),
        // As in etcd, options of simple tokens are not looked at.
        Some("simple") => Ok(TokenConfig::Simple),
        Some("jwt") => jwt(parts, warnings).map(TokenConfig::Jwt),
        Some(_) => Err(UserFlagError::Kind(text.to_owned())),
    }
}

fn jwt<'a>(options: impl Iterator<Item = &'a str>, warnings: &mut Vec<String>) -> Result<JwtConfig, UserFlagError> {
    let (mut sign_method, mut public_key, mut private_key, mut ttl) = (None, None, None, None);
    for option in options {
        let wrong = || UserFlagError::Option(option.to_owned());
        let (name, value) = option.split_once('=').filter(|(_, value)| !value.is_empty()).ok_or_else(wrong)?;
        let slot = match name {
            "sign-method" => &mut sign_method,
            "pub-key" => &mut public_key,
            "priv-key" => &mut private_key,
            "ttl" => &mut ttl,
            // As etcd does.
            _ => {
                warnings.push(format!("--auth-token: there is no option {name}; it has no effect"));
                continue;
            }
        };
        if slot.replace(value).is_some() {
            return Err(wrong());
        }
    }
    if public_key.is_none() && private_key.is_none() {
        return Err(UserFlagError::Missing("pub-key or priv-key"));
    }
    let ttl = match ttl {
        None => JWT_TTL,
        Some(text) => match duration::parse(text) {
            Some(nanos) if nanos > 0 => duration::to_std(nanos),
            _ => return Err(UserFlagError::Ttl(text.to_owned())),
        },
    };
    Ok(JwtConfig {
        sign_method: sign_method.ok_or(UserFlagError::Missing("sign-method"))?.to_owned(),
        public_key: public_key.map(PathBuf::from),
        private_key: private_key.map(PathBuf::from),
        ttl,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_simple_signed_or_none() {
        let read = |text| tokens(text, &mut Vec::new());
        assert_eq!(read(""), Ok(TokenConfig::None));
        assert_eq!(read("simple"), Ok(TokenConfig::Simple));
        let config = read("jwt,pub-key=a.pem,sign-method=RS256,priv-key=b.pem,ttl=10m").unwrap();
        let TokenConfig::Jwt(jwt) = config else { panic!("{config:?}") };
        assert_eq!((jwt.sign_method.as_str(), jwt.ttl), ("RS256", Duration::from_secs(600)));
        assert_eq!((jwt.public_key.unwrap(), jwt.private_key.unwrap()), ("a.pem".into(), "b.pem".into()));
        let TokenConfig::Jwt(jwt) = read("jwt,priv-key=a,sign-method=HS256").unwrap() else { panic!("no signed token") };
        assert_eq!(jwt.ttl, JWT_TTL);
    }

    #[test]
    fn an_option_that_there_is_not_is_warned_of() {
        let mut warnings = Vec::new();
        assert!(tokens("jwt,priv-key=a,kid=b,sign-method=HS256", &mut warnings).is_ok());
        assert_eq!(warnings, ["--auth-token: there is no option kid; it has no effect"]);
    }

    #[test]
    fn mistakes_in_tokens_are_named() {
        for (text, error) in [
            ("other", UserFlagError::Kind("other".into())),
            ("jwt", UserFlagError::Missing("pub-key or priv-key")),
            ("jwt,pub-key=a", UserFlagError::Missing("sign-method")),
            ("jwt,pub-key", UserFlagError::Option("pub-key".into())),
            ("jwt,pub-key=a,pub-key=b,sign-method=RS256", UserFlagError::Option("pub-key=b".into())),
            ("jwt,key=a", UserFlagError::Missing("pub-key or priv-key")),
            ("jwt,pub-key=a,sign-method=RS256,ttl=0s", UserFlagError::Ttl("0s".into())),
        ] {
            assert_eq!(tokens(text, &mut Vec::new()), Err(error), "{text}");
        }
    }
}
