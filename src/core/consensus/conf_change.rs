//! Changes of membership: our own word for them, and the bytes that the consensus library keeps in their entries.
//!
//! The bytes are protobuf, because the library decodes them when one is proposed. We encode and decode with `prost`, so that
//! the library's decoder (which has a known weakness on hostile input) only ever sees bytes that we have written ourselves.

use bytes::Bytes;
use prost::Message as _;
use raft::eraftpb::{ConfChangeSingle, ConfChangeTransition, ConfChangeType, ConfChangeV2};

use super::log_store::LogKind;

/// Changes in one joint step; the library makes at most as many as there are members.
const CHANGES_MAX: usize = 64;

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
}

#[derive(Clone, PartialEq, prost::Message)]
struct SingleRecord {
    #[prost(int32, tag = "2")]
    change: i32,
    #[prost(uint64, tag = "3")]
    member: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct JointRecord {
    #[prost(int32, tag = "1")]
    transition: i32,
    #[prost(message, repeated, tag = "2")]
    changes: Vec<JointPart>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct JointPart {
    #[prost(int32, tag = "1")]
    change: i32,
    #[prost(uint64, tag = "2")]
    member: u64,
}

/// The entry data of one change.
pub(super) fn encode(change: MembershipChange) -> Bytes {
    let kind = match change {
        MembershipChange::AddVoter(_) => ConfChangeType::AddNode,
        MembershipChange::Remove(_) => ConfChangeType::RemoveNode,
        MembershipChange::AddLearner(_) => ConfChangeType::AddLearnerNode,
    };
    SingleRecord { change: kind as i32, member: change.member() }.encode_to_vec().into()
}

/// Reads entry data of either kind. An error says what is wrong with it.
pub(super) fn decode(kind: LogKind, data: &[u8]) -> Result<ConfChangeV2, String> {
    let mut change = ConfChangeV2::default();
    match kind {
        LogKind::Proposal => return Err("not a change of membership".into()),
        LogKind::ConfChange => {
            let record = SingleRecord::decode(data).map_err(|error| error.to_string())?;
            change.mut_changes().push(part(record.change, record.member)?);
        }
        LogKind::ConfChangeJoint => {
            let record = JointRecord::decode(data).map_err(|error| error.to_string())?;
            if record.changes.len() > CHANGES_MAX {
                return Err(format!("{} changes at once, limit {CHANGES_MAX}", record.changes.len()));
            }
            change.set_transition(match record.transition {
                0 => ConfChangeTransition::Auto,
                1 => ConfChangeTransition::Implicit,
                2 => ConfChangeTransition::Explicit,
                other => return Err(format!("unknown transition {other}")),
            });
            for one in record.changes {
                change.mut_changes().push(part(one.change, one.member)?);
            }
        }
    }
    Ok(change)
}

/// The same change in bytes of our own making; see the module for why.
pub(super) fn canonical(kind: LogKind, data: &[u8]) -> Result<Bytes, String> {
    let change = decode(kind, data)?;
    let part = |one: &ConfChangeSingle| JointPart { change: one.get_change_type() as i32, member: one.node_id };
    Ok(match kind {
        LogKind::ConfChange => {
            let one = part(&change.changes[0]);
            SingleRecord { change: one.change, member: one.member }.encode_to_vec().into()
        }
        _ => JointRecord { transition: change.get_transition() as i32, changes: change.changes.iter().map(part).collect() }
            .encode_to_vec()
            .into(),
    })
}

fn part(kind: i32, member: u64) -> Result<ConfChangeSingle, String> {
    let mut one = ConfChangeSingle { node_id: member, ..Default::default() };
    one.set_change_type(match kind {
        0 => ConfChangeType::AddNode,
        1 => ConfChangeType::RemoveNode,
        2 => ConfChangeType::AddLearnerNode,
        other => return Err(format!("unknown kind of change {other}")),
    });
    if member == 0 {
        return Err("member id 0".into());
    }
    Ok(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_bytes_are_what_the_library_decodes() {
        for change in [MembershipChange::AddVoter(u64::MAX), MembershipChange::AddLearner(7), MembershipChange::Remove(1)] {
            let data = encode(change);
            let mut theirs = raft::eraftpb::ConfChange::default();
            protobuf::Message::merge_from_bytes(&mut theirs, &data).unwrap();
            assert_eq!(theirs.node_id, change.member());
            let ours = decode(LogKind::ConfChange, &data).unwrap();
            assert_eq!(ours.changes[0].get_change_type(), theirs.get_change_type());
            assert_eq!(canonical(LogKind::ConfChange, &data).unwrap(), data);
        }
    }

    #[test]
    fn unknown_fields_do_not_reach_the_library() {
        let mut data = encode(MembershipChange::AddVoter(3)).to_vec();
        data.extend([0x7b; 1000]); // group starts of field 15, nested a thousand deep
        assert!(canonical(LogKind::ConfChange, &data).is_err());
        let mut data = encode(MembershipChange::AddVoter(3)).to_vec();
        data.extend([0x78, 0x01]); // a varint of field 15
        assert_eq!(canonical(LogKind::ConfChange, &data).unwrap(), encode(MembershipChange::AddVoter(3)));
    }

    #[test]
    fn a_change_of_nobody_is_refused() {
        assert!(decode(LogKind::ConfChange, &[]).is_err());
    }
}
