//! Commands: the closed set of operations that are replicated, and their bytes in the log.
//!
//! The bytes are those of etcd's `InternalRaftRequest`: a header with the proposal's id, and one operation. (Operations that etcd
//! does not have in its log as such have numbers from 20,000 on.) The generated type has
//! forty optional fields, so it is read and written here field by field.

use bytes::{Bytes, BytesMut};
use prost::{
    DecodeError, Message,
    encoding::{
        DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, encoded_len_varint, key_len, skip_field,
    },
};
use quorate_proto::{
    etcdserverpb::{
        AlarmRequest, CompactionRequest, DeleteRangeRequest, LeaseCheckpointRequest, LeaseGrantRequest, LeaseRevokeRequest,
        MemberUpdateRequest, PutRequest, RequestHeader, TxnRequest,
    },
    membershippb::{ClusterMemberAttrSetRequest, ClusterVersionSetRequest},
};

use super::super::auth::{AuthCommand, Author};

/// What is replicated: an operation and the id by which the member that proposed it finds who waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Unique among proposals under way; made by the proposing member.
    pub id: u64,
    /// Who asked for it, as the member that took the request knows. Nobody while authentication is off, and for what members do by
    /// themselves.
    pub author: Author,
    pub command: Command,
}

/// One operation. Whatever must be chosen (lease id, effective TTL) was chosen before it was proposed.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Put(PutRequest),
    DeleteRange(DeleteRangeRequest),
    Txn(TxnRequest),
    Compact(CompactionRequest),
    LeaseGrant(LeaseGrantRequest),
    LeaseRevoke(LeaseRevokeRequest),
    LeaseCheckpoint(LeaseCheckpointRequest),
    Alarm(AlarmRequest),
    ClusterVersion(ClusterVersionSetRequest),
    MemberAttributes(ClusterMemberAttrSetRequest),
    MemberUpdate(MemberUpdateRequest),
    LeaseExpire(LeaseExpiry),
    Auth(AuthCommand),
}

/// The end of a lease, as the leader of a term says. An entry of another term does nothing: a proposal of a leader that was deposed
/// meanwhile reached the next one, who has given the lease its time anew.
#[derive(Clone, PartialEq, prost::Message)]
pub struct LeaseExpiry {
    #[prost(int64, tag = "1")]
    pub id: i64,
    #[prost(uint64, tag = "2")]
    pub term: u64,
}

const TAG_HEADER: u32 = 100;

impl Command {
    fn tag(&self) -> u32 {
        match self {
            Self::Put(_) => 4,
            Self::DeleteRange(_) => 5,
            Self::Txn(_) => 6,
            Self::Compact(_) => 7,
            Self::LeaseGrant(_) => 8,
            Self::LeaseRevoke(_) => 9,
            Self::Alarm(_) => 10,
            Self::LeaseCheckpoint(_) => 11,
            Self::ClusterVersion(_) => 1300,
            Self::MemberAttributes(_) => 1301,
            Self::MemberUpdate(_) => 20_000,
            Self::LeaseExpire(_) => 20_002,
            Self::Auth(command) => auth_tag(command),
        }
    }

    fn body_len(&self) -> usize {
        match self {
            Self::Put(m) => Message::encoded_len(m),
            Self::DeleteRange(m) => Message::encoded_len(m),
            Self::Txn(m) => Message::encoded_len(m),
            Self::Compact(m) => Message::encoded_len(m),
            Self::LeaseGrant(m) => Message::encoded_len(m),
            Self::LeaseRevoke(m) => Message::encoded_len(m),
            Self::Alarm(m) => Message::encoded_len(m),
            Self::LeaseCheckpoint(m) => Message::encoded_len(m),
            Self::ClusterVersion(m) => Message::encoded_len(m),
            Self::MemberAttributes(m) => Message::encoded_len(m),
            Self::MemberUpdate(m) => Message::encoded_len(m),
            Self::LeaseExpire(m) => Message::encoded_len(m),
            Self::Auth(command) => auth_body(command).encoded_len(),
        }
    }

    fn encode_body(&self, out: &mut BytesMut) {
        match self {
            Self::Put(m) => m.encode_raw(out),
            Self::DeleteRange(m) => m.encode_raw(out),
            Self::Txn(m) => m.encode_raw(out),
            Self::Compact(m) => m.encode_raw(out),
            Self::LeaseGrant(m) => m.encode_raw(out),
            Self::LeaseRevoke(m) => m.encode_raw(out),
            Self::Alarm(m) => m.encode_raw(out),
            Self::LeaseCheckpoint(m) => m.encode_raw(out),
            Self::ClusterVersion(m) => m.encode_raw(out),
            Self::MemberAttributes(m) => m.encode_raw(out),
            Self::MemberUpdate(m) => m.encode_raw(out),
            Self::LeaseExpire(m) => m.encode_raw(out),
            Self::Auth(command) => auth_body(command).encode_to(out),
        }
    }

