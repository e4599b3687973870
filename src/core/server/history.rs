//! What watchers read of the store.

use std::sync::Arc;

use bytes::Bytes;

use super::super::{
    mvcc::{MvccStore, RevisionChanges},
    watch::{History, HistoryError},
};

/// The store as history.
pub struct StoreHistory(pub Arc<MvccStore>);

impl StoreHistory {
    fn check(&self, from: i64) -> Result<(), HistoryError> {
        let compact_revision = self.0.compact_revision();
        if from < compact_revision { Err(HistoryError::Compacted { compact_revision }) } else { Ok(()) }
    }
}

impl History for StoreHistory {
    fn current_revision(&self) -> i64 {
        self.0.current_revision()
    }

    fn compact_revision(&self) -> i64 {
        self.0.compact_revision()
    }

    fn read(&self, from: i64, to: i64, bytes_max: usize) -> Result<Vec<Arc<RevisionChanges>>, HistoryError> {
        self.check(from)?;
        let changes = self.0.history(from, to, bytes_max).map_err(|error| HistoryError::Fault(error.to_string()))?;
        // What was compacted meanwhile may have been swept while it was read.
        self.check(from)?;
        Ok(changes)
    }

    fn previous(&self, key: &[u8], before: i64) -> Result<Option<Bytes>, HistoryError> {
        if before - 1 < self.0.compact_revision() {
            return Ok(None);
        }
        let record = self.0.previous(key, before).map_err(|error| HistoryError::Fault(error.to_string()))?;
        Ok(record.filter(|_| before > self.0.compact_revision()))
    }
}
