//! Requests drawn from a seed, in the order in which the recorder drew them: every draw here has its place in the stream.

use bytes::Bytes;
use quorate_proto::etcdserverpb::{
    Compare, DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest, WatchCreateRequest, compare::TargetUnion,
    request_op::Request,
};

use super::go_rand::GoRand;

/// The drawing of requests. The revisions that it has been told of steer what it draws.
pub struct Draw {
    pub random: GoRand,
    /// The newest revision seen in an answer.
    pub revision: i64,
    /// The last revision compacted at.
    pub compact: i64,
    keys: Vec<Vec<u8>>,
}

impl Draw {
    pub fn new(seed: i64) -> Self {
        let short: [&[u8]; 17] = [
            b"a",
            b"a/",
            b"a/b",
            b"a/b/c",
            b"a/c",
            b"ab",
            b"b",
            b"c",
            b"\x00",
            b"\x00\x00",
            b"\xff",
            b"\xff\xff",
            b"k1",
            b"k2",
            b"k3",
            b"k4",
            b"k5",
        ];
        let mut keys: Vec<Vec<u8>> = short.iter().map(|key| key.to_vec()).collect();
        let (long, longer) = (vec![b'L'; 600], vec![b'M'; 3000]);
        keys.extend([long.clone(), [&long[..], b"x"].concat(), longer.clone(), [&longer[..], b"\x00"].concat()]);
        Self { random: GoRand::new(seed), revision: 1, compact: 0, keys }
    }

