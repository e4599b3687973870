//! The state machine itself: one entry after the other.

use std::sync::Arc;

use parking_lot::RwLock;
use prost::Message;
use quorate_proto::{
    etcdserverpb::{
        AlarmRequest, AlarmType, CompactionRequest, LeaseGrantRequest, RequestOp, TxnRequest, alarm_request::AlarmAction,
        request_op::Request,
    },
    peer,
};

use super::{
    super::{
        alarm::{AlarmKind, Alarms},
        auth::{AuthCommand, AuthStore, Author, SharedAuth},
        backend::{Backend, BackendError, Durable, DurableRead, Generation, Table, table::meta},
        consensus::{AppliedState, Committed, Configuration, EntryKind, MembershipChange},
        lease::Lessor,
        membership::{Member, MemberChange, Membership, Operation},
        mvcc::{MvccStore, RevisionChanges, WriteTxn, WriterDisk},
        refusal::Refusal,
    },
    command::{Command, Proposal, UnknownCommand},
    kv,
    outcome::{Applied, Effect, OpReply, Reply},
    txn,
};
use crate::core::planted::{Bug, planted};

/// This member cannot go on: the entry cannot be applied here, though others may have applied it.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error("{0} at index {1}; this member runs an older version than the one that proposed it")]
    Unknown(UnknownCommand, u64),
    #[error("log gives index {found} after {applied}")]
    Gap { applied: u64, found: u64 },
    #[error("the change of membership at index {0} names no member")]
    NoMember(u64),
    #[error("received state of index {index}: {error}")]
    Received { index: u64, error: String },
}

/// What apply changes and requests read.
#[derive(Clone)]
pub struct SharedState {
    pub store: Arc<MvccStore>,
    pub lessor: Arc<RwLock<Lessor>>,
    pub members: Arc<RwLock<Membership>>,
    pub alarms: Arc<RwLock<Alarms>>,
    pub auth: Arc<SharedAuth>,
}

impl SharedState {
    /// Whether the author may do this. Only what changes keys, leases by request, or users is asked for here; the rest was looked at
    /// where the request came in, or is done by members themselves. Source: etcd 3.7.
    ///
    /// # Errors
    /// Of permissions.
    pub fn author_may(&self, author: &Author, command: &Command) -> Result<(), Refusal> {
        if !self.auth.is_enabled() {
            return Ok(());
        }
        let auth = self.auth.read();
        match command {
            Command::Put(put) => auth.check_put(author, put, &self.lessor.read())?,
            Command::DeleteRange(delete) => auth.check_delete(author, delete)?,
            Command::Txn(txn) => auth.check_txn(author, txn, &self.lessor.read())?,
            Command::LeaseRevoke(revoke) => auth.check_lease_write(author, revoke.id, &self.lessor.read())?,
            // Changes of users and roles are looked at together with what they change.
            _ => {}
        }
        Ok(())
    }

    /// Why a command of an author without a name would be refused, as things stand. `None` where something else may count more, or the
    /// members' own commands are meant.
    pub fn refuses_nobody(&self, nobody: &Author, command: &Command) -> Option<Refusal> {
        if !nobody.is_nobody() || !self.auth.is_enabled() || self.alarms.read().iter().next().is_some() {
            return None;
        }
        match command {
            Command::Auth(AuthCommand::TokenIssue(_) | AuthCommand::TokenRenew(_)) => None,
            Command::Auth(_) => self.auth.read().check_root(nobody).err().map(Refusal::from),
            _ => self.author_may(nobody, command).err(),
        }
    }

    /// Reads everything from the backend.
    ///
    /// # Errors
    /// When it cannot be read or is damaged.
    pub fn load(backend: Arc<Backend>) -> Result<Self, BackendError> {
        let disk = backend.state().durable.read()?;
        Ok(Self {
            lessor: Arc::new(RwLock::new(Lessor::load(disk.as_ref())?)),
            members: Arc::new(RwLock::new(Membership::load(disk.as_ref())?)),
            alarms: Arc::new(RwLock::new(Alarms::load(disk.as_ref())?)),
            auth: Arc::new(SharedAuth::new(AuthStore::load(disk.as_ref())?)),
            store: Arc::new(MvccStore::open(backend)?),
        })
    }

