//! The members of the cluster, as every member knows them: who they are ([`Membership`]), how their ids are made ([`ids`]), which
//! changes may happen ([`change`]), which would cost the cluster its quorum ([`quorum`]), what a URL of theirs is ([`urls`]), and which
//! version they speak together ([`version`]).

mod change;
mod ids;
mod quorum;
mod urls;
mod version;

use std::collections::BTreeMap;

use prost::Message;
use quorate_proto::membershippb::{self, Attributes, RaftAttributes};

pub use change::{MemberChange, Operation};
pub use ids::{added_member_id, cluster_id, member_id};
pub use quorum::quorum;
pub use urls::{ParsedUrl, UrlError, UrlPlace, check_peer_urls, parse_url};
pub use version::{UNDECIDED_CLUSTER_VERSION, compare_versions, next_cluster_version};

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

/// Who belongs to the cluster. Changed by apply alone.
#[derive(Clone, Debug, Default)]
pub struct Membership {
    members: BTreeMap<u64, Member>,
    /// Ids that were taken out, with the last name of each.
    removed: BTreeMap<u64, String>,
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
            let member = Member::decode(value).ok_or_else(damaged)?;
            if member.id == 0 {
                membership.removed.insert(id, member.name);
            } else {
                membership.members.insert(id, member);
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
        self.removed.contains_key(&id)
    }

    /// Adds or replaces a member.
    pub fn set(&mut self, member: Member, out: &Generation) {
        out.put_small(Table::Member, &member.id.to_be_bytes(), &member.encode());
        self.members.insert(member.id, member);
    }

    /// Whether a member of this id, in hexadecimal, or this name was taken out.
    pub fn was_removed(&self, id_or_name: &str) -> bool {
        let id = u64::from_str_radix(id_or_name, 16).ok();
        self.removed.iter().any(|(removed, name)| Some(*removed) == id || (!name.is_empty() && name == id_or_name))
    }

    /// Takes a member out for good: its id never comes back. What stays of it is its name, in a row without an id.
    pub fn remove(&mut self, id: u64, out: &Generation) {
        let name = self.members.remove(&id).map(|member| member.name).unwrap_or_default();
        let row = Member { name: name.clone(), ..Member::default() };
        out.put_small(Table::Member, &id.to_be_bytes(), &row.encode());
        self.removed.insert(id, name);
    }

    /// Ids that were taken out.
    pub fn removed(&self) -> impl Iterator<Item = u64> {
        self.removed.keys().copied()
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
    fn member_reads_back() {
        let member =
            Member { id: 7, name: "m".into(), peer_urls: vec!["http://a:1".into()], client_urls: vec![], is_learner: true };
        assert_eq!(Member::decode(&member.encode()), Some(member));
    }

    #[test]
    fn whatever_a_member_is_written_as_it_is_one_or_none() {
        let member = Member { id: 7, name: "m".into(), peer_urls: vec!["http://a:1".into()], ..Member::default() };
        crate::mangle::survives(&[member.encode()], |bytes| {
            if let Some(member) = Member::decode(bytes) {
                assert_eq!(Member::decode(&member.encode()), Some(member));
            }
        });
    }
}
