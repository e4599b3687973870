//! How a discovery service's keys and values are written: the same as etcd's, so that either can serve the other.
//!
//! ```text
//! /_etcd/registry/TOKEN/_config/size        how many members the cluster begins with, decimal
//! /_etcd/registry/TOKEN/members/MEMBER-ID   NAME=PEER-URL,NAME=PEER-URL…; the id in hexadecimal
//! ```
//!
//! The members are the first so many, in the order in which their keys were created. Source: etcd 3.7.

use bytes::Bytes;

use super::DiscoveryError;
use crate::core::config::InitialMember;

const PREFIX: &str = "/_etcd/registry";
/// Largest size that is taken for one.
pub const SIZE_MAX: usize = 1000;

/// A member that has registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Its id, in hexadecimal.
    pub id: String,
    pub member: InitialMember,
    pub create_revision: i64,
}

/// Whether a token can stand in a key: not empty, and made of parts that a path keeps as they are.
pub fn is_token(token: &str) -> bool {
    token.split('/').all(|part| !matches!(part, "" | "." | ".."))
        && !token.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// The key with the size.
pub fn size_key(token: &str) -> Bytes {
    format!("{PREFIX}/{token}/_config/size").into()
}

/// The beginning of the members' keys.
pub fn members_prefix(token: &str) -> String {
    format!("{PREFIX}/{token}/members/")
}

/// The key of a member.
pub fn member_key(token: &str, id: u64) -> Bytes {
    format!("{}{id:x}", members_prefix(token)).into()
}

/// The beginning of all keys of a token.
pub fn token_prefix(token: &str) -> String {
    format!("{PREFIX}/{token}/")
}

/// The end of the range of keys with this beginning, which is of ASCII.
pub fn range_end(prefix: &str) -> Bytes {
    let mut end = prefix.as_bytes().to_vec();
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    end.into()
}

/// Reads the size.
///
/// # Errors
/// [`DiscoveryError::BadSize`].
pub fn parse_size(token: &str, value: &[u8]) -> Result<usize, DiscoveryError> {
    let text = String::from_utf8_lossy(value);
    let size = text.parse().ok().filter(|size| (1..=SIZE_MAX).contains(size));
    size.ok_or_else(|| DiscoveryError::BadSize { token: token.to_owned(), value: text.into_owned() })
}

/// What a member writes.
pub fn value(member: &InitialMember) -> Bytes {
    let parts: Vec<String> = member.peer_urls.iter().map(|url| format!("{}={url}", member.name)).collect();
    parts.join(",").into()
}

/// Reads a registration; `None` for what is none.
pub fn parse(token: &str, key: &[u8], value: &[u8], create_revision: i64) -> Option<Registration> {
    let id = std::str::from_utf8(key).ok()?.trim().strip_prefix(&members_prefix(token))?.to_owned();
    let mut parts = std::str::from_utf8(value).ok()?.trim().split(',').map(|part| part.split_once('='));
    let (name, first) = parts.next()??;
    let mut peer_urls = vec![first.to_owned()];
    for part in parts {
        let (other, url) = part?;
        if other != name {
            return None;
        }
        peer_urls.push(url.to_owned());
    }
    if name.is_empty() || peer_urls.iter().any(|url| !url.contains("://")) {
        return None;
    }
    peer_urls.sort();
    peer_urls.dedup();
    Some(Registration { id, member: InitialMember { name: name.to_owned(), peer_urls }, create_revision })
}

/// Puts registrations in the order that counts.
pub fn in_order(mut registrations: Vec<Registration>) -> Vec<Registration> {
    registrations.sort_by_key(|registration| registration.create_revision);
    registrations
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"/_etcd/registry/T/members/8e9e05c52164694d";

    #[test]
    fn keys_and_values_are_those_of_etcd() {
        assert_eq!(size_key("T"), "/_etcd/registry/T/_config/size");
        assert_eq!(member_key("T", 0x8e9e_05c5_2164_694d), KEY);
        let member = InitialMember { name: "m".into(), peer_urls: vec!["http://a:1".into(), "http://b:1".into()] };
        assert_eq!(value(&member), "m=http://a:1,m=http://b:1");
        assert_eq!(
            parse("T", KEY, &value(&member), 7).unwrap(),
            Registration { id: "8e9e05c52164694d".into(), member, create_revision: 7 }
        );
        assert_eq!(range_end("/a/"), "/a0");
    }

    #[test]
    fn what_is_no_registration_is_none() {
        for value in ["", "m", "=http://a:1", "m=", "m=a:1", "m=http://a:1,http://b:1", "m=http://a:1,n=http://b:1"] {
            assert_eq!(parse("T", KEY, value.as_bytes(), 1), None, "{value}");
        }
        assert_eq!(parse("other", KEY, b"m=http://a:1", 1), None);
    }

    #[test]
    fn a_size_is_a_number_from_one_on() {
        assert_eq!(parse_size("T", b"3"), Ok(3));
        for value in ["", "0", "-1", "three", "1001", "3.0"] {
            assert!(parse_size("T", value.as_bytes()).is_err(), "{value}");
        }
    }

    #[test]
    fn tokens_stay_as_they_are_in_a_path() {
        assert!(is_token("8A591FAB-1D72-41FA-BDF2-A27162FDA1E0") && is_token("team/blue"));
        for token in ["", "/", "a//b", "../x", "a/.", "a b", "a\n"] {
            assert!(!is_token(token), "{token:?}");
        }
    }

    #[test]
    fn who_registered_first_counts_first() {
        let registration = |id: &str, create_revision| {
            let member = InitialMember { name: id.into(), peer_urls: Vec::new() };
            Registration { id: id.into(), member, create_revision }
        };
        let ordered = in_order(vec![registration("b", 9), registration("a", 12), registration("c", 3)]);
        assert_eq!(ordered.iter().map(|registration| registration.id.as_str()).collect::<Vec<_>>(), ["c", "b", "a"]);
    }

    #[test]
    fn whatever_stands_in_a_registry_is_a_member_or_none() {
        let good = [b"m1=http://a:2380,m1=http://b:2380".to_vec(), b"3".to_vec(), b"m=unix:///run/q".to_vec()];
        crate::mangle::survives(&good, |bytes| {
            if let Some(registration) = parse("T", KEY, bytes, 2) {
                assert!(!registration.member.peer_urls.is_empty());
            }
            drop((parse_size("T", bytes), parse("T", bytes, b"m=http://a:1", 2)));
        });
    }
}
