//! The flags about TLS: whole, without contradictions, and of some effect.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{settings::Settings, urls};
use crate::core::{
    config::{ListenAddress, ListenUrl, ServerConfig},
    membership::UrlPlace,
    tls::{AutoTls, ClientTlsSettings, IdentityFiles, Protocols, TlsError, TlsSettings, TlsVersion},
};

/// Where a server keeps certificates that it made, below its data directory; as etcd does.
const MADE_CLIENT: [&str; 2] = ["fixtures", "client"];
const MADE_PEER: [&str; 2] = ["fixtures", "peer"];

/// A mistake among these flags.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TlsFlagError {
    #[error("--{given} needs --{missing} too")]
    Half { given: String, missing: String },
    #[error("--{prefix}client-cert-auth needs --{prefix}trusted-ca-file: without it, it is not said whose certificates count")]
    NoAuthority { prefix: &'static str },
    #[error(
        "--peer-auto-tls makes a certificate that no authority has signed, and --peer-client-cert-auth, --peer-trusted-ca-file and \
         --peer-crl-file ask for such ones; leave either out"
    )]
    AutoAndAuthority,
    #[error("--{prefix}cert-allowed-cn and --{prefix}cert-allowed-hostname exclude each other; leave one out")]
    TwoKindsOfNames { prefix: &'static str },
    #[error("--self-signed-cert-validity must be from 1 to {YEARS_MAX}")]
    Validity,
    #[error(transparent)]
    Protocols(#[from] TlsError),
}

/// A certificate of a year beyond 9999 can't be written down; this stays well below.
const YEARS_MAX: i128 = 1000;

/// TLS of the ports for clients and for members.
pub fn settings(
    settings: &Settings,
    server: &ServerConfig,
    warnings: &mut Vec<String>,
) -> Result<(TlsSettings, TlsSettings), TlsFlagError> {
    let protocols = protocols(settings, warnings)?;
    let listening = [&server.listen_client, &server.listen_client_http, &server.listen_metrics];
    let client_urls: Vec<&ListenUrl> = listening.into_iter().flatten().collect();
    let peer_urls: Vec<&ListenUrl> = server.listen_peer.iter().collect();
    let mut client = one(settings, "", &client_urls, &protocols, warnings)?;
    let mut peer = one(settings, "peer-", &peer_urls, &protocols, warnings)?;
    client.auto =
        auto(settings, ("auto-tls", &MADE_CLIENT), server, &client_urls, &server.advertise_client_urls, &client, warnings)?;
    peer.auto =
        auto(settings, ("peer-auto-tls", &MADE_PEER), server, &peer_urls, &server.initial_advertise_peer_urls, &peer, warnings)?;
    if peer.auto.is_some() && (peer.demands_certificates() || peer.crl.is_some()) {
        return Err(TlsFlagError::AutoAndAuthority);
    }
    for (prefix, urls, tls) in [("", &client_urls, &client), ("peer-", &peer_urls, &peer)] {
        if urls.iter().any(|url| url.tls) && tls.client_cert_auth && tls.ca.is_none() {
            return Err(TlsFlagError::NoAuthority { prefix });
        }
        warn_of_plain(prefix, urls, tls, warnings);
        warn_of_names(prefix, urls, tls, warnings);
    }
    if server_name_by_domain(server) && peer.ca.is_none() {
        peer.server_name = Some(settings.text("discovery-srv"));
    }
    Ok((client, peer))
}

/// TLS towards a discovery service.
pub fn discovery(settings: &Settings) -> Result<ClientTlsSettings, TlsFlagError> {
    Ok(ClientTlsSettings {
        identity: identity(settings, "discovery-cert", "discovery-key")?,
        ca: path(settings, "discovery-cacert"),
        server_name: None,
        skip_verify: settings.bool("discovery-insecure-skip-tls-verify"),
        protocols: Protocols::default(),
    })
}

/// Whether endpoints of a discovery service without a scheme are spoken to with TLS.
pub fn discovery_by_default(settings: &Settings) -> bool {
    let files = ["discovery-cert", "discovery-key", "discovery-cacert"];
    !settings.bool("discovery-insecure-transport") || files.iter().any(|flag| !settings.text(flag).is_empty())
}

/// What would be a mistake with TLS is worth a word where no URL has it, as in etcd.
fn one(
    settings: &Settings,
    prefix: &'static str,
    urls: &[&ListenUrl],
    protocols: &Protocols,
    warnings: &mut Vec<String>,
) -> Result<TlsSettings, TlsFlagError> {
    let flag = |name: &str| format!("{prefix}{name}");
    // The flags about whoever calls say who that is.
    let caller = caller(prefix);
    let allowed = |what: &str| settings.list(&format!("{caller}cert-allowed-{what}"));
    let (allowed_cns, mut allowed_hostnames) = (allowed("cn"), allowed("hostname"));
    let is_secured = urls.iter().any(|url| url.tls);
    let mut unless_plain = |error: TlsFlagError| {
        if is_secured {
            return Err(error);
        }
        warnings.push(format!("{error}; that has no effect yet, as nothing is served with TLS there"));
        Ok(())
    };
    if !allowed_cns.is_empty() && !allowed_hostnames.is_empty() {
        unless_plain(TlsFlagError::TwoKindsOfNames { prefix: caller })?;
        allowed_hostnames.clear();
    }
    let shown = match identity(settings, &flag("cert-file"), &flag("key-file")) {
        Err(half) => unless_plain(half).map(|()| None)?,
        Ok(identity) => identity,
    };
    Ok(TlsSettings {
        identity: shown,
        client_identity: identity(settings, &flag("client-cert-file"), &flag("client-key-file"))?,
        ca: path(settings, &flag("trusted-ca-file")),
        crl: path(settings, &format!("{caller}crl-file")),
        client_cert_auth: settings.bool(&flag("client-cert-auth")),
        allowed_cns,
        allowed_hostnames,
        skip_client_san: !prefix.is_empty() && settings.bool("peer-skip-client-san-verification"),
        auto: None,
        server_name: None,
        protocols: protocols.clone(),
    })
}

fn path(settings: &Settings, flag: &str) -> Option<PathBuf> {
    Some(settings.text(flag)).filter(|path| !path.is_empty()).map(PathBuf::from)
}

fn identity(settings: &Settings, cert_flag: &str, key_flag: &str) -> Result<Option<IdentityFiles>, TlsFlagError> {
    match (path(settings, cert_flag), path(settings, key_flag)) {
        (Some(cert), Some(key)) => Ok(Some(IdentityFiles { cert, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(TlsFlagError::Half { given: cert_flag.to_owned(), missing: key_flag.to_owned() }),
        (None, Some(_)) => Err(TlsFlagError::Half { given: key_flag.to_owned(), missing: cert_flag.to_owned() }),
    }
}

fn auto(
    settings: &Settings,
    (flag, place): (&str, &[&str]),
    server: &ServerConfig,
    listening: &[&ListenUrl],
    advertised: &[String],
    tls: &TlsSettings,
    warnings: &mut Vec<String>,
) -> Result<Option<AutoTls>, TlsFlagError> {
    if !settings.bool(flag) {
        return Ok(None);
    }
    if tls.identity.is_some() {
        warnings.push(format!("--{flag} has no effect: there is a certificate"));
        return Ok(None);
    }
    let years = settings.number("self-signed-cert-validity");
    let validity_years = u32::try_from(years).ok().filter(|_| (1..=YEARS_MAX).contains(&years)).ok_or(TlsFlagError::Validity)?;
    let mut hosts = vec!["localhost".to_owned()];
    hosts.extend(listening.iter().filter_map(|url| match &url.address {
        ListenAddress::Tcp(address) => Some(address.ip().to_string()),
        ListenAddress::Unix(_) => None,
    }));
    hosts.extend(advertised.iter().filter_map(|url| match urls::parse(url).ok()?.place {
        UrlPlace::Tcp { host, .. } => Some(host),
        UrlPlace::Unix(_) => None,
    }));
    hosts.sort();
    hosts.dedup();
    let dir = place.iter().fold(server.data_dir.clone(), |dir, name| dir.join(Path::new(name)));
    Ok(Some(AutoTls { dir, hosts, validity_years }))
}

/// Flags that protect nothing are worth a word.
fn warn_of_plain(prefix: &str, urls: &[&ListenUrl], tls: &TlsSettings, warnings: &mut Vec<String>) {
    for url in urls.iter().filter(|url| !url.tls) {
        if tls.can_serve() {
            let url = &url.text;
            warnings.push(format!(
                "{url} is served without TLS, though --{prefix}cert-file or --{prefix}auto-tls is set; https:// would use it"
            ));
        }
        if tls.demands_certificates() {
            let url = &url.text;
            warnings.push(format!("{url} is served without TLS, so that nobody has to show a certificate there"));
        }
    }
}

/// What flags about whoever calls begin with.
fn caller(prefix: &'static str) -> &'static str {
    if prefix.is_empty() { "client-" } else { prefix }
}

/// Nobody is asked for a certificate without authorities, so nobody's names are looked at.
fn warn_of_names(prefix: &'static str, urls: &[&ListenUrl], tls: &TlsSettings, warnings: &mut Vec<String>) {
    let has_names = !tls.allowed_cns.is_empty() || !tls.allowed_hostnames.is_empty();
    if has_names && tls.ca.is_none() && urls.iter().any(|url| url.tls) {
        let caller = caller(prefix);
        warnings.push(format!(
            "--{caller}cert-allowed-cn and --{caller}cert-allowed-hostname have no effect without --{prefix}trusted-ca-file: \
             nobody has to show a certificate"
        ));
    }
}

/// Whether members were found under a domain for which, and not for their own names, their certificates are. Source: etcd.
fn server_name_by_domain(server: &ServerConfig) -> bool {
    matches!(server.cluster_source, crate::core::config::ClusterSource::Srv(_))
        && server.initial_advertise_peer_urls.iter().any(|url| url.starts_with("https://"))
}

fn protocols(settings: &Settings, warnings: &mut Vec<String>) -> Result<Protocols, TlsFlagError> {
    let version = |flag: &str| match settings.text(flag).as_str() {
        "TLS1.2" => Some(TlsVersion::Tls12),
        "TLS1.3" => Some(TlsVersion::Tls13),
        _ => None,
    };
    let protocols = Protocols {
        min: version("tls-min-version").unwrap_or_default(),
        max: version("tls-max-version"),
        cipher_suites: settings.list("cipher-suites"),
    };
    for suite in protocols.check()? {
        warnings.push(format!("--cipher-suites: {suite} is not sound, and left out"));
    }
    Ok(protocols)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::cmd::serve::config::server_config;

    fn plan(args: &[&str]) -> Result<(ServerConfig, Vec<String>), String> {
        let settings = Settings::from_args(args.iter().map(OsString::from).collect()).unwrap().0;
        let mut warnings = Vec::new();
        server_config(&settings, &mut warnings).map(|server| (server, warnings)).map_err(|error| error.to_string())
    }

    const PEER: [&str; 3] = [
        "--listen-peer-urls=https://127.0.0.1:1",
        "--initial-advertise-peer-urls=https://127.0.0.1:1",
        "--initial-cluster=default=https://127.0.0.1:1",
    ];
    const HTTPS: [&str; 2] = ["--listen-client-urls=https://127.0.0.1:1", "--advertise-client-urls=https://db.example:1"];

    #[test]
    fn files_versions_and_names_reach_the_server() {
        let (server, warnings) = plan(&[
            HTTPS[0],
            HTTPS[1],
            "--cert-file=c",
            "--key-file=k",
            "--trusted-ca-file=ca",
            "--client-crl-file=crl",
            "--client-cert-auth",
            "--client-cert-allowed-hostname=a,b",
            "--tls-min-version=TLS1.3",
            "--peer-cert-allowed-cn=m",
            "--host-whitelist=db.example",
        ])
        .unwrap();
        let tls = &server.client_tls;
        assert_eq!(tls.identity, Some(IdentityFiles { cert: "c".into(), key: "k".into() }));
        assert_eq!((tls.ca.clone(), tls.crl.clone()), (Some("ca".into()), Some("crl".into())));
        assert!(tls.client_cert_auth);
        assert_eq!(tls.allowed_hostnames, ["a", "b"]);
        assert_eq!(tls.protocols.min, TlsVersion::Tls13);
        assert_eq!(server.peer_tls.allowed_cns, ["m"]);
        assert_eq!(server.host_whitelist, ["db.example"]);
        assert_eq!(warnings, [""; 0]);
    }

    #[test]
    fn halves_and_contradictions_are_refused() {
        for (args, text) in [
            (&[HTTPS[0], HTTPS[1], "--cert-file=c"][..], "--cert-file needs --key-file too"),
            (&[PEER[0], PEER[1], PEER[2], "--peer-key-file=k"], "--peer-key-file needs --peer-cert-file too"),
            (&[HTTPS[0], HTTPS[1], "--auto-tls", "--client-cert-auth"], "--client-cert-auth needs --trusted-ca-file"),
            (
                &["--peer-auto-tls", "--peer-trusted-ca-file=c"],
                "--peer-auto-tls makes a certificate that no authority has signed",
            ),
            (&[PEER[0], PEER[1], PEER[2], "--peer-cert-allowed-cn=a", "--peer-cert-allowed-hostname=b"], "exclude each other"),
            (
                &[HTTPS[0], HTTPS[1], "--client-cert-allowed-cn=a", "--client-cert-allowed-hostname=b"],
                "--client-cert-allowed-cn and",
            ),
            (&["--auto-tls", "--self-signed-cert-validity=0"], "--self-signed-cert-validity must be from 1"),
            (&["--cipher-suites=NONE"], "there is no TLS cipher suite \"NONE\""),
            (&["--tls-min-version=TLS1.3", "--tls-max-version=TLS1.2"], "above the highest"),
        ] {
            let error = plan(args).unwrap_err();
            assert!(error.contains(text), "{args:?}: {error}");
        }
    }

    /// Both etcds start so.
    #[test]
    fn halves_and_contradictions_are_only_warned_of_where_nothing_has_tls() {
        for (args, text) in [
            (&["--cert-file=c"][..], "--cert-file needs --key-file too; that has no effect yet"),
            (&["--peer-key-file=k"], "--peer-key-file needs --peer-cert-file too; that has no effect yet"),
            (&["--peer-cert-allowed-cn=a", "--peer-cert-allowed-hostname=b"], "exclude each other"),
        ] {
            let (_, warnings) = plan(args).unwrap();
            assert!(warnings[0].contains(text), "{args:?}: {warnings:?}");
        }
    }

    #[test]
    fn no_lowest_version_is_the_usual_one() {
        let (server, _) = plan(&["--tls-min-version="]).unwrap();
        assert_eq!(server.client_tls.protocols.min, TlsVersion::Tls12);
    }

    #[test]
    fn what_protects_nothing_is_warned_of() {
        let tls = [HTTPS[0], HTTPS[1], "--cert-file=c", "--key-file=k", "--client-cert-allowed-hostname=a"];
        let (_, warnings) = plan(&tls).unwrap();
        assert!(warnings[0].contains("--client-cert-allowed-hostname have no effect without --trusted-ca-file"), "{warnings:?}");
        let (_, warnings) = plan(&["--cert-file=c", "--key-file=k", "--trusted-ca-file=ca"]).unwrap();
        assert!(warnings[0].contains("http://localhost:2379 is served without TLS, though --cert-file"), "{warnings:?}");
        assert!(warnings[1].contains("nobody has to show a certificate"), "{warnings:?}");
    }

    #[test]
    fn a_made_certificate_is_for_the_addresses_listened_on_and_told() {
        let (server, _) = plan(&[HTTPS[0], HTTPS[1], "--auto-tls", "--data-dir=d"]).unwrap();
        let auto = server.client_tls.auto.unwrap();
        assert_eq!(auto.hosts, ["127.0.0.1", "db.example", "localhost"]);
        assert_eq!((auto.dir, auto.validity_years), ("d/fixtures/client".into(), 1));
    }
}
