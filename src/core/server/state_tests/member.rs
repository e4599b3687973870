//! A member without threads: its flusher's steps are taken one by one, and a crash can come between any two.

use std::sync::Arc;

use super::super::{
    super::{
        apply::{Applied, Applier, SharedState, read_applied},
        backend::{Backend, Durable, Table},
        consensus::Committed,
        mvcc::{Flush, Revision, StoredRevisions},
        verify::model::Model,
    },
    sweep_progress::{Slice, SweepProgress},
};

pub struct TestMember {
    disk: Arc<dyn Durable>,
    pub backend: Arc<Backend>,
    pub state: SharedState,
    applier: Applier,
    sweep: SweepProgress,
    main_on_disk: i64,
    under_way: Option<(Flush, Option<Slice>, i64, bool)>,
}

/// What lies on a member's disk.
pub struct Dump {
    pub records: Vec<(Revision, bool)>,
    pub index_rows: usize,
    /// Of all rows of all tables.
    pub hash: u32,
}

impl TestMember {
    pub fn open(disk: Arc<dyn Durable>) -> Self {
        let backend = Arc::new(Backend::open(Arc::clone(&disk)).unwrap());
        let state = SharedState::load(Arc::clone(&backend)).unwrap();
        let applier = Applier::open(state.clone()).unwrap();
        let revisions = StoredRevisions::read(disk.read().unwrap().as_ref()).unwrap();
        let sweep = SweepProgress::new(revisions.compact, revisions.swept);
        let main_on_disk = revisions.current;
        Self { disk, backend, state, applier, sweep, main_on_disk, under_way: None }
    }

    /// A crash: what is not on the disk is gone.
    pub fn reopen(&mut self) {
        *self = Self::open(Arc::clone(&self.disk));
    }

    pub fn applied(&self) -> u64 {
        self.applier.applied().index
    }

    pub fn apply(&mut self, entry: &Committed) -> Applied {
        let applied = self.applier.apply(entry).unwrap();
        self.applier.end_batch();
        applied
    }

    pub fn allow_sweep(&self) {
        self.sweep.compacted(self.state.store.compact_revision());
    }

    pub fn close(&mut self, rows: usize) {
        if self.under_way.is_some() {
            return;
        }
        let slice = self.sweep.slice(self.main_on_disk);
        self.applier.seal();
        let generation = self.backend.rotate().unwrap();
        let main = self.state.store.current_revision();
        let flush = Flush::plan(self.backend.state(), generation, slice.map(|slice| slice.span), rows).unwrap();
        self.under_way = Some((flush, slice, main, false));
    }

    pub fn commit(&mut self) {
        if let Some((flush, _, _, committed @ false)) = &mut self.under_way {
            flush.commit().unwrap();
            *committed = true;
        }
    }

    pub fn finish(&mut self) {
        self.commit();
        let Some((flush, slice, main, _)) = self.under_way.take() else { return };
        let plan = flush.finish(&self.backend);
        self.main_on_disk = main;
        if let (Some(slice), Some(plan)) = (slice, plan) {
            self.sweep.advance(slice, &plan);
        }
    }

    /// Takes in the state that another member has on its disk, as it is.
    pub fn receive(&mut self, other: &Self) {
        let index = read_applied(other.disk.read().unwrap().as_ref()).unwrap().index;
        if index <= self.applied() {
            return;
        }
        let received = super::memory(1).remove(0);
        let source = other.disk.read().unwrap();
        received
            .commit(&mut |batch| {
                for table in Table::ALL {
                    for row in source.scan(table, &[])? {
                        let (key, value) = row?;
                        batch.append(table, key, value)?;
                    }
                }
                Ok(())
            })
            .unwrap();
        let revisions = StoredRevisions::read(received.read().unwrap().as_ref()).unwrap();
        self.disk = Arc::clone(&received);
        self.applier.install(received).unwrap();
        self.sweep.reset(revisions.compact, revisions.swept);
        assert_eq!(self.applied(), index);
    }

    /// Flushes and sweeps until there is nothing left to do.
    pub fn flush_all(&mut self) {
        self.finish();
        loop {
            self.close(7);
            self.finish();
            if self.sweep.slice(self.main_on_disk).is_none() {
                return;
            }
        }
    }

    pub fn check_leases(&self, model: &Model) {
        let from_disk = SharedState::load(Arc::clone(&self.backend)).unwrap();
        for lessor in [&self.state.lessor, &from_disk.lessor] {
            let lessor = lessor.read();
            let have: Vec<_> = lessor.iter().map(|(id, lease)| (id, lease.remaining_secs, lease.keys())).collect();
            let expected = model.leases().iter().map(|(id, lease)| (*id, lease.remaining_secs, model.attached(*id)));
            assert_eq!(have, expected.collect::<Vec<_>>());
        }
    }

    pub fn dump(&self) -> Dump {
        let disk = self.disk.read().unwrap();
        let rows = |table| disk.scan(table, &[]).unwrap().map(Result::unwrap);
        let records = rows(Table::Record).map(|(key, _)| Revision::from_record_key(key).unwrap()).collect();
        let index_rows = rows(Table::Index).count() + rows(Table::Long).count();
        let mut hash = 0;
        for table in Table::ALL {
            for (key, value) in rows(table) {
                hash = crc32c::crc32c_append(crc32c::crc32c_append(hash, key), value);
            }
        }
        Dump { records, index_rows, hash }
    }
}
