//! Between the consensus library's types and ours: peer messages, log entries, configurations.
//!
//! What arrives from other members is checked here, because the library takes its input on trust and panics on nonsense:
//! kinds that never travel, sizes, entries out of order, requests without their one entry. Bytes are shared, never copied.

use quorate_proto::peer as wire;
use raft::{
    StateRole,
    eraftpb::{ConfState, Entry, EntryType, Message, MessageType, Snapshot},
};

use super::{
    AppliedState, Committed, Configuration, EntryKind, MembershipChange, Role, conf_change,
    log_store::{LogEntry, LogKind},
};

/// Entries in one message that arrives.
const ENTRIES_MAX: usize = 1 << 17;
/// Members in a configuration that arrives.
const MEMBERS_MAX: usize = 64;
/// Bytes of a context (of a read round or an election) that arrives.
const CONTEXT_BYTES_MAX: usize = 256;
/// Entry bytes in one append that is sent; one entry may be larger.
pub const APPEND_BYTES_MAX: u64 = 1024 * 1024;

/// Why a message from another member is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadMessage {
    #[error("unknown kind {0} of message")]
    Kind(i32),
    #[error("message for {0}")]
    NotForUs(u64),
    #[error("message from nobody")]
    FromNobody,
    #[error("{entries} entries in a message of kind {kind}")]
    Entries { kind: i32, entries: usize },
    #[error("entry {index} of term {term} is out of order or of an unknown kind")]
    Entry { index: u64, term: u64 },
    #[error("a snapshot message without a usable snapshot, or a snapshot where none belongs")]
    Snapshot,
    #[error("a context of {0} bytes, limit {CONTEXT_BYTES_MAX}")]
    Context(usize),
}

/// Puts a message in wire form. Appends are split so that none is much larger than `append_bytes_max`: the library merges
/// appends to one member without a bound.
pub(super) fn to_wire(mut message: Message, append_bytes_max: u64, out: &mut Vec<wire::Message>) {
    let entries: Vec<Entry> = message.take_entries().into();
    let snapshot = message.has_snapshot().then(|| wire_snapshot(message.get_snapshot()));
    let mut head = wire::Message {
        r#type: message.get_msg_type() as i32,
        to: message.to,
        from: message.from,
        term: message.term,
        log_term: message.log_term,
        index: message.index,
        entries: Vec::with_capacity(entries.len()),
        commit: message.commit,
        commit_term: message.commit_term,
        request_snapshot: message.request_snapshot,
        reject: message.reject,
        reject_hint: message.reject_hint,
        context: message.take_context(),
        priority: message.priority,
        snapshot,
    };
    let may_split = message.get_msg_type() == MessageType::MsgAppend;
    let mut bytes = 0;
    for entry in entries {
        let weight = (entry.data.len() + entry.context.len()).max(1) as u64;
        if may_split && bytes + weight > append_bytes_max && !head.entries.is_empty() {
            let last = head.entries.last().expect("just seen");
            let next = wire::Message { index: last.index, log_term: last.term, entries: Vec::new(), ..head.clone_head() };
            out.push(std::mem::replace(&mut head, next));
            bytes = 0;
        }
        bytes += weight;
        head.entries.push(wire_entry(entry));
    }
    out.push(head);
}

trait CloneHead {
    fn clone_head(&self) -> Self;
}

impl CloneHead for wire::Message {
    /// All but the entries.
    fn clone_head(&self) -> Self {
        Self {
            r#type: self.r#type,
            to: self.to,
            from: self.from,
            term: self.term,
            log_term: self.log_term,
            index: self.index,
            entries: Vec::new(),
            commit: self.commit,
            commit_term: self.commit_term,
            request_snapshot: self.request_snapshot,
            reject: self.reject,
            reject_hint: self.reject_hint,
            context: self.context.clone(),
            priority: self.priority,
            snapshot: self.snapshot.clone(),
        }
    }
}

