//! The door for requests: propose, read, ask about leases.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Notify, SemaphorePermit};

use super::{
    super::{
        apply::{Command, Proposal, Reply, SharedState},
        auth::Author,
        clock::Clock,
        limits,
        mvcc::MvccStore,
        peer::SharedTransport,
        refusal::Refusal,
    },
    AnswerRoom, CompactHashes, FlushSignal, LeaseClock, SweepProgress, Unavailable, Waiters,
    auth::AuthDoor,
    metrics::Metrics,
    node_handle::{NodeHandle, ReadError},
};
use crate::core::planted::{Bug, planted};

/// Who this member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    pub cluster_id: u64,
    pub member_id: u64,
}

/// What a request may not exceed.
#[derive(Clone, Copy, Debug)]
pub struct RequestLimits {
    pub request_bytes_max: usize,
    pub txn_ops_max: usize,
    /// Bytes of answers that clients have not read yet: of all of them together, and about.
    pub unread_bytes_max: usize,
    /// Bytes on disk at which writes are refused; negative for none.
    pub quota_bytes: i64,
    /// Shortest TTL in seconds; shorter ones are raised to it.
    pub lease_ttl_secs_min: i64,
    /// Whether remaining times of long leases are written down now and then.
    pub lease_checkpoints: bool,
    /// How long a request may wait for its verdict.
    pub request_timeout: Duration,
    pub election_timeout: Duration,
    /// Whether changes of membership that endanger the quorum are refused.
    pub strict_reconfig: bool,
    /// Learners that there may be at one time.
    pub learners_max: u64,
}

/// What a handle is made of.
pub struct ServerParts {
    pub identity: Identity,
    pub limits: RequestLimits,
    pub state: SharedState,
    pub node: NodeHandle,
    pub waiters: Arc<Waiters>,
    pub progress: Arc<ApplyProgress>,
    pub leases: Arc<LeaseClock>,
    pub flush: FlushSignal,
    pub sweep: Arc<SweepProgress>,
    pub compact_hashes: Arc<CompactHashes>,
    pub metrics: Arc<Metrics>,
    pub clock: Clock,
    pub transport: SharedTransport,
    pub auth: Arc<AuthDoor>,
    pub answers: Arc<AnswerRoom>,
    /// Hears why this member must stop.
    pub on_fault: Box<dyn Fn(String) + Send + Sync>,
}

/// How far this member has applied, as the apply thread tells it.
#[derive(Default)]
pub struct ApplyProgress {
    index: AtomicU64,
    term: AtomicU64,
    waiting: AtomicU64,
    moved: Notify,
}

impl ApplyProgress {
    /// Notes that everything up to `index`, of `term`, is applied and readable.
    pub fn advance(&self, index: u64, term: u64) {
        self.term.store(term, Ordering::SeqCst);
        self.index.store(index, Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.moved.notify_waiters();
        }
    }

    pub fn index(&self) -> u64 {
        self.index.load(Ordering::SeqCst)
    }

    /// Term of the last applied entry.
    pub fn term(&self) -> u64 {
        self.term.load(Ordering::SeqCst)
    }

    /// Waits until everything up to `index` is applied.
    pub async fn reached(&self, index: u64) {
        if self.index() >= index {
            return;
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let _leave = Leave(&self.waiting);
        loop {
            let mut moved = std::pin::pin!(self.moved.notified());
            moved.as_mut().enable();
            if self.index() >= index {
                return;
            }
            moved.await;
        }
    }
}

struct Leave<'a>(&'a AtomicU64);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The door for requests. Cloning is cheap.
#[derive(Clone)]
pub struct ServerHandle(Arc<ServerParts>);

impl ServerHandle {
    pub fn new(parts: ServerParts) -> Self {
        Self(Arc::new(parts))
    }

    pub fn identity(&self) -> Identity {
        self.0.identity
    }

    pub fn limits(&self) -> &RequestLimits {
        &self.0.limits
    }

    pub fn state(&self) -> &SharedState {
        &self.0.state
    }

    pub fn store(&self) -> &Arc<MvccStore> {
        &self.0.state.store
    }