    /// Puts another state in the place of this one.
    ///
    /// # Errors
    /// When it cannot be read or is damaged; then the member must stop.
    fn replace(&self, durable: Arc<dyn Durable>) -> Result<(), BackendError> {
        let disk = durable.read()?;
        let lessor = Lessor::load(disk.as_ref())?;
        let members = Membership::load(disk.as_ref())?;
        let alarms = Alarms::load(disk.as_ref())?;
        let auth = AuthStore::load(disk.as_ref())?;
        // Users before keys: a read that was allowed by the old ones and finds the new keys learns of it when it looks again.
        if !planted(Bug::InstallKeepsUsers) {
            self.auth.replace(auth);
        }
        self.store.replace(durable)?;
        if !planted(Bug::InstallKeepsLeases) {
            *self.lessor.write() = lessor;
        }
        *self.members.write() = members;
        *self.alarms.write() = alarms;
        Ok(())
    }

    fn generation(&self) -> Arc<Generation> {
        Arc::clone(&self.store.backend().state().active)
    }
}

/// Applies committed entries in order.
pub struct Applier {
    state: SharedState,
    applied: AppliedState,
    disk: WriterDisk,
}

impl Applier {
    /// Goes on after what the backend has.
    ///
    /// # Errors
    /// When the backend's applied state cannot be read.
    pub fn open(state: SharedState) -> Result<Self, BackendError> {
        let disk = state.store.backend().state().durable.read()?;
        let applied = read_applied(disk.as_ref())?;
        Ok(Self { state, applied, disk: WriterDisk::default() })
    }

    /// The newest entry whose effects are in the store.
    pub fn applied(&self) -> &AppliedState {
        &self.applied
    }

    /// Goes on with a received state in the place of this one.
    ///
    /// # Errors
    /// When it cannot be read or is damaged; then the member must stop.
    pub fn install(&mut self, durable: Arc<dyn Durable>) -> Result<(), BackendError> {
        let applied = read_applied(durable.read()?.as_ref())?;
        self.disk.close();
        self.state.replace(durable)?;
        let before = std::mem::replace(&mut self.applied, applied).configuration;
        if planted(Bug::StateKeepsConfiguration) {
            self.applied.configuration = before;
        }
        Ok(())
    }

    /// Notes the applied index and the revisions in the active generation, which is about to be closed: they and the changes
    /// reach the disk in one commit.
    pub fn seal(&self) {
        let generation = self.state.generation();
        let mut applied = self.applied.clone();
        if planted(Bug::AppliedIndexBehind) && applied.index > 10 {
            applied.index -= 1;
        }
        if planted(Bug::AppliedIndexAhead) {
            applied.index += 1;
        }
        if planted(Bug::LearnersNotStored) {
            applied.configuration.learners.clear();
        }
        generation.put_small(Table::Meta, meta::APPLIED, &encode_applied(&applied));
        generation.put_small(Table::Meta, meta::CURRENT_REVISION, &self.state.store.current_revision().to_le_bytes());
    }

    /// Applies one entry.
    ///
    /// # Errors
    /// A [`Fault`]: the member must stop.
    pub fn apply(&mut self, entry: &Committed) -> Result<Applied, Fault> {
        if entry.index != self.applied.index + 1 {
            return Err(Fault::Gap { applied: self.applied.index, found: entry.index });
        }
        let applied = match entry.kind {
            EntryKind::Proposal if entry.data.is_empty() => Applied::nothing(),
            EntryKind::Proposal => {
                let proposal = Proposal::decode(entry.data.clone()).map_err(|error| Fault::Unknown(error, entry.index))?;
                let mut done = self.command(&proposal.command, &proposal.author, entry)?;
                done.id = proposal.id;
                done
            }
            EntryKind::ConfChange => self.conf_change(entry)?,
        };
        self.applied.index = entry.index;
        self.applied.term = entry.term;
        Ok(applied)
    }

    /// Ends a batch: lets go of what was kept open for it.
    pub fn end_batch(&mut self) {
        self.disk.close();
    }

