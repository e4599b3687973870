//! The log, with a stopwatch: how long its writes take, sync included.

use std::sync::Arc;

use super::{
    super::consensus::{LogEntry, LogFault, LogState, LogStore, LogWrite},
    metrics::Metrics,
    now,
};

/// Passes everything on. A write is one sync, so its time is reported as the sync's.
pub struct MeasuredLog {
    log: Arc<dyn LogStore>,
    metrics: Arc<Metrics>,
}

impl MeasuredLog {
    pub fn new(log: Arc<dyn LogStore>, metrics: Arc<Metrics>) -> Self {
        Self { log, metrics }
    }
}

impl LogStore for MeasuredLog {
    fn place(&self) -> String {
        self.log.place()
    }

    fn state(&self) -> Result<LogState, LogFault> {
        self.log.state()
    }

    fn entries(&self, low: u64, high: u64, bytes_max: u64) -> Result<Vec<LogEntry>, LogFault> {
        self.log.entries(low, high, bytes_max)
    }

    fn write(&self, writes: &[LogWrite]) -> Result<(), LogFault> {
        let begun = now();
        let written = self.log.write(writes);
        self.metrics.wal_fsync_duration.observe(begun.elapsed().as_secs_f64());
        written
    }
}
