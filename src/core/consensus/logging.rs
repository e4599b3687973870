//! The consensus library logs to `slog`; we log to `tracing`.

use slog::{Drain, Level, Logger, Never, OwnedKVList, Record, o};

/// A logger that passes on what operators may want to know.
pub(super) fn logger() -> Logger {
    Logger::root(ToTracing, o!())
}

struct ToTracing;

impl Drain for ToTracing {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, _: &OwnedKVList) -> Result<(), Never> {
        match record.level() {
            Level::Critical | Level::Error => tracing::error!(target: "raft", "{}", record.msg()),
            // The library warns of what is ordinary, such as a campaign that has to wait for its own bootstrap entries.
            Level::Warning => tracing::info!(target: "raft", "{}", record.msg()),
            Level::Info | Level::Debug => tracing::debug!(target: "raft", "{}", record.msg()),
            Level::Trace => {}
        }
        Ok(())
    }
}
