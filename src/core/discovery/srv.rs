//! SRV records: what the services are called, in which order their records count, and which members they name.
//!
//! Source: RFC 2782; names of services, and a member for each record: etcd 3.7.

use super::{DiscoveryError, place::Place};
use crate::core::config::InitialMember;

/// The service of peer ports.
pub const SERVER_SERVICE: &str = "etcd-server";
/// The service of client ports.
pub const CLIENT_SERVICE: &str = "etcd-client";

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrvRecord {
    /// Lower ones are to be tried first.
    pub priority: u16,
    /// Share among those of one priority.
    pub weight: u16,
    pub port: u16,
    /// A host name without the dot at its end.
    pub target: String,
}

impl SrvRecord {
    /// The URL that it stands for.
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}:{}", self.target, self.port)
    }
}

/// The name that is asked for, such as `_etcd-server-ssl-blue._tcp.example.com`. `suffix` may be empty.
pub fn query_name(service: &str, tls: bool, suffix: &str, domain: &str) -> String {
    let tls = if tls { "-ssl" } else { "" };
    let dash = if suffix.is_empty() { "" } else { "-" };
    format!("_{service}{tls}{dash}{suffix}._tcp.{domain}")
}

/// Puts records in the order in which they are to be tried: by priority, and within one priority at random, each as likely to come
/// next as its weight says. `draw` gives a number in `[0, n]`. Records that say that there is no service are left out.
pub fn in_order(mut records: Vec<SrvRecord>, mut draw: impl FnMut(u32) -> u32) -> Vec<SrvRecord> {
    records.retain(|record| !record.target.is_empty());
    // Those without weight come first, so that they have a chance at all.
    records.sort_by(|left, right| (left.priority, left.weight, &left.target).cmp(&(right.priority, right.weight, &right.target)));
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(priority) = records.first().map(|record| record.priority) {
        let same = records.iter().take_while(|record| record.priority == priority);
        let weights: Vec<u32> = same.map(|record| record.weight.into()).collect();
        let mut left = draw(weights.iter().sum());
        let mut at = 0;
        while at + 1 < weights.len() && weights[at] < left {
            left -= weights[at];
            at += 1;
        }
        ordered.push(records.remove(at));
    }
    ordered
}

/// The members that records name, `found` being where each leads. The record that leads to one of the `advertised` places is this
/// member's and gets its `name`; the others are numbered, as nobody says what they are called. Names do not enter into ids, so that
/// each member may number differently.
///
/// # Errors
/// When no record leads to this member, or one by another scheme.
pub fn members(found: &[Place], name: &str, advertised: &[Place], service: &str) -> Result<Vec<InitialMember>, DiscoveryError> {
    let urls = |places: &[Place]| places.iter().map(|place| place.url.clone()).collect::<Vec<_>>();
    let mut own = Vec::new();
    let mut members = Vec::new();
    for place in found {
        let is_own = |advertised: &Place| advertised.is(place) || advertised.meets(place);
        match advertised.iter().find(|advertised| is_own(advertised)) {
            Some(this) if this.scheme() == place.scheme() => own.push(place.url.clone()),
            Some(_) => return Err(DiscoveryError::OtherScheme { found: place.url.clone(), advertised: urls(advertised) }),
            None => members.push(vec![place.url.clone()]),
        }
    }
    if own.is_empty() {
        return Err(DiscoveryError::OwnRecordMissing {
            service: service.to_owned(),
            advertised: urls(advertised),
            found: urls(found),
        });
    }
    let mut numbers = (0_usize..).map(|number| number.to_string()).filter(|number| number != name);
    let numbered = members.into_iter().map(|peer_urls| (numbers.next().expect("numbers do not end"), peer_urls));
    let all = std::iter::once((name.to_owned(), own)).chain(numbered).map(|(name, mut peer_urls)| {
        peer_urls.sort();
        peer_urls.dedup();
        InitialMember { name, peer_urls }
    });
    Ok(all.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(priority: u16, weight: u16, target: &str) -> SrvRecord {
        SrvRecord { priority, weight, port: 2380, target: target.into() }
    }

    fn targets(records: &[SrvRecord]) -> Vec<&str> {
        records.iter().map(|record| record.target.as_str()).collect()
    }

    fn place(url: &str, address: &str) -> Place {
        Place { url: url.into(), addresses: [address.parse().unwrap()].into() }
    }

    #[test]
    fn services_are_named_as_etcd_names_them() {
        assert_eq!(query_name(SERVER_SERVICE, true, "", "example.com"), "_etcd-server-ssl._tcp.example.com");
        assert_eq!(query_name(CLIENT_SERVICE, false, "blue", "example.com"), "_etcd-client-blue._tcp.example.com");
        assert_eq!(query_name(SERVER_SERVICE, true, "blue", "x"), "_etcd-server-ssl-blue._tcp.x");
    }

    #[test]
    fn lower_priorities_come_first_whatever_the_weights() {
        let records = vec![record(20, 100, "c"), record(10, 0, "a"), record(10, 5, "b"), record(0, 0, "first")];
        for drawn in [0, 1, 5] {
            let ordered = in_order(records.clone(), |most| drawn.min(most));
            assert_eq!((targets(&ordered)[0], targets(&ordered)[3]), ("first", "c"));
        }
    }

    #[test]
    fn within_a_priority_the_draw_falls_on_a_share_as_large_as_the_weight() {
        let records = vec![record(1, 60, "heavy"), record(1, 0, "none"), record(1, 20, "light"), record(1, 20, "second")];
        let first = |drawn: u32| {
            let ordered = in_order(records.clone(), |most| drawn.min(most));
            assert_eq!(ordered.len(), 4);
            ordered[0].target.clone()
        };
        let firsts: Vec<String> = (0..=100).map(first).collect();
        let count = |target: &str| firsts.iter().filter(|first| *first == target).count();
        assert_eq!((count("none"), count("light"), count("second"), count("heavy")), (1, 20, 20, 60));
    }

    #[test]
    fn a_record_without_a_target_says_that_there_is_no_service() {
        assert!(in_order(vec![record(0, 0, "")], |_| 0).is_empty());
    }

    #[test]
    fn the_own_record_gets_the_own_name_and_the_others_are_numbered() {
        let found = [
            place("http://m3.example:2380", "192.0.2.3"),
            place("http://m1.example:2380", "192.0.2.1"),
            place("http://m2.example:2380", "192.0.2.2"),
        ];
        let advertised = [place("http://192.0.2.1:2380", "192.0.2.1")];
        let members = members(&found, "0", &advertised, "s").unwrap();
        let members: Vec<_> = members.iter().map(|member| (member.name.as_str(), member.peer_urls[0].as_str())).collect();
        let expected = [("0", "http://m1.example:2380"), ("1", "http://m3.example:2380"), ("2", "http://m2.example:2380")];
        assert_eq!(members, expected, "a name that is a number is not given twice");
    }

    #[test]
    fn a_member_that_no_record_leads_to_is_refused() {
        let found = [place("http://m1.example:2380", "192.0.2.1")];
        let members = |url| members(&found, "m", &[place(url, "192.0.2.1")], "s");
        assert!(matches!(members("http://192.0.2.1:2381"), Err(DiscoveryError::OwnRecordMissing { .. })));
        assert!(matches!(members("https://192.0.2.1:2380"), Err(DiscoveryError::OtherScheme { .. })));
        assert!(members("http://192.0.2.1:2380").is_ok());
    }
}
