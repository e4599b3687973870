//! The watch thread: it alone drives the [`WatchHub`].
//!
//! One mailbox, a lock and a condition, has what the others leave for it: the apply thread whole revisions, the streams their
//! requests. Revisions are bounded by count and bytes; when there are too many all are dropped, and the hub lets everyone read
//! history instead, so that apply never waits. Requests are bounded per stream: the sender holds one of
//! [`WATCH_REQUESTS_IN_FLIGHT`] permits until its request was handled. Between two looks into the mailbox the thread serves one
//! slice of history, so neither side starves the other.

use std::{
    collections::{HashMap, VecDeque},
    io,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    thread::JoinHandle,
};

use parking_lot::{Condvar, Mutex};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

use super::watch_queue::{QueuedBytes, WatchQueue};
use crate::core::{
    limits::{
        WATCH_FEED_BYTES, WATCH_FEED_REVISIONS, WATCH_REQUESTS_IN_FLIGHT, WATCHERS_BYTES, WATCHERS_BYTES_ALWAYS,
        WATCHERS_BYTES_PER_STREAM,
    },
    watch::{
        Delivery, History, HubFacts, Interest, Rejection, RevisionChanges, StreamId, WatchBounds, WatchFault, WatchHub, WatchSpec,
    },
};

const BOUNDS: WatchBounds =
    WatchBounds { stream_bytes: WATCHERS_BYTES_PER_STREAM, all_bytes: WATCHERS_BYTES, always_bytes: WATCHERS_BYTES_ALWAYS };

/// The door to the watch thread; clones are the same door.
#[derive(Clone)]
pub struct WatchHandle {
    shared: Arc<Shared>,
}

struct Shared {
    interest: Arc<Interest>,
    mailbox: Mutex<Mailbox>,
    filled: Condvar,
    next_stream: AtomicU64,
    facts: Mutex<HubFacts>,
    /// Events that wait in the queues of all streams.
    queued: Arc<QueuedBytes>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Mailbox {
    changes: Vec<Arc<RevisionChanges>>,
    changes_bytes: usize,
    /// Revisions were dropped since the thread last looked.
    lost: bool,
    inputs: VecDeque<Input>,
    /// Every open stream, for the end.
    streams: HashMap<StreamId, Arc<WatchQueue>>,
    stop: bool,
    /// The thread waits for the condition.
    asleep: bool,
}

/// What a stream asks of the hub.
struct Input {
    stream: StreamId,
    request: Request,
    _permit: Option<OwnedSemaphorePermit>,
}

enum Request {
    Open(Arc<WatchQueue>),
    Create(WatchSpec),
    Reject(Rejection),
    Cancel(i64),
    Progress,
    Tick,
    Room,
    Close,
}

impl WatchHandle {
    /// The door, and the hub behind it, at rest.
    pub fn new(history: Arc<dyn History>) -> (Self, WatchLoop) {
        let interest = Arc::new(Interest::default());
        let shared = Arc::new(Shared {
            interest: Arc::clone(&interest),
            mailbox: Mutex::default(),
            filled: Condvar::new(),
            next_stream: AtomicU64::new(1),
            facts: Mutex::default(),
            queued: Arc::default(),
            thread: Mutex::default(),
        });
        let hub = WatchHub::new(history, interest, BOUNDS);
        (Self { shared: Arc::clone(&shared) }, WatchLoop { shared, hub })
    }

    /// Whether revisions are wanted. To be asked after they were made readable; [`Self::publish`] asks by itself.
    pub fn active(&self) -> bool {
        self.shared.interest.any()
    }

