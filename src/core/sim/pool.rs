//! Futures of one member, run on the simulator's thread until all of them wait.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures_util::{Stream, future::LocalBoxFuture, stream::FuturesUnordered};

/// See the module. Dropping it drops what runs, as the end of a process does.
pub struct Pool {
    running: FuturesUnordered<LocalBoxFuture<'static, ()>>,
    woken: Arc<Woken>,
    waker: Waker,
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Pool {
    pub fn new() -> Self {
        let woken = Arc::<Woken>::default();
        Self { running: FuturesUnordered::new(), waker: Arc::clone(&woken).into(), woken }
    }

    /// Adds work; it begins with the next [`Self::run`].
    pub fn spawn(&mut self, work: impl Future<Output = ()> + 'static) {
        self.running.push(Box::pin(work));
        self.woken.0.store(true, Ordering::Relaxed);
    }

    /// Whether anything could go on.
    pub fn has_work(&self) -> bool {
        self.woken.0.load(Ordering::Relaxed)
    }

    /// Runs everything until all of it waits.
    pub fn run(&mut self) {
        while self.woken.0.swap(false, Ordering::Relaxed) {
            let mut cx = Context::from_waker(&self.waker);
            // Some work is done: there may be more that can go on.
            while let Poll::Ready(Some(())) = std::pin::Pin::new(&mut self.running).poll_next(&mut cx) {}
        }
    }
}
