//! How the ids of members and clusters are made, so that two clusters never mix.

use sha1::{Digest, Sha1};

/// The member id of an initial member: the first eight bytes of SHA-1 over its sorted peer URLs and the cluster token.
///
/// Source: etcd 3.7.
pub fn member_id(peer_urls: &[String], token: &str) -> u64 {
    first_eight(over_urls(peer_urls).chain_update(token))
}

/// The id of a member that is added to a running cluster: as [`member_id`], with the time of the request in the token's place. The
/// same URLs give another member each second, so a removed one's id does not come back.
///
/// Source: etcd 3.7.
pub fn added_member_id(peer_urls: &[String], unix_secs: u64) -> u64 {
    first_eight(over_urls(peer_urls).chain_update(unix_secs.to_string()))
}

/// The cluster id: the first eight bytes of SHA-1 over the initial member ids in ascending order.
///
/// Source: etcd 3.7.
pub fn cluster_id(mut member_ids: Vec<u64>) -> u64 {
    member_ids.sort_unstable();
    let mut hash = Sha1::new();
    member_ids.iter().for_each(|id| hash.update(id.to_be_bytes()));
    first_eight(hash)
}

fn over_urls(peer_urls: &[String]) -> Sha1 {
    let mut urls = peer_urls.to_vec();
    urls.sort_unstable();
    urls.iter().fold(Sha1::new(), |hash, url| hash.chain_update(url))
}

fn first_eight(hash: Sha1) -> u64 {
    let digest = hash.finalize();
    u64::from_be_bytes(digest[..8].try_into().expect("SHA-1 has twenty bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_etcd() {
        // A default etcd: one member on the default peer URL, token "etcd-cluster".
        let id = member_id(&["http://localhost:2380".into()], "etcd-cluster");
        assert_eq!(format!("{id:x}"), "8e9e05c52164694d");
        assert_eq!(format!("{:x}", cluster_id(vec![id])), "cdf818194e3a8c32");
    }

    #[test]
    fn the_same_urls_added_a_second_later_are_another_member() {
        let urls = ["http://a:2380".to_owned()];
        assert_eq!(added_member_id(&urls, 7), member_id(&urls, "7"));
        assert_ne!(added_member_id(&urls, 7), added_member_id(&urls, 8));
    }
}
