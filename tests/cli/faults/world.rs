//! What all clients of a run share.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use rand::{SeedableRng, rngs::StdRng};

use super::recorder::Recorder;

/// The cluster as clients see it, and how far the run is.
pub struct World {
    pub recorder: Recorder,
    /// The members' client addresses behind the proxies.
    pub endpoints: Vec<String>,
    /// The same members without a proxy: for the observer, and for what the run itself must know.
    pub direct: Vec<String>,
    /// Ids of the members, in the same order.
    pub ids: Vec<u64>,
    pub seed: u64,
    stopped: AtomicBool,
    /// The revision at which watches end, once everything is quiet.
    last_revision: AtomicI64,
    /// The newest revision that the ledger holds: nothing beyond it is compacted.
    observed: AtomicI64,
    /// The newest compaction that was acknowledged.
    compacted: AtomicI64,
    /// The newest revision that any answer named.
    newest: AtomicI64,
}

impl World {
    pub fn new(endpoints: Vec<String>, direct: Vec<String>, ids: Vec<u64>, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            recorder: Recorder::new(),
            endpoints,
            direct,
            ids,
            seed,
            stopped: AtomicBool::new(false),
            last_revision: AtomicI64::new(0),
            observed: AtomicI64::new(1),
            compacted: AtomicI64::new(0),
            newest: AtomicI64::new(1),
        })
    }

    /// Random numbers for one of the run's parts.
    pub fn random(&self, part: u32) -> StdRng {
        StdRng::seed_from_u64(self.seed ^ (u64::from(part) << 32))
    }

    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    pub fn end_at(&self, revision: i64) {
        self.last_revision.store(revision, Ordering::SeqCst);
    }

    /// The revision up to which watchers stay, when it is known.
    pub fn last_revision(&self) -> Option<i64> {
        Some(self.last_revision.load(Ordering::SeqCst)).filter(|&revision| revision > 0)
    }

    pub fn observe(&self, revision: i64) {
        self.observed.fetch_max(revision, Ordering::SeqCst);
    }

    pub fn observed(&self) -> i64 {
        self.observed.load(Ordering::SeqCst)
    }

    pub fn compact(&self, revision: i64) {
        self.compacted.fetch_max(revision, Ordering::SeqCst);
    }

    pub fn compacted(&self) -> i64 {
        self.compacted.load(Ordering::SeqCst)
    }

    pub fn reach(&self, revision: i64) {
        self.newest.fetch_max(revision, Ordering::SeqCst);
    }

    pub fn newest(&self) -> i64 {
        self.newest.load(Ordering::SeqCst)
    }
}