    /// Hands over revisions, in order, that are readable already. Never waits for watchers.
    pub fn publish(&self, changes: Vec<Arc<RevisionChanges>>) {
        if changes.is_empty() || !self.active() {
            return;
        }
        let bytes: usize = changes.iter().flat_map(|one| &one.changes).map(|c| c.key.len() + c.record.len()).sum();
        let mut dropped = Vec::new();
        self.shared.leave(|mailbox| {
            if mailbox.stop {
                return;
            }
            let too_many = mailbox.changes.len() + changes.len() > WATCH_FEED_REVISIONS;
            if too_many || mailbox.changes_bytes + bytes > WATCH_FEED_BYTES {
                dropped = std::mem::take(&mut mailbox.changes);
                mailbox.changes_bytes = 0;
                mailbox.lost = true;
            } else {
                mailbox.changes.extend(changes);
                mailbox.changes_bytes += bytes;
            }
        });
    }

    /// The store was replaced by a newer one: all watchers go on from its history.
    pub fn reset(&self) {
        self.shared.leave(|mailbox| mailbox.lost = true);
    }

    /// Opens a stream. After [`Self::stop`] it has ended already.
    pub fn open_stream(&self) -> (WatchRequests, WatchResponses) {
        let stream = self.shared.next_stream.fetch_add(1, Ordering::Relaxed);
        let queue = Arc::new(WatchQueue::new(Arc::clone(&self.shared.queued)));
        let to_hub = Arc::clone(&queue);
        self.shared.leave(|mailbox| {
            if mailbox.stop {
                to_hub.end(stopped());
                return;
            }
            mailbox.streams.insert(stream, Arc::clone(&to_hub));
            mailbox.inputs.push_back(Input { stream, request: Request::Open(to_hub), _permit: None });
        });
        let shared = Arc::clone(&self.shared);
        let permits = Arc::new(Semaphore::new(WATCH_REQUESTS_IN_FLIGHT));
        let requests = WatchRequests { shared: Arc::clone(&shared), stream, queue: Arc::clone(&queue), permits };
        (requests, WatchResponses { shared, stream, queue })
    }

    /// What the hub holds, as of its last turn.
    pub fn facts(&self) -> HubFacts {
        *self.shared.facts.lock()
    }

    /// Ends all streams and waits for the thread, which takes one slice of history at most. Must be called for the thread to
    /// end; may be called again, and by `on_fault`, which does not wait.
    pub fn stop(&self) {
        self.shared.leave(|mailbox| mailbox.stop = true);
        let thread = self.shared.thread.lock().take();
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != std::thread::current().id()) {
            thread.join().expect("the thread catches its panics");
        }
    }
}

/// A stream's side for what its client asks. Each call waits while the client has too much to read, or too many requests are
/// unanswered.
pub struct WatchRequests {
    shared: Arc<Shared>,
    stream: StreamId,
    queue: Arc<WatchQueue>,
    permits: Arc<Semaphore>,
}

impl WatchRequests {
    pub async fn create(&self, spec: WatchSpec) {
        self.send(Request::Create(spec)).await;
    }

    /// Answers a creation with a refusal, in its turn.
    pub async fn reject(&self, rejection: Rejection) {
        self.send(Request::Reject(rejection)).await;
    }

    pub async fn cancel(&self, watch_id: i64) {
        self.send(Request::Cancel(watch_id)).await;
    }

    pub async fn progress(&self) {
        self.send(Request::Progress).await;
    }

    /// The stream's progress timer fired.
    pub async fn tick(&self) {
        self.send(Request::Tick).await;
    }

    /// Ends the stream, ahead of everything queued.
    pub fn end(&self, status: Status) {
        self.queue.end(status);
    }

    async fn send(&self, request: Request) {
        self.queue.not_full().await;
        let permit = Arc::clone(&self.permits).acquire_owned().await.expect("the semaphore is never closed");
        self.shared.input(Input { stream: self.stream, request, _permit: Some(permit) });
    }
}

/// A stream's side for what its client is sent. Dropping it closes the stream.
pub struct WatchResponses {
    shared: Arc<Shared>,
    stream: StreamId,
    queue: Arc<WatchQueue>,
}

