//! How far unreadable history has been swept, between who compacts, who sweeps, and who waits for it.

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::super::mvcc::{SweepPlan, SweepSpan};

/// Shared by the apply thread, the flusher, and requests for physical compaction.
pub struct SweepProgress {
    sweep: Mutex<Sweep>,
    moved: Notify,
}

struct Sweep {
    /// History below this main revision may go.
    wanted: i64,
    /// The next slice begins with this main revision.
    next: i64,
    /// Everything that compaction up to this revision made unreadable is off the disk.
    swept: i64,
    /// Counts the states that were put in the place of another.
    replaced: u64,
}

/// A slice to sweep, of the state that was there when it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    pub span: SweepSpan,
    replaced: u64,
}

impl Sweep {
    fn new(wanted: i64, next: i64, replaced: u64) -> Self {
        // The slice that left this on the disk may have ended just before the records of this revision.
        let swept = if wanted < 0 { wanted } else { next - 1 };
        Self { wanted, next, swept, replaced }
    }
}

impl SweepProgress {
    /// With the revisions that a state on disk has.
    pub fn new(compact_revision: i64, swept: i64) -> Self {
        Self { sweep: Mutex::new(Sweep::new(compact_revision, swept, 0)), moved: Notify::new() }
    }

    /// History below `revision` may be swept.
    pub fn compacted(&self, revision: i64) {
        let mut sweep = self.sweep.lock();
        sweep.wanted = sweep.wanted.max(revision);
    }

    /// Another state took the place of the one that was swept so far.
    pub fn reset(&self, compact_revision: i64, swept: i64) {
        let mut sweep = self.sweep.lock();
        *sweep = Sweep::new(compact_revision, swept, sweep.replaced + 1);
        drop(sweep);
        self.moved.notify_waiters();
    }

    /// What to sweep next of records up to `main_on_disk`; `None` if there is nothing.
    pub fn slice(&self, main_on_disk: i64) -> Option<Slice> {
        let sweep = self.sweep.lock();
        let to = sweep.wanted.min(main_on_disk);
        let span = SweepSpan { from: sweep.next, to, compact: sweep.wanted };
        (sweep.swept < to).then_some(Slice { span, replaced: sweep.replaced })
    }

    /// Takes note of a slice that is off the disk. One of a state that was replaced meanwhile counts for nothing.
    pub fn advance(&self, slice: Slice, plan: &SweepPlan) {
        let mut sweep = self.sweep.lock();
        if sweep.replaced != slice.replaced {
            return;
        }
        sweep.next = plan.next;
        if plan.done {
            sweep.swept = slice.span.to;
        }
        drop(sweep);
        self.moved.notify_waiters();
    }

    /// Waits until everything that `revision` made unreadable is off the disk.
    pub async fn reached(&self, revision: i64) {
        loop {
            let mut moved = std::pin::pin!(self.moved.notified());
            moved.as_mut().enable();
            if self.sweep.lock().swept >= revision {
                return;
            }
            moved.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(next: i64, done: bool) -> SweepPlan {
        SweepPlan { next, done, ..SweepPlan::default() }
    }

    #[test]
    fn a_slice_that_ends_before_the_compact_revision_does_not_reach_it() {
        let progress = SweepProgress::new(-1, -1);
        assert_eq!(progress.slice(100), None);
        progress.compacted(10);
        let slice = progress.slice(100).unwrap();
        assert_eq!(slice.span, SweepSpan { from: -1, to: 10, compact: 10 });
        progress.advance(slice, &plan(10, false));
        let slice = progress.slice(100).unwrap();
        assert_eq!(slice.span.from, 10, "the records of revision 10 itself are still to be looked at");
        progress.advance(slice, &plan(10, true));
        assert_eq!(progress.slice(100), None);
    }

    #[test]
    fn only_what_is_on_the_disk_is_swept() {
        let progress = SweepProgress::new(10, -1);
        let slice = progress.slice(4).unwrap();
        assert_eq!(slice.span, SweepSpan { from: -1, to: 4, compact: 10 });
        progress.advance(slice, &plan(4, true));
        assert_eq!(progress.slice(4), None);
        assert_eq!(progress.slice(12).unwrap().span, SweepSpan { from: 4, to: 10, compact: 10 });
    }

    #[test]
    fn a_replaced_state_is_swept_from_where_its_sender_was() {
        let progress = SweepProgress::new(100, 20);
        let of_the_old = progress.slice(200).unwrap();
        progress.reset(150, 30);
        progress.advance(of_the_old, &plan(100, true));
        assert_eq!(progress.slice(200).unwrap().span, SweepSpan { from: 30, to: 150, compact: 150 });
    }
}
