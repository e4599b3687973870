//! The thread "wal": makes writes durable in groups, so that the node loop can talk to other members meanwhile.
//!
//! All writes that wait are written together with one sync. The node loop hands over at most one write a turn and holds back
//! what rests on it, so what can wait here is bounded by what the node may have uncommitted.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};

use crate::core::consensus::{LogFault, LogStore, LogWrite};

/// Writes that go into one group.
const GROUP_WRITES_MAX: usize = 64;

/// The handle of the thread. Dropping it finishes the writes that were handed over and ends the thread.
pub struct LogWriter {
    writes: Option<Sender<LogWrite>>,
    thread: Option<JoinHandle<()>>,
}

impl LogWriter {
    /// Starts the thread. `done` hears, on that thread, the number of the last durable write, or the fault after which nothing
    /// more is written.
    pub fn start(log: Arc<dyn LogStore>, done: impl Fn(Result<u64, LogFault>) + Send + 'static) -> std::io::Result<Self> {
        let (writes, waiting) = channel();
        let thread = std::thread::Builder::new().name("wal".into()).spawn(move || run(&*log, &waiting, &done))?;
        Ok(Self { writes: Some(writes), thread: Some(thread) })
    }

    /// Hands a write over. After a fault it goes nowhere.
    pub fn write(&self, write: LogWrite) {
        let writes = self.writes.as_ref().expect("only dropping takes the sender");
        // The thread ends early only after it has told of a fault, and then the loop stops too.
        let _ = writes.send(write);
    }
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        self.writes = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported as a fault.
            let _ = thread.join();
        }
    }
}

fn run(log: &dyn LogStore, waiting: &Receiver<LogWrite>, done: &dyn Fn(Result<u64, LogFault>)) {
    let mut group = Vec::with_capacity(GROUP_WRITES_MAX);
    while let Ok(first) = waiting.recv() {
        group.push(first);
        group.extend(waiting.try_iter().take(GROUP_WRITES_MAX - 1));
        let last = group.last().expect("just pushed").number;
        let written = catch_unwind(AssertUnwindSafe(|| log.write(&group)))
            .unwrap_or_else(|_| Err(LogFault::Io { place: log.place(), detail: "writing panicked".into() }));
        let failed = written.is_err();
        done(written.map(|()| last));
        if failed {
            return;
        }
        group.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::RecvTimeoutError;
    use std::time::Duration;

    use super::*;
    use crate::core::consensus::{HardState, memory_log::MemoryLog};

    const PATIENCE: Duration = Duration::from_secs(20);

    fn write(number: u64) -> LogWrite {
        LogWrite { number, hard_state: Some(HardState { term: number, vote: 0, commit: 0 }), ..LogWrite::default() }
    }

    #[test]
    fn what_is_reported_is_durable_and_all_is_finished_before_the_end() {
        let log = Arc::new(MemoryLog::default());
        let (done, reports) = channel();
        let seen = Arc::clone(&log);
        let writer = LogWriter::start(Arc::clone(&log) as Arc<dyn LogStore>, move |result| {
            let number = result.unwrap();
            assert!(seen.state().unwrap().hard_state.term >= number);
            done.send(number).unwrap();
        })
        .unwrap();
        (1..=500).for_each(|number| writer.write(write(number)));
        drop(writer);
        let numbers: Vec<u64> = reports.iter().collect();
        assert!(numbers.is_sorted());
        assert_eq!(numbers.last(), Some(&500));
    }

    #[test]
    fn after_a_failed_write_nothing_more_is_written_or_reported() {
        let log = Arc::new(MemoryLog::default());
        log.fail_writes();
        let (done, reports) = channel();
        let writer = LogWriter::start(log, move |result| done.send(result.is_err()).unwrap()).unwrap();
        writer.write(write(1));
        assert_eq!(reports.recv_timeout(PATIENCE), Ok(true));
        writer.write(write(2));
        assert_eq!(reports.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected));
    }
}