impl WatchResponses {
    /// The next response; an error is the stream's last word.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Delivery, Status>> {
        self.queue.poll_take(cx).map_ok(|taken| {
            if taken.room {
                self.shared.input(Input { stream: self.stream, request: Request::Room, _permit: None });
            }
            taken.delivery
        })
    }

    /// Responses and bytes of events that wait.
    #[cfg(test)]
    pub fn queued(&self) -> (usize, usize) {
        self.queue.queued()
    }
}

impl Drop for WatchResponses {
    fn drop(&mut self) {
        self.queue.close();
        self.shared.leave(|mailbox| {
            mailbox.streams.remove(&self.stream);
            if !mailbox.stop {
                mailbox.inputs.push_back(Input { stream: self.stream, request: Request::Close, _permit: None });
            }
        });
    }
}

impl Shared {
    fn input(&self, input: Input) {
        self.leave(|mailbox| {
            if !mailbox.stop {
                mailbox.inputs.push_back(input);
            }
        });
    }

    /// Puts something into the mailbox and wakes the thread if it sleeps.
    fn leave(&self, put: impl FnOnce(&mut Mailbox)) {
        let mut mailbox = self.mailbox.lock();
        put(&mut mailbox);
        let wake = std::mem::take(&mut mailbox.asleep);
        drop(mailbox);
        if wake {
            self.filled.notify_one();
        }
    }

    fn end_streams(&self) {
        let mut mailbox = self.mailbox.lock();
        mailbox.stop = true;
        mailbox.inputs.clear();
        mailbox.changes = Vec::new();
        let streams = std::mem::take(&mut mailbox.streams);
        drop(mailbox);
        for queue in streams.into_values() {
            queue.end(stopped());
        }
    }
}

/// The hub at work. See the module.
pub struct WatchLoop {
    shared: Arc<Shared>,
    hub: WatchHub,
}

impl WatchLoop {
    /// Runs turns on a thread. `on_fault` is called at most once, from it, when history is unreadable: the member must stop.
    ///
    /// # Errors
    /// The system's, if it gives no thread.
    pub fn spawn(mut self, on_fault: impl FnOnce(WatchFault) + Send + 'static) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name("watch".into()).spawn(move || {
            let run = std::panic::catch_unwind(AssertUnwindSafe(|| self.run()));
            self.shared.end_streams();
            match run {
                Ok(Ok(())) => {}
                Ok(Err(fault)) => on_fault(fault),
                Err(_) => on_fault(WatchFault("the watch thread panicked".into())),
            }
        })?;
        *shared.thread.lock() = Some(thread);
        Ok(())
    }

    /// Until told to stop.
    fn run(&mut self) -> Result<(), WatchFault> {
        loop {
            let mut mailbox = self.shared.mailbox.lock();
            while mailbox.is_empty() && !self.hub.is_catching_up() {
                mailbox.asleep = true;
                self.shared.filled.wait(&mut mailbox);
            }
            mailbox.asleep = false;
            if mailbox.stop {
                return Ok(());
            }
            drop(mailbox);
            self.turn()?;
        }
    }

    /// Whether a turn has anything to do.
    pub fn has_work(&self) -> bool {
        self.hub.is_catching_up() || !self.shared.mailbox.lock().is_empty()
    }

    /// Takes what waits, and serves one slice of history.
    ///
    /// # Errors
    /// When history is unreadable.
    pub fn turn(&mut self) -> Result<(), WatchFault> {
        let hub = &mut self.hub;
        let mut mailbox = self.shared.mailbox.lock();
        let changes = std::mem::take(&mut mailbox.changes);
        mailbox.changes_bytes = 0;
        let lost = std::mem::take(&mut mailbox.lost);
        let inputs = std::mem::take(&mut mailbox.inputs);
        drop(mailbox);

        if lost {
            hub.fall_behind();
        }
        hub.on_changes(&changes)?;
        for Input { stream, request, _permit } in inputs {
            match request {
                Request::Open(queue) => hub.open_stream(stream, queue),
                Request::Create(spec) => hub.create(stream, spec),
                Request::Reject(rejection) => hub.reject(stream, rejection),
                Request::Cancel(watch_id) => hub.cancel(stream, watch_id),
                Request::Progress => hub.progress_request(stream),
                Request::Tick => hub.progress_tick(stream),
                Request::Room => hub.room(stream),
                Request::Close => hub.close_stream(stream),
            }
        }
        hub.catch_up()?;
        *self.shared.facts.lock() = hub.facts();
        Ok(())
    }
}

