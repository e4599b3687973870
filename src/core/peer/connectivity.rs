//! Since when a peer is connected: both of its streams, without a break.

use std::time::Instant;

use parking_lot::Mutex;

use super::message_type::Route;
use crate::core::clock;

/// The state of the two lasting streams to one peer.
#[derive(Default)]
pub struct Connectivity {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    replicate: Option<Instant>,
    control: Option<Instant>,
    /// Whether the present outage has been logged.
    complained: bool,
}

impl Connectivity {
    /// Since when both streams stand; `None` while either is down.
    pub fn active_since(&self) -> Option<Instant> {
        self.state.lock().active_since()
    }

    /// Notes that a stream stands. Answers whether the peer is thereby connected.
    pub fn link_up(&self, stream: Route) -> bool {
        let mut state = self.state.lock();
        *state.slot(stream) = Some(clock::now());
        let is_active = state.active_since().is_some();
        if is_active {
            state.complained = false;
        }
        is_active
    }

    /// Notes that a stream is lost. Answers whether the peer was connected until now.
    pub fn link_down(&self, stream: Route) -> bool {
        let mut state = self.state.lock();
        let was_active = state.active_since().is_some();
        *state.slot(stream) = None;
        was_active
    }

    /// Whether a failed attempt is the first to be told of since the peer was last connected.
    pub fn first_failure(&self) -> bool {
        !std::mem::replace(&mut self.state.lock().complained, true)
    }
}

impl State {
    fn active_since(&self) -> Option<Instant> {
        Some(self.replicate?.max(self.control?))
    }

    fn slot(&mut self, stream: Route) -> &mut Option<Instant> {
        match stream {
            Route::Replicate => &mut self.replicate,
            _ => &mut self.control,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_connected_while_both_streams_stand() {
        let connectivity = Connectivity::default();
        assert!(!connectivity.link_up(Route::Replicate));
        assert_eq!(connectivity.active_since(), None);
        assert!(connectivity.link_up(Route::Control));
        let since = connectivity.active_since().unwrap();
        assert!(connectivity.link_down(Route::Replicate));
        assert!(!connectivity.link_down(Route::Control), "it was lost with the first stream");
        connectivity.link_up(Route::Replicate);
        connectivity.link_up(Route::Control);
        assert!(connectivity.active_since().unwrap() >= since);
    }

    #[test]
    fn an_outage_is_told_of_once() {
        let connectivity = Connectivity::default();
        assert_eq!([connectivity.first_failure(), connectivity.first_failure()], [true, false]);
        connectivity.link_up(Route::Replicate);
        assert!(!connectivity.first_failure(), "half a connection ends no outage");
        connectivity.link_up(Route::Control);
        assert!(connectivity.first_failure());
    }
}
