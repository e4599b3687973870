//! What the members say that happened, looked at while it happens: all must say the same.

use std::collections::BTreeMap;

use prost::Message;
use quorate_proto::mvccpb::{Event, KeyValue, event::EventType};

use super::{configurations::Configurations, log_book::LogBook, member::Member, network::Nanos};
use crate::core::{
    consensus::{LogKind, LogStore, Role},
    mvcc::{ChangeKind, RevisionChanges},
    verify::history::{Ledger, LedgerRevision},
};

/// Bytes of history that are read at a time.
const BYTES_PER_READ: usize = 1 << 20;

/// See the module.
#[derive(Default)]
pub struct Recorder {
    pub ledger: Ledger,
    pub configurations: Configurations,
    /// Term and checksum of every entry that some member has applied.
    decided: BTreeMap<u64, (u64, u32)>,
    leaders: BTreeMap<u64, u64>,
    /// Index and term of the last entry that any member has applied: nothing that was answered is behind it.
    pub last_applied: (u64, u64),
    /// Where there are users.
    pub log_book: Option<LogBook>,
    pub findings: Vec<String>,
    pub elections: u64,
    pub installs: u64,
}

impl Recorder {
    /// One that writes the log down, or does not.
    pub fn new(log_book: Option<LogBook>) -> Self {
        Self { log_book, ..Self::default() }
    }

    /// Looks at a member after one of its steps.
    pub fn look(&mut self, member: &mut Member, now: Nanos) {
        let id = member.id;
        let Some(life) = &mut member.life else { return };
        let status = life.assembly.server.node().status();
        if status.role == Role::Leader {
            let leaders = self.leaders.len();
            let first = *self.leaders.entry(status.term).or_insert(id);
            self.elections += (self.leaders.len() - leaders) as u64;
            if first != id {
                self.findings.push(format!("members {first} and {id} both led in term {}", status.term));
            }
        }
        let applied = life.assembly.server.progress().index();
        if applied > life.applied_seen {
            self.look_at_entries(&*member.disk, id, life.applied_seen + 1, applied, now);
            life.applied_seen = applied;
            self.last_applied = self.last_applied.max((applied, life.assembly.server.progress().term()));
        }
        self.findings.extend(self.configurations.look(id, life));
        if Configurations::leads_without_vote(id, life) {
            self.findings.push(format!("member {id:x} leads in term {}, and has no vote", status.term));
        }
        let store = life.assembly.server.store();
        let current = store.current_revision();
        if current <= life.looked_at {
            return;
        }
        while life.looked_at < current {
            let next = life.looked_at + 1;
            let read = store.history(next, current, BYTES_PER_READ).expect("memory can be read");
            let Some(last) = read.last().map(|last| last.revision) else {
                self.findings.push(format!("member {id} has nothing at revision {next}, though it is at {current}"));
                break;
            };
            read.iter().for_each(|changes| self.compare(id, changes));
            life.looked_at = last;
        }
        life.looked_at = current;
    }

    fn compare(&mut self, id: u64, changes: &RevisionChanges) {
        let events: Vec<Event> = changes.changes.iter().map(|change| event(change.kind, &change.record)).collect();
        let at = (changes.revision - 2) as usize;
        match self.ledger.revisions.get(at) {
            Some(known) if known.events == events => {}
            Some(known) => self.findings.push(format!(
                "member {id} applied other changes at revision {} than another member: {events:?}, not {:?}",
                changes.revision, known.events
            )),
            None if at == self.ledger.revisions.len() => {
                self.ledger.revisions.push(LedgerRevision { revision: changes.revision, events });
            }
            None => self.findings.push(format!("member {id} came from revision {} to {}", at + 1, changes.revision)),
        }
    }

    fn look_at_entries(&mut self, log: &dyn LogStore, id: u64, from: u64, to: u64, now: Nanos) {
        // What was applied before it was durable here, or came with a state, is looked at on another member.
        let Ok(entries) = log.entries(from, to + 1, u64::MAX) else { return };
        for entry in entries {
            if entry.kind == LogKind::ConfChange {
                self.configurations.entry(entry.index);
            }
            if let Some(log_book) = &mut self.log_book {
                log_book.note(&entry, now);
            }
            let fact = (entry.term, crc32c::crc32c(&entry.data));
            let decided = *self.decided.entry(entry.index).or_insert(fact);
            if decided != fact {
                self.findings.push(format!(
                    "member {id} applied entry {} of term {}, another member one of term {}",
                    entry.index, fact.0, decided.0
                ));
            }
        }
    }

    /// Every applied entry that a log still has must be the one that was applied.
    pub fn check_logs(&mut self, members: &[Member]) {
        for member in members {
            for entry in member.disk.log_entries() {
                let fact = (entry.term, crc32c::crc32c(&entry.data));
                let applied = member.life.as_ref().map_or(0, |life| life.assembly.server.progress().index());
                if entry.index <= applied && self.decided.get(&entry.index).is_some_and(|decided| *decided != fact) {
                    self.findings
                        .push(format!("the log of member {} has another entry {} than was applied", member.id, entry.index));
                }
            }
        }
    }
}

fn event(kind: ChangeKind, record: &[u8]) -> Event {
    let kv = KeyValue::decode(record).expect("records are key-values");
    let r#type = match kind {
        ChangeKind::Put => EventType::Put,
        ChangeKind::Delete => EventType::Delete,
    };
    Event { r#type: r#type.into(), kv: Some(kv), prev_kv: None }
}
