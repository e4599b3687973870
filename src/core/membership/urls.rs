//! The URLs at which a member is reached: a scheme, then host and port and nothing else, or the path of a unix socket.
//!
//! This is the one place that says so: servers check with it what they are asked to add, flags and commands what they are given. The
//! refusals are worded as etcd words them where etcd has them.
//!
//! Source: etcd 3.7, `types.NewURLs`. Beyond it, a host is not empty, a port is a number of a port, and a socket has a name: who was
//! added under anything else could be reached by nobody.

use std::path::PathBuf;

use thiserror::Error;
use url::Host;

/// Why a text is no such URL. Every message carries the text.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UrlError {
    #[error("URL scheme must be http, https, unix, or unixs: {0}")]
    Scheme(String),
    #[error("URL address does not have the form \"host:port\": {0}")]
    HostPort(String),
    #[error("URL has a port outside 0 to 65535: {0}")]
    Port(String),
    #[error("URL must not contain a path: {0}")]
    Path(String),
    #[error("URL of a unix socket must name it: {0}")]
    NoSocketPath(String),
}

/// Parts of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedUrl {
    pub tls: bool,
    pub place: UrlPlace,
}

/// Where a URL points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlPlace {
    /// The host is without the brackets of an IPv6 address.
    Tcp {
        host: String,
        port: u16,
    },
    Unix(PathBuf),
}

/// Reads one URL. The scheme may be written in capitals.
///
/// # Errors
/// See [`UrlError`].
pub fn parse_url(text: &str) -> Result<ParsedUrl, UrlError> {
    let (scheme, rest) = text.split_once("://").ok_or_else(|| UrlError::Scheme(text.to_owned()))?;
    let scheme = scheme.to_ascii_lowercase();
    let tls = matches!(scheme.as_str(), "https" | "unixs");
    match scheme.as_str() {
        "http" | "https" => {
            let (address, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            let (host, port) = host_and_port(address).ok_or_else(|| UrlError::HostPort(text.to_owned()))?;
            let port = port.parse().map_err(|_| UrlError::Port(text.to_owned()))?;
            if !path.is_empty() {
                return Err(UrlError::Path(text.to_owned()));
            }
            Ok(ParsedUrl { tls, place: UrlPlace::Tcp { host: host.to_owned(), port } })
        }
        "unix" | "unixs" if rest.is_empty() => Err(UrlError::NoSocketPath(text.to_owned())),
        "unix" | "unixs" => Ok(ParsedUrl { tls, place: UrlPlace::Unix(PathBuf::from(rest)) }),
        _ => Err(UrlError::Scheme(text.to_owned())),
    }
}

/// Checks the peer URLs of a member that is to be added, and puts them in ascending order; one that is given twice stays twice. `None`
/// without any, or when one is none.
pub fn check_peer_urls(urls: &[String]) -> Option<Vec<String>> {
    let mut checked: Vec<_> = urls.iter().map(|url| url.trim().to_owned()).collect();
    checked.sort_unstable();
    (!checked.is_empty() && checked.iter().all(|url| parse_url(url).is_ok())).then_some(checked)
}

/// Splits `host:port`; an IPv6 host needs its brackets, and loses them here.
fn host_and_port(text: &str) -> Option<(&str, &str)> {
    let (host, port) = text.rsplit_once(':')?;
    Host::parse(host).ok()?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Some((bare, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_malformed_url_is_refused_for_its_own_reason() {
        for (text, error) in [
            ("127.0.0.1:2379", UrlError::Scheme as fn(String) -> UrlError),
            ("", UrlError::Scheme),
            ("a:2380", UrlError::Scheme),
            ("ftp://127.0.0.1:1", UrlError::Scheme),
            ("http://127.0.0.1", UrlError::HostPort),
            ("http://a/path", UrlError::HostPort),
            ("http://:2380", UrlError::HostPort),
            ("http://[::1]", UrlError::HostPort),
            ("http://::1:2379", UrlError::HostPort),
            ("http://u@h:1", UrlError::HostPort),
            ("http://a b:1", UrlError::HostPort),
            ("http://127.0.0.1:x", UrlError::Port),
            ("http://127.0.0.1:", UrlError::Port),
            ("http://127.0.0.1:65536", UrlError::Port),
            ("http://127.0.0.1:2379/", UrlError::Path),
            ("http://a:2380/path", UrlError::Path),
            ("http://a:2380?x", UrlError::Path),
            ("unix://", UrlError::NoSocketPath),
        ] {
            assert_eq!(parse_url(text), Err(error(text.to_owned())));
        }
    }

    #[test]
    fn parts_are_read() {
        let tcp = |tls, host: &str, port| Ok(ParsedUrl { tls, place: UrlPlace::Tcp { host: host.into(), port } });
        assert_eq!(parse_url("http://my_host.example:80"), tcp(false, "my_host.example", 80));
        assert_eq!(parse_url("HTTPS://[::1]:2380"), tcp(true, "::1", 2380));
        assert_eq!(parse_url("unixs://m1:1"), Ok(ParsedUrl { tls: true, place: UrlPlace::Unix("m1:1".into()) }));
        assert_eq!(parse_url("unix:///run/q"), Ok(ParsedUrl { tls: false, place: UrlPlace::Unix("/run/q".into()) }));
    }

    #[test]
    fn peer_urls_are_sorted_and_good_only_together() {
        let check = |urls: &[&str]| check_peer_urls(&urls.iter().map(|url| (*url).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            check(&["https://b:2380", " http://a:80", "unix://m1:1"]).unwrap(),
            ["http://a:80", "https://b:2380", "unix://m1:1"]
        );
        assert_eq!(check(&[]), None);
        assert_eq!(check(&["http://a:2380", "nonsense"]), None);
    }

    #[test]
    fn whatever_is_given_as_a_url_is_one_or_refused() {
        let good =
            ["http://10.0.0.1:2380", "https://[::1]:2380", "unix:///run/q.sock", "http://\u{fc}ber.example:80", "http://h:"];
        crate::mangle::survives_text(&good, |text| drop((parse_url(text), check_peer_urls(&[text.to_owned()]))));
    }
}
