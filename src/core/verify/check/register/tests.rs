//! Orders of single keys: what is there to be found without any revision.

use quorate_proto::etcdserverpb::{PutRequest, TxnRequest};

use super::{
    super::{
        super::history::{Answer, Call, Outcome},
        testing::{Run, STEP, bytes, delete, get, grant, leased, put, put_all, revoke, swap},
    },
    *,
};

const STEPS: usize = 100_000;

fn found(history: &History) -> usize {
    let registers = check(history, STEPS);
    assert_eq!(registers.undecided, [""; 0]);
    registers.findings.len()
}

fn run() -> Run {
    let mut run = Run::default();
    run.ok(put("a", "1"));
    run.ok(swap("a", "1", "2"));
    run.ok(swap("a", "1", "3"));
    run.ok(get("a", ""));
    run.ok(put_all(&[("a", "4"), ("b", "5")]));
    run.ok(delete("a", "b"));
    run.ok(get("a", ""));
    run.ok(delete("a", ""));
    run.ok(grant(7, 2));
    run.ok(leased("b", "6", 7));
    run.ok(get("b", ""));
    run.ok(revoke(7));
    run.ok(get("b", ""));
    run
}

#[test]
fn a_right_history_has_an_order() {
    let registers = check(&run().history(), STEPS);
    assert_eq!((registers.findings, registers.undecided, registers.keys), (vec![], vec![], 2));
}

#[test]
fn a_read_of_what_never_was_has_none() {
    let mut history = run().history();
    history.kvs_mut(3)[0].value = "3".into();
    assert_eq!(found(&history), 1);
}

#[test]
fn a_swap_that_saw_something_else_has_none() {
    for at in [1, 2] {
        let mut history = run().history();
        let Answer::Txn(answer) = history.answer_mut(at) else { panic!() };
        answer.succeeded = !answer.succeeded;
        answer.responses.clear();
        assert_eq!(found(&history), 1);
    }
}

#[test]
fn a_lost_delete_is_found_even_if_it_was_part_of_more() {
    let mut history = run().history();
    let seen = history.kvs_mut(3).clone();
    let Answer::Range(read) = history.answer_mut(6) else { panic!() };
    (read.kvs, read.count) = (seen, 1);
    assert_eq!(found(&history), 1);
}

#[test]
fn a_key_of_a_revoked_lease_is_not_seen_again() {
    let mut history = run().history();
    let seen = history.kvs_mut(10).clone();
    let Answer::Range(read) = history.answer_mut(12) else { panic!() };
    (read.kvs, read.count) = (seen, 1);
    assert_eq!(found(&history), 1);
}

#[test]
fn a_lease_may_end_by_itself_and_an_unheard_swap_go_either_way() {
    let mut run = Run::default();
    run.ok(grant(7, 2));
    run.ok(leased("a", "1", 7));
    run.happens(revoke(7));
    run.ok(get("a", ""));
    run.ok(put("a", "2"));
    run.lost(swap("a", "2", "3"));
    run.ok(get("a", ""));
    run.vanished(swap("a", "3", "4"));
    run.ok(get("a", ""));
    assert_eq!(found(&run.history()), 0);
}

#[test]
fn what_was_refused_has_no_effect() {
    let mut run = Run::default();
    let refused = run.ok(put("a", "1"));
    run.ok(get("a", ""));
    let mut history = run.history();
    history.operations[refused].outcome = Outcome::Refused(String::new());
    assert_eq!(found(&history), 1);
}

#[test]
fn a_key_that_is_refused_as_missing_is_missing() {
    let keeping = |key| Call::Put(PutRequest { key: bytes(key), ignore_value: true, ..PutRequest::default() });
    let mut run = Run::default();
    run.ok(put("a", "1"));
    let refused = run.refused(keeping("b"));
    let mut history = run.history();
    assert_eq!(found(&history), 0);
    history.operations[refused].call = keeping("a");
    assert_eq!(found(&history), 1);
}

#[test]
fn an_operation_that_goes_too_many_ways_is_said_to_be_undecided() {
    let nest = |txn: TxnRequest| {
        let op = quorate_proto::etcdserverpb::RequestOp {
            request: Some(quorate_proto::etcdserverpb::request_op::Request::RequestTxn(txn)),
        };
        let Call::Txn(outer) = swap("a", "1", "2") else { panic!() };
        TxnRequest { compare: outer.compare, success: vec![op.clone()], failure: vec![op] }
    };
    let Call::Txn(mut txn) = swap("a", "1", "2") else { panic!() };
    for _ in 0..4 {
        txn = nest(txn);
    }
    let mut run = Run::default();
    run.vanished(Call::Txn(txn));
    run.ok(Call::Put(PutRequest { key: bytes("a"), ..PutRequest::default() }));
    assert_eq!(check(&run.history(), STEPS).undecided.len(), 1);
}

#[test]
fn giving_up_is_told() {
    let mut run = Run::default();
    for value in 0..12 {
        let index = run.ok(put("a", &value.to_string()));
        run.operations[index].begun = 0;
        run.operations[index].ended = 100 * STEP;
    }
    run.clock = 200 * STEP;
    let read = run.ok(get("a", ""));
    let mut history = run.history();
    history.kvs_mut(read)[0].value = "x".into();
    let registers = check(&history, 100);
    assert_eq!((registers.findings.len(), registers.undecided.len()), (0, 1));
}
