//! Real time: whoever begins after something was seen, sees it.
//!
//! Revisions are the order of everything, so two comparisons tell it all. What an operation makes lies above every revision that
//! anyone had seen when it began; what it reads is not below. So for any two operations of which one ended before the other began,
//! in either direction: a later write is a higher revision, and an earlier read is not one of what came later. Serializable reads
//! are free to be old, but what they have seen counts for others; so do the headers of everything else, and watch events.

use quorate_proto::etcdserverpb::{TxnRequest, TxnResponse, request_op::Request, response_op::Response};

use super::{
    super::{
        history::{Answer, Call, History, Outcome},
        model::refusal,
    },
    content::{Role, each_op, is_linearizable, role},
    finding::{self, Finding, Findings, seconds},
    known::{Compactions, Known, Witness},
};
pub const STALE: &str = "a read sees what anyone had seen before it began";
pub const UNORDERED: &str = "a write comes after everything that anyone had seen before it began";
pub const COMPACTED: &str = "history below a compaction is unreadable once it is answered";
pub const REFUSED: &str = "a refusal has its reason in the state";

pub fn check(history: &History, known: &Known, others_compact: bool) -> Vec<Finding> {
    let mut findings = Findings::default();
    let compactions = Compactions::of(history);
    for (index, operation) in history.operations.iter().enumerate() {
        match &operation.outcome {
            Outcome::Answered(_) if is_linearizable(&operation.call) => {
                floor(&mut findings, history, known, index);
                unreadable(&mut findings, history, &compactions, index);
            }
            Outcome::Refused(text) => refused(&mut findings, history, known, &compactions, others_compact, index, text),
            _ => {}
        }
    }
    findings.into_vec()
}

fn floor(findings: &mut Findings, history: &History, known: &Known, index: usize) {
    let operation = &history.operations[index];
    let (Some(told), Some((seen, witness))) = (operation.told_revision(), known.before(operation.begun)) else { return };
    let (rule, holds) = if matches!(role(operation), Role::Made(_)) { (UNORDERED, told > seen) } else { (STALE, told >= seen) };
    if !holds {
        findings.add(rule, || {
            format!("{} was at {told}, but {seen} was seen by {}", finding::operation(history, index), show(history, witness))
        });
    }
}

fn show(history: &History, witness: Witness) -> String {
    match witness {
        Witness::Operation(index) => finding::operation(history, index),
        Witness::Stream(index) => {
            let stream = &history.streams[index];
            format!("stream {index} of client {} from member {:x}, begun {}", stream.client, stream.member, seconds(stream.begun))
        }
    }
}

/// Revisions that a request names to be read at.
fn named(call: &Call) -> Vec<i64> {
    match call {
        Call::Range(range) => vec![range.revision],
        Call::Txn(txn) => {
            let mut named = Vec::new();
            each_op(txn, &mut |op| {
                if let Request::RequestRange(range) = op {
                    named.push(range.revision);
                }
            });
            named
        }
        _ => Vec::new(),
    }
}

/// Revisions that an answered request has read at.
fn read_at(call: &Call, answer: &Answer) -> Vec<i64> {
    match (call, answer) {
        (Call::Range(range), _) => vec![range.revision],
        (Call::Txn(txn), Answer::Txn(answer)) => {
            let mut read = Vec::new();
            taken(txn, answer, &mut read);
            read
        }
        _ => Vec::new(),
    }
}

fn taken(txn: &TxnRequest, answer: &TxnResponse, read: &mut Vec<i64>) {
    let ops = if answer.succeeded { &txn.success } else { &txn.failure };
    for (op, response) in ops.iter().zip(&answer.responses) {
        match (&op.request, &response.response) {
            (Some(Request::RequestRange(range)), _) => read.push(range.revision),
            (Some(Request::RequestTxn(nested)), Some(Response::ResponseTxn(answer))) => taken(nested, answer, read),
            _ => {}
        }
    }
}

/// An answered request must not have read what was compacted before it began, nor have compacted it once more.
fn unreadable(findings: &mut Findings, history: &History, compactions: &Compactions, index: usize) {
    let operation = &history.operations[index];
    let (Some((compact, by)), Some(answer)) = (compactions.certain(operation.begun), operation.answer()) else { return };
    let repeats = matches!(&operation.call, Call::Compact(request) if request.revision <= compact);
    let below = read_at(&operation.call, answer).iter().any(|revision| *revision > 0 && *revision < compact);
    if repeats || below {
        findings.add(COMPACTED, || {
            format!("{} although compacted by {}", finding::operation(history, index), finding::operation(history, by))
        });
    }
}

/// Whether a refusal can be right. Those of leases are judged with the leases.
fn refused(
    findings: &mut Findings,
    history: &History,
    known: &Known,
    compactions: &Compactions,
    others_compact: bool,
    index: usize,
    text: &str,
) {
    let operation = &history.operations[index];
    let (asked, repeats) = match &operation.call {
        Call::Compact(request) => (vec![request.revision], true),
        call => (named(call), false),
    };
    if text.contains(refusal::COMPACTED) && !others_compact {
        // A second compaction to the same revision is refused like a lower one.
        let possible = compactions.possible(operation.ended).unwrap_or(-1);
        if !asked.iter().any(|revision| *revision < possible || (repeats && *revision <= possible)) {
            findings.add(REFUSED, || format!("nothing was compacted above {possible}: {}", finding::operation(history, index)));
        }
    }
    if text.contains(refusal::FUTURE_REVISION) {
        let seen = known.floor(operation.begun);
        let is_local = !is_linearizable(&operation.call);
        if !is_local && !asked.iter().any(|revision| *revision > seen) {
            findings.add(REFUSED, || format!("{seen} had been seen: {}", finding::operation(history, index)));
        }
    }
}
