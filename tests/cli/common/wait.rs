//! Waiting for a condition, with a deadline.

use std::{
    future::Future,
    time::{Duration, Instant},
};

const POLL: Duration = Duration::from_millis(10);

/// Returns as soon as `condition` holds; panics with `what` when it does not within `limit`.
pub async fn wait_until(limit: Duration, what: &str, mut condition: impl AsyncFnMut() -> bool) {
    wait_for(limit, what, async || condition().await.then_some(())).await;
}

/// Returns the first value that `attempt` gives; panics with `what` when it gives none within `limit`.
pub async fn wait_for<T>(limit: Duration, what: &str, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + limit;
    loop {
        // An attempt that hangs is cut off too: the deadline holds whatever the server does.
        let left = end.saturating_duration_since(Instant::now()).max(POLL);
        if let Some(Some(value)) = bounded(left, attempt()).await {
            return value;
        }
        assert!(Instant::now() < end, "not within {limit:?}: {what}");
        tokio::time::sleep(POLL).await;
    }
}

async fn bounded<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, work).await.ok()
}
