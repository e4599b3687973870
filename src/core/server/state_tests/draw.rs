//! What happens next, drawn from a seed.

use bytes::Bytes;
use quorate_proto::etcdserverpb::{
    CompactionRequest, Compare, DeleteRangeRequest, LeaseCheckpoint, LeaseCheckpointRequest, LeaseGrantRequest,
    LeaseRevokeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest,
    compare::{CompareResult, CompareTarget, TargetUnion},
    range_request::{SortOrder, SortTarget},
    request_op::Request,
};

use super::{Command, Model};

pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        let mut draw = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        (0..8).for_each(|_| _ = draw.below(2));
        draw
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Short, binary, at LMDB's limit on both sides, and long ones that differ late or early.
    pub fn key(&mut self) -> Bytes {
        let long = |tail: &[u8]| Bytes::from([&[b'k'; 497], tail].concat());
        match self.below(22) {
            0 => Bytes::from_static(b"a"),
            1 => Bytes::from_static(b"a\0"),
            2 => Bytes::from_static(b"a\0\0"),
            3 => Bytes::from_static(b"a\0\xff"),
            4 => Bytes::from_static(b"\0"),
            5 => Bytes::from_static(b"\0\0"),
            6 => Bytes::from_static(b"\xff\xff"),
            7 => Bytes::from_static(b"b"),
            8 => Bytes::from_static(b"ba"),
            9 => long(b""),
            10 => long(b"\0"),
            11 => long(b"\0\0"),
            12 => long(b"a"),
            13 => long(b"aa"),
            14 => long(&[b'z'; 900]),
            15 => vec![0; 248].into(),
            16 => vec![0; 249].into(),
            17 => vec![0; 600].into(),
            18 => vec![b'k'; 40].into(),
            19 => vec![0xff; 700].into(),
            _ => Bytes::from(vec![b'c' + self.below(4) as u8]),
        }
    }

    pub fn some_keys(&mut self) -> Vec<Bytes> {
        (0..4).map(|_| self.key()).collect()
    }

    fn range_end(&mut self) -> Bytes {
        match self.below(4) {
            0 => Bytes::new(),
            1 => Bytes::from_static(b"\0"),
            _ => self.key(),
        }
    }

    fn value(&mut self) -> Bytes {
        let len = self.below(20) as usize;
        vec![b'v' + self.below(3) as u8; len].into()
    }

    fn lease(&mut self) -> i64 {
        [0, 0, 0, 1, 2, -3][self.below(6) as usize]
    }

    fn put(&mut self) -> PutRequest {
        let mut put = PutRequest { key: self.key(), value: self.value(), lease: self.lease(), ..PutRequest::default() };
        put.prev_kv = self.chance(30);
        if self.chance(10) {
            put.ignore_value = true;
            put.value.clear();
        }
        if self.chance(10) {
            put.ignore_lease = true;
            put.lease = 0;
        }
        put
    }

    fn delete(&mut self) -> DeleteRangeRequest {
        DeleteRangeRequest { key: self.key(), range_end: self.few_end(), prev_kv: self.chance(30) }
    }

    /// A range that does not always empty the store.
    fn few_end(&mut self) -> Bytes {
        if self.chance(60) { Bytes::new() } else { self.range_end() }
    }

    fn txn(&mut self, depth: u64, model: &Model) -> TxnRequest {
        let ops = |draw: &mut Self| {
            let count = draw.below(4);
            let op = |draw: &mut Self| match draw.below(if depth > 0 { 10 } else { 8 }) {
                0..=3 => Request::RequestPut(draw.put()),
                4..=5 => Request::RequestRange(RangeRequest {
                    key: draw.key(),
                    range_end: draw.range_end(),
                    limit: draw.below(4) as i64,
                    revision: if draw.chance(30) { draw.revision(model) } else { 0 },
                    ..RangeRequest::default()
                }),
                6..=7 => Request::RequestDeleteRange(draw.delete()),
                _ => Request::RequestTxn(draw.txn(depth - 1, model)),
            };
            (0..count).map(|_| RequestOp { request: Some(op(draw)) }).collect::<Vec<_>>()
        };
        let (success, failure) = (ops(self), ops(self));
        let compares = self.below(3);
        TxnRequest { compare: (0..compares).map(|_| self.compare(model)).collect(), success, failure }
    }

    fn compare(&mut self, model: &Model) -> Compare {
        let (target, union) = match self.below(5) {
            0 => (CompareTarget::Version, TargetUnion::Version(self.below(3) as i64)),
            1 => (CompareTarget::Create, TargetUnion::CreateRevision(self.revision(model))),
            2 => (CompareTarget::Mod, TargetUnion::ModRevision(self.revision(model))),
            3 => (CompareTarget::Lease, TargetUnion::Lease(self.lease())),
            _ => (CompareTarget::Value, TargetUnion::Value(self.value())),
        };
        let result = [CompareResult::Equal, CompareResult::NotEqual, CompareResult::Greater, CompareResult::Less];
        Compare {
            result: result[self.below(4) as usize].into(),
            target: target.into(),
            key: self.key(),
            range_end: self.few_end(),
            target_union: Some(union).filter(|_| !self.0.is_multiple_of(10)),
        }
    }

    pub fn command(&mut self, model: &Model) -> Command {
        match self.below(100) {
            0..=49 => Command::Put(self.put()),
            50..=61 => Command::DeleteRange(self.delete()),
            62..=81 => Command::Txn(self.txn(2, model)),
            82..=88 => Command::Compact(CompactionRequest { revision: self.revision(model), physical: false }),
            89..=94 => Command::LeaseGrant(LeaseGrantRequest { id: [1, 2, -3][self.below(3) as usize], ttl: 60 }),
            95..=97 => Command::LeaseRevoke(LeaseRevokeRequest { id: [1, 2, -3][self.below(3) as usize] }),
            _ => Command::LeaseCheckpoint(LeaseCheckpointRequest {
                checkpoints: vec![LeaseCheckpoint { id: self.lease(), remaining_ttl: self.below(60) as i64 }],
            }),
        }
    }

    /// Mostly one that is there; sometimes compacted, of the future, 0, or negative.
    pub fn revision(&mut self, model: &Model) -> i64 {
        match self.below(10) {
            0 => 0,
            1 => -(self.below(3) as i64),
            2 => model.revision() + self.below(3) as i64,
            3 => model.compact_revision() + self.below(3) as i64 - 1,
            _ => model.revision() - self.below(30).min(model.revision() as u64) as i64,
        }
    }

    pub fn range(&mut self) -> RangeRequest {
        let all = self.chance(30);
        let (key, range_end) = (self.key(), self.range_end());
        let (key, range_end) = if all { (Bytes::from_static(b"\0"), Bytes::from_static(b"\0")) } else { (key, range_end) };
        let mut range = RangeRequest { key, range_end, ..RangeRequest::default() };
        range.limit = [0, 0, 1, 2, 5, -1][self.below(6) as usize];
        let targets = [SortTarget::Key, SortTarget::Version, SortTarget::Create, SortTarget::Mod, SortTarget::Value];
        range.set_sort_target(targets[self.below(5) as usize]);
        range.set_sort_order([SortOrder::None, SortOrder::Ascend, SortOrder::Descend][self.below(3) as usize]);
        range.keys_only = self.chance(20);
        range.count_only = self.chance(10);
        if self.chance(20) {
            (range.min_mod_revision, range.max_create_revision) = (self.below(40) as i64, self.below(80) as i64);
        }
        if self.chance(10) {
            (range.max_mod_revision, range.min_create_revision) = (self.below(80) as i64, self.below(20) as i64);
        }
        range
    }
}
