//! The structures that are encoded: borrowed views of the protocol's messages with Go's field names and omissions.

use super::Json;
use crate::cmd::{error::CliError, output};
use base64::{Engine, prelude::BASE64_STANDARD};
use quorate_proto::{
    etcdserverpb::{self as pb, response_op::Response},
    mvccpb,
};
use serde::{Serialize, Serializer};
use std::io::Write;

fn zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A byte string as base64.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Bytes<'r>(&'r [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(self.0))
    }
}

/// An id of a member or a cluster.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Id {
    Number(u64),
    Hex(u64),
}

impl Id {
    /// Numbers of zero are left out, texts are not.
    fn omitted(&self) -> bool {
        *self == Self::Number(0)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(id) => serializer.serialize_u64(*id),
            Self::Hex(id) => serializer.collect_str(&format_args!("{id:x}")),
        }
    }
}

#[derive(Serialize)]
pub struct Header {
    #[serde(skip_serializing_if = "Id::omitted")]
    cluster_id: Id,
    #[serde(skip_serializing_if = "Id::omitted")]
    member_id: Id,
    #[serde(skip_serializing_if = "zero")]
    revision: i64,
    #[serde(skip_serializing_if = "zero")]
    raft_term: u64,
}

impl Header {
    pub fn of(header: &Option<pb::ResponseHeader>) -> Option<Self> {
        header.as_ref().map(|header| Self::with(header, Id::Number))
    }

    /// The header whose fields stand among those of its reply.
    pub fn flat(header: &Option<pb::ResponseHeader>) -> Self {
        Self::with(&header.unwrap_or_default(), Id::Number)
    }

    pub fn with(header: &pb::ResponseHeader, id: fn(u64) -> Id) -> Self {
        Self {
            cluster_id: id(header.cluster_id),
            member_id: id(header.member_id),
            revision: header.revision,
            raft_term: header.raft_term,
        }
    }
}

#[derive(Serialize)]
pub struct HeaderOnly {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<Header>,
}

impl HeaderOnly {
    pub fn of(header: &Option<pb::ResponseHeader>) -> Self {
        Self { header: Header::of(header) }
    }
}

#[derive(Serialize)]
pub struct KeyValue<'r> {
    #[serde(skip_serializing_if = "zero")]
    key: Bytes<'r>,
    #[serde(skip_serializing_if = "zero")]
    create_revision: i64,
    #[serde(skip_serializing_if = "zero")]
    mod_revision: i64,
    #[serde(skip_serializing_if = "zero")]
    version: i64,
    #[serde(skip_serializing_if = "zero")]
    value: Bytes<'r>,
    #[serde(skip_serializing_if = "zero")]
    lease: i64,
}

impl<'r> KeyValue<'r> {
    fn of(kv: &'r mvccpb::KeyValue) -> Self {
        Self {
            key: Bytes(&kv.key),
            create_revision: kv.create_revision,
            mod_revision: kv.mod_revision,
            version: kv.version,
            value: Bytes(&kv.value),
            lease: kv.lease,
        }
    }
}

#[derive(Serialize)]
pub struct Put<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Header>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_kv: Option<KeyValue<'r>>,
}

impl<'r> Put<'r> {
    pub fn of(reply: &'r pb::PutResponse) -> Self {
        Self { header: Header::of(&reply.header), prev_kv: reply.prev_kv.as_ref().map(KeyValue::of) }
    }
}

#[derive(Serialize)]
pub struct Range<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Header>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kvs: Vec<KeyValue<'r>>,
    #[serde(skip_serializing_if = "zero")]
    more: bool,
    #[serde(skip_serializing_if = "zero")]
    count: i64,
}

impl<'r> Range<'r> {
    pub fn of(reply: &'r pb::RangeResponse) -> Self {
        Self {
            header: Header::of(&reply.header),
            kvs: reply.kvs.iter().map(KeyValue::of).collect(),
            more: reply.more,
            count: reply.count,
        }
    }
}

#[derive(Serialize)]
pub struct Del<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Header>,
    #[serde(skip_serializing_if = "zero")]
    deleted: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prev_kvs: Vec<KeyValue<'r>>,
}

impl<'r> Del<'r> {
    pub fn of(reply: &'r pb::DeleteRangeResponse) -> Self {
        let prev_kvs = reply.prev_kvs.iter().map(KeyValue::of).collect();
        Self { header: Header::of(&reply.header), deleted: reply.deleted, prev_kvs }
    }
}

#[derive(Serialize)]
pub struct Txn<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Header>,
    #[serde(skip_serializing_if = "zero")]
    succeeded: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    responses: Vec<Op<'r>>,
}