    /// Applies the command of an entry.
    fn command(&mut self, command: &Command, author: &Author, entry: &Committed) -> Result<Applied, Fault> {
        if let Err(refusal) = self.alarms_allow(command).and_then(|()| self.judge(author, command)) {
            return Ok(Applied::refused(refusal));
        }
        match command {
            Command::Put(request) => {
                let mut txn = WriteTxn::begin(&self.state.store, &mut self.disk);
                let mut lessor = self.state.lessor.write();
                if let Err(refusal) = kv::check_put(&txn, &lessor, request)? {
                    return Ok(Applied::refused(refusal));
                }
                let reply = kv::put(&mut txn, &mut lessor, request)?;
                Ok(Applied::op(OpReply::Put(reply), txn.end()))
            }
            Command::DeleteRange(request) => {
                let mut txn = WriteTxn::begin(&self.state.store, &mut self.disk);
                let reply = kv::delete_range(&mut txn, &mut self.state.lessor.write(), request)?;
                Ok(Applied::op(OpReply::Delete(reply), txn.end()))
            }
            Command::Txn(request) => self.txn(request),
            Command::Compact(request) => Ok(self.compact(request)),
            Command::LeaseGrant(request) => Ok(self.lease_grant(request)),
            Command::LeaseRevoke(request) => self.lease_revoke(request.id),
            Command::LeaseExpire(expiry) if expiry.term != entry.term && !planted(Bug::LeadershipUnconfirmed) => {
                Ok(Applied::refused(Refusal::OtherTerm))
            }
            Command::LeaseExpire(expiry) => self.lease_revoke(expiry.id),
            Command::LeaseCheckpoint(request) => {
                let (mut lessor, generation) = (self.state.lessor.write(), self.state.generation());
                let mut effects = Vec::with_capacity(request.checkpoints.len());
                for checkpoint in &request.checkpoints {
                    lessor.checkpoint(checkpoint.id, checkpoint.remaining_ttl, &generation);
                    effects.push(Effect::LeaseCheckpointed { id: checkpoint.id, remaining_secs: checkpoint.remaining_ttl });
                }
                Ok(Applied::done(Reply::Done, effects))
            }
            Command::Alarm(request) => Ok(self.alarm(request)),
            Command::ClusterVersion(request) => {
                self.state.members.write().set_cluster_version(request.ver.clone(), &self.state.generation());
                Ok(Applied::done(Reply::Done, vec![Effect::ClusterVersion { version: request.ver.clone() }]))
            }
            Command::MemberUpdate(request) => Ok(self.member_update(request.id, &request.peer_ur_ls)),
            Command::Auth(change) => Ok(self.auth(change, author, entry.index)),
            Command::MemberAttributes(request) => {
                let own = request.member_attributes.clone().unwrap_or_default();
                let generation = self.state.generation();
                self.state.members.write().set_attributes(request.member_id, own.name, own.client_urls, &generation);
                Ok(Applied::done(Reply::Done, vec![Effect::MembersChanged]))
            }
        }
    }

    /// Source: etcd 3.7. CORRUPT refuses whatever changes keys, leases or history and wins over NOSPACE, which refuses what may grow.
    fn alarms_allow(&self, command: &Command) -> Result<(), Refusal> {
        let alarms = self.state.alarms.read();
        let changes = matches!(
            command,
            Command::Put(_)
                | Command::DeleteRange(_)
                | Command::Txn(_)
                | Command::Compact(_)
                | Command::LeaseGrant(_)
                | Command::LeaseRevoke(_)
                | Command::LeaseExpire(_)
        );
        if changes && alarms.is_raised(AlarmKind::Corrupt) {
            return Err(Refusal::Corrupt);
        }
        let grows = match command {
            Command::Put(_) | Command::LeaseGrant(_) => true,
            Command::Txn(request) => txn_puts(request),
            _ => false,
        };
        if grows && alarms.is_raised(AlarmKind::NoSpace) {
            return Err(Refusal::NoSpace);
        }
        Ok(())
    }

    fn judge(&self, author: &Author, command: &Command) -> Result<(), Refusal> {
        if planted(Bug::JudgedWhereProposed) { Ok(()) } else { self.state.author_may(author, command) }
    }

    fn auth(&self, change: &AuthCommand, author: &Author, index: u64) -> Applied {
        match self.state.auth.apply(change, author, index, &self.state.generation()) {
            Ok(()) if matches!(change, AuthCommand::TokenIssue(_)) => Applied::done(Reply::TokenIssued { index }, Vec::new()),
            Ok(()) if matches!(change, AuthCommand::TokenRenew(_)) => Applied::done(Reply::Done, Vec::new()),
            Ok(()) => Applied::done(Reply::UsersChanged { revision: self.state.auth.revision() }, Vec::new()),
            Err(refusal) => Applied::refused(refusal.into()),
        }
    }