    /// True in `percent` of a hundred draws.
    pub fn percent(&mut self, percent: i64) -> bool {
        self.random.int(100) < percent
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.random.int(of.len() as i64) as usize]
    }

    pub fn key(&mut self) -> Bytes {
        if self.percent(2) {
            return Bytes::new();
        }
        let at = self.random.int(self.keys.len() as i64) as usize;
        self.keys[at].clone().into()
    }

    pub fn end(&mut self, key: &[u8]) -> Bytes {
        match self.random.int(10) {
            0..=3 => Bytes::new(),
            4 => Bytes::from_static(&[0]),
            5 | 6 => prefix_end(key),
            7 => [key, &[0]].concat().into(),
            _ => self.key(),
        }
    }

    fn value(&mut self) -> Bytes {
        match self.random.int(8) {
            0 => Bytes::new(),
            1 => vec![b'v'; self.random.int(5000) as usize].into(),
            2 => vec![0xff, 0, self.random.int(256) as u8].into(),
            _ => vec![b'0' + self.random.int(10) as u8].into(),
        }
    }

    /// A revision near the present, the past, the future or beyond.
    pub fn revision(&mut self) -> i64 {
        match self.random.int(12) {
            0 => self.revision + 1 + self.random.int(3),
            1 => -1,
            2 => 1,
            3 => self.compact,
            4 => self.compact - 1,
            5..=7 => self.revision - self.random.int(10),
            _ if self.revision > 1 => 1 + self.random.int63n(self.revision),
            _ => 0,
        }
    }

    fn lease_id(&mut self) -> i64 {
        match self.random.int(10) {
            0 => 999,
            1..=3 => 100 + self.random.int(5),
            _ => 0,
        }
    }

    pub fn range(&mut self) -> RangeRequest {
        let key = self.key();
        let mut request = RangeRequest { range_end: self.end(&key), key, ..Default::default() };
        if self.percent(35) {
            request.revision = self.revision();
        }
        if self.percent(35) {
            request.limit = self.pick(&[-1, 0, 1, 2, 3, 100]);
        }
        // Only targets without ties: others leave the order open.
        if self.percent(35) {
            request.sort_order = self.random.int(3) as i32;
            request.sort_target = self.pick(&[0, 0, 3]);
            if self.percent(5) {
                request.sort_order = 7;
            }
            if self.percent(5) {
                request.sort_target = 9;
            }
        }
        request.serializable = self.percent(25);
        request.keys_only = self.percent(15);
        request.count_only = self.percent(15);
        if self.percent(8) {
            request.min_mod_revision = self.revision();
        }
        if self.percent(8) {
            request.max_mod_revision = self.revision();
        }
        if self.percent(8) {
            request.min_create_revision = self.revision();
        }
        if self.percent(8) {
            request.max_create_revision = self.revision();
        }
        request
    }

    pub fn put(&mut self) -> PutRequest {
        let (key, value, lease) = (self.key(), self.value(), self.lease_id());
        let mut request = PutRequest { key, value, lease, prev_kv: self.percent(30), ..Default::default() };
        if self.percent(7) {
            request.ignore_value = true;
            if self.percent(80) {
                request.value = Bytes::new();
            }
        }
        if self.percent(7) {
            request.ignore_lease = true;
            if self.percent(80) {
                request.lease = 0;
            }
        }
        request
    }

    pub fn delete(&mut self) -> DeleteRangeRequest {
        let key = self.key();
        let prev_kv = self.percent(40);
        let range_end = if self.percent(40) { self.end(&key) } else { Bytes::new() };
        DeleteRangeRequest { key, range_end, prev_kv }
    }

    fn compare(&mut self) -> Compare {
        let key = self.key();
        let result = self.random.int(4) as i32;
        let range_end = if self.percent(20) { self.end(&key) } else { Bytes::new() };
        let target = self.random.int(5) as i32;
        let mut union = Some(match target {
            0 => TargetUnion::Version(self.random.int(4)),
            1 => TargetUnion::CreateRevision(self.revision()),
            2 => TargetUnion::ModRevision(self.revision()),
            3 => TargetUnion::Value(self.value()),
            _ => TargetUnion::Lease(self.lease_id()),
        });
        if self.percent(3) {
            union = None;
        }
        Compare { result, target, key, range_end, target_union: union }
    }

    /// A transaction with at most `depth` levels of transactions inside.
    pub fn txn(&mut self, depth: u32) -> TxnRequest {
        let compares = self.random.int(3);
        let compare = (0..compares).map(|_| self.compare()).collect();
        let (mut success, failure) = (self.operations(depth), self.operations(depth));
        if self.percent(1) {
            let get = RangeRequest { key: Bytes::from_static(b"a"), ..Default::default() };
            success.extend((0..130).map(|_| RequestOp { request: Some(Request::RequestRange(get.clone())) }));
        }
        TxnRequest { compare, success, failure }
    }

    fn operations(&mut self, depth: u32) -> Vec<RequestOp> {
        let count = self.random.int(4);
        let mut all = Vec::new();
        for _ in 0..count {
            let request = match self.random.int(10) {
                0..=2 => Request::RequestRange(self.range()),
                3..=6 => Request::RequestPut(self.put()),
                n if n < 9 || depth == 0 => Request::RequestDeleteRange(self.delete()),
                _ => Request::RequestTxn(self.txn(depth - 1)),
            };
            all.push(RequestOp { request: Some(request) });
        }
        if self.percent(1) {
            all.push(RequestOp { request: None });
        }
        all
    }

    pub fn watch(&mut self) -> WatchCreateRequest {
        let key = self.key();
        let range_end = self.end(&key);
        let mut request = WatchCreateRequest { key, range_end, prev_kv: self.percent(40), ..Default::default() };
        if self.percent(60) {
            request.start_revision = self.revision().min(self.revision + 1);
        }
        if self.percent(15) {
            request.filters.push(self.random.int(2) as i32);
        }
        if self.percent(15) {
            request.watch_id = self.random.int(3);
        }
        request
    }
}

/// The first key after all keys that begin with `prefix`; a single zero byte when there is none.
fn prefix_end(prefix: &[u8]) -> Bytes {
    match prefix.iter().rposition(|&byte| byte < 0xff) {
        Some(last) => [&prefix[..last], &[prefix[last] + 1]].concat().into(),
        None => Bytes::from_static(&[0]),
    }
}