#[derive(Serialize)]
struct Op<'r> {
    #[serde(rename = "Response")]
    response: OpReply<'r>,
}

#[derive(Default, Serialize)]
struct OpReply<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    response_range: Option<Range<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_put: Option<Put<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_delete_range: Option<Del<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_txn: Option<Txn<'r>>,
}

impl<'r> Txn<'r> {
    pub fn of(reply: &'r pb::TxnResponse) -> Self {
        let responses = reply.responses.iter().map(|op| Op { response: OpReply::of(op) }).collect();
        Self { header: Header::of(&reply.header), succeeded: reply.succeeded, responses }
    }
}

impl<'r> OpReply<'r> {
    fn of(op: &'r pb::ResponseOp) -> Self {
        let mut reply = Self::default();
        match &op.response {
            Some(Response::ResponseRange(range)) => reply.response_range = Some(Range::of(range)),
            Some(Response::ResponsePut(put)) => reply.response_put = Some(Put::of(put)),
            Some(Response::ResponseDeleteRange(del)) => reply.response_delete_range = Some(Del::of(del)),
            Some(Response::ResponseTxn(txn)) => reply.response_txn = Some(Txn::of(txn)),
            None => {}
        }
        reply
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Watch<'r> {
    header: Option<Header>,
    /// `null` when there are none.
    events: Option<Vec<Event<'r>>>,
    compact_revision: i64,
    canceled: bool,
    created: bool,
    cancel_reason: &'r str,
}

#[derive(Serialize)]
struct Event<'r> {
    #[serde(skip_serializing_if = "zero", rename = "type")]
    kind: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    kv: Option<KeyValue<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_kv: Option<KeyValue<'r>>,
}

impl<'r> Watch<'r> {
    pub fn of(reply: &'r pb::WatchResponse) -> Self {
        let events = reply.events.iter().map(|event| Event {
            kind: event.r#type,
            kv: event.kv.as_ref().map(KeyValue::of),
            prev_kv: event.prev_kv.as_ref().map(KeyValue::of),
        });
        Self {
            header: Header::of(&reply.header),
            events: (!reply.events.is_empty()).then(|| events.collect()),
            compact_revision: reply.compact_revision,
            canceled: reply.canceled,
            created: reply.created,
            cancel_reason: &reply.cancel_reason,
        }
    }
}

#[derive(Serialize)]
pub struct Grant<'r> {
    #[serde(flatten)]
    pub header: Header,
    #[serde(rename = "ID")]
    pub id: i64,
    #[serde(rename = "TTL")]
    pub ttl: i64,
    #[serde(rename = "Error")]
    pub error: &'r str,
}

#[derive(Serialize)]
pub struct KeepAlive {
    #[serde(flatten)]
    pub header: Header,
    #[serde(rename = "ID")]
    pub id: i64,
    #[serde(rename = "TTL")]
    pub ttl: i64,
}

#[derive(Serialize)]
pub struct TimeToLive<'r> {
    #[serde(flatten)]
    header: Header,
    id: i64,
    ttl: i64,
    #[serde(rename = "granted-ttl")]
    granted_ttl: i64,
    /// `null` when no keys are attached, or none were asked for.
    keys: Option<Vec<Bytes<'r>>>,
}

impl<'r> TimeToLive<'r> {
    pub fn of(reply: &'r pb::LeaseTimeToLiveResponse) -> Self {
        Self {
            header: Header::flat(&reply.header),
            id: reply.id,
            ttl: reply.ttl,
            granted_ttl: reply.granted_ttl,
            keys: (!reply.keys.is_empty()).then(|| reply.keys.iter().map(|key| Bytes(key)).collect()),
        }
    }
}

#[derive(Serialize)]
pub struct Leases {
    #[serde(flatten)]
    header: Header,
    leases: Vec<LeaseId>,
}

#[derive(Serialize)]
struct LeaseId {
    id: i64,
}

impl Leases {
    pub fn of(reply: &pb::LeaseLeasesResponse) -> Self {
        let leases = reply.leases.iter().map(|lease| LeaseId { id: lease.id }).collect();
        Self { header: Header::flat(&reply.header), leases }
    }
}

#[derive(Serialize)]
struct Members<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Header>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<Member<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    members: Vec<Member<'r>>,
}

#[derive(Serialize)]
pub struct Member<'r> {
    #[serde(rename = "ID", skip_serializing_if = "Id::omitted")]
    id: Id,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'r str,
    #[serde(rename = "peerURLs", skip_serializing_if = "<[_]>::is_empty")]
    peer_urls: &'r [String],
    #[serde(rename = "clientURLs", skip_serializing_if = "<[_]>::is_empty")]
    client_urls: &'r [String],
    #[serde(rename = "isLearner", skip_serializing_if = "zero")]
    is_learner: bool,
}