    fn txn(&mut self, request: &TxnRequest) -> Result<Applied, Fault> {
        let mut txn = WriteTxn::begin(&self.state.store, &mut self.disk);
        let mut lessor = self.state.lessor.write();
        let checked = match txn::check_txn(&txn, &self.state.store, &lessor, request)? {
            Ok(checked) => checked,
            Err(refusal) if planted(Bug::HalfTransaction) => {
                if let Some(RequestOp { request: Some(Request::RequestPut(put)) }) = request.success.first()
                    && put.lease == 0
                    && !put.ignore_lease
                {
                    kv::put(&mut txn, &mut lessor, put)?;
                }
                return Ok(Applied { changes: txn.end(), ..Applied::refused(refusal) });
            }
            Err(refusal) => return Ok(Applied::refused(refusal)),
        };
        let reply = txn::run_txn(&mut txn, &mut lessor, request, &checked)?;
        Ok(Applied::op(OpReply::Txn(reply), txn.end()))
    }

    fn compact(&self, request: &CompactionRequest) -> Applied {
        let previous = self.state.store.compact_revision();
        match self.state.store.compact(request.revision) {
            Ok(()) => {
                let revision = self.state.store.current_revision();
                Applied::done(Reply::Compacted { revision }, vec![Effect::Compacted { revision: request.revision, previous }])
            }
            Err(refusal) => Applied::refused(refusal.into()),
        }
    }

    fn lease_grant(&self, request: &LeaseGrantRequest) -> Applied {
        let (id, ttl_secs) = (request.id, request.ttl);
        if !self.state.lessor.write().grant(id, ttl_secs, &self.state.generation()) {
            return Applied::refused(Refusal::LeaseExists);
        }
        Applied::done(Reply::LeaseGranted { id, ttl_secs }, vec![Effect::LeaseGranted { id, ttl_secs }])
    }

    /// Deletes the lease and all of its keys, in key order, in one revision.
    fn lease_revoke(&mut self, id: i64) -> Result<Applied, Fault> {
        let mut lessor = self.state.lessor.write();
        let Some(lease) = lessor.get(id) else {
            return Ok(Applied::refused(Refusal::LeaseNotFound));
        };
        let mut keys = lease.keys();
        if planted(Bug::RevokeInParts) && keys.len() > 1 {
            let mut txn = WriteTxn::begin(&self.state.store, &mut self.disk);
            kv::delete_key(&mut txn, &mut lessor, &keys.remove(0), id);
            drop(txn.end());
        }
        let mut txn = WriteTxn::begin(&self.state.store, &mut self.disk);
        for key in &keys {
            assert!(txn.get(key)?.is_some_and(|found| found.version.lease == id), "an attached key exists and names its lease");
            kv::delete_key(&mut txn, &mut lessor, key, id);
        }
        lessor.remove(id, txn.generation());
        let changes = txn.end();
        let reply = Reply::LeaseRevoked { revision: self.state.store.current_revision(), keys };
        Ok(Applied { changes, ..Applied::done(reply, vec![Effect::LeaseRevoked { id }]) })
    }

    fn alarm(&self, request: &AlarmRequest) -> Applied {
        let kind = match request.alarm() {
            AlarmType::None => None,
            AlarmType::Nospace => Some(AlarmKind::NoSpace),
            AlarmType::Corrupt => Some(AlarmKind::Corrupt),
        };
        let mut alarms = self.state.alarms.write();
        let generation = self.state.generation();
        let member = request.member_id;
        let mut effects = Vec::new();
        let list = match (request.action(), kind) {
            (AlarmAction::Get, kind) => alarms.iter().filter(|(raised, _)| kind.is_none_or(|kind| kind == *raised)).collect(),
            (AlarmAction::Activate, Some(kind)) => {
                alarms.raise(kind, member, &generation);
                effects.push(Effect::AlarmRaised { kind, member });
                vec![(kind, member)]
            }
            (AlarmAction::Deactivate, Some(kind)) => {
                if alarms.disarm(kind, member, &generation) {
                    vec![(kind, member)]
                } else {
                    Vec::new()
                }
            }
            (AlarmAction::Activate | AlarmAction::Deactivate, None) => Vec::new(),
        };
        Applied::done(Reply::Alarms(list), effects)
    }

