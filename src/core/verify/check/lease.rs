//! Leases: never early, never lost.
//!
//! A client that was told of a grant or a renewal knows that the lease lives a full time to live from the moment at which it asked,
//! at least. So nobody may see the end of that lease within it, be it as deleted keys or as a refusal, unless someone revoked it.
//! Whoever asks after the end was seen must not be told that it lives. And once nothing disturbs the cluster any more, a lease that
//! nobody renews ends.
//!
//! An ID that is granted again starts a new lease; there only what surely belongs to one of them is judged.

use std::collections::BTreeMap;

use quorate_proto::etcdserverpb::request_op::Request;

use super::{
    super::{
        history::{Answer, Call, History, Moment, Outcome},
        model::{Past, refusal},
    },
    content::{Role, each_op, role},
    effects::{Cause, Effects},
    finding::{self, Finding, Findings, seconds},
    known::Known,
    options::{Options, Quiet},
};

pub const EARLY: &str = "a lease does not end within the time that was promised";
pub const REVIVED: &str = "a lease that has ended is not alive";
pub const REVOKED: &str = "revoking a lease deletes all of its keys";
pub const LINGERS: &str = "a lease that nobody renews ends";
pub const TERMS: &str = "a lease is granted, and told of, as asked";

const SECOND: Moment = 1_000_000_000;

pub fn check(history: &History, past: &Past, known: &Known, effects: &Effects, options: &Options) -> Vec<Finding> {
    let mut leases: BTreeMap<i64, Lease> = BTreeMap::new();
    for (index, operation) in history.operations.iter().enumerate() {
        note(&mut leases, history, index, &operation.call);
    }
    for revision in past.revisions() {
        if let Some(Cause::LeaseEnd { lease, or }) = effects.cause(revision.revision) {
            let end = End { revision: revision.revision, seen: known.first_seen(revision.revision), certain: or.is_empty() };
            leases.entry(*lease).or_default().ends.push(end);
        }
    }
    let mut judge = Judge { history, past, options, findings: Findings::default() };
    // Those whose grant nobody heard of have no ID here, and promise nothing.
    for (id, lease) in leases.iter().filter(|(id, _)| **id != 0) {
        judge.never_early(*id, lease);
        judge.never_revived(*id, lease);
        judge.revoked_whole(*id, lease);
        if let Some(quiet) = &options.quiet {
            judge.never_lingering(*id, lease, quiet);
        }
    }
    for index in 0..history.operations.len() {
        judge.terms(index, &leases);
    }
    judge.findings.into_vec()
}

/// What is known of one ID.
#[derive(Debug, Default)]
struct Lease {
    /// Grants that may have taken effect.
    grants: Vec<usize>,
    /// Answers that promise a full time to live: operation, seconds.
    promises: Vec<(usize, i64)>,
    /// Anything that may have renewed it.
    touches: Vec<usize>,
    /// Revocations that may have taken effect.
    revokes: Vec<usize>,
    /// Answers that say it is gone, and those that need it alive.
    gone: Vec<usize>,
    alive: Vec<usize>,
    /// Revisions that deleted its keys.
    ends: Vec<End>,
}

#[derive(Debug)]
struct End {
    revision: i64,
    seen: Option<Moment>,
    /// No other operation can have done it.
    certain: bool,
}

fn note(leases: &mut BTreeMap<i64, Lease>, history: &History, index: usize, call: &Call) {
    let operation = &history.operations[index];
    let is_unknown = matches!(operation.outcome, Outcome::Unknown(_));
    let not_found = matches!(&operation.outcome, Outcome::Refused(text) if text.contains(refusal::LEASE_NOT_FOUND));
    match (call, operation.answer()) {
        (Call::LeaseGrant(_), Some(Answer::LeaseGrant(answer))) => {
            let lease = leases.entry(answer.id).or_default();
            lease.grants.push(index);
            lease.touches.push(index);
            lease.promises.push((index, answer.ttl));
        }
        (Call::LeaseGrant(grant), None) if is_unknown => {
            let lease = leases.entry(grant.id).or_default();
            lease.grants.push(index);
            lease.touches.push(index);
        }
        (Call::LeaseKeepAlive(request), answer) => {
            let lease = leases.entry(request.id).or_default();
            match answer {
                Some(Answer::LeaseKeepAlive(answer)) if answer.ttl > 0 => {
                    lease.promises.push((index, answer.ttl));
                    lease.touches.push(index);
                    lease.alive.push(index);
                }
                Some(_) => lease.gone.push(index),
                None if is_unknown => lease.touches.push(index),
                None => {}
            }
        }
        // That it lives is told from a leader's memory, and nothing hangs on it.
        (Call::LeaseTimeToLive(request), Some(Answer::LeaseTimeToLive(answer))) if answer.ttl < 0 => {
            leases.entry(request.id).or_default().gone.push(index);
        }
        (Call::LeaseRevoke(request), answer) => {
            let lease = leases.entry(request.id).or_default();
            if not_found {
                lease.gone.push(index);
            } else if is_unknown || answer.is_some() {
                lease.revokes.push(index);
            }
        }
        (Call::Put(put), Some(_)) if put.lease != 0 => leases.entry(put.lease).or_default().alive.push(index),
        (Call::Put(put), None) if not_found => leases.entry(put.lease).or_default().gone.push(index),
        _ => {}
    }
}