    pub fn node(&self) -> &NodeHandle {
        &self.0.node
    }

    pub fn leases(&self) -> &Arc<LeaseClock> {
        &self.0.leases
    }

    pub fn waiters(&self) -> &Waiters {
        &self.0.waiters
    }

    pub fn progress(&self) -> &Arc<ApplyProgress> {
        &self.0.progress
    }

    pub fn sweep(&self) -> &SweepProgress {
        &self.0.sweep
    }

    /// Time, for whoever waits on behalf of a request.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The links to other members.
    pub fn transport(&self) -> &SharedTransport {
        &self.0.transport
    }

    /// Tokens and passwords.
    pub fn auth(&self) -> &AuthDoor {
        &self.0.auth
    }

    /// Answers that clients have not read yet.
    pub fn answers(&self) -> &Arc<AnswerRoom> {
        &self.0.answers
    }

    /// Waits until there is room for the answer of a read of few keys.
    ///
    /// # Errors
    /// [`Unavailable::TooManyRequests`] when there is none within the request timeout.
    pub async fn room_for_short_read(&self) -> Result<(), Unavailable> {
        if self.0.answers.has_room() {
            return Ok(());
        }
        let waited = self.0.clock.timeout(self.0.limits.request_timeout, self.0.answers.for_short_read()).await;
        waited.map_err(|_| Unavailable::TooManyRequests)
    }

    /// Waits until there is room for the answer of a write that shows many keys.
    ///
    /// # Errors
    /// As [`Self::room_for_short_read`].
    pub async fn room_for_long_answer(&self) -> Result<(), Unavailable> {
        let waited = self.0.clock.timeout(self.0.limits.request_timeout, self.0.answers.for_long_answer()).await;
        waited.map_err(|_| Unavailable::TooManyRequests)
    }