/// Takes a message that has arrived for member `me`.
pub(super) fn from_wire(message: wire::Message, me: u64) -> Result<Message, BadMessage> {
    let kind = kind(message.r#type)?;
    if message.to != me {
        return Err(BadMessage::NotForUs(message.to));
    }
    if message.from == 0 || (message.from == me && kind != MessageType::MsgTransferLeader) {
        return Err(BadMessage::FromNobody);
    }
    if message.context.len() > CONTEXT_BYTES_MAX {
        return Err(BadMessage::Context(message.context.len()));
    }
    let count = message.entries.len();
    let count_fits = match kind {
        MessageType::MsgAppend => count <= ENTRIES_MAX,
        MessageType::MsgPropose => (1..=ENTRIES_MAX).contains(&count),
        MessageType::MsgReadIndex | MessageType::MsgReadIndexResp => {
            count == 1 && message.entries[0].data.len() <= CONTEXT_BYTES_MAX
        }
        _ => count == 0,
    };
    if !count_fits {
        return Err(BadMessage::Entries { kind: message.r#type, entries: count });
    }

    let mut taken = Message::default();
    taken.set_msg_type(kind);
    taken.to = message.to;
    taken.from = message.from;
    taken.term = message.term;
    taken.log_term = message.log_term;
    taken.index = message.index;
    taken.commit = message.commit;
    taken.commit_term = message.commit_term;
    taken.request_snapshot = message.request_snapshot;
    taken.reject = message.reject;
    taken.reject_hint = message.reject_hint;
    taken.context = message.context;
    taken.priority = message.priority;
    match (message.snapshot, kind) {
        (Some(snapshot), MessageType::MsgSnapshot) => taken.set_snapshot(from_wire_snapshot(&snapshot, message.term)?),
        (None, MessageType::MsgSnapshot) | (Some(_), _) => return Err(BadMessage::Snapshot),
        (None, _) => {}
    }
    let mut entries = Vec::with_capacity(count);
    let (mut index, mut term) = (message.index, message.log_term);
    for entry in message.entries {
        let bad = BadMessage::Entry { index: entry.index, term: entry.term };
        if kind == MessageType::MsgAppend {
            // No index follows the last one; only a forged message gets there.
            index = index.checked_add(1).ok_or(BadMessage::Entry { index: entry.index, term: entry.term })?;
            if entry.index != index || entry.term < term || entry.term > message.term {
                return Err(bad);
            }
            term = entry.term;
        }
        entries.push(from_wire_entry(entry).map_err(|_| bad)?);
    }
    taken.set_entries(entries.into());
    Ok(taken)
}

/// Kinds that travel between members; the others are a member's notes to itself.
fn kind(number: i32) -> Result<MessageType, BadMessage> {
    [
        MessageType::MsgPropose,
        MessageType::MsgAppend,
        MessageType::MsgAppendResponse,
        MessageType::MsgRequestVote,
        MessageType::MsgRequestVoteResponse,
        MessageType::MsgSnapshot,
        MessageType::MsgHeartbeat,
        MessageType::MsgHeartbeatResponse,
        MessageType::MsgTransferLeader,
        MessageType::MsgTimeoutNow,
        MessageType::MsgReadIndex,
        MessageType::MsgReadIndexResp,
        MessageType::MsgRequestPreVote,
        MessageType::MsgRequestPreVoteResponse,
    ]
    .into_iter()
    .find(|kind| *kind as i32 == number)
    .ok_or(BadMessage::Kind(number))
}

fn wire_entry(entry: Entry) -> wire::Entry {
    wire::Entry {
        r#type: entry.get_entry_type() as i32,
        term: entry.term,
        index: entry.index,
        data: entry.data,
        context: entry.context,
    }
}

fn from_wire_entry(entry: wire::Entry) -> Result<Entry, String> {
    let kind = LogKind::from_number(entry.r#type).ok_or("unknown kind")?;
    let data = match kind {
        LogKind::Proposal => entry.data,
        // In bytes of our own making: the library will decode them.
        LogKind::ConfChange => conf_change::encode(conf_change::decode(&entry.data)?),
    };
    Ok(to_raft_entry(LogEntry { index: entry.index, term: entry.term, kind, data, context: entry.context }))
}

/// For the library.
pub(super) fn to_raft_entry(entry: LogEntry) -> Entry {
    let mut taken = Entry::default();
    taken.set_entry_type(match entry.kind {
        LogKind::Proposal => EntryType::EntryNormal,
        LogKind::ConfChange => EntryType::EntryConfChange,
    });
    taken.term = entry.term;
    taken.index = entry.index;
    taken.data = entry.data;
    taken.context = entry.context;
    taken
}

fn log_kind(kind: EntryType) -> LogKind {
    match kind {
        EntryType::EntryNormal => LogKind::Proposal,
        EntryType::EntryConfChange => LogKind::ConfChange,
        EntryType::EntryConfChangeV2 => unreachable!("joint changes are neither proposed nor taken from other members"),
    }
}

/// For the log; shares the bytes.
pub(super) fn log_entry(entry: &Entry) -> LogEntry {
    LogEntry {
        index: entry.index,
        term: entry.term,
        kind: log_kind(entry.get_entry_type()),
        data: entry.data.clone(),
        context: entry.context.clone(),
    }
}

/// For the state machine; and which change of membership it is, if it is one.
pub(super) fn committed(entry: Entry) -> (Committed, Option<MembershipChange>) {
    let (index, term) = (entry.index, entry.term);
    match log_kind(entry.get_entry_type()) {
        LogKind::Proposal => (Committed { index, term, kind: EntryKind::Proposal, data: entry.data }, None),
        LogKind::ConfChange => {
            let change = conf_change::decode(&entry.data).expect("changes are checked before they enter a log");
            (Committed { index, term, kind: EntryKind::ConfChange, data: entry.context }, Some(change))
        }
    }
}

pub(super) fn conf_state(configuration: &Configuration) -> ConfState {
    let mut state = ConfState::default();
    state.set_voters(configuration.voters.clone());
    state.set_learners(configuration.learners.clone());
    state.set_voters_outgoing(configuration.voters_outgoing.clone());
    state.set_learners_next(configuration.learners_next.clone());
    state.auto_leave = configuration.auto_leave;
    state
}

/// In ascending order: the library's is that of a hash table.
pub(super) fn configuration(state: &ConfState) -> Configuration {
    let sorted = |ids: &[u64]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids
    };
    Configuration {
        voters: sorted(state.get_voters()),
        learners: sorted(state.get_learners()),
        voters_outgoing: sorted(state.get_voters_outgoing()),
        learners_next: sorted(state.get_learners_next()),
        auto_leave: state.auto_leave,
    }
}

/// A snapshot's metadata; its data travels apart.
pub(super) fn snapshot(state: &AppliedState) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let metadata = snapshot.mut_metadata();
    metadata.index = state.index;
    metadata.term = state.term;
    metadata.set_conf_state(conf_state(&state.configuration));
    snapshot
}

fn wire_snapshot(snapshot: &Snapshot) -> wire::Snapshot {
    let metadata = snapshot.get_metadata();
    let configuration = configuration(metadata.get_conf_state());
    wire::Snapshot {
        index: metadata.index,
        term: metadata.term,
        voters: configuration.voters,
        learners: configuration.learners,
        voters_outgoing: configuration.voters_outgoing,
        learners_next: configuration.learners_next,
        auto_leave: configuration.auto_leave,
    }
}

fn from_wire_snapshot(taken: &wire::Snapshot, message_term: u64) -> Result<Snapshot, BadMessage> {
    let lists = [&taken.voters, &taken.learners, &taken.voters_outgoing, &taken.learners_next];
    let fits = lists.iter().all(|list| list.len() <= MEMBERS_MAX && !list.contains(&0));
    if !fits || taken.index == 0 || taken.term == 0 || taken.term > message_term || taken.voters.is_empty() {
        return Err(BadMessage::Snapshot);
    }
    Ok(snapshot(&AppliedState {
        index: taken.index,
        term: taken.term,
        configuration: Configuration {
            voters: taken.voters.clone(),
            learners: taken.learners.clone(),
            voters_outgoing: taken.voters_outgoing.clone(),
            learners_next: taken.learners_next.clone(),
            auto_leave: taken.auto_leave,
        },
    }))
}

pub(super) fn role(role: StateRole) -> Role {
    match role {
        StateRole::Follower => Role::Follower,
        StateRole::PreCandidate => Role::PreCandidate,
        StateRole::Candidate => Role::Candidate,
        StateRole::Leader => Role::Leader,
    }
}

/// Whether a follower's message rests on nothing that a crash could take back, as those of an acknowledgement or a vote do.
pub(super) fn promises_nothing(kind: MessageType) -> bool {
    matches!(
        kind,
        MessageType::MsgHeartbeatResponse
            | MessageType::MsgPropose
            | MessageType::MsgReadIndex
            | MessageType::MsgTransferLeader
            | MessageType::MsgRequestPreVote
            | MessageType::MsgRequestPreVoteResponse
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn append(entries: Vec<(u64, u64, usize)>) -> Message {
        let mut message = Message::default();
        message.set_msg_type(MessageType::MsgAppend);
        (message.from, message.to, message.term, message.index, message.log_term) = (1, 2, 9, 10, 3);
        let entries: Vec<_> = entries
            .into_iter()
            .map(|(index, term, bytes)| {
                to_raft_entry(LogEntry {
                    index,
                    term,
                    kind: LogKind::Proposal,
                    data: vec![7; bytes].into(),
                    context: bytes::Bytes::new(),
                })
            })
            .collect();
        message.set_entries(entries.into());
        message
    }

    fn wired(message: Message) -> Vec<wire::Message> {
        let mut out = Vec::new();
        to_wire(message, APPEND_BYTES_MAX, &mut out);
        out
    }

    #[test]
    fn a_message_survives_the_wire() {
        let message = append(vec![(11, 3, 5), (12, 9, 0)]);
        assert_eq!(from_wire(wired(message.clone()).remove(0), 2).unwrap(), message);
    }

    #[test]
    fn a_large_append_is_split_into_appends_that_follow_one_another() {
        let half = APPEND_BYTES_MAX as usize / 2;
        let parts = wired(append(vec![(11, 3, half), (12, 4, half), (13, 4, half), (14, 9, 3 * half), (15, 9, 1)]));
        let shape: Vec<_> = parts.iter().map(|part| (part.index, part.log_term, part.entries.len())).collect();
        assert_eq!(shape, [(10, 3, 2), (12, 4, 1), (13, 4, 1), (14, 9, 1)]);
        assert!(parts.into_iter().all(|part| from_wire(part, 2).is_ok()));
    }

    #[test]
    fn nonsense_is_refused_before_the_library_sees_it() {
        let good = wired(append(vec![(11, 3, 1)])).remove(0);
        let refused = |change: &dyn Fn(&mut wire::Message)| {
            let mut message = good.clone();
            change(&mut message);
            from_wire(message, 2).unwrap_err()
        };
        assert_eq!(refused(&|m| m.r#type = MessageType::MsgHup as i32), BadMessage::Kind(0));
        assert_eq!(refused(&|m| m.r#type = 99), BadMessage::Kind(99));
        assert_eq!(refused(&|m| m.to = 3), BadMessage::NotForUs(3));
        assert_eq!(refused(&|m| m.from = 0), BadMessage::FromNobody);
        assert_eq!(refused(&|m| m.entries[0].index = 12), BadMessage::Entry { index: 12, term: 3 });
        assert_eq!(refused(&|m| m.entries[0].term = 10), BadMessage::Entry { index: 11, term: 10 });
        assert_eq!(refused(&|m| m.entries[0].r#type = 5), BadMessage::Entry { index: 11, term: 3 });
        assert_eq!(refused(&|m| m.r#type = MessageType::MsgSnapshot as i32), BadMessage::Entries { kind: 7, entries: 1 });
        let empty_proposal = |m: &mut wire::Message| {
            m.r#type = MessageType::MsgPropose as i32;
            m.entries.clear();
        };
        assert_eq!(refused(&empty_proposal), BadMessage::Entries { kind: 2, entries: 0 });
        assert_eq!(refused(&|m| m.context = vec![0; 300].into()), BadMessage::Context(300));
    }

    #[test]
    fn entries_behind_the_last_index_there_can_be_are_refused() {
        let mut forged = wired(append(vec![(11, 3, 1)])).remove(0);
        (forged.index, forged.entries[0].index) = (u64::MAX, 0);
        assert!(matches!(from_wire(forged, 2), Err(BadMessage::Entry { .. })));
    }

    #[test]
    fn whatever_another_member_sends_is_a_message_or_refused() {
        use prost::Message as _;
        let change = conf_change::encode(MembershipChange::AddVoter(3));
        let mut good: Vec<_> =
            wired(append(vec![(11, 3, 4), (12, 9, 0)])).iter().map(|message| message.encode_to_vec()).collect();
        for kind in 0..20 {
            let entries = vec![wire::Entry { r#type: kind % 2, index: 11, term: 9, data: change.clone(), ..Default::default() }];
            let mut message = wire::Message { r#type: kind, from: 1, to: 2, term: 9, index: 10, entries, ..Default::default() };
            good.push(message.encode_to_vec());
            (message.entries, message.snapshot) = (Vec::new(), Some(wire::Snapshot::default()));
            good.push(message.encode_to_vec());
        }
        crate::mangle::survives(&good, |bytes| {
            let Ok(Ok(taken)) = wire::Message::decode(bytes).map(|message| from_wire(message, 2)) else { return };
            assert!(taken.to == 2 && taken.from != 0);
            for entry in taken.get_entries() {
                // What is taken goes into the log, and is read from there without a look.
                assert!(log_kind(entry.get_entry_type()) == LogKind::Proposal || conf_change::decode(&entry.data).is_ok());
            }
        });
    }
}
