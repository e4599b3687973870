//! How users and keys stood after every entry of the log.

use bytes::Bytes;
use quorate_proto::{etcdserverpb::LeaseRevokeRequest, mvccpb::Event};

use super::{
    super::{
        super::{
            history::{Call, History, Moment},
            model::{Model, users::Users},
            users::{Decided, Decision, Token, UsersHistory},
        },
        finding::{self, Finding, Findings},
    },
    LOG, UNALLOWED,
};

type Verdict = Result<(), &'static str>;

/// See the module.
pub struct Timeline<'a> {
    log: &'a [Decided],
    /// Users after the entry, where they change.
    users: Vec<(u64, Users)>,
    /// The store's revision after the entry, where it moves.
    revisions: Vec<(u64, i64)>,
    /// What the rules say of each entry.
    verdicts: Vec<Verdict>,
    pub aged: Vec<Aged>,
    pub model: Model,
    pub findings: Vec<Finding>,
}

/// A token that was forgotten for its age: the entries that gave it, that last gave it time, and that made it forgotten.
#[derive(Clone, Copy)]
pub struct Aged {
    pub token: u64,
    pub renewed: u64,
    pub forgotten: u64,
}

/// How things stood after an entry.
#[derive(Clone, Copy)]
pub struct Standing<'a> {
    pub index: u64,
    pub users: &'a Users,
    pub revision: i64,
}

impl<'a> Timeline<'a> {
    pub fn of(history: &'a History, recorded: &'a UsersHistory) -> Self {
        let (model, users) = (Model::default(), Users::default());
        let mut walk = Walk { history, model, users, refused: Vec::new(), aged: Vec::new() };
        let mut timeline = Self {
            log: &recorded.log,
            users: vec![(0, Users::default())],
            revisions: vec![(0, 1)],
            verdicts: Vec::new(),
            aged: Vec::new(),
            model: Model::default(),
            findings: Vec::new(),
        };
        let mut findings = Findings::default();
        for entry in timeline.log {
            let revision = walk.model.revision();
            let verdict = walk.entry(entry);
            timeline.verdicts.push(verdict);
            let of_users =
                matches!(entry.decision, Decision::Login { .. } | Decision::Renewal { .. } | Decision::Call(Call::Auth(_)));
            if verdict.is_ok() && of_users {
                timeline.users.push((entry.index, walk.users.clone()));
            }
            if walk.model.revision() > revision {
                timeline.revisions.push((entry.index, walk.model.revision()));
                if !walk.fits() {
                    walk.tell(entry, &mut findings);
                    break;
                }
                walk.refused.clear();
            }
        }
        if findings.is_empty() && recorded.log_ends.is_none() {
            walk.end(&mut findings);
        }
        timeline.findings = findings.into_vec();
        (timeline.model, timeline.aged) = (walk.model, walk.aged);
        timeline
    }

    /// How far anyone had applied the log before a moment.
    pub fn before(&self, moment: Moment) -> u64 {
        self.log.partition_point(|entry| entry.applied < moment) as u64
    }

    /// How far anyone may have applied the log at a moment.
    pub fn until(&self, moment: Moment) -> u64 {
        self.log.partition_point(|entry| entry.applied <= moment) as u64
    }

    /// An entry, and what the rules say of it.
    pub fn entry(&self, index: u64) -> Option<(&'a Decided, Verdict)> {
        let at = usize::try_from(index.checked_sub(1)?).ok()?;
        Some((self.log.get(at)?, *self.verdicts.get(at)?))
    }

    pub fn standing(&self, index: u64) -> Standing<'_> {
        let at = |count: usize| count.checked_sub(1).expect("there is one from the beginning");
        let users = &self.users[at(self.users.partition_point(|(from, _)| *from <= index))].1;
        let revision = self.revisions[at(self.revisions.partition_point(|(from, _)| *from <= index))].1;
        Standing { index, users, revision }
    }

    /// The first and the last entry after which the store was at a revision.
    pub fn window(&self, revision: i64) -> Option<(u64, u64)> {
        let at = self.revisions.binary_search_by_key(&revision, |(_, revision)| *revision).ok()?;
        let until = self.revisions.get(at + 1).map_or(self.log.len() as u64, |(next, _)| next - 1);
        Some((self.revisions[at].0, until))
    }

    /// The keys attached to a lease at a revision.
    pub fn attached(&self, revision: i64, lease: i64) -> Vec<Bytes> {
        if lease == 0 {
            return Vec::new();
        }
        self.model.past().at(revision).attached(lease).map(|kv| kv.key.clone()).collect()
    }
}