    /// Changes the peer URLs of a member and nothing else of it.
    fn member_update(&self, id: u64, peer_urls: &[String]) -> Applied {
        let mut members = self.state.members.write();
        let Some(member) = members.get(id).cloned() else { return Applied::refused(Refusal::MemberNotFound) };
        if members.uses_any(peer_urls, id) {
            return Applied::refused(Refusal::PeerUrlExists);
        }
        members.set(Member { peer_urls: peer_urls.to_vec(), ..member }, &self.state.generation());
        Applied::done(Reply::Done, vec![Effect::MembersChanged])
    }

    /// Applies a change of membership, or refuses it; then the configuration stays as it is.
    fn conf_change(&mut self, entry: &Committed) -> Result<Applied, Fault> {
        let change = MemberChange::from_context(&entry.data).ok_or(Fault::NoMember(entry.index))?;
        let mut applied = match self.change_member(&change) {
            Ok(effects) => Applied::done(Reply::Done, effects),
            Err(refusal) => Applied::refused(refusal),
        };
        applied.id = change.proposal;
        let configuration = self.applied.configuration.clone();
        applied.effects.push(Effect::ConfChange { index: entry.index, accepted: applied.outcome.is_ok(), configuration });
        Ok(applied)
    }

    fn change_member(&mut self, change: &MemberChange) -> Result<Vec<Effect>, Refusal> {
        let mut members = self.state.members.write();
        members.check(change)?;
        let generation = self.state.generation();
        let member = change.member();
        let id = member.id;
        let (step, effect) = match change.operation() {
            Operation::Found | Operation::Add => {
                let is_learner = member.is_learner;
                members.set(member, &generation);
                let step = if is_learner { MembershipChange::AddLearner(id) } else { MembershipChange::AddVoter(id) };
                (step, Effect::MembersChanged)
            }
            Operation::Promote => {
                let learner = members.get(id).cloned().expect("looked at by the check");
                members.set(Member { is_learner: false, ..learner }, &generation);
                (MembershipChange::AddVoter(id), Effect::MembersChanged)
            }
            Operation::Remove => {
                members.remove(id, &generation);
                (MembershipChange::Remove(id), Effect::MemberRemoved { member: id })
            }
        };
        self.applied.configuration = self.applied.configuration.after(step);
        Ok(vec![effect])
    }
}

impl Applied {
    fn nothing() -> Self {
        Self::done(Reply::Done, Vec::new())
    }

    fn refused(refusal: Refusal) -> Self {
        Self { id: 0, outcome: Err(refusal), changes: None, effects: Vec::new() }
    }

    fn op(reply: OpReply, changes: Option<RevisionChanges>) -> Self {
        Self { id: 0, outcome: Ok(Reply::Op(reply)), changes, effects: Vec::new() }
    }

    fn done(reply: Reply, effects: Vec<Effect>) -> Self {
        Self { id: 0, outcome: Ok(reply), changes: None, effects }
    }
}

/// Whether either branch of a transaction, at any depth, may put.
fn txn_puts(request: &TxnRequest) -> bool {
    let puts = |op: &RequestOp| match &op.request {
        Some(Request::RequestPut(_)) => true,
        Some(Request::RequestTxn(nested)) => txn_puts(nested),
        _ => false,
    };
    request.success.iter().any(puts) || request.failure.iter().any(puts)
}

/// The applied state as it is kept on disk.
pub fn encode_applied(applied: &AppliedState) -> Vec<u8> {
    let configuration = applied.configuration.clone();
    peer::Snapshot {
        index: applied.index,
        term: applied.term,
        voters: configuration.voters,
        learners: configuration.learners,
        voters_outgoing: configuration.voters_outgoing,
        learners_next: configuration.learners_next,
        auto_leave: configuration.auto_leave,
    }
    .encode_to_vec()
}

/// Reads the applied state from a backend; index 0 when it is new.
///
/// # Errors
/// When the backend cannot be read or the row is damaged.
pub fn read_applied(disk: &dyn DurableRead) -> Result<AppliedState, BackendError> {
    let Some(bytes) = disk.get(Table::Meta, meta::APPLIED)? else { return Ok(AppliedState::default()) };
    let stored = peer::Snapshot::decode(bytes)
        .map_err(|_| BackendError::Damaged { table: Table::Meta.name(), key: meta::APPLIED.to_vec() })?;
    Ok(AppliedState {
        index: stored.index,
        term: stored.term,
        configuration: Configuration {
            voters: stored.voters,
            learners: stored.learners,
            voters_outgoing: stored.voters_outgoing,
            learners_next: stored.learners_next,
            auto_leave: stored.auto_leave,
        },
    })
}
