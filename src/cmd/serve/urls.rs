//! URLs as the server's flags take them: a scheme, then host and port and nothing else, or the path of a unix socket.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs},
    path::PathBuf,
};

use thiserror::Error;

use crate::core::config::{ListenAddress, ListenUrl};

/// Why a text is not a URL that may stand here. Every text carries the URL.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UrlError {
    #[error("the URL \"{0}\" has no scheme; expected one such as http://127.0.0.1:2379")]
    NoScheme(String),
    #[error("the URL scheme must be http, https, unix or unixs: {0}")]
    Scheme(String),
    #[error("the URL must have the form scheme://host:port: {0}")]
    HostPort(String),
    #[error("the URL has a port outside 0 to 65535: {0}")]
    Port(String),
    #[error("the URL must not contain a path: {0}")]
    Path(String),
    #[error("the URL of a unix socket must name it: {0}")]
    NoSocketPath(String),
    /// A name could stand for several addresses, or for one of another machine.
    #[error("expected an IP address or localhost in a URL to listen on, not a name: {0}")]
    ListenName(String),
}

/// Parts of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedUrl {
    pub tls: bool,
    pub place: Place,
}

/// Where a URL points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The host is without the brackets of an IPv6 address.
    Tcp {
        host: String,
        port: u16,
    },
    Unix(PathBuf),
}

/// Reads one URL.
pub fn parse(text: &str) -> Result<ParsedUrl, UrlError> {
    let (scheme, rest) = text.split_once("://").ok_or_else(|| UrlError::NoScheme(text.to_owned()))?;
    let scheme = scheme.to_ascii_lowercase();
    let tls = matches!(scheme.as_str(), "https" | "unixs");
    match scheme.as_str() {
        "http" | "https" => {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            if end < rest.len() {
                return Err(UrlError::Path(text.to_owned()));
            }
            let (host, port) = host_and_port(rest).ok_or_else(|| UrlError::HostPort(text.to_owned()))?;
            let port = port.parse().map_err(|_| UrlError::Port(text.to_owned()))?;
            Ok(ParsedUrl { tls, place: Place::Tcp { host: host.to_owned(), port } })
        }
        "unix" | "unixs" if rest.is_empty() => Err(UrlError::NoSocketPath(text.to_owned())),
        "unix" | "unixs" => Ok(ParsedUrl { tls, place: Place::Unix(PathBuf::from(rest)) }),
        _ => Err(UrlError::Scheme(text.to_owned())),
    }
}

/// Reads URLs separated by commas: each checked, sorted, without duplicates, as they were written.
pub fn parse_list(text: &str) -> Result<Vec<String>, UrlError> {
    let mut urls = BTreeSet::new();
    for url in text.split(',').map(str::trim) {
        parse(url)?;
        urls.insert(url.to_owned());
    }
    Ok(urls.into_iter().collect())
}

/// What to listen on for a URL.
///
/// # Errors
/// [`UrlError::ListenName`] for a DNS name other than `localhost`.
pub fn to_listen(text: &str) -> Result<ListenUrl, UrlError> {
    let parsed = parse(text)?;
    let address = match parsed.place {
        Place::Unix(path) => ListenAddress::Unix(path),
        Place::Tcp { host, port } if host == "localhost" => ListenAddress::Tcp((Ipv4Addr::LOCALHOST, port).into()),
        Place::Tcp { host, port } => {
            let ip: IpAddr = host.parse().map_err(|_| UrlError::ListenName(text.to_owned()))?;
            ListenAddress::Tcp((ip, port).into())
        }
    };
    Ok(ListenUrl { text: text.to_owned(), address, tls: parsed.tls })
}

/// Whether both lists stand for the same places. Names are looked up only when the texts differ.
pub fn same_places(left: &[String], right: &[String]) -> bool {
    let texts = |urls: &[String]| urls.iter().cloned().collect::<BTreeSet<_>>();
    if texts(left) == texts(right) {
        return true;
    }
    let resolved = |urls: &[String]| urls.iter().map(|url| resolve(url)).collect::<BTreeSet<_>>();
    left.len() == right.len() && resolved(left) == resolved(right)
}

/// A comparable form of a URL: the address that its name has, or the text when it has none.
fn resolve(text: &str) -> String {
    let Ok(ParsedUrl { tls, place: Place::Tcp { host, port } }) = parse(text) else {
        return text.to_owned();
    };
    let first: Option<SocketAddr> =
        (host.as_str(), port).to_socket_addrs().ok().and_then(|found| found.min_by_key(|a| !a.is_ipv4()));
    first.map_or_else(|| text.to_owned(), |address| format!("{tls} {address}"))
}

/// Splits `host:port`; an IPv6 host needs its brackets.
fn host_and_port(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        return Some((host, after.strip_prefix(':')?));
    }
    let (host, port) = text.split_once(':')?;
    let is_plain = !port.contains(':') && !host.contains(['@', '[', ']', ' ']);
    is_plain.then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_sorted_and_loses_its_duplicates() {
        let urls = parse_list("http://b:1, http://a:2,http://b:1").unwrap();
        assert_eq!(urls, ["http://a:2", "http://b:1"]);
    }

    #[test]
    fn each_malformed_url_is_refused_for_its_own_reason() {
        for (text, error) in [
            ("127.0.0.1:2379", UrlError::NoScheme as fn(String) -> UrlError),
            ("", UrlError::NoScheme),
            ("ftp://127.0.0.1:1", UrlError::Scheme),
            ("http://127.0.0.1", UrlError::HostPort),
            ("http://::1:2379", UrlError::HostPort),
            ("http://u@h:1", UrlError::HostPort),
            ("http://127.0.0.1:x", UrlError::Port),
            ("http://127.0.0.1:65536", UrlError::Port),
            ("http://127.0.0.1:2379/", UrlError::Path),
            ("unix://", UrlError::NoSocketPath),
        ] {
            assert_eq!(parse(text), Err(error(text.to_owned())));
        }
    }

    #[test]
    fn listening_takes_addresses_localhost_and_sockets_only() {
        let address = |text| to_listen(text).map(|url| url.address);
        assert_eq!(address("http://localhost:0"), Ok(ListenAddress::Tcp("127.0.0.1:0".parse().unwrap())));
        assert_eq!(address("http://[::1]:2379"), Ok(ListenAddress::Tcp("[::1]:2379".parse().unwrap())));
        assert_eq!(address("unix:///run/q.sock"), Ok(ListenAddress::Unix("/run/q.sock".into())));
        assert_eq!(address("unix://localhost:m1"), Ok(ListenAddress::Unix("localhost:m1".into())));
        assert!(matches!(address("http://db.example:2379"), Err(UrlError::ListenName(_))));
        assert!(matches!(address("http://:2379"), Err(UrlError::ListenName(_))));
        assert!(to_listen("https://127.0.0.1:2379").unwrap().tls && !to_listen("unix:///s").unwrap().tls);
    }

    #[test]
    fn a_name_and_its_address_are_the_same_place() {
        let list = |text: &str| vec![text.to_owned()];
        assert!(same_places(&list("http://localhost:2380"), &list("http://127.0.0.1:2380")));
        assert!(!same_places(&list("http://127.0.0.1:2381"), &list("http://127.0.0.1:2380")));
        assert!(!same_places(&list("https://127.0.0.1:2380"), &list("http://127.0.0.1:2380")));
    }
}
