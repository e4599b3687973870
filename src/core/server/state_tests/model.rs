//! What a store is: a map for each revision. Written from the rules, without a look at how the store keeps them.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use prost::Message;
use quorate_proto::{
    etcdserverpb::{
        Compare, PutRequest, RangeRequest, RequestOp, TxnRequest,
        compare::{CompareResult, CompareTarget, TargetUnion},
        request_op::Request,
    },
    mvccpb::KeyValue,
};

use super::{
    super::super::{
        apply::{DeleteReply, OpReply, PutReply, RangeReply, Reply, TxnReply},
        mvcc::{ChangeKind, RangeResult, Revision, RevisionChanges},
        refusal::Refusal,
    },
    Command, KeyRange, RangeOptions, SortBy,
};

type Map = BTreeMap<Bytes, KeyValue>;

/// One change: the record as it is stored, and whether it is a tombstone.
#[derive(Clone)]
struct Stored {
    revision: Revision,
    key: Bytes,
    record: Vec<u8>,
    tombstone: bool,
    shown: String,
}

pub struct Model {
    /// By main revision.
    states: Vec<Map>,
    history: Vec<Stored>,
    pub compact: i64,
    leases: BTreeMap<i64, i64>,
}

pub struct Expected {
    pub outcome: Result<Reply, Refusal>,
    pub changes: Vec<String>,
}

impl Default for Model {
    fn default() -> Self {
        Self { states: vec![Map::new(), Map::new()], history: Vec::new(), compact: -1, leases: BTreeMap::new() }
    }
}

/// A write transaction on the model.
struct Writing<'a> {
    model: &'a mut Model,
    now: Map,
    sub: u32,
}

fn show(main: i64, kind: ChangeKind, record: &[u8], creates: bool) -> String {
    let kv = KeyValue::decode(record).unwrap();
    let (len, start) = (kv.key.len(), &kv.key[..kv.key.len().min(8)]);
    format!("{main} {kind:?} {start:02x?} of {len}, {:08x}, creates: {creates}", crc32c::crc32c(record))
}

pub fn shown(changes: &RevisionChanges) -> Vec<String> {
    changes.changes.iter().map(|change| show(changes.revision, change.kind, &change.record, change.creates)).collect()
}

impl Model {
    pub fn revision(&self) -> i64 {
        self.states.len() as i64 - 1
    }

    pub fn record(&self, key: &Bytes, revision: i64) -> Option<Bytes> {
        self.states[revision as usize].get(key).map(|kv| kv.encode_to_vec().into())
    }

    pub fn changes(&self, main: i64) -> Vec<String> {
        self.history.iter().filter(|stored| stored.revision.main == main).map(|stored| stored.shown.clone()).collect()
    }

    pub fn leases(&self) -> Vec<(i64, i64, Vec<Bytes>)> {
        let now = self.states.last().unwrap();
        let keys = |id| now.values().filter(|kv| kv.lease == id).map(|kv| kv.key.clone()).collect();
        self.leases.iter().map(|(id, remaining)| (*id, *remaining, keys(*id))).collect()
    }

    pub fn apply(&mut self, command: &Command) -> Expected {
        let first = self.history.len();
        let outcome = self.outcome(command);
        let changes = self.history[first..].iter().map(|stored| stored.shown.clone()).collect();
        Expected { outcome, changes }
    }

