//! The members of the cluster, as every member knows them, and how ids are made.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use quorate_proto::membershippb::{self, Attributes, RaftAttributes};
use sha1::{Digest, Sha1};

use super::backend::{BackendError, DurableRead, Generation, Result, Table, table::meta};

/// A member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    pub id: u64,
    /// Empty until the member has published itself.
    pub name: String,
    pub peer_urls: Vec<String>,
    pub client_urls: Vec<String>,
    pub is_learner: bool,
}

impl Member {
    /// Encodes for the log and the disk.
    pub fn encode(&self) -> Vec<u8> {
        membershippb::Member {
            id: self.id,
            raft_attributes: Some(RaftAttributes { peer_urls: self.peer_urls.clone(), is_learner: self.is_learner }),
            member_attributes: Some(Attributes { name: self.name.clone(), client_urls: self.client_urls.clone() }),
        }
        .encode_to_vec()
    }

    /// Decodes what [`Self::encode`] made; `None` for other bytes.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let member = membershippb::Member::decode(bytes).ok()?;
        let raft = member.raft_attributes.unwrap_or_default();
        let own = member.member_attributes.unwrap_or_default();
        let Attributes { name, client_urls } = own;
        Some(Self { id: member.id, name, peer_urls: raft.peer_urls, client_urls, is_learner: raft.is_learner })
    }
}

/// The member id of an initial member: the first eight bytes of SHA-1 over its sorted peer URLs and the cluster token.
///
/// Source: etcd 3.7.
pub fn member_id(peer_urls: &[String], token: &str) -> u64 {
    let mut urls = peer_urls.to_vec();
    urls.sort_unstable();
    let mut hash = Sha1::new();
    urls.iter().for_each(|url| hash.update(url));
    hash.update(token);
    first_eight(hash)
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

fn first_eight(hash: Sha1) -> u64 {
    let digest = hash.finalize();
    u64::from_be_bytes(digest[..8].try_into().expect("SHA-1 has twenty bytes"))
}

/// Who belongs to the cluster. Changed by apply alone.
#[derive(Clone, Debug, Default)]
pub struct Membership {
    members: BTreeMap<u64, Member>,
    removed: BTreeSet<u64>,
    cluster_version: Option<String>,
}

impl Membership {
    /// Reads the members from the disk.
    pub fn load(disk: &dyn DurableRead) -> Result<Self> {
        let mut membership = Self::default();
        for row in disk.scan(Table::Member, &[])? {
            let (key, value) = row?;
            let damaged = || BackendError::Damaged { table: Table::Member.name(), key: key.to_vec() };
            let id = u64::from_be_bytes(key.try_into().map_err(|_| damaged())?);
            if value.is_empty() {
                membership.removed.insert(id);
            } else {
                membership.members.insert(id, Member::decode(value).ok_or_else(damaged)?);
            }
        }
        if let Some(version) = disk.get(Table::Meta, meta::CLUSTER_VERSION)? {
            membership.cluster_version = Some(String::from_utf8_lossy(version).into_owned());
        }
        Ok(membership)
    }

    /// Members by id.
    pub fn iter(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    pub fn get(&self, id: u64) -> Option<&Member> {
        self.members.get(&id)
    }

    pub fn len(&self) -> usize {
        self.members.len()
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub fn is_removed(&self, id: u64) -> bool {
        self.removed.contains(&id)
    }

    /// Adds or replaces a member.
    pub fn set(&mut self, member: Member, out: &Generation) {
        out.put_small(Table::Member, &member.id.to_be_bytes(), &member.encode());
        self.members.insert(member.id, member);
    }

    /// Notes what a member says of itself. Unknown members are passed over: they were removed meanwhile.
    pub fn set_attributes(&mut self, id: u64, name: String, client_urls: Vec<String>, out: &Generation) {
        if let Some(member) = self.members.get(&id).cloned() {
            self.set(Member { name, client_urls, ..member }, out);
        }
    }

    /// The version that all members speak, once decided.
    pub fn cluster_version(&self) -> Option<&str> {
        self.cluster_version.as_deref()
    }

    pub fn set_cluster_version(&mut self, version: String, out: &Generation) {
        out.put_small(Table::Meta, meta::CLUSTER_VERSION, version.as_bytes());
        self.cluster_version = Some(version);
    }
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
    fn member_reads_back() {
        let member =
            Member { id: 7, name: "m".into(), peer_urls: vec!["http://a:1".into()], client_urls: vec![], is_learner: true };
        assert_eq!(Member::decode(&member.encode()), Some(member));
    }
}
