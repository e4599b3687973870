//! Where a URL leads: two texts may name the same place.

use std::{collections::BTreeSet, net::IpAddr, time::Duration};

use crate::core::membership::{UrlPlace, parse_url};

/// How long looking up one host may take.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

/// A URL with the addresses that its host has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub url: String,
    /// Empty when the host has none, or is none.
    pub addresses: BTreeSet<IpAddr>,
}

impl Place {
    /// Looks up the host as whoever dials it would. A host that is not known has no addresses, and is only equal to itself.
    pub async fn resolve(url: &str) -> Self {
        let mut addresses = BTreeSet::new();
        if let Some((host, port)) = host_and_port(url) {
            let looked_up = tokio::time::timeout(LOOKUP_TIMEOUT, tokio::net::lookup_host((host.as_str(), port))).await;
            match looked_up {
                Ok(Ok(found)) => addresses.extend(found.map(|address| address.ip())),
                Ok(Err(error)) => tracing::warn!(url, %error, "the host of a URL can't be looked up"),
                Err(_) => tracing::warn!(url, "looking up the host of a URL takes too long"),
            }
        }
        Self { url: url.to_owned(), addresses }
    }

    /// Looks up several, one after the other.
    pub async fn resolve_all(urls: &[String]) -> Vec<Self> {
        let mut places = Vec::with_capacity(urls.len());
        for url in urls {
            places.push(Self::resolve(url).await);
        }
        places
    }

    /// The scheme, such as `http`.
    pub fn scheme(&self) -> &str {
        self.url.split_once("://").map_or("", |(scheme, _)| scheme)
    }

    /// Whether both have an address in common and the same port, whatever the schemes.
    pub fn meets(&self, other: &Self) -> bool {
        let port = |place: &Self| host_and_port(&place.url).map(|(_, port)| port);
        port(self) == port(other) && !self.addresses.is_disjoint(&other.addresses)
    }

    /// Whether both are the same place, reached the same way.
    pub fn is(&self, other: &Self) -> bool {
        self.url == other.url || (self.scheme() == other.scheme() && self.meets(other))
    }
}

/// Whether both lists stand for the same places.
pub fn same_places(left: &[Place], right: &[Place]) -> bool {
    let all_in = |these: &[Place], those: &[Place]| these.iter().all(|this| those.iter().any(|that| this.is(that)));
    left.len() == right.len() && all_in(left, right) && all_in(right, left)
}

/// Host and port of a URL that has them; the host without the brackets of an IPv6 address.
fn host_and_port(url: &str) -> Option<(String, u16)> {
    match parse_url(url).ok()?.place {
        UrlPlace::Tcp { host, port } => Some((host, port)),
        UrlPlace::Unix(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(url: &str, addresses: &[&str]) -> Place {
        Place { url: url.into(), addresses: addresses.iter().map(|address| address.parse().unwrap()).collect() }
    }

    #[test]
    fn a_name_is_the_same_place_as_one_of_its_addresses() {
        let name = place("http://m1.example:2380", &["192.0.2.1", "2001:db8::1"]);
        let address = place("http://192.0.2.1:2380", &["192.0.2.1"]);
        assert!(name.is(&address) && address.is(&name));
        assert!(!name.is(&place("http://192.0.2.1:2381", &["192.0.2.1"])), "another port");
        assert!(!name.is(&place("https://192.0.2.1:2380", &["192.0.2.1"])), "another scheme");
        assert!(name.meets(&place("https://192.0.2.1:2380", &["192.0.2.1"])));
    }

    #[test]
    fn what_cannot_be_looked_up_is_only_itself() {
        let unknown = place("http://nowhere.example:1", &[]);
        assert!(unknown.is(&unknown));
        assert!(!unknown.is(&place("http://elsewhere.example:1", &[])));
        assert!(place("unix:///a", &[]).is(&place("unix:///a", &[])));
        assert!(!place("unix:///a", &[]).is(&place("unix:///b", &[])));
    }

    #[test]
    fn lists_are_the_same_in_any_order_and_only_as_a_whole() {
        let (a, b) = (place("http://a:1", &[]), place("http://b:1", &[]));
        assert!(same_places(&[a.clone(), b.clone()], &[b.clone(), a.clone()]));
        assert!(!same_places(&[a.clone(), b.clone()], std::slice::from_ref(&a)));
        assert!(!same_places(&[a.clone(), a.clone()], &[a, b]));
    }

    #[tokio::test]
    async fn localhost_is_looked_up() {
        let (name, address) = (Place::resolve("http://localhost:1").await, Place::resolve("http://127.0.0.1:1").await);
        assert!(name.is(&address), "{name:?} {address:?}");
        assert_eq!(host_and_port("http://[::1]:5"), Some(("::1".to_owned(), 5)));
    }
}
