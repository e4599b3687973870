//! The run as its clients see it, put down as it happens.

use std::time::Instant;

use parking_lot::Mutex;
use quorate::core::verify::history::{HashSeen, History, LedgerRevision, Moment, Operation, Outcome, WatchStream};
use tonic::Status;

/// What the cluster says when it has decided that a request changes nothing. Everything else that fails may have happened.
const VERDICTS: [&str; 13] = [
    "etcdserver: mvcc: required revision has been compacted",
    "etcdserver: mvcc: required revision is a future revision",
    "etcdserver: mvcc: database space exceeded",
    "etcdserver: requested lease not found",
    "etcdserver: lease already exists",
    "etcdserver: too large lease TTL",
    "etcdserver: duplicate key given in txn request",
    "etcdserver: too many operations in txn request",
    "etcdserver: request is too large",
    "etcdserver: key is not provided",
    "etcdserver: key not found",
    "etcdserver: value is provided",
    "etcdserver: lease is provided",
];

/// How a failed request ended.
pub fn failure(status: &Status) -> Outcome {
    if VERDICTS.contains(&status.message()) {
        Outcome::Refused(status.message().to_owned())
    } else {
        Outcome::Unknown(format!("{:?}: {}", status.code(), status.message()))
    }
}

/// One clock and one history for all clients.
pub struct Recorder {
    begun: Instant,
    history: Mutex<History>,
}

impl Recorder {
    pub fn new() -> Self {
        Self { begun: Instant::now(), history: Mutex::default() }
    }

    pub fn now(&self) -> Moment {
        u64::try_from(self.begun.elapsed().as_nanos()).expect("a run is shorter than centuries")
    }

    pub fn operation(&self, operation: Operation) {
        self.history.lock().operations.push(operation);
    }

    pub fn stream(&self, stream: WatchStream) {
        self.history.lock().streams.push(stream);
    }

    pub fn hash(&self, hash: HashSeen) {
        self.history.lock().hashes.push(hash);
    }

    pub fn ledger(&self, revisions: Vec<LedgerRevision>) {
        self.history.lock().ledger.revisions = revisions;
    }

    /// What differs between the ledger and what a member tells of the same revisions.
    pub fn compare(&self, own: &[LedgerRevision]) -> Option<String> {
        let history = self.history.lock();
        let first = own.first()?;
        let ours = history.ledger.revisions.iter().skip_while(|revision| revision.revision < first.revision);
        let different = ours.zip(own).find(|(ours, own)| ours.revision != own.revision || ours.events != own.events);
        different.map(|(ours, own)| format!("tells {own:?} where the ledger has {ours:?}"))
    }

    /// Everything that was put down; the recorder is empty afterwards.
    pub fn take(&self) -> History {
        std::mem::take(&mut self.history.lock())
    }
}
