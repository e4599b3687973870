//! What the store answers, in the words of the wire, as the model does.

use prost::Message;
use quorate_proto::{
    etcdserverpb::{self as wire, LeaseGrantResponse, LeaseRevokeResponse, ResponseHeader},
    mvccpb::{Event, KeyValue, event::EventType},
};

use super::super::super::{
    apply::{Command, OpReply, RangeReply, Reply},
    mvcc::{ChangeKind, RangeResult, RevisionChanges},
    refusal::Refusal,
    rpc::{status::ApiError, wire as stored},
    verify::history::{Answer, Call},
};

/// A command as a client asks for it; `None` for what only members ask.
pub fn call(command: &Command) -> Option<Call> {
    Some(match command.clone() {
        Command::Put(request) => Call::Put(request),
        Command::DeleteRange(request) => Call::DeleteRange(request),
        Command::Txn(request) => Call::Txn(request),
        Command::Compact(request) => Call::Compact(request),
        Command::LeaseGrant(request) => Call::LeaseGrant(request),
        Command::LeaseRevoke(request) => Call::LeaseRevoke(request),
        _ => return None,
    })
}

#[expect(clippy::unnecessary_wraps, reason = "as messages have it")]
fn header(revision: i64) -> Option<ResponseHeader> {
    Some(ResponseHeader { revision, ..ResponseHeader::default() })
}

fn read<T: Message + Default>(message: &impl Message) -> T {
    T::decode(message.encode_to_vec().as_slice()).unwrap()
}

/// The answer to a call, when the store is at revision `current` after it.
pub fn answer(call: &Call, outcome: Result<Reply, Refusal>, current: i64) -> Result<Answer, &'static str> {
    let reply = outcome.map_err(|refusal| ApiError::from(refusal).code_and_text().1)?;
    Ok(match (call, reply) {
        (Call::Put(_), Reply::Op(OpReply::Put(reply))) => {
            Answer::Put(read(&stored::PutResponse::new(header(reply.revision), reply)))
        }
        (Call::DeleteRange(_), Reply::Op(OpReply::Delete(reply))) => {
            Answer::DeleteRange(read(&stored::DeleteRangeResponse::new(header(reply.revision), reply)))
        }
        (Call::Txn(_), Reply::Op(OpReply::Txn(reply))) => {
            Answer::Txn(read(&stored::TxnResponse::new(header(reply.revision), reply)))
        }
        (Call::Compact(_), Reply::Compacted { revision }) => {
            Answer::Compact(wire::CompactionResponse { header: header(revision) })
        }
        (Call::LeaseGrant(_), Reply::LeaseGranted { id, ttl_secs }) => {
            Answer::LeaseGrant(LeaseGrantResponse { header: header(current), id, ttl: ttl_secs, error: String::new() })
        }
        (Call::LeaseRevoke(_), Reply::LeaseRevoked { .. }) => {
            Answer::LeaseRevoke(LeaseRevokeResponse { header: header(current) })
        }
        (call, reply) => panic!("{reply:?} does not answer {call:?}"),
    })
}

pub fn range(found: RangeResult, current: i64) -> wire::RangeResponse {
    let reply = RangeReply { revision: current, kvs: found.kvs, more: found.more, count: found.count };
    read(&stored::RangeResponse::new(header(current), reply))
}

pub fn events(changes: &RevisionChanges) -> Vec<Event> {
    let event = |kind: ChangeKind, record: &[u8], creates: bool| {
        let kv = KeyValue::decode(record).unwrap();
        // As etcd tells it: by the revisions, so that a key put twice in one transaction is created twice.
        let is_new = kind == ChangeKind::Put && kv.create_revision == changes.revision;
        assert_eq!(creates, is_new, "{kv:?} at {}", changes.revision);
        let kind = if kind == ChangeKind::Put { EventType::Put } else { EventType::Delete };
        Event { r#type: kind.into(), kv: Some(kv), prev_kv: None }
    };
    changes.changes.iter().map(|change| event(change.kind, &change.record, change.creates)).collect()
}