    fn outcome(&mut self, command: &Command) -> Result<Reply, Refusal> {
        match command {
            Command::Put(put) => {
                self.check_put(put)?;
                Ok(Reply::Op(self.write(|txn| txn.op(&Request::RequestPut(put.clone())))))
            }
            Command::DeleteRange(delete) => Ok(Reply::Op(self.write(|txn| txn.op(&Request::RequestDeleteRange(delete.clone()))))),
            Command::Txn(txn) => {
                self.check_txn(txn)?;
                Ok(Reply::Op(self.write(|writing| {
                    let mut reply = writing.txn(txn);
                    reply.revision = writing.revision();
                    OpReply::Txn(reply)
                })))
            }
            Command::Compact(request) if request.revision <= self.compact => Err(Refusal::Compacted),
            Command::Compact(request) if request.revision > self.revision() => Err(Refusal::FutureRevision),
            Command::Compact(request) => {
                self.compact = request.revision;
                Ok(Reply::Compacted { revision: self.revision() })
            }
            Command::LeaseGrant(grant) if self.leases.contains_key(&grant.id) => Err(Refusal::LeaseExists),
            Command::LeaseGrant(grant) => {
                self.leases.insert(grant.id, 0);
                Ok(Reply::LeaseGranted { id: grant.id, ttl_secs: grant.ttl })
            }
            Command::LeaseRevoke(revoke) => {
                self.leases.remove(&revoke.id).ok_or(Refusal::LeaseNotFound)?;
                self.write(|txn| {
                    let keys: Vec<_> = txn.now.values().filter(|kv| kv.lease == revoke.id).map(|kv| kv.key.clone()).collect();
                    keys.iter().for_each(|key| txn.delete(key));
                });
                Ok(Reply::Done)
            }
            // The model has no members.
            Command::MemberUpdate(_) | Command::MemberRemove(_) => Err(Refusal::MemberNotFound),
            Command::LeaseCheckpoint(request) => {
                for checkpoint in &request.checkpoints {
                    if let Some(remaining) = self.leases.get_mut(&checkpoint.id) {
                        *remaining = checkpoint.remaining_ttl;
                    }
                }
                Ok(Reply::Done)
            }
            Command::Alarm(_) | Command::ClusterVersion(_) | Command::MemberAttributes(_) => unreachable!("not drawn"),
        }
    }

    fn write<T>(&mut self, work: impl FnOnce(&mut Writing<'_>) -> T) -> T {
        let now = self.states.last().unwrap().clone();
        let mut writing = Writing { model: self, now, sub: 0 };
        let out = work(&mut writing);
        if writing.sub > 0 {
            let now = writing.now;
            self.states.push(now);
        }
        out
    }

    fn check_put(&self, put: &PutRequest) -> Result<(), Refusal> {
        if put.lease != 0 && !self.leases.contains_key(&put.lease) {
            return Err(Refusal::LeaseNotFound);
        }
        let missing = !self.states.last().unwrap().contains_key(&put.key);
        if (put.ignore_lease || put.ignore_value) && missing { Err(Refusal::KeyNotFound) } else { Ok(()) }
    }

    fn check_txn(&self, txn: &TxnRequest) -> Result<(), Refusal> {
        for op in self.taken(txn).1 {
            match op.request.as_ref().unwrap() {
                Request::RequestRange(range) if range.revision > self.revision() => return Err(Refusal::FutureRevision),
                Request::RequestRange(range) if range.revision != 0 && range.revision < self.compact => {
                    return Err(Refusal::Compacted);
                }
                Request::RequestPut(put) => self.check_put(put)?,
                Request::RequestTxn(nested) => self.check_txn(nested)?,
                Request::RequestRange(_) | Request::RequestDeleteRange(_) => {}
            }
        }
        Ok(())
    }

    /// By the state before the transaction.
    fn taken<'t>(&self, txn: &'t TxnRequest) -> (bool, &'t [RequestOp]) {
        let holds = txn.compare.iter().all(|compare| self.holds(compare));
        (holds, if holds { &txn.success } else { &txn.failure })
    }

    fn holds(&self, compare: &Compare) -> bool {
        let range = KeyRange::new(&compare.key, &compare.range_end);
        let keys: Vec<_> = self.states.last().unwrap().values().filter(|kv| range.contains(&kv.key)).collect();
        let nothing = KeyValue::default();
        if keys.is_empty() {
            return compare.target() != CompareTarget::Value && holds_for(compare, &nothing);
        }
        keys.into_iter().all(|kv| holds_for(compare, kv))
    }

