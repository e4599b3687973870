//! The clocks. Nothing else in core reads one; pure code is given the time.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The monotonic clock.
#[expect(clippy::disallowed_methods, reason = "the one place of core that reads the monotonic clock")]
pub fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since 1970 by the wall clock; 0 if that is set before.
#[expect(clippy::disallowed_methods, reason = "the one place of core that reads the wall clock")]
pub fn unix_millis() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