impl Mailbox {
    fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.inputs.is_empty() && !self.lost && !self.stop
    }
}

fn stopped() -> Status {
    Status::unavailable("etcdserver: server stopped")
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        sync::mpsc,
        time::{Duration, Instant},
    };

    use bytes::Bytes;

    use super::*;
    use crate::core::{
        limits::WATCH_QUEUE_RESPONSES,
        watch::{
            Notice,
            memory::{MemoryHistory, decode, put, show},
        },
    };

    const DEADLINE: Duration = Duration::from_secs(20);

    struct Rig {
        history: Arc<MemoryHistory>,
        handle: WatchHandle,
        faults: mpsc::Receiver<String>,
    }

    impl Rig {
        fn new() -> Self {
            let history = Arc::new(MemoryHistory::default());
            let (fault, faults) = mpsc::channel();
            let (handle, hub) = WatchHandle::new(history.clone());
            hub.spawn(move |why| fault.send(why.to_string()).expect("the test listens")).unwrap();
            Self { history, handle, faults }
        }

        fn commit(&self, key: &str, value: &str) {
            let changes = self.history.commit(&[put(key, value)]);
            self.handle.publish(vec![changes]);
        }
    }

    impl Drop for Rig {
        fn drop(&mut self) {
            self.handle.stop();
        }
    }

    fn on(key: &'static str, start_revision: i64) -> WatchSpec {
        WatchSpec { key: Bytes::from(key), start_revision, ..WatchSpec::default() }
    }

    async fn next(responses: &mut WatchResponses) -> Result<Delivery, Status> {
        tokio::time::timeout(DEADLINE, poll_fn(|cx| responses.poll_next(cx))).await.expect("in time")
    }

    async fn until(what: &str, mut holds: impl FnMut() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(start.elapsed() < DEADLINE, "{what}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn writers_on_another_thread_are_seen_without_gap_from_the_moment_of_creation() {
        for _ in 0..50 {
            let rig = Rig::new();
            let (history, handle) = (rig.history.clone(), rig.handle.clone());
            let writer = std::thread::spawn(move || {
                for _ in 0..300 {
                    let changes = history.commit(&[put("a", "x")]);
                    handle.publish(vec![changes]);
                }
            });
            let (requests, mut responses) = rig.handle.open_stream();
            requests.create(on("a", 0)).await;
            let created = next(&mut responses).await.unwrap();
            assert!(matches!(created.notice, Notice::Created));
            let mut expected = created.revision + 1;
            while expected <= 301 {
                for event in decode(&next(&mut responses).await.unwrap()) {
                    assert_eq!(event.kv.unwrap().mod_revision, expected);
                    expected += 1;
                }
            }
            writer.join().unwrap();
        }
    }

    #[tokio::test]
    async fn without_watchers_nothing_is_handed_over() {
        let rig = Rig::new();
        assert!(!rig.handle.active());
        let (requests, responses) = rig.handle.open_stream();
        requests.create(on("a", 0)).await;
        until("interest is raised", || rig.handle.active()).await;
        drop(responses);
        until("interest is dropped", || !rig.handle.active()).await;
        until("the stream is forgotten", || rig.handle.facts().streams == 0).await;
    }

    #[tokio::test]
    async fn a_reader_that_stops_costs_a_bounded_queue_and_misses_nothing() {
        let rig = Rig::new();
        let (requests, mut responses) = rig.handle.open_stream();
        requests.create(on("a", 0)).await;
        until("created", || responses.queued().0 == 1).await;
        for round in 0..5000 {
            rig.commit("a", &round.to_string());
        }
        until("blocked", || rig.handle.facts().slow_watchers == 1).await;
        assert_eq!(responses.queued().0, WATCH_QUEUE_RESPONSES);
        let mut seen = Vec::new();
        while seen.len() < 5000 {
            seen.extend(decode(&next(&mut responses).await.unwrap()).iter().map(show));
        }
        let expected: Vec<String> = (0..5000).map(|round| format!("a={round}@{}", round + 2)).collect();
        assert_eq!(seen, expected);
    }

    #[tokio::test]
    async fn large_events_fill_the_queue_by_bytes() {
        let rig = Rig::new();
        let (requests, mut responses) = rig.handle.open_stream();
        requests.create(on("a", 0)).await;
        until("created", || responses.queued().0 == 1).await;
        let large = "x".repeat(1024 * 1024);
        for _ in 0..20 {
            rig.commit("a", &large);
        }
        until("blocked", || rig.handle.facts().slow_watchers == 1).await;
        assert!(responses.queued().1 <= crate::core::limits::WATCH_QUEUE_BYTES);
        let mut seen = 0;
        while seen < 20 {
            seen += decode(&next(&mut responses).await.unwrap()).len();
        }
    }

    #[tokio::test]
    async fn a_flood_beyond_the_feed_is_read_from_history() {
        let rig = Rig::new();
        let (requests, mut responses) = rig.handle.open_stream();
        requests.create(on("a", 0)).await;
        next(&mut responses).await.unwrap();
        let count = WATCH_FEED_REVISIONS + 10;
        let flood: Vec<_> = (0..count).map(|_| rig.history.commit(&[put("a", "x")])).collect();
        rig.handle.publish(flood);
        let mut expected = 2;
        while expected < count as i64 + 2 {
            for event in decode(&next(&mut responses).await.unwrap()) {
                assert_eq!(event.kv.unwrap().mod_revision, expected);
                expected += 1;
            }
        }
    }

    #[tokio::test]
    async fn a_client_that_only_asks_is_held_back() {
        let rig = Rig::new();
        let (requests, mut responses) = rig.handle.open_stream();
        let asking = tokio::spawn(async move {
            for _ in 0..1000 {
                requests.create(on("a", 0)).await;
            }
        });
        until("full", || responses.queued().0 >= WATCH_QUEUE_RESPONSES).await;
        for _ in 0..1000 {
            assert!(responses.queued().0 <= WATCH_QUEUE_RESPONSES + WATCH_REQUESTS_IN_FLIGHT);
            next(&mut responses).await.unwrap();
        }
        asking.await.unwrap();
    }

    #[tokio::test]
    async fn a_fault_ends_streams_and_is_reported() {
        let rig = Rig::new();
        rig.history.commit(&[put("a", "x")]);
        rig.history.break_down("torn page");
        let (requests, mut responses) = rig.handle.open_stream();
        requests.create(on("a", 1)).await;
        let end = loop {
            if let Err(status) = next(&mut responses).await {
                break status;
            }
        };
        assert_eq!(end.code(), tonic::Code::Unavailable);
        assert_eq!(rig.faults.recv_timeout(DEADLINE).unwrap(), "watch history is unreadable: torn page");
    }

    #[tokio::test]
    async fn stopping_ends_streams_and_later_ones_at_once() {
        let rig = Rig::new();
        let (_requests, mut open) = rig.handle.open_stream();
        rig.handle.stop();
        assert!(next(&mut open).await.is_err());
        let (_requests, mut later) = rig.handle.open_stream();
        assert!(next(&mut later).await.is_err());
    }
}