    /// Waits for one's turn to read many keys, and for room for the answer. The turn lasts as long as what is answered is held.
    ///
    /// # Errors
    /// As [`Self::room_for_short_read`].
    pub async fn turn_for_long_read(&self) -> Result<SemaphorePermit<'_>, Unavailable> {
        let waited = self.0.clock.timeout(self.0.limits.request_timeout, self.0.answers.for_long_read()).await;
        waited.map_err(|_| Unavailable::TooManyRequests)
    }

    /// Hashes that compactions left.
    pub fn compact_hashes(&self) -> &CompactHashes {
        &self.0.compact_hashes
    }

    /// Stops this member: a request met damage that nothing but an operator can mend.
    pub fn report_fault(&self, fault: String) {
        (self.0.on_fault)(fault);
    }

    pub fn flush(&self) -> &FlushSignal {
        &self.0.flush
    }

    /// Term of the last applied entry.
    pub fn applied_term(&self) -> u64 {
        self.0.progress.term()
    }

    /// Replicates a command of this member's own and waits until it is applied here.
    ///
    /// # Errors
    /// [`Unavailable`] when there is no verdict within the request timeout; the command may still happen.
    pub async fn propose(&self, command: Command) -> Result<Result<Reply, Refusal>, Unavailable> {
        self.replicate(command, Author::default()).await
    }

    /// Replicates a command on somebody's behalf, and waits until it is applied here, or refused for want of permission.
    ///
    /// # Errors
    /// As [`Self::propose`].
    pub async fn propose_for(&self, author: &Author, command: Command) -> Result<Result<Reply, Refusal>, Unavailable> {
        if planted(Bug::JudgedWhereProposed)
            && let Err(refusal) = self.state().author_may(author, &command)
        {
            return Ok(Err(refusal));
        }
        self.replicate(command, author.clone()).await
    }

    async fn replicate(&self, command: Command, author: Author) -> Result<Result<Reply, Refusal>, Unavailable> {
        let node = self.0.node.status();
        if node.committed.saturating_sub(self.0.progress.index()) > limits::APPLY_BACKLOG_MAX {
            return Err(Unavailable::TooManyRequests);
        }
        if let Some(refusal) = self.refuse_nobody(&author, &command).await? {
            return Ok(Err(refusal));
        }
        let (id, outcome) = self.0.waiters.add(self.0.clock.now());
        let data = Proposal { id, author, command }.encode();
        if data.len() > self.0.limits.request_bytes_max {
            self.0.waiters.answer(std::iter::once((id, Err(Unavailable::TooLarge))));
            return Err(Unavailable::TooLarge);
        }
        if self.0.node.propose(id, data).is_err() {
            self.0.waiters.answer(std::iter::once((id, Err(Unavailable::TooManyRequests))));
            return Err(Unavailable::TooManyRequests);
        }
        let outcome = outcome.await.unwrap_or(Err(Unavailable::Stopped));
        if outcome.is_err() {
            self.0.metrics.proposals_failed.inc();
        }
        outcome
    }

    /// Refuses what would be refused when it is applied for coming from nobody, so that those who have no business here do not fill the
    /// log. One round, shared by all who wait, tells whether users are asked for still.
    ///
    /// # Errors
    /// [`Unavailable::TooLarge`], which counts more, and as [`Self::linearizable`].
    async fn refuse_nobody(&self, author: &Author, command: &Command) -> Result<Option<Refusal>, Unavailable> {
        let Some(refusal) = self.0.state.refuses_nobody(author, command) else { return Ok(None) };
        let data = Proposal { id: u64::MAX, author: Author::default(), command: command.clone() }.encode();
        if data.len() > self.0.limits.request_bytes_max {
            return Err(Unavailable::TooLarge);
        }
        self.linearizable().await?;
        Ok(self.0.state.auth.is_enabled().then_some(refusal))
    }

    /// Waits until the store shows every write that was acknowledged before this call.
    ///
    /// A member without any other, not even a learner, has applied whatever was acknowledged or seen, so it needs no round and no wait, once
    /// an entry of its own term is applied. (A learner, or a member that is being taken out, may show what the only voter has committed and not applied yet.)
    ///
    /// # Errors
    /// [`Unavailable`] when leadership cannot be confirmed within the request timeout.
    pub async fn linearizable(&self) -> Result<(), Unavailable> {
        if self.decides_alone() || planted(Bug::ReadWithoutIndex) {
            return Ok(());
        }
        let confirmed = async {
            let index = self.0.node.read_index().await?;
            if !planted(Bug::ReadBeforeApplied) {
                self.0.progress.reached(index).await;
            }
            Ok(())
        };
        match self.0.clock.timeout(self.0.limits.request_timeout, confirmed).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(match error {
                ReadError::LeaderChanged => Unavailable::LeaderChanged,
                ReadError::Stopped => Unavailable::Stopped,
                ReadError::QueueFull => Unavailable::TooManyRequests,
            }),
            Err(_) => Err(Unavailable::Timeout),
        }
    }

    fn decides_alone(&self) -> bool {
        let status = self.0.node.status();
        status.is_alone && status.leader == self.0.identity.member_id && status.term == self.applied_term()
    }

    /// Whether this member leads, as far as it knows.
    pub fn is_leader(&self) -> bool {
        self.0.node.status().leader == self.0.identity.member_id
    }

    /// Whether this member, which thinks that it leads, still does: it may have been deposed while it stood still. It asks each time,
    /// since no clock of its own tells how long it stood still; calls that ask at the same time share a round.
    ///
    /// # Errors
    /// As [`Self::linearizable`].
    pub async fn confirm_leadership(&self) -> Result<bool, Unavailable> {
        if self.decides_alone() || planted(Bug::LeadershipUnconfirmed) {
            return Ok(true);
        }
        self.linearizable().await?;
        // The read of one that was deposed is answered too: by the next leader.
        Ok(self.is_leader())
    }

    /// Whether writes of this cost still fit on the disk.
    pub fn has_space_for(&self, cost_bytes: usize) -> bool {
        let quota = self.0.limits.quota_bytes;
        cost_bytes == 0
            || quota < 0
            || self.0.flush.disk_sizes().allocated.saturating_add(cost_bytes as u64) < quota.cast_unsigned()
    }
}