    fn decode_body(tag: u32, body: Bytes) -> Result<Option<Self>, DecodeError> {
        Ok(Some(match tag {
            4 => Self::Put(PutRequest::decode(body)?),
            5 => Self::DeleteRange(DeleteRangeRequest::decode(body)?),
            6 => Self::Txn(TxnRequest::decode(body)?),
            7 => Self::Compact(CompactionRequest::decode(body)?),
            8 => Self::LeaseGrant(LeaseGrantRequest::decode(body)?),
            9 => Self::LeaseRevoke(LeaseRevokeRequest::decode(body)?),
            10 => Self::Alarm(AlarmRequest::decode(body)?),
            11 => Self::LeaseCheckpoint(LeaseCheckpointRequest::decode(body)?),
            1300 => Self::ClusterVersion(ClusterVersionSetRequest::decode(body)?),
            1301 => Self::MemberAttributes(ClusterMemberAttrSetRequest::decode(body)?),
            20_000 => Self::MemberUpdate(MemberUpdateRequest::decode(body)?),
            20_002 => Self::LeaseExpire(LeaseExpiry::decode(body)?),
            _ => return Ok(auth_from(tag, body)?.map(Self::Auth)),
        }))
    }
}

fn auth_tag(command: &AuthCommand) -> u32 {
    match command {
        AuthCommand::Enable(_) => 1000,
        AuthCommand::Disable(_) => 1011,
        AuthCommand::UserAdd(_) => 1100,
        AuthCommand::UserDelete(_) => 1101,
        AuthCommand::UserChangePassword(_) => 1103,
        AuthCommand::UserGrantRole(_) => 1104,
        AuthCommand::UserRevokeRole(_) => 1105,
        AuthCommand::RoleAdd(_) => 1200,
        AuthCommand::RoleDelete(_) => 1201,
        AuthCommand::RoleGrantPermission(_) => 1203,
        AuthCommand::RoleRevokePermission(_) => 1204,
        AuthCommand::TokenIssue(_) => 20_003,
        AuthCommand::TokenRenew(_) => 20_004,
    }
}

fn auth_from(tag: u32, body: Bytes) -> Result<Option<AuthCommand>, DecodeError> {
    Ok(Some(match tag {
        1000 => AuthCommand::Enable(Message::decode(body)?),
        1011 => AuthCommand::Disable(Message::decode(body)?),
        1100 => AuthCommand::UserAdd(Message::decode(body)?),
        1101 => AuthCommand::UserDelete(Message::decode(body)?),
        1103 => AuthCommand::UserChangePassword(Message::decode(body)?),
        1104 => AuthCommand::UserGrantRole(Message::decode(body)?),
        1105 => AuthCommand::UserRevokeRole(Message::decode(body)?),
        1200 => AuthCommand::RoleAdd(Message::decode(body)?),
        1201 => AuthCommand::RoleDelete(Message::decode(body)?),
        1203 => AuthCommand::RoleGrantPermission(Message::decode(body)?),
        1204 => AuthCommand::RoleRevokePermission(Message::decode(body)?),
        20_003 => AuthCommand::TokenIssue(Message::decode(body)?),
        20_004 => AuthCommand::TokenRenew(Message::decode(body)?),
        _ => return Ok(None),
    }))
}

/// A message of any type, as far as writing it needs.
trait Body {
    fn encoded_len(&self) -> usize;
    fn encode_to(&self, out: &mut BytesMut);
}

impl<M: Message> Body for M {
    fn encoded_len(&self) -> usize {
        Message::encoded_len(self)
    }

    fn encode_to(&self, out: &mut BytesMut) {
        self.encode_raw(out);
    }
}

fn auth_body(command: &AuthCommand) -> &dyn Body {
    match command {
        AuthCommand::Enable(m) => m,
        AuthCommand::Disable(m) => m,
        AuthCommand::UserAdd(m) => m,
        AuthCommand::UserDelete(m) => m,
        AuthCommand::UserChangePassword(m) => m,
        AuthCommand::UserGrantRole(m) => m,
        AuthCommand::UserRevokeRole(m) => m,
        AuthCommand::RoleAdd(m) => m,
        AuthCommand::RoleDelete(m) => m,
        AuthCommand::RoleGrantPermission(m) => m,
        AuthCommand::RoleRevokePermission(m) => m,
        AuthCommand::TokenIssue(m) => m,
        AuthCommand::TokenRenew(m) => m,
    }
}

impl Proposal {
    /// The bytes for the log, in one allocation.
    pub fn encode(&self) -> Bytes {
        let header = RequestHeader { id: self.id, username: self.author.user.clone(), auth_revision: self.author.revision };
        let header_len = Message::encoded_len(&header);
        let (tag, body_len) = (self.command.tag(), self.command.body_len());
        let framed = |tag, len: usize| key_len(tag) + encoded_len_varint(len as u64) + len;
        let mut out = BytesMut::with_capacity(framed(TAG_HEADER, header_len) + framed(tag, body_len));
        encode_key(TAG_HEADER, WireType::LengthDelimited, &mut out);
        encode_varint(header_len as u64, &mut out);
        header.encode_raw(&mut out);
        encode_key(tag, WireType::LengthDelimited, &mut out);
        encode_varint(body_len as u64, &mut out);
        self.command.encode_body(&mut out);
        out.freeze()
    }