struct Judge<'a> {
    history: &'a History,
    past: &'a Past,
    options: &'a Options,
    findings: Findings,
}

impl Judge<'_> {
    fn show(&self, index: usize) -> String {
        finding::operation(self.history, index)
    }

    /// Until when a promise holds, by the fastest clock that there may be.
    fn until(&self, promise: usize, ttl_secs: i64) -> Moment {
        let ttl = u64::try_from(ttl_secs).unwrap_or(0).saturating_mul(SECOND);
        let error = ttl / 1000 * self.options.clock_error_permille.min(1000);
        self.history.operations[promise].begun.saturating_add(ttl - error)
    }

    /// Whether a client's revocation may have ended it by a moment.
    fn may_be_revoked(&self, lease: &Lease, by: Moment) -> bool {
        lease.revokes.iter().any(|index| self.history.operations[*index].begun <= by)
    }

    fn never_early(&mut self, id: i64, lease: &Lease) {
        let regranted = lease.grants.len() > 1;
        let last_answer = self.history.operations.iter().map(|operation| operation.ended).max().unwrap_or(0);
        let end_of_run = self.options.quiet.as_ref().map_or(last_answer, |quiet| quiet.until.max(last_answer));
        for end in lease.ends.iter().filter(|end| end.certain) {
            let seen = end.seen.unwrap_or(end_of_run);
            if self.may_be_revoked(lease, seen) {
                continue;
            }
            for (index, ttl) in &lease.promises {
                let promise = &self.history.operations[*index];
                let is_grant = matches!(promise.call, Call::LeaseGrant(_));
                // A grant's header is taken after the grant: below the end's revision it is of the lease that ended then.
                let belongs = !regranted || (is_grant && promise.told_revision().is_some_and(|told| told < end.revision));
                if belongs && promise.begun <= seen && seen < self.until(*index, *ttl) {
                    let (shown, until) = (self.show(*index), seconds(self.until(*index, *ttl)));
                    let (revision, seen) = (end.revision, seconds(seen));
                    self.findings
                        .add(EARLY, || format!("lease {id} ended at {revision}, seen at {seen}; until {until} by {shown}"));
                }
            }
        }
        for gone in &lease.gone {
            let operation = &self.history.operations[*gone];
            if self.may_be_revoked(lease, operation.ended) {
                continue;
            }
            // Promised before it was asked, and not over when the answer was there.
            let broken = lease.promises.iter().find(|(index, ttl)| {
                self.history.operations[*index].ended < operation.begun && operation.ended < self.until(*index, *ttl)
            });
            if let Some((index, _)) = broken {
                let (gone, shown) = (self.show(*gone), self.show(*index));
                self.findings.add(EARLY, || format!("{gone}, against the promise of {shown}"));
            }
        }
    }

    fn never_revived(&mut self, id: i64, lease: &Lease) {
        if lease.grants.len() > 1 {
            return;
        }
        let answered = |index: &&usize| self.history.operations[**index].answer().is_some();
        let revoked = lease.revokes.iter().filter(answered).map(|index| self.history.operations[*index].ended).min();
        let ended = lease.ends.iter().filter(|end| end.certain).filter_map(|end| end.seen).chain(revoked).min();
        for index in &lease.alive {
            let operation = &self.history.operations[*index];
            if ended.is_some_and(|ended| ended < operation.begun) {
                let shown = self.show(*index);
                self.findings.add(REVIVED, || format!("lease {id} had ended: {shown}"));
            }
            // The ledger's order tells even what clients cannot.
            let made = if let Role::Made(revision) = role(operation) { revision } else { 0 };
            if let Some(end) = lease.ends.iter().find(|end| end.certain && end.revision < made) {
                let (shown, at) = (self.show(*index), end.revision);
                self.findings.add(REVIVED, || format!("lease {id} had ended at {at}: {shown}"));
            }
        }
    }

    fn revoked_whole(&mut self, id: i64, lease: &Lease) {
        if lease.grants.len() > 1 {
            return;
        }
        for index in &lease.revokes {
            let Some(told) = self.history.operations[*index].told_revision() else { continue };
            let left = self.past.at(told).attached(id).next();
            if let Some(kv) = left {
                let (shown, key) = (self.show(*index), kv.key.clone());
                self.findings.add(REVOKED, || format!("{key:?} was left at {told} by {shown}"));
            }
        }
    }

    fn never_lingering(&mut self, id: i64, lease: &Lease, quiet: &Quiet) {
        let touched = lease.touches.iter().map(|index| self.history.operations[*index].ended).max().unwrap_or(0);
        let ttl_secs = lease.promises.iter().map(|(_, ttl)| *ttl).max();
        let asked = lease.grants.iter().filter_map(|index| match &self.history.operations[*index].call {
            Call::LeaseGrant(grant) => Some(grant.ttl),
            _ => None,
        });
        let ttl = u64::try_from(asked.chain(ttl_secs).max().unwrap_or(i64::MAX)).unwrap_or(0).saturating_mul(SECOND);
        let slow = ttl.saturating_add(ttl / 1000 * self.options.clock_error_permille);
        let over = touched.max(quiet.from).saturating_add(slow).saturating_add(quiet.grace);
        let left = self.past.newest().attached(id).next();
        if let Some(kv) = left.filter(|_| over <= quiet.until) {
            let (key, over, until) = (kv.key.clone(), seconds(over), seconds(quiet.until));
            self.findings.add(LINGERS, || format!("lease {id} should be over at {over}, but {key:?} is there at {until}"));
        }
    }

    /// What answers say of a lease fits what was asked, and a key is only put under a lease that someone asked for.
    fn terms(&mut self, index: usize, leases: &BTreeMap<i64, Lease>) {
        let operation = &self.history.operations[index];
        let fits = match (&operation.call, operation.answer()) {
            (Call::LeaseGrant(grant), Some(Answer::LeaseGrant(answer))) => {
                answer.id != 0 && (grant.id == 0 || grant.id == answer.id) && answer.ttl >= grant.ttl && answer.error.is_empty()
            }
            (Call::LeaseKeepAlive(request), Some(Answer::LeaseKeepAlive(answer))) => {
                answer.id == request.id && (answer.ttl == 0 || self.granted(leases, request.id, answer.ttl))
            }
            (Call::LeaseTimeToLive(request), Some(Answer::LeaseTimeToLive(answer))) => {
                // A new leader gives some time on top, so more may be left than was granted.
                let alive = answer.ttl >= 0 && self.granted(leases, request.id, answer.granted_ttl);
                let gone = answer.ttl == -1 && answer.granted_ttl == 0 && answer.keys.is_empty();
                answer.id == request.id && (alive || gone)
            }
            (Call::LeaseGrant(grant), None) => {
                let exists = matches!(&operation.outcome, Outcome::Refused(text) if text.contains(refusal::LEASE_EXISTS));
                !exists || self.asked_for(leases, grant.id, operation.ended)
            }
            (call, Some(_)) => put_leases(call, operation.answer()).iter().all(|id| self.asked_for(leases, *id, operation.ended)),
            _ => true,
        };
        if !fits {
            let shown = self.show(index);
            self.findings.add(TERMS, || shown);
        }
    }

    /// Whether it may have been granted for this time. Of grants that nobody answered only what was asked is known.
    fn granted(&self, leases: &BTreeMap<i64, Lease>, id: i64, ttl_secs: i64) -> bool {
        let grants = [id, 0].into_iter().filter_map(|id| leases.get(&id)).flat_map(|lease| &lease.grants);
        grants.map(|index| &self.history.operations[*index]).any(|grant| match (&grant.call, grant.answer()) {
            (_, Some(Answer::LeaseGrant(answer))) => answer.ttl == ttl_secs,
            (Call::LeaseGrant(request), _) => request.ttl <= ttl_secs,
            _ => false,
        })
    }

    fn asked_for(&self, leases: &BTreeMap<i64, Lease>, id: i64, by: Moment) -> bool {
        let grants = [id, 0].into_iter().filter_map(|id| leases.get(&id)).flat_map(|lease| &lease.grants);
        grants.map(|index| &self.history.operations[*index]).any(|grant| grant.begun <= by)
    }
}

/// The leases that a request has surely attached keys to.
fn put_leases(call: &Call, answer: Option<&Answer>) -> Vec<i64> {
    let mut leases = Vec::new();
    let mut put = |op: &Request| {
        if let Request::RequestPut(put) = op {
            leases.push(put.lease);
        }
    };
    match (call, answer) {
        (Call::Put(request), Some(_)) => put(&Request::RequestPut(request.clone())),
        (Call::Txn(txn), Some(Answer::Txn(answer))) if txn.failure.is_empty() && answer.succeeded => each_op(txn, &mut |op| {
            // What a nested transaction did is not looked into.
            put(op);
        }),
        _ => {}
    }
    leases.retain(|lease| *lease != 0);
    leases
}

#[cfg(test)]
#[path = "lease_tests.rs"]
mod tests;
