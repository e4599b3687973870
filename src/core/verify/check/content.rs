//! What operations say of themselves: what an answer claims, and what a request would write.

use std::collections::BTreeSet;

use bytes::Bytes;
use quorate_proto::{
    etcdserverpb::{DeleteRangeRequest, RequestOp, TxnRequest, TxnResponse, request_op::Request, response_op::Response},
    mvccpb::{Event, event::EventType},
};

use super::{
    super::{
        history::{Answer, Call, History, Operation},
        model::Model,
        span::Span,
    },
    effects::By,
};

/// What an operation has to do with the ledger, by its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It made this revision.
    Made(i64),
    /// It changed no key, and shows the state at this revision.
    Read(i64),
    /// The answer is not one to this request.
    Misfit,
    /// Neither: not answered, or about something else than keys.
    Other,
}

pub fn role(operation: &Operation) -> Role {
    let Some(answer) = operation.answer() else { return Role::Other };
    let changes = match (&operation.call, answer) {
        (Call::Put(_), Answer::Put(_)) => true,
        (Call::DeleteRange(_), Answer::DeleteRange(answer)) => answer.deleted > 0,
        (Call::Txn(_), Answer::Txn(answer)) => wrote(answer),
        (Call::Range(_), Answer::Range(_)) => false,
        (Call::Compact(_), Answer::Compact(_))
        | (Call::LeaseGrant(_), Answer::LeaseGrant(_))
        | (Call::LeaseRevoke(_), Answer::LeaseRevoke(_))
        | (Call::LeaseKeepAlive(_), Answer::LeaseKeepAlive(_))
        | (Call::LeaseTimeToLive(_), Answer::LeaseTimeToLive(_))
        | (Call::Auth(_), Answer::Auth(_)) => return Role::Other,
        _ => return Role::Misfit,
    };
    let revision = answer.header().map_or(0, |header| header.revision);
    if changes { Role::Made(revision) } else { Role::Read(revision) }
}

fn wrote(txn: &TxnResponse) -> bool {
    txn.responses.iter().any(|response| match &response.response {
        Some(Response::ResponsePut(_)) => true,
        Some(Response::ResponseDeleteRange(delete)) => delete.deleted > 0,
        Some(Response::ResponseTxn(nested)) => wrote(nested),
        Some(Response::ResponseRange(_)) | None => false,
    })
}

/// Every operation in a transaction, of both branches.
pub fn each_op<'a>(txn: &'a TxnRequest, look: &mut dyn FnMut(&'a Request)) {
    for request in txn.success.iter().chain(&txn.failure).filter_map(|op: &RequestOp| op.request.as_ref()) {
        look(request);
        if let Request::RequestTxn(nested) = request {
            each_op(nested, look);
        }
    }
}

/// Whether an answer says how things stood at some time after the request began, rather than how they stood on one member.
///
/// Source: etcd 3.7: a transaction of serializable ranges alone, or of no operations at all, is read where it is asked; so are the
/// headers of what only the leader's lease clock answers.
pub fn is_linearizable(call: &Call) -> bool {
    match call {
        Call::Range(range) => !range.serializable,
        Call::Txn(txn) => {
            let mut linearizable = false;
            each_op(txn, &mut |op| linearizable |= !matches!(op, Request::RequestRange(range) if range.serializable));
            linearizable
        }
        Call::LeaseKeepAlive(_) | Call::LeaseTimeToLive(_) => false,
        _ => true,
    }
}

/// Operations by what they would write, to find who may have made a change. Revocations are not here: what they do is told as the
/// end of a lease.
#[derive(Debug, Default)]
pub struct Wishes {
    puts: By<(Bytes, Bytes)>,
    /// Puts that keep the value.
    keeping: By<Bytes>,
    deletes: By<Bytes>,
    /// Deletions of more than one key.
    wide: Vec<(Span, usize)>,
}

impl Wishes {
    pub fn of(history: &History) -> Self {
        let mut wishes = Self::default();
        for (index, operation) in history.operations.iter().enumerate() {
            match &operation.call {
                Call::Put(put) => wishes.note(index, &Request::RequestPut(put.clone())),
                Call::DeleteRange(delete) => wishes.note_delete(index, delete),
                Call::Txn(txn) => each_op(txn, &mut |op| wishes.note(index, op)),
                _ => {}
            }
        }
        wishes
    }

    fn note(&mut self, index: usize, op: &Request) {
        match op {
            Request::RequestPut(put) if put.ignore_value => self.keeping.entry(put.key.clone()).or_default().push(index),
            Request::RequestPut(put) => self.puts.entry((put.key.clone(), put.value.clone())).or_default().push(index),
            Request::RequestDeleteRange(delete) => self.note_delete(index, delete),
            Request::RequestRange(_) | Request::RequestTxn(_) => {}
        }
    }

    fn note_delete(&mut self, index: usize, delete: &DeleteRangeRequest) {
        let span = Span::new(&delete.key, &delete.range_end);
        match span.one() {
            Some(key) => self.deletes.entry(key.clone()).or_default().push(index),
            None => self.wide.push((span, index)),
        }
    }

    /// Operations that would write the first of these changes, if they took effect.
    pub fn near(&self, events: &[Event]) -> BTreeSet<usize> {
        let Some((first, kv)) = events.first().and_then(|event| Some((event, event.kv.as_ref()?))) else {
            return BTreeSet::new();
        };
        let mut near = BTreeSet::new();
        if first.r#type() == EventType::Put {
            near.extend(self.puts.get(&(kv.key.clone(), kv.value.clone())).into_iter().flatten());
            near.extend(self.keeping.get(&kv.key).into_iter().flatten());
        } else {
            near.extend(self.deletes.get(&kv.key).into_iter().flatten());
            near.extend(self.wide.iter().filter(|(span, _)| span.contains(&kv.key)).map(|(_, index)| index));
        }
        near
    }
}

/// Lets the model have the leases that a request names: whether they are there is judged elsewhere.
pub fn assume_leases(model: &mut Model, call: &Call) {
    match call {
        Call::Put(put) if put.lease != 0 => model.assume_lease(put.lease),
        Call::LeaseRevoke(revoke) => model.assume_lease(revoke.id),
        Call::Txn(txn) => each_op(txn, &mut |op| {
            if let Request::RequestPut(put) = op
                && put.lease != 0
            {
                model.assume_lease(put.lease);
            }
        }),
        _ => {}
    }
}
