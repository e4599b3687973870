//! URLs as the server's flags take them: those of members, in lists, and as addresses to listen on.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs},
};

use thiserror::Error;

pub use crate::core::membership::parse_url as parse;
use crate::core::{
    config::{ListenAddress, ListenUrl},
    membership::{ParsedUrl, UrlError as NoUrl, UrlPlace},
};

/// Why a text is not a URL that may stand here. Every text carries the URL.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UrlError {
    #[error(transparent)]
    NoUrl(#[from] NoUrl),
    /// A name could stand for several addresses, or for one of another machine.
    #[error("expected an IP address or localhost in a URL to listen on, not a name: {0}")]
    ListenName(String),
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
/// [`UrlError::NoUrl`]; [`UrlError::ListenName`] for a DNS name other than `localhost`.
pub fn to_listen(text: &str) -> Result<ListenUrl, UrlError> {
    let parsed = parse(text)?;
    let address = match parsed.place {
        UrlPlace::Unix(path) => ListenAddress::Unix(path),
        UrlPlace::Tcp { host, port } if host == "localhost" => ListenAddress::Tcp((Ipv4Addr::LOCALHOST, port).into()),
        UrlPlace::Tcp { host, port } => {
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
    let Ok(ParsedUrl { tls, place: UrlPlace::Tcp { host, port } }) = parse(text) else {
        return text.to_owned();
    };
    let first: Option<SocketAddr> =
        (host.as_str(), port).to_socket_addrs().ok().and_then(|found| found.min_by_key(|a| !a.is_ipv4()));
    first.map_or_else(|| text.to_owned(), |address| format!("{tls} {address}"))
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
    fn listening_takes_addresses_localhost_and_sockets_only() {
        let address = |text| to_listen(text).map(|url| url.address);
        assert_eq!(address("http://localhost:0"), Ok(ListenAddress::Tcp("127.0.0.1:0".parse().unwrap())));
        assert_eq!(address("http://[::1]:2379"), Ok(ListenAddress::Tcp("[::1]:2379".parse().unwrap())));
        assert_eq!(address("unix:///run/q.sock"), Ok(ListenAddress::Unix("/run/q.sock".into())));
        assert_eq!(address("unix://localhost:m1"), Ok(ListenAddress::Unix("localhost:m1".into())));
        assert!(matches!(address("http://db.example:2379"), Err(UrlError::ListenName(_))));
        assert!(matches!(address("http://:2379"), Err(UrlError::NoUrl(NoUrl::HostPort(_)))));
        assert!(to_listen("https://127.0.0.1:2379").unwrap().tls && !to_listen("unix:///s").unwrap().tls);
    }

    #[test]
    fn a_name_and_its_address_are_the_same_place() {
        let list = |text: &str| vec![text.to_owned()];
        assert!(same_places(&list("http://localhost:2380"), &list("http://127.0.0.1:2380")));
        assert!(!same_places(&list("http://127.0.0.1:2381"), &list("http://127.0.0.1:2380")));
        assert!(!same_places(&list("https://127.0.0.1:2380"), &list("http://127.0.0.1:2380")));
    }

    #[test]
    fn whatever_is_given_as_urls_is_read_or_refused() {
        crate::mangle::survives_text(&["http://a:1,https://[::1]:2", "unix://x:1"], |text| _ = parse_list(text));
    }
}