    /// Reads an entry of the log.
    ///
    /// # Errors
    /// When the bytes are not a proposal, or hold an operation that this program does not know: it must then not be skipped,
    /// since other members may have applied it.
    pub fn decode(mut bytes: Bytes) -> Result<Self, UnknownCommand> {
        let damaged = |error: DecodeError| UnknownCommand(error.to_string());
        let (mut header, mut command) = (RequestHeader::default(), None);
        while !bytes.is_empty() {
            let (tag, wire_type) = decode_key(&mut bytes).map_err(damaged)?;
            if wire_type != WireType::LengthDelimited {
                skip_field(wire_type, tag, &mut bytes, DecodeContext::default()).map_err(damaged)?;
                continue;
            }
            let len = decode_varint(&mut bytes).map_err(damaged)? as usize;
            if len > bytes.len() {
                return Err(UnknownCommand("an operation is cut off".into()));
            }
            let body = bytes.split_to(len);
            if tag == TAG_HEADER {
                header = RequestHeader::decode(body).map_err(damaged)?;
            } else {
                command = Command::decode_body(tag, body).map_err(damaged)?;
            }
        }
        let command = command.ok_or_else(|| UnknownCommand("an operation that this version does not know".into()))?;
        let RequestHeader { id, username: user, auth_revision: revision } = header;
        Ok(Self { id, author: Author { user, revision }, command })
    }
}

/// An entry of the log that cannot be applied.
#[derive(Debug, thiserror::Error)]
#[error("log entry: {0}")]
pub struct UnknownCommand(String);

#[cfg(test)]
mod tests {
    use quorate_proto::etcdserverpb::{AuthRoleAddRequest, Compare, InternalRaftRequest, LeaseCheckpoint, RequestOp, request_op};

    use super::*;
    use crate::mangle::survives;

    #[test]
    fn bytes_are_those_of_the_internal_raft_request() {
        let put = PutRequest { key: "k".into(), value: "v".into(), lease: 5, ..PutRequest::default() };
        let author = Author { user: "u".into(), revision: 7 };
        let proposal = Proposal { id: u64::MAX, author, command: Command::Put(put.clone()) };
        let bytes = proposal.encode();
        let theirs = InternalRaftRequest::decode(bytes.clone()).unwrap();
        let header = theirs.header.unwrap();
        assert_eq!((header.id, header.username.as_str(), header.auth_revision), (u64::MAX, "u", 7));
        assert_eq!(theirs.put.unwrap(), put);
        assert_eq!(Proposal::decode(bytes).unwrap(), proposal);
    }

    #[test]
    fn unknown_operations_are_not_skipped() {
        let theirs = InternalRaftRequest {
            auth_status: Some(quorate_proto::etcdserverpb::AuthStatusRequest::default()),
            ..Default::default()
        };
        assert!(Proposal::decode(theirs.encode_to_vec().into()).is_err());
        assert!(Proposal::decode(Bytes::from_static(&[0xa2, 0x06, 0x7f])).is_err());
    }

    /// What is read means something: it says again what it was read from.
    #[test]
    fn whatever_the_log_holds_is_a_proposal_or_refused() {
        let range = RequestOp { request: Some(request_op::Request::RequestDeleteRange(DeleteRangeRequest::default())) };
        let txn = TxnRequest {
            compare: vec![Compare { key: "k".into(), ..Compare::default() }],
            success: vec![range],
            failure: vec![],
        };
        let lease = LeaseCheckpoint { id: 7, remaining_ttl: 60 };
        let good: Vec<_> = [
            Command::Put(PutRequest { key: "k".into(), value: "v".into(), lease: 5, ..PutRequest::default() }),
            Command::Txn(txn),
            Command::Compact(CompactionRequest { revision: 9, physical: true }),
            Command::LeaseCheckpoint(LeaseCheckpointRequest { checkpoints: vec![lease; 3] }),
            Command::MemberUpdate(MemberUpdateRequest { id: 3, peer_ur_ls: vec!["http://a:1".into()] }),
            Command::Auth(AuthCommand::RoleAdd(AuthRoleAddRequest { name: "r".into() })),
        ]
        .into_iter()
        .map(|command| Proposal { id: 1, author: Author { user: "u".into(), revision: 2 }, command }.encode().to_vec())
        .collect();
        survives(&good, |bytes| {
            if let Ok(proposal) = Proposal::decode(Bytes::copy_from_slice(bytes)) {
                assert_eq!(Proposal::decode(proposal.encode()).unwrap(), proposal);
            }
        });
    }
}