    pub fn check_range(&self, revision: i64, options: &RangeOptions, result: &RangeResult) {
        let expected = range(&self.states[revision as usize], options);
        let context = || format!("at {revision}, {options:?}");
        assert_eq!(
            (result.count, result.more, result.kvs.len()),
            (expected.count, expected.more, expected.kvs.len()),
            "{}",
            context()
        );
        assert_eq!(result.kvs, expected.kvs, "{}", context());
    }

    /// HashKV at `revision` with history below `compact` gone.
    pub fn hash(&self, revision: i64, compact: i64) -> u32 {
        let newest_until = |until: i64| -> BTreeSet<Revision> {
            let mut newest = BTreeMap::new();
            for stored in self.history.iter().filter(|stored| stored.revision.main <= until) {
                newest.insert(&stored.key, stored);
            }
            newest.values().filter(|stored| !stored.tombstone).map(|stored| stored.revision).collect()
        };
        let mut keep = newest_until(revision);
        if keep.is_empty() {
            keep = newest_until(compact);
        }
        let mut hash = crc32c::crc32c(b"key");
        for stored in self.history.iter().filter(|stored| stored.revision.main <= revision) {
            if stored.revision.main > compact || keep.contains(&stored.revision) {
                hash = crc32c::crc32c_append(hash, stored.revision.record_key(stored.tombstone).as_ref());
                hash = crc32c::crc32c_append(hash, &stored.record);
            }
        }
        hash
    }

    /// What compaction leaves on a disk once everything is swept.
    pub fn records_left(&self) -> Vec<(Revision, bool)> {
        let mut newest = BTreeMap::new();
        for stored in self.history.iter().filter(|stored| stored.revision.main <= self.compact) {
            newest.insert(&stored.key, stored.revision);
        }
        let stays = |stored: &&Stored| {
            let newest = newest.get(&stored.key) == Some(&stored.revision);
            stored.revision.main > self.compact || (newest && (!stored.tombstone || stored.revision.main == self.compact))
        };
        self.history.iter().filter(stays).map(|stored| (stored.revision, stored.tombstone)).collect()
    }
}

fn holds_for(compare: &Compare, kv: &KeyValue) -> bool {
    let union = compare.target_union.as_ref();
    let order = match compare.target() {
        CompareTarget::Version => kv.version.cmp(&if let Some(TargetUnion::Version(v)) = union { *v } else { 0 }),
        CompareTarget::Create => kv.create_revision.cmp(&if let Some(TargetUnion::CreateRevision(v)) = union { *v } else { 0 }),
        CompareTarget::Mod => kv.mod_revision.cmp(&if let Some(TargetUnion::ModRevision(v)) = union { *v } else { 0 }),
        CompareTarget::Lease => kv.lease.cmp(&if let Some(TargetUnion::Lease(v)) = union { *v } else { 0 }),
        CompareTarget::Value => kv.value.cmp(&if let Some(TargetUnion::Value(v)) = union { v.clone() } else { Bytes::new() }),
    };
    match compare.result() {
        CompareResult::Equal => order.is_eq(),
        CompareResult::NotEqual => order.is_ne(),
        CompareResult::Greater => order.is_gt(),
        CompareResult::Less => order.is_lt(),
    }
}

fn range(map: &Map, options: &RangeOptions) -> RangeResult {
    let all: Vec<_> = map.values().filter(|kv| options.range.contains(&kv.key)).cloned().collect();
    let mut result = RangeResult { count: all.len() as i64, ..RangeResult::default() };
    if options.count_only {
        return result;
    }
    let within = |value: i64, min: i64, max: i64| (min == 0 || value >= min) && (max == 0 || value <= max);
    let mut kept: Vec<_> = all
        .into_iter()
        .filter(|kv| within(kv.mod_revision, options.min_mod, options.max_mod))
        .filter(|kv| within(kv.create_revision, options.min_create, options.max_create))
        .collect();
    let rank = |kv: &KeyValue| match options.sort_by {
        SortBy::Key => (0, kv.key.clone()),
        SortBy::Version => (kv.version, Bytes::new()),
        SortBy::Create => (kv.create_revision, Bytes::new()),
        SortBy::Mod => (kv.mod_revision, Bytes::new()),
        SortBy::Value => (0, kv.value.clone()),
    };
    kept.sort_by(|a, b| if options.descend { rank(b).cmp(&rank(a)) } else { rank(a).cmp(&rank(b)) });
    let limit = if options.limit > 0 { options.limit as usize } else { usize::MAX };
    result.more = kept.len() > limit;
    kept.truncate(limit);
    if options.keys_only {
        for kv in &mut kept {
            kv.value.clear();
            if options.sort_by != SortBy::Value {
                kv.lease = 0;
            }
        }
    }
    result.kvs = kept.iter().map(|kv| kv.encode_to_vec()).collect();
    result
}

