//! Libraries that log to the `log` crate, the raft log's engine above all: their warnings and errors go into our log.

use log::{Level, LevelFilter, Log, Metadata, Record};

struct Bridge;

impl Log for Bridge {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        match record.level() {
            Level::Error => tracing::error!(module = record.target(), "{}", record.args()),
            Level::Warn => tracing::warn!(module = record.target(), "{}", record.args()),
            Level::Info | Level::Debug | Level::Trace => {}
        }
    }

    fn flush(&self) {}
}

/// Takes what is logged to `log` from now on. When someone else took it before, that stays so.
pub fn install() {
    if log::set_logger(&Bridge).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd::serve::logging::{Format, Level as Shown, tests::logged};

    #[test]
    fn warnings_and_errors_of_libraries_are_logged_with_their_module() {
        install();
        let text = logged(Shown::Debug, Format::Console, || {
            log::info!("chatter");
            log::warn!(target: "raft_engine::engine", "a {} tail", "torn");
        });
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("a torn tail\t{\"module\": \"raft_engine::engine\"}"), "{text}");
    }
}
