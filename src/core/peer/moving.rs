//! A state on its way, for figures: said when it begins, and once when it ends, however that comes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Inbound, SnapshotMoves};
use crate::core::clock;

/// A state that is on its way to a member or from it. Dropped before its end, it has failed.
pub struct Moving {
    inbound: Arc<dyn Inbound>,
    member: u64,
    is_sent: bool,
    began: Instant,
    ok: bool,
}

impl Moving {
    /// One that is being sent to this member.
    pub fn sending(inbound: Arc<dyn Inbound>, member: u64) -> Self {
        inbound.snapshot_moves(member, SnapshotMoves::SendBegan);
        Self { inbound, member, is_sent: true, began: clock::now(), ok: false }
    }

    /// One that comes from this member.
    pub fn receiving(inbound: Arc<dyn Inbound>, member: u64) -> Self {
        inbound.snapshot_moves(member, SnapshotMoves::ReceiveBegan);
        Self { inbound, member, is_sent: false, began: clock::now(), ok: false }
    }

    /// It has arrived, or not. Answers how long it took.
    pub fn end(mut self, ok: bool) -> Duration {
        self.ok = ok;
        self.began.elapsed()
    }
}

impl Drop for Moving {
    fn drop(&mut self) {
        let (ok, took) = (self.ok, self.began.elapsed());
        let moves = if self.is_sent { SnapshotMoves::SendEnded { ok, took } } else { SnapshotMoves::ReceiveEnded { ok, took } };
        self.inbound.snapshot_moves(self.member, moves);
    }
}
