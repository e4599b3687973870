//! Telling a server to stop.

use std::sync::Arc;

use tokio::sync::watch;

/// Tells a server to stop, and lets its parts wait for that. All clones are one.
#[derive(Clone, Debug)]
pub struct Stop {
    told: Arc<watch::Sender<bool>>,
}

impl Stop {
    /// Not told yet.
    pub fn new() -> Self {
        Self { told: Arc::new(watch::Sender::new(false)) }
    }

    /// Tells everyone who waits. Once told, it stays so.
    pub fn stop(&self) {
        self.told.send_replace(true);
    }

    /// Whether [`Stop::stop`] was called.
    pub fn is_told(&self) -> bool {
        *self.told.borrow()
    }

    /// Waits for [`Stop::stop`]; returns at once if it was called before. May be cancelled.
    pub async fn wait(&self) {
        let mut told = self.told.subscribe();
        let is_told = told.wait_for(|told| *told).await.is_ok();
        assert!(is_told, "the sender lives in self, so that the channel can't have been closed");
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_ends_for_all_clones_and_for_latecomers() {
        let stop = Stop::new();
        let waiting = tokio::spawn({
            let stop = stop.clone();
            async move { stop.wait().await }
        });
        assert!(!stop.is_told());
        stop.stop();
        waiting.await.unwrap();
        stop.wait().await;
        assert!(stop.is_told());
    }
}
