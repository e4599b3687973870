//! Changes of membership: our own word for them, and the bytes that the consensus library keeps in their entries.
//!
//! One member changes at a time; joint configurations are not used. The bytes are protobuf, because the library decodes them when
//! a change is proposed. We encode and decode with `prost`, so that the library's decoder (which has a known weakness on hostile
//! input) only ever sees bytes that we have written ourselves.

use bytes::Bytes;
use prost::Message as _;
use raft::eraftpb::{ConfChange, ConfChangeType};

/// One change of membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipChange {
    /// A new voter, or a learner that becomes one.
    AddVoter(u64),
    AddLearner(u64),
    Remove(u64),
}

impl MembershipChange {
    /// Whom it is about.
    pub fn member(self) -> u64 {
        match self {
            Self::AddVoter(id) | Self::AddLearner(id) | Self::Remove(id) => id,
        }
    }

    fn kind(self) -> ConfChangeType {
        match self {
            Self::AddVoter(_) => ConfChangeType::AddNode,
            Self::Remove(_) => ConfChangeType::RemoveNode,
            Self::AddLearner(_) => ConfChangeType::AddLearnerNode,
        }
    }

    /// For the library.
    pub(super) fn to_raft(self) -> ConfChange {
        let mut change = ConfChange { node_id: self.member(), ..Default::default() };
        change.set_change_type(self.kind());
        change
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct Record {
    #[prost(int32, tag = "2")]
    kind: i32,
    #[prost(uint64, tag = "3")]
    member: u64,
}

/// The entry data of a change.
pub(super) fn encode(change: MembershipChange) -> Bytes {
    Record { kind: change.kind() as i32, member: change.member() }.encode_to_vec().into()
}

/// Reads entry data. An error says what is wrong with it.
pub(super) fn decode(data: &[u8]) -> Result<MembershipChange, String> {
    let record = Record::decode(data).map_err(|error| error.to_string())?;
    if record.member == 0 {
        return Err("member id 0".into());
    }
    match record.kind {
        0 => Ok(MembershipChange::AddVoter(record.member)),
        1 => Ok(MembershipChange::Remove(record.member)),
        2 => Ok(MembershipChange::AddLearner(record.member)),
        other => Err(format!("unknown kind of change {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_bytes_are_what_the_library_decodes() {
        for change in [MembershipChange::AddVoter(u64::MAX), MembershipChange::AddLearner(7), MembershipChange::Remove(1)] {
            let data = encode(change);
            let mut theirs = ConfChange::default();
            protobuf::Message::merge_from_bytes(&mut theirs, &data).unwrap();
            assert_eq!(theirs, change.to_raft());
            assert_eq!(decode(&data), Ok(change));
        }
    }

    #[test]
    fn bytes_with_more_than_a_change_in_them_come_out_as_the_change_alone() {
        let mut nested = encode(MembershipChange::AddVoter(3)).to_vec();
        nested.extend([0x7b; 1000]); // starts of group 15, one in the other
        assert!(decode(&nested).is_err());
        let mut unknown = encode(MembershipChange::AddVoter(3)).to_vec();
        unknown.extend([0x78, 0x01]); // a number as field 15
        assert_eq!(encode(decode(&unknown).unwrap()), encode(MembershipChange::AddVoter(3)));
    }

    #[test]
    fn a_change_of_nobody_or_of_an_unknown_kind_is_refused() {
        assert!(decode(&[]).is_err());
        assert!(decode(&[0x10, 9, 0x18, 1]).is_err());
    }
}
