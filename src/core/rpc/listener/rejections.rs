//! Telling of rejected connections, but not without end: whoever sends nonsense all day shall not fill the disk with it.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::core::clock;

/// Lines in each [`PERIOD`].
const LINES_MAX: u32 = 10;
const PERIOD: Duration = Duration::from_secs(1);

/// Counts what was rejected lately.
#[derive(Default)]
pub struct Rejections {
    recent: Mutex<Recent>,
}

#[derive(Default)]
struct Recent {
    since: Option<Instant>,
    lines: u32,
    left_out: u64,
}

impl Rejections {
    /// Logs that a connection was rejected, or counts it when there were too many just now.
    pub fn log(&self, remote: &str, error: &str) {
        if self.admit() {
            tracing::warn!("remote-addr" = remote, error, "rejected connection on client endpoint");
        }
    }

    /// Logs that a connection was closed which had been taken, likewise.
    pub fn log_closed(&self, remote: &str, reason: &str) {
        if self.admit() {
            tracing::warn!("remote-addr" = remote, reason, "closed connection on client endpoint");
        }
    }

    fn admit(&self) -> bool {
        let Some(left_out) = self.recent.lock().admit(clock::now()) else { return false };
        if left_out > 0 {
            tracing::warn!(connections = left_out, "rejected more connections on client endpoint than are listed");
        }
        true
    }
}

impl Recent {
    /// Whether there is room for a line; then how many were left out since the last one.
    fn admit(&mut self, now: Instant) -> Option<u64> {
        if self.since.is_none_or(|since| now.duration_since(since) >= PERIOD) {
            self.since = Some(now);
            self.lines = 0;
        }
        if self.lines == LINES_MAX {
            self.left_out += 1;
            return None;
        }
        self.lines += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_and_told_with_the_next_line() {
        let begin = Instant::now();
        let mut recent = Recent::default();
        for _ in 0..LINES_MAX {
            assert_eq!(recent.admit(begin), Some(0));
        }
        for _ in 0..500 {
            assert_eq!(recent.admit(begin + PERIOD / 2), None);
        }
        assert_eq!(recent.admit(begin + PERIOD), Some(500));
        assert_eq!(recent.admit(begin + PERIOD), Some(0));
    }
}
