//! Hashes that compactions leave: of the history up to the compacted revision, as it was readable until then.
//!
//! etcd computes such a hash in each compaction, keeps the last ten, and answers HashKV of just these revisions from them, which
//! lets members be compared at a revision that all of them have compacted. Here a thread of its own computes them, from a view that was
//! opened before anything was swept.

use std::{collections::VecDeque, io, sync::Arc};

use crossbeam_channel::{Receiver, Sender, TrySendError};
use parking_lot::Mutex;
use tokio::sync::watch;

use super::super::{
    backend::{Backend, BackendError, Pin},
    mvcc::{View, hash_view},
};

/// Hashes kept. Source: etcd.
const HASHES_MAX: usize = 10;

struct Hash {
    revision: i64,
    compact_revision: i64,
    /// `None` until it is computed.
    value: watch::Receiver<Option<u32>>,
}

struct Job {
    view: View,
    /// Other compactions may sweep while this hash waits for its turn.
    _pin: Pin,
    compact_revision: i64,
    value: watch::Sender<Option<u32>>,
}

/// The last hashes.
pub struct CompactHashes {
    hashes: Mutex<VecDeque<Hash>>,
    jobs: Sender<Job>,
}

/// The hashes that are to be computed.
pub struct HashJobs(Receiver<Job>);

impl HashJobs {
    /// Computes them on a thread, which ends with the [`CompactHashes`]. `on_fault` hears of a backend that cannot be read.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn spawn(self, on_fault: impl Fn(String) + Send + 'static) -> io::Result<()> {
        let thread = std::thread::Builder::new().name("hash".into());
        thread.spawn(move || self.0.iter().for_each(|job| job.run().unwrap_or_else(|error| on_fault(error.to_string()))))?;
        Ok(())
    }

    /// Whether one waits.
    pub fn has_work(&self) -> bool {
        !self.0.is_empty()
    }

    /// Computes the next one, if there is one. Answers whether there was.
    ///
    /// # Errors
    /// When the backend cannot be read.
    pub fn step(&self) -> Result<bool, BackendError> {
        self.0.try_recv().map_or(Ok(false), |job| job.run().map(|()| true))
    }
}

impl Job {
    fn run(self) -> Result<(), BackendError> {
        let hash = hash_view(&self.view, self.compact_revision)?;
        // Nobody may ask any more.
        let _ = self.value.send(Some(hash));
        Ok(())
    }
}

impl CompactHashes {
    /// No hashes yet, and the work that will compute them.
    pub fn new() -> (Self, HashJobs) {
        // As many jobs as hashes are kept: more compactions in the time of one hash leave none.
        let (jobs, queue) = crossbeam_channel::bounded::<Job>(HASHES_MAX);
        (Self { hashes: Mutex::default(), jobs }, HashJobs(queue))
    }

    /// Hashes the history up to `revision`, with that below `previous` gone. Called when it is compacted, before it is swept.
    pub fn add(&self, backend: &Arc<Backend>, revision: i64, previous: i64) {
        let state = backend.state();
        let pin = state.long.pin();
        let view = View::new(state, revision);
        if let Err(error) = view.disk() {
            tracing::warn!(%error, revision, "no hash of a compacted revision");
            return;
        }
        let (value, computed) = watch::channel(None);
        match self.jobs.try_send(Job { view, _pin: pin, compact_revision: previous, value }) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => return,
        }
        let mut hashes = self.hashes.lock();
        hashes.push_back(Hash { revision, compact_revision: previous, value: computed });
        if hashes.len() > HASHES_MAX {
            hashes.pop_front();
        }
    }

    /// The hash that the compaction of just this revision left, and the compact revision before it.
    pub async fn get(&self, revision: i64) -> Option<(u32, i64)> {
        let (mut value, compact_revision) = {
            let hashes = self.hashes.lock();
            let hash = hashes.iter().find(|hash| hash.revision == revision)?;
            (hash.value.clone(), hash.compact_revision)
        };
        // An error means that the thread is gone: the member stops.
        let computed = value.wait_for(Option::is_some).await.ok()?;
        computed.map(|hash| (hash, compact_revision))
    }
}
