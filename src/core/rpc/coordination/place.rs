//! A place in a queue, and the requests that take it, look at it and leave it.
//!
//! The queue `NAME` is all keys that begin with `NAME/`, in the order in which they were created. A lease has one place in a queue: who
//! comes twice with the same lease finds itself there.

use bytes::Bytes;
use quorate_proto::etcdserverpb::{
    Compare, DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest,
    compare::{CompareResult, CompareTarget, TargetUnion},
    range_request::{SortOrder, SortTarget},
    request_op::Request,
};

/// The keys of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    prefix: Bytes,
    /// The first key that does not begin with the prefix.
    end: Bytes,
}

impl Queue {
    pub fn new(name: &[u8]) -> Self {
        // One above the slash, with which every prefix ends.
        Self { prefix: [name, b"/"].concat().into(), end: [name, b"0"].concat().into() }
    }

    pub fn prefix(&self) -> &Bytes {
        &self.prefix
    }

    pub fn end(&self) -> &Bytes {
        &self.end
    }

    /// Who holds: the key that was created first.
    pub fn holder(&self) -> RangeRequest {
        self.one(SortOrder::Ascend, 0)
    }

    /// The newest key among those created before `revision`, that is at `[1, revision)`. Nothing is before the first revision.
    pub fn before(&self, revision: i64) -> RangeRequest {
        assert!(revision > 1, "a key is created at revision 2 at the earliest, as the first is that of the empty store");
        self.one(SortOrder::Descend, revision - 1)
    }

    fn one(&self, order: SortOrder, max_create_revision: i64) -> RangeRequest {
        RangeRequest {
            key: self.prefix.clone(),
            range_end: self.end.clone(),
            limit: 1,
            sort_order: order.into(),
            sort_target: SortTarget::Create.into(),
            max_create_revision,
            ..RangeRequest::default()
        }
    }
}

/// A key in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub queue: Queue,
    pub key: Bytes,
    pub lease: i64,
}

impl Place {
    pub fn new(name: &[u8], lease: i64) -> Self {
        let queue = Queue::new(name);
        let key = [&queue.prefix, hex(lease).as_bytes()].concat().into();
        Self { queue, key, lease }
    }

    /// Takes the place with `value`, unless it is taken: then the answer is the key as it is. Who holds is not asked here, though etcd does: every
    /// member would look through the whole queue for it before it went on to the next change, and long queues would hold up all.
    pub fn take(&self, value: Bytes) -> TxnRequest {
        TxnRequest {
            compare: vec![created_at(self.key.clone(), 0)],
            success: vec![op(put(self.key.clone(), value, self.lease))],
            failure: vec![op(Request::RequestRange(get(self.key.clone())))],
        }
    }
}

/// One key.
pub fn get(key: Bytes) -> RangeRequest {
    RangeRequest { key, ..RangeRequest::default() }
}

/// Gives a new value to the key that was created at `revision`.
pub fn proclaim(key: Bytes, revision: i64, value: Bytes, lease: i64) -> TxnRequest {
    guarded(key.clone(), revision, put(key, value, lease))
}

/// Deletes the key that was created at `revision`.
pub fn resign(key: Bytes, revision: i64) -> TxnRequest {
    guarded(key.clone(), revision, Request::RequestDeleteRange(DeleteRangeRequest { key, ..DeleteRangeRequest::default() }))
}

fn guarded(key: Bytes, revision: i64, request: Request) -> TxnRequest {
    TxnRequest { compare: vec![created_at(key, revision)], success: vec![op(request)], failure: Vec::new() }
}

fn created_at(key: Bytes, revision: i64) -> Compare {
    Compare {
        result: CompareResult::Equal.into(),
        target: CompareTarget::Create.into(),
        key,
        target_union: Some(TargetUnion::CreateRevision(revision)),
        ..Compare::default()
    }
}

fn put(key: Bytes, value: Bytes, lease: i64) -> Request {
    Request::RequestPut(PutRequest { key, value, lease, ..PutRequest::default() })
}

fn op(request: Request) -> RequestOp {
    RequestOp { request: Some(request) }
}

/// A lease's id in hexadecimal, with a sign and without leading zeros, as etcd writes it into keys.
fn hex(lease: i64) -> String {
    let sign = if lease < 0 { "-" } else { "" };
    format!("{sign}{:x}", lease.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_the_name_and_the_lease_in_hexadecimal() {
        let key = |name: &[u8], lease| Place::new(name, lease).key;
        assert_eq!(key(b"jobs", 0x694d_8ab6_1c2f_a50b), "jobs/694d8ab61c2fa50b");
        assert_eq!(key(b"jobs", 10), "jobs/a");
        assert_eq!(key(b"", 1), "/1");
        assert_eq!(key(b"a\xff/", -255), &b"a\xff//-ff"[..]);
        assert_eq!(key(b"a", i64::MIN), "a/-8000000000000000");
    }

    #[test]
    fn a_queue_is_the_keys_below_its_name_alone() {
        let queue = Queue::new(b"a");
        let has = |key: &str| &queue.prefix[..] <= key.as_bytes() && key.as_bytes() < &queue.end[..];
        assert!(has("a/") && has("a/1") && has("a/b/1"));
        assert!(!has("a") && !has("a0") && !has("ab/1"));
    }

    #[test]
    fn only_those_before_are_waited_for() {
        let request = Queue::new(b"a").before(7);
        assert_eq!((request.max_create_revision, request.limit), (6, 1));
        assert_eq!((request.sort_order(), request.sort_target()), (SortOrder::Descend, SortTarget::Create));
        assert_eq!(Queue::new(b"a").holder().max_create_revision, 0, "which means no bound");
    }

    #[test]
    fn a_place_is_taken_only_when_it_is_free() {
        let request = Place::new(b"a", 5).take("v".into());
        assert_eq!(request.compare, [created_at("a/5".into(), 0)]);
        let Some(Request::RequestPut(put)) = &request.success[0].request else { panic!("a put") };
        assert_eq!((&put.key[..], &put.value[..], put.lease), (&b"a/5"[..], &b"v"[..], 5));
        let Some(Request::RequestRange(own)) = &request.failure[0].request else { panic!("a range") };
        assert_eq!(*own, get("a/5".into()));
    }
}
