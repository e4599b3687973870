//! Replies for the tests of the printers.

use super::{Health, MemberDetail, PlanStep, Printer, Reply, Votes};
use crate::cmd::error::Kind;
use quorate_proto::{
    etcdserverpb::*,
    mvccpb::{Event, KeyValue, event::EventType},
};

/// What a printer writes.
pub fn printed(printer: &dyn Printer, reply: Reply<'_>) -> String {
    let mut out = Vec::new();
    printer.print(&mut out, reply).unwrap();
    String::from_utf8(out).unwrap()
}

/// What a printer says when it has no form for a reply.
pub fn refused(printer: &dyn Printer, reply: Reply<'_>) -> String {
    let mut out = Vec::new();
    let error = printer.print(&mut out, reply).unwrap_err();
    assert_eq!((error.kind(), out.len()), (Kind::Unsupported, 0));
    error.to_string()
}

#[expect(clippy::unnecessary_wraps, reason = "the fields of replies are optional")]
pub fn header() -> Option<ResponseHeader> {
    Some(ResponseHeader { cluster_id: 1, member_id: 42, revision: 7, raft_term: 2 })
}

pub fn kv() -> KeyValue {
    KeyValue { key: "foo".into(), create_revision: 2, mod_revision: 3, version: 2, value: "bar".into(), lease: 255 }
}

pub fn put() -> PutResponse {
    PutResponse { header: header(), prev_kv: Some(kv()) }
}

pub fn range() -> RangeResponse {
    RangeResponse { header: header(), kvs: vec![kv()], more: true, count: 3 }
}

pub fn del() -> DeleteRangeResponse {
    DeleteRangeResponse { header: header(), deleted: 1, prev_kvs: vec![kv()] }
}

pub fn txn() -> TxnResponse {
    use response_op::Response;
    let inner = Some(ResponseHeader { revision: 7, ..Default::default() });
    let responses = [
        Response::ResponsePut(PutResponse { header: inner, ..put() }),
        Response::ResponseRange(RangeResponse { header: inner, ..range() }),
        Response::ResponseDeleteRange(DeleteRangeResponse { header: inner, ..del() }),
        Response::ResponseTxn(TxnResponse { header: inner, succeeded: false, responses: Vec::new() }),
    ];
    let responses = responses.map(|response| ResponseOp { response: Some(response) }).into();
    TxnResponse { header: header(), succeeded: true, responses }
}

pub fn watch() -> WatchResponse {
    let gone = KeyValue { key: "foo".into(), mod_revision: 4, ..Default::default() };
    let put = Event { r#type: EventType::Put.into(), kv: Some(kv()), prev_kv: None };
    let delete = Event { r#type: EventType::Delete.into(), kv: Some(gone), prev_kv: Some(kv()) };
    WatchResponse { header: header(), events: vec![put, delete], ..Default::default() }
}

pub fn grant() -> LeaseGrantResponse {
    LeaseGrantResponse { header: header(), id: 255, ttl: 60, error: String::new() }
}

pub fn keep_alive() -> LeaseKeepAliveResponse {
    LeaseKeepAliveResponse { header: header(), id: 255, ttl: 60 }
}

pub fn time_to_live_reply() -> LeaseTimeToLiveResponse {
    LeaseTimeToLiveResponse { header: header(), id: 255, ttl: 59, granted_ttl: 60, keys: vec!["a".into(), "b".into()] }
}

pub fn leases() -> LeaseLeasesResponse {
    LeaseLeasesResponse { header: header(), leases: vec![LeaseStatus { id: 255 }] }
}

pub fn member() -> Member {
    Member {
        id: 42,
        name: "m1".to_owned(),
        peer_ur_ls: vec!["http://a:1".to_owned(), "http://b:1".to_owned()],
        client_ur_ls: vec!["http://a:2".to_owned()],
        is_learner: false,
    }
}

pub fn members() -> MemberListResponse {
    let header = header().map(|header| ResponseHeader { revision: 0, ..header });
    MemberListResponse { header, members: vec![member()] }
}

pub fn member_added() -> MemberAddResponse {
    let added = Member { id: 43, peer_ur_ls: vec!["http://c:1".to_owned()], is_learner: true, ..Default::default() };
    MemberAddResponse { header: members().header, member: Some(added.clone()), members: vec![member(), added] }
}

pub fn detail(member: &Member) -> MemberDetail<'_> {
    MemberDetail {
        member,
        role: "leader",
        illness: None,
        lag: Some(0),
        term: Some(2),
        version: Some("3.7.1".to_owned()),
        db_size: Some(20_480),
        db_size_in_use: Some(16_384),
        endpoint: Some("http://a:2".to_owned()),
    }
}

pub fn silent(member: &Member) -> MemberDetail<'_> {
    MemberDetail {
        member,
        role: "follower",
        illness: Some("no answer".to_owned()),
        lag: None,
        term: None,
        version: None,
        db_size: None,
        db_size_in_use: None,
        endpoint: None,
    }
}

pub fn plan() -> Vec<PlanStep> {
    let before = Votes { voters: 3, quorum: 2, healthy: 3 };
    let after = Votes { voters: 4, quorum: 3, healthy: 4 };
    vec![PlanStep { step: "promote", text: "promote m2: voters 3 → 4".to_owned(), before, after }]
}

pub fn statuses() -> Vec<(String, StatusResponse)> {
    let status = StatusResponse {
        header: header(),
        version: "3.7.1".to_owned(),
        db_size: 20_480,
        leader: 42,
        raft_index: 43,
        raft_term: 2,
        raft_applied_index: 43,
        errors: vec!["e1".to_owned(), "e2".to_owned()],
        db_size_in_use: 16_384,
        is_learner: false,
        storage_version: "3.7.0".to_owned(),
        db_size_quota: 2_147_483_648,
        downgrade_info: Some(DowngradeInfo { enabled: true, target_version: "3.6".to_owned() }),
    };
    vec![("a:2".to_owned(), status)]
}

pub fn hashes() -> Vec<(String, HashKvResponse)> {
    let reply = HashKvResponse { header: header(), hash: 1_084_519_789, compact_revision: -1, hash_revision: 7 };
    vec![("a:2".to_owned(), reply)]
}

pub fn health() -> Vec<Health> {
    let good = Health { endpoint: "a:2".to_owned(), took: "1.5ms".to_owned(), error: None };
    let bad = Health { endpoint: "b:2".to_owned(), took: "2s".to_owned(), error: Some("context <deadline> exceeded".to_owned()) };
    vec![good, bad]
}

pub fn alarms() -> AlarmResponse {
    AlarmResponse { header: header(), alarms: vec![AlarmMember { member_id: 42, alarm: AlarmType::Nospace.into() }] }
}