impl<'r> Member<'r> {
    pub fn of(member: &'r pb::Member, id: fn(u64) -> Id) -> Self {
        Self {
            id: id(member.id),
            name: &member.name,
            peer_urls: &member.peer_ur_ls,
            client_urls: &member.client_ur_ls,
            is_learner: member.is_learner,
        }
    }
}

impl Json {
    /// A reply that lists members, with the one that was added if one was.
    pub(super) fn members(
        &self,
        out: &mut dyn Write,
        header: &Option<pb::ResponseHeader>,
        added: Option<&pb::Member>,
        members: &[pb::Member],
    ) -> Result<(), CliError> {
        let id = if self.hex { Id::Hex } else { Id::Number };
        let view = Members {
            header: header.as_ref().map(|header| Header::with(header, id)),
            member: added.map(|member| Member::of(member, id)),
            members: members.iter().map(|member| Member::of(member, id)).collect(),
        };
        super::encode::line(out, &view)
    }
}

#[derive(Serialize)]
pub struct Health<'r> {
    endpoint: &'r str,
    health: bool,
    took: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'r str>,
}

impl<'r> Health<'r> {
    pub fn of(health: &'r output::Health) -> Self {
        let error = health.error.as_deref();
        Self { endpoint: &health.endpoint, health: error.is_none(), took: &health.took, error }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Status<'r> {
    endpoint: &'r str,
    status: StatusFields<'r>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusFields<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Header>,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'r str,
    #[serde(skip_serializing_if = "zero")]
    db_size: i64,
    #[serde(skip_serializing_if = "zero")]
    leader: u64,
    #[serde(skip_serializing_if = "zero")]
    raft_index: u64,
    #[serde(skip_serializing_if = "zero")]
    raft_term: u64,
    #[serde(skip_serializing_if = "zero")]
    raft_applied_index: u64,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'r [String],
    #[serde(skip_serializing_if = "zero")]
    db_size_in_use: i64,
    #[serde(skip_serializing_if = "zero")]
    is_learner: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    storage_version: &'r str,
    #[serde(skip_serializing_if = "zero")]
    db_size_quota: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    downgrade_info: Option<Downgrade<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Downgrade<'r> {
    #[serde(skip_serializing_if = "zero")]
    enabled: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    target_version: &'r str,
}

impl<'r> Status<'r> {
    pub fn of(endpoint: &'r str, status: &'r pb::StatusResponse) -> Self {
        let downgrade = |info: &'r pb::DowngradeInfo| Downgrade { enabled: info.enabled, target_version: &info.target_version };
        let status = StatusFields {
            header: Header::of(&status.header),
            version: &status.version,
            db_size: status.db_size,
            leader: status.leader,
            raft_index: status.raft_index,
            raft_term: status.raft_term,
            raft_applied_index: status.raft_applied_index,
            errors: &status.errors,
            db_size_in_use: status.db_size_in_use,
            is_learner: status.is_learner,
            storage_version: &status.storage_version,
            db_size_quota: status.db_size_quota,
            downgrade_info: status.downgrade_info.as_ref().map(downgrade),
        };
        Self { endpoint, status }
    }
}

#[derive(Serialize)]
pub struct HashKv<'r> {
    #[serde(rename = "Endpoint")]
    endpoint: &'r str,
    #[serde(rename = "HashKV")]
    reply: HashFields,
}

#[derive(Serialize)]
struct HashFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Header>,
    #[serde(skip_serializing_if = "zero")]
    hash: u32,
    #[serde(skip_serializing_if = "zero")]
    compact_revision: i64,
    #[serde(skip_serializing_if = "zero")]
    hash_revision: i64,
}

impl<'r> HashKv<'r> {
    pub fn of(endpoint: &'r str, reply: &pb::HashKvResponse) -> Self {
        let reply = HashFields {
            header: Header::of(&reply.header),
            hash: reply.hash,
            compact_revision: reply.compact_revision,
            hash_revision: reply.hash_revision,
        };
        Self { endpoint, reply }
    }
}

#[derive(Serialize)]
pub struct Alarms {
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Header>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alarms: Vec<Alarm>,
}

#[derive(Serialize)]
struct Alarm {
    #[serde(rename = "memberID", skip_serializing_if = "zero")]
    member_id: u64,
    #[serde(skip_serializing_if = "zero")]
    alarm: i32,
}

impl Alarms {
    pub fn of(reply: &pb::AlarmResponse) -> Self {
        let alarms = reply.alarms.iter().map(|alarm| Alarm { member_id: alarm.member_id, alarm: alarm.alarm }).collect();
        Self { header: Header::of(&reply.header), alarms }
    }
}
