//! A log in memory, for tests and the simulator: what `write` took survives a crash, nothing else does.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use super::log_store::{HardState, LogEntry, LogFault, LogPoint, LogState, LogStore, LogWrite};

/// See the module. A crash is: drop the node and the writes it still waits for, and open a new node on the same log.
#[derive(Debug, Default)]
pub struct MemoryLog {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    start: LogPoint,
    entries: BTreeMap<u64, LogEntry>,
    hard_state: HardState,
    fail_writes: bool,
}

impl MemoryLog {
    /// Lets every write fail from now on, as a broken disk does.
    pub fn fail_writes(&self) {
        self.kept.lock().fail_writes = true;
    }

    /// All entries, for checkers.
    pub fn all(&self) -> Vec<LogEntry> {
        self.kept.lock().entries.values().cloned().collect()
    }
}

impl Kept {
    fn last(&self) -> LogPoint {
        self.entries.last_key_value().map_or(self.start, |(&index, entry)| LogPoint { index, term: entry.term })
    }

    fn take(&mut self, write: &LogWrite) {
        if let Some(point) = write.reset {
            self.start = point;
            self.entries.clear();
        }
        if let Some(first) = write.entries.first() {
            let last = self.last();
            assert!(first.index > self.start.index && first.index <= last.index + 1, "no hole and no rewriting of the forgotten");
            self.entries.split_off(&first.index);
            self.entries.extend(write.entries.iter().map(|entry| (entry.index, entry.clone())));
        }
        if let Some(hard_state) = write.hard_state {
            assert!(hard_state.term >= self.hard_state.term, "terms never go back");
            self.hard_state = hard_state;
        }
        if let Some(point) = write.cut
            && point.index > self.start.index
        {
            self.start = point;
            self.entries = self.entries.split_off(&(point.index + 1));
        }
    }
}

impl LogStore for MemoryLog {
    fn place(&self) -> String {
        "in memory".into()
    }

    fn state(&self) -> Result<LogState, LogFault> {
        let kept = self.kept.lock();
        Ok(LogState { start: kept.start, last: kept.last(), hard_state: kept.hard_state })
    }

    fn entries(&self, low: u64, high: u64, bytes_max: u64) -> Result<Vec<LogEntry>, LogFault> {
        let kept = self.kept.lock();
        let last = kept.last().index;
        if low <= kept.start.index || high > last + 1 {
            return Err(LogFault::Missing { place: self.place(), low, high, start: kept.start.index, last });
        }
        let mut bytes = 0;
        Ok(kept
            .entries
            .range(low..high)
            .map(|(_, entry)| entry)
            .take_while(|entry| {
                let first = bytes == 0;
                bytes += entry.weight() as u64;
                first || bytes <= bytes_max
            })
            .cloned()
            .collect())
    }

    fn write(&self, writes: &[LogWrite]) -> Result<(), LogFault> {
        let mut kept = self.kept.lock();
        if kept.fail_writes {
            return Err(LogFault::Io { place: self.place(), detail: "told to fail".into() });
        }
        for write in writes {
            kept.take(write);
        }
        Ok(())
    }
}
