//! Which state arrives at this member: one at a time, and one whose connection broke is kept for a while.
//!
//! An attempt holds a [`Claim`]. What it has stored when its connection breaks is left here, and the next attempt at the very same
//! state takes it up. Any other state that comes throws it away. A newer attempt calls off one that has not noticed yet that its
//! connection is gone: the same sender never makes two at a time, and who leads a later term knows better.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use parking_lot::Mutex;
use quorate_proto::peer as wire;
use tokio::sync::{Notify, watch};
use tonic::Status;
use tracing::info;

use super::{background, limits::SNAPSHOT_LET_GO_MAX, receiving::Receiving};

/// The state that arrives, or rests half arrived.
pub struct Arrivals {
    /// How long a state rests before it is thrown away.
    kept: Duration,
    current: Mutex<Current>,
    changed: Notify,
}

#[derive(Default)]
struct Current {
    /// Number of the newest claim.
    claims: u64,
    stage: Stage,
}

#[derive(Default)]
enum Stage {
    #[default]
    Nothing,
    Moving {
        from: u64,
        term: u64,
        off: watch::Sender<bool>,
    },
    Resting(Receiving),
}

/// The right to receive a state, until it is dropped.
pub struct Claim {
    arrivals: Arc<Arrivals>,
    number: u64,
    off: watch::Receiver<bool>,
}

/// What is left of the attempt before.
pub enum Before {
    Nothing,
    /// The first part of the same state.
    Same(Receiving),
    /// A part of another state. It is in the way; dropping it may block.
    Other(Receiving),
}

impl Arrivals {
    /// Nothing has arrived yet. What breaks off is kept for the time given.
    pub fn new(kept: Duration) -> Self {
        Self { kept, current: Mutex::default(), changed: Notify::new() }
    }

    /// Claims the place for the state that `from` announces; an attempt that has it, and should not, is called off first.
    ///
    /// # Errors
    /// `Unavailable` while another state is arriving.
    pub async fn claim(self: &Arc<Self>, from: u64, header: &wire::SnapshotHeader) -> Result<(Claim, Before), Status> {
        let claiming = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                // Listening begins before looking, so that no change in between is missed.
                changed.as_mut().enable();
                if let Some(claimed) = self.try_claim(from, header)? {
                    return Ok(claimed);
                }
                changed.await;
            }
        };
        let late = |_| Status::unavailable("another attempt to send a snapshot has not ended yet");
        tokio::time::timeout(SNAPSHOT_LET_GO_MAX, claiming).await.map_err(late)?
    }

    fn try_claim(self: &Arc<Self>, from: u64, header: &wire::SnapshotHeader) -> Result<Option<(Claim, Before)>, Status> {
        let term = header.message.as_ref().map_or(0, |message| message.term);
        let mut current = self.current.lock();
        if let Stage::Moving { from: other, term: others, off } = &current.stage {
            if *other != from && *others >= term {
                return Err(Status::unavailable("this member is taking a snapshot from another one"));
            }
            off.send_replace(true);
            return Ok(None);
        }
        let (off, called_off) = watch::channel(false);
        let before = match std::mem::replace(&mut current.stage, Stage::Moving { from, term, off }) {
            Stage::Resting(receiving) if receiving.is_of(from, header) => Before::Same(receiving),
            Stage::Resting(receiving) => Before::Other(receiving),
            Stage::Nothing | Stage::Moving { .. } => Before::Nothing,
        };
        current.claims += 1;
        Ok(Some((Claim { arrivals: Arc::clone(self), number: current.claims, off: called_off }, before)))
    }

    /// Throws away what rests, if nobody has claimed the place since.
    fn expire(&self, claim: u64) {
        let mut current = self.current.lock();
        if current.claims != claim || !matches!(current.stage, Stage::Resting(_)) {
            return;
        }
        let Stage::Resting(receiving) = std::mem::take(&mut current.stage) else { return };
        drop(current);
        info!(rows = receiving.tally().rows(), "threw away a part of a snapshot whose rest did not come");
        // Closing and removing a large file takes its time, which the runtime must not wait for; without a thread it must.
        if let Err(error) = background::spawn("state-drop", move || drop(receiving)) {
            info!(%error, "no thread to remove a file");
        }
    }
}

impl Claim {
    /// Ends when another attempt wants the place.
    pub async fn called_off(&mut self) {
        // The other end lives in the stage, which this claim holds.
        if self.off.wait_for(|off| *off).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Leaves what has arrived to the next attempt. Call it on a runtime with a clock.
    pub fn leave(self, receiving: Receiving) {
        self.arrivals.current.lock().stage = Stage::Resting(receiving);
        let (arrivals, number, kept) = (Arc::downgrade(&self.arrivals), self.number, self.arrivals.kept);
        // A member that stops does not wait for it: with its listener goes what rests.
        tokio::spawn(async move {
            tokio::time::sleep(kept).await;
            if let Some(arrivals) = Weak::upgrade(&arrivals) {
                arrivals.expire(number);
            }
        });
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut current = self.arrivals.current.lock();
        // One that left its state behind may have been followed by the next already.
        if current.claims == self.number && matches!(current.stage, Stage::Moving { .. }) {
            current.stage = Stage::Nothing;
        }
        drop(current);
        self.arrivals.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(term: u64) -> wire::SnapshotHeader {
        wire::SnapshotHeader { message: Some(wire::Message { term, ..wire::Message::default() }), nonce: 1 }
    }

    /// A claim that had left its state behind gave up the place of the next one when it went.
    #[test]
    fn a_claim_that_goes_late_leaves_the_place_to_the_one_that_has_it() {
        let arrivals = Arc::new(Arrivals::new(Duration::from_secs(1)));
        let (first, _) = arrivals.try_claim(1, &header(5)).unwrap().unwrap();
        // As between leaving a state and going.
        arrivals.current.lock().stage = Stage::Nothing;
        let (second, _) = arrivals.try_claim(1, &header(5)).unwrap().unwrap();
        drop(first);
        assert!(arrivals.try_claim(2, &header(5)).is_err(), "the second one is under way");
        drop(second);
        assert!(arrivals.try_claim(2, &header(5)).unwrap().is_some());
    }
}