/// The way through the log.
struct Walk<'a> {
    history: &'a History,
    model: Model,
    users: Users,
    /// Entries since the last revision that somebody was not allowed, and what they would have changed.
    refused: Vec<(Decided, Vec<Event>)>,
    aged: Vec<Aged>,
}

impl Walk<'_> {
    fn entry(&mut self, entry: &Decided) -> Verdict {
        match &entry.decision {
            Decision::Nothing => Ok(()),
            Decision::LeaseEnds(id) => self.model.apply(&Call::LeaseRevoke(LeaseRevokeRequest { id: *id })).map(drop),
            Decision::Login { user, revision, over } => {
                let forgotten = self.users.login(entry.index, user, *revision, over)?;
                let aged = |(token, Token { renewed, .. })| Aged { token, renewed, forgotten: entry.index };
                self.aged.extend(forgotten.into_iter().map(aged));
                Ok(())
            }
            Decision::Renewal { tokens } => {
                self.users.renew(entry.index, tokens);
                Ok(())
            }
            Decision::Call(Call::Auth(change)) => self.users.change(&entry.by, change),
            Decision::Call(call) => {
                let model = &self.model;
                let attached = |lease| if lease == 0 { Vec::new() } else { model.attached(lease) };
                // These were looked at where they came in.
                let is_let_in = matches!(call, Call::Compact(_) | Call::LeaseGrant(_));
                let verdict = if is_let_in { Ok(()) } else { self.users.may(&entry.by, call, &attached) };
                match verdict {
                    Ok(()) => self.model.apply(call).map(drop),
                    Err(text) => {
                        let changes = matches!(call, Call::Put(_) | Call::DeleteRange(_) | Call::Txn(_));
                        if let Some(events) = changes.then(|| self.model.foresee(call)).flatten() {
                            self.refused.push((entry.clone(), events));
                        }
                        Err(text)
                    }
                }
            }
        }
    }

    /// Whether the ledger has what was just done.
    fn fits(&self) -> bool {
        self.ledger(self.model.revision()) == Some(self.model.past().events(self.model.revision()))
    }

    fn ledger(&self, revision: i64) -> Option<&[Event]> {
        let at = usize::try_from(revision - 2).ok()?;
        self.history.ledger.revisions.get(at).map(|revision| revision.events.as_slice())
    }

    fn tell(&self, entry: &Decided, findings: &mut Findings) {
        let revision = self.model.revision();
        let has = self.ledger(revision);
        if let Some((refused, _)) = self.refused.iter().find(|(_, events)| Some(events.as_slice()) == has) {
            findings.add(UNALLOWED, || format!("{revision} was made by entry {}: {}", refused.index, show(refused)));
            return;
        }
        let due = finding::short(&format!("{:?}", self.model.past().events(revision)));
        let has = finding::short(&format!("{has:?}"));
        findings.add(LOG, || format!("entry {} makes {revision}: {due}, the ledger has {has}; {}", entry.index, show(entry)));
    }

    /// Whether there is anything in the ledger that the log has not made.
    fn end(&self, findings: &mut Findings) {
        let next = self.model.revision() + 1;
        let Some(has) = self.ledger(next) else { return };
        match self.refused.iter().find(|(_, events)| events == has) {
            Some((refused, _)) => findings.add(UNALLOWED, || format!("{next} was made by {}", show(refused))),
            None => findings.add(LOG, || format!("nothing in the log makes {next}: {}", finding::short(&format!("{has:?}")))),
        }
    }
}

fn show(entry: &Decided) -> String {
    finding::short(&format!("{:?} {:?}", entry.by, entry.decision))
}