impl Writing<'_> {
    fn before(&self) -> i64 {
        self.model.revision()
    }

    fn revision(&self) -> i64 {
        self.before() + i64::from(self.sub > 0)
    }

    fn store(&mut self, key: Bytes, record: Vec<u8>, tombstone: bool, shown: String) {
        let revision = Revision::new(self.before() + 1, self.sub);
        self.sub += 1;
        self.model.history.push(Stored { revision, key, record, tombstone, shown });
    }

    fn put(&mut self, put: &PutRequest) -> PutReply {
        let main = self.before() + 1;
        let old = self.now.get(&put.key).cloned();
        let some = old.clone().unwrap_or_default();
        let kv = KeyValue {
            key: put.key.clone(),
            value: if put.ignore_value { some.value } else { put.value.clone() },
            lease: if put.ignore_lease { some.lease } else { put.lease },
            version: some.version + 1,
            create_revision: if old.is_some() { some.create_revision } else { main },
            mod_revision: main,
        };
        let record = kv.encode_to_vec();
        // As etcd tells it: by the revisions, so that a key put twice in one transaction is created twice.
        let shown = show(main, ChangeKind::Put, &record, kv.create_revision == main);
        self.now.insert(put.key.clone(), kv);
        self.store(put.key.clone(), record, false, shown);
        let previous = old.filter(|_| put.prev_kv).map(|kv| kv.encode_to_vec().into());
        PutReply { revision: main, previous }
    }

    fn delete(&mut self, key: &Bytes) {
        let main = self.before() + 1;
        self.now.remove(key);
        let record = KeyValue { key: key.clone(), ..KeyValue::default() }.encode_to_vec();
        let event = KeyValue { key: key.clone(), mod_revision: main, ..KeyValue::default() }.encode_to_vec();
        self.store(key.clone(), record, true, show(main, ChangeKind::Delete, &event, false));
    }

    fn op(&mut self, request: &Request) -> OpReply {
        match request {
            Request::RequestPut(put) => OpReply::Put(self.put(put)),
            Request::RequestDeleteRange(delete) => {
                let range = KeyRange::new(&delete.key, &delete.range_end);
                let kvs: Vec<_> = self.now.values().filter(|kv| range.contains(&kv.key)).cloned().collect();
                kvs.iter().for_each(|kv| self.delete(&kv.key));
                let previous = kvs.iter().filter(|_| delete.prev_kv).map(|kv| kv.encode_to_vec().into()).collect();
                OpReply::Delete(DeleteReply { revision: self.revision(), deleted: kvs.len() as i64, previous })
            }
            Request::RequestRange(request) => OpReply::Range(self.range(request)),
            Request::RequestTxn(txn) => OpReply::Txn(self.txn(txn)),
        }
    }

    fn range(&self, request: &RangeRequest) -> RangeReply {
        let map = if request.revision > 0 { &self.model.states[request.revision as usize] } else { &self.now };
        let mut options = RangeOptions::all(KeyRange::new(&request.key, &request.range_end));
        options.limit = request.limit;
        let RangeResult { kvs, more, count } = range(map, &options);
        RangeReply { revision: self.revision(), kvs, more, count }
    }

    fn txn(&mut self, txn: &TxnRequest) -> TxnReply {
        let (succeeded, ops) = self.model.taken(txn);
        let replies = ops.iter().map(|op| self.op(op.request.as_ref().unwrap())).collect();
        TxnReply { revision: 0, succeeded, replies }
    }
}
