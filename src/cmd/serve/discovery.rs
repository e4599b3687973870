//! The flags that say how a new member finds the others: at most one way, and each way whole.

use std::time::Duration;

use thiserror::Error;

use super::{
    duration,
    settings::Settings,
    tls::{self, TlsFlagError},
};
use crate::{
    cmd::name_server::{NameServerError, name_server},
    core::{
        config::{ClusterSource, ServiceDiscovery, SrvDiscovery, UserPassword},
        discovery::registry,
    },
};

/// A mistake among these flags.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DiscoveryFlagError {
    #[error("--{first} and --{second} both say who the members are; give one of them")]
    TwoWays { first: &'static str, second: &'static str },
    #[error("--{given} needs --{missing} too")]
    Half { given: &'static str, missing: &'static str },
    #[error("--discovery-token={0:?} can't be a part of a key; choose letters, digits and dashes")]
    Token(String),
    #[error("--discovery-endpoints: {0:?} is not an address such as 127.0.0.1:2379 or http://127.0.0.1:2379")]
    Endpoint(String),
    #[error(transparent)]
    Tls(#[from] TlsFlagError),
    #[error("--{0} must be greater than 0")]
    NotPositive(&'static str),
    #[error(transparent)]
    NameServer(#[from] NameServerError),
}

/// Where the members are to be found.
pub fn cluster_source(settings: &Settings) -> Result<ClusterSource, DiscoveryFlagError> {
    let (domain, service_name) = (settings.text("discovery-srv"), settings.text("discovery-srv-name"));
    let (token, endpoints) = (settings.text("discovery-token"), settings.list("discovery-endpoints"));
    let ways = [
        ("initial-cluster", settings.source("initial-cluster").is_some() && !settings.text("initial-cluster").is_empty()),
        ("discovery-srv", !domain.is_empty()),
        ("discovery-endpoints", !endpoints.is_empty()),
    ];
    let by_default =
        settings.text("initial-cluster") == super::table::find("initial-cluster").expect("it is in the table").default;
    let mut given =
        ways.iter().filter(|(name, given)| *given && !(*name == "initial-cluster" && by_default)).map(|(name, _)| *name);
    if let (Some(first), Some(second)) = (given.next(), given.next()) {
        return Err(DiscoveryFlagError::TwoWays { first, second });
    }
    match (token.is_empty(), endpoints.is_empty()) {
        (false, true) => return Err(half("discovery-token", "discovery-endpoints")),
        (true, false) => return Err(half("discovery-endpoints", "discovery-token")),
        (false, false) => return service(settings, token, &endpoints).map(ClusterSource::Service),
        (true, true) => {}
    }
    if !domain.is_empty() {
        return Ok(ClusterSource::Srv(SrvDiscovery { domain, service_name, name_server: name_server()? }));
    }
    if service_name.is_empty() { Ok(ClusterSource::Listed) } else { Err(half("discovery-srv-name", "discovery-srv")) }
}

fn half(given: &'static str, missing: &'static str) -> DiscoveryFlagError {
    DiscoveryFlagError::Half { given, missing }
}

fn service(settings: &Settings, token: String, endpoints: &[String]) -> Result<ServiceDiscovery, DiscoveryFlagError> {
    if !registry::is_token(&token) {
        return Err(DiscoveryFlagError::Token(token));
    }
    let positive = |flag: &'static str| match duration::to_std(settings.duration(flag)) {
        Duration::ZERO => Err(DiscoveryFlagError::NotPositive(flag)),
        limit => Ok(limit),
    };
    let by_default = tls::discovery_by_default(settings);
    Ok(ServiceDiscovery {
        token,
        endpoints: endpoints.iter().map(|endpoint| endpoint_url(endpoint, by_default)).collect::<Result<_, _>>()?,
        tls: tls::discovery(settings)?,
        dial_timeout: positive("discovery-dial-timeout")?,
        request_timeout: positive("discovery-request-timeout")?,
        keepalive_time: positive("discovery-keepalive-time")?,
        keepalive_timeout: positive("discovery-keepalive-timeout")?,
        user: user(settings)?,
    })
}

fn user(settings: &Settings) -> Result<Option<UserPassword>, DiscoveryFlagError> {
    let (name, password) = (settings.text("discovery-user"), settings.text("discovery-password"));
    match (name.is_empty(), password.is_empty()) {
        (true, true) => Ok(None),
        (false, false) => Ok(Some(UserPassword { name, password })),
        (false, true) => Err(half("discovery-user", "discovery-password")),
        (true, false) => Err(half("discovery-password", "discovery-user")),
    }
}

/// The URL of an endpoint; one without a scheme gets that with TLS if `by_default`.
fn endpoint_url(endpoint: &str, by_default: bool) -> Result<String, DiscoveryFlagError> {
    let refused = || DiscoveryFlagError::Endpoint(endpoint.to_owned());
    if endpoint.starts_with("unix:") || endpoint.starts_with("unixs:") {
        return Ok(endpoint.to_owned());
    }
    let (scheme, host) = match endpoint.split_once("://") {
        Some((scheme @ ("http" | "https"), host)) => (scheme, host),
        Some(_) => return Err(refused()),
        None => (if by_default { "https" } else { "http" }, endpoint),
    };
    let host = host.trim_end_matches('/');
    let has_port = host.rsplit_once(':').is_some_and(|(name, port)| !name.is_empty() && port.parse::<u16>().is_ok());
    if !has_port || host.contains(['/', ' ', '@']) {
        return Err(refused());
    }
    Ok(format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn source(args: &[&str]) -> Result<ClusterSource, DiscoveryFlagError> {
        cluster_source(&Settings::from_args(args.iter().map(OsString::from).collect()).unwrap().0)
    }

    fn refusal(args: &[&str]) -> String {
        source(args).unwrap_err().to_string()
    }

    #[test]
    fn members_are_listed_unless_a_flag_says_otherwise() {
        assert_eq!(source(&[]).unwrap(), ClusterSource::Listed);
        assert_eq!(source(&["--initial-cluster=a=http://h:1"]).unwrap(), ClusterSource::Listed);
        let empty = ["--discovery-srv=", "--discovery-endpoints=", "--discovery-token="];
        assert_eq!(source(&empty).unwrap(), ClusterSource::Listed);
    }

    #[test]
    fn there_is_one_way_to_find_the_members() {
        let (cluster, srv) = ("--initial-cluster=a=http://h:1", "--discovery-srv=example.com");
        let service = ["--discovery-endpoints=h:1", "--discovery-token=t"];
        assert_eq!(
            refusal(&[cluster, srv]),
            "--initial-cluster and --discovery-srv both say who the members are; give one of them"
        );
        assert!(refusal(&[cluster, service[0], service[1]]).contains("--initial-cluster and --discovery-endpoints"));
        assert!(refusal(&[srv, service[0], service[1]]).contains("--discovery-srv and --discovery-endpoints"));
        // Tools give defaults explicitly.
        assert!(source(&["--initial-cluster=default=http://localhost:2380", srv]).is_ok());
    }

    #[test]
    fn token_and_endpoints_come_together() {
        assert_eq!(refusal(&["--discovery-token=t"]), "--discovery-token needs --discovery-endpoints too");
        assert_eq!(refusal(&["--discovery-endpoints=h:1"]), "--discovery-endpoints needs --discovery-token too");
        assert_eq!(refusal(&["--discovery-srv-name=blue"]), "--discovery-srv-name needs --discovery-srv too");
    }

    #[test]
    fn endpoints_are_made_urls() {
        let args = ["--discovery-token=t", "--discovery-endpoints=a:1,http://b:2/,unix:///s", "--discovery-dial-timeout=3s"];
        let Ok(ClusterSource::Service(service)) = source(&args) else { panic!("a service") };
        assert_eq!(service.endpoints, ["http://a:1", "http://b:2", "unix:///s"]);
        assert_eq!((service.dial_timeout, service.request_timeout), (Duration::from_secs(3), Duration::from_secs(5)));
        for bad in ["h", "h:x", ":1", "http://u@h:1", "h:1/path"] {
            assert!(
                refusal(&["--discovery-token=t", &format!("--discovery-endpoints={bad}")]).contains("is not an address"),
                "{bad}"
            );
        }
        let args = ["--discovery-token=t", "--discovery-endpoints=a:1,http://b:2", "--discovery-cacert=ca.pem"];
        let Ok(ClusterSource::Service(service)) = source(&args) else { panic!("a service") };
        assert_eq!((service.endpoints.join(","), service.tls.ca), ("https://a:1,http://b:2".to_owned(), Some("ca.pem".into())));
        assert!(refusal(&["--discovery-token=../t", "--discovery-endpoints=h:1"]).contains("can't be a part of a key"));
    }

    #[test]
    fn a_user_of_the_service_has_a_password() {
        let service = ["--discovery-endpoints=h:1", "--discovery-token=t"];
        let with = |more: &[&str]| source(&[&service[..], more].concat());
        let Ok(ClusterSource::Service(found)) = with(&["--discovery-user=u", "--discovery-password=p:q"]) else {
            panic!("a service")
        };
        assert_eq!(found.user, Some(UserPassword { name: "u".into(), password: "p:q".into() }));
        assert!(!format!("{found:?}").contains("p:q"));
        let refusal = |flag| with(&[flag]).unwrap_err().to_string();
        assert_eq!(refusal("--discovery-user=u"), "--discovery-user needs --discovery-password too");
        assert_eq!(refusal("--discovery-password=p"), "--discovery-password needs --discovery-user too");
    }
}
