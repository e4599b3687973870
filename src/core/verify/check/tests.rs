//! Effects and order, and all checkers together, on right histories and on spoilt ones.

use quorate_proto::etcdserverpb::ResponseHeader;

use super::{
    super::history::{Answer, Call, History, Moment, Outcome},
    testing::*,
    *,
};

fn rules(history: &History) -> Vec<&'static str> {
    let report = check_all(history, &Options::default());
    assert_eq!(report.undecided, [""; 0]);
    let mut rules: Vec<_> = report.findings.iter().map(|finding| finding.rule).collect();
    rules.dedup();
    rules
}

fn clean(history: &History) -> Judged {
    let report = check_all(history, &Options::default());
    assert!(report.is_clean(), "{report}");
    report.judged
}

/// A bit of everything; the last is a put.
fn run() -> Run {
    let mut run = Run::default();
    run.ok(put("a", "1"));
    run.ok(put("b", "2"));
    run.ok(get("a", "z"));
    run.ok(swap("a", "1", "3"));
    run.ok(swap("a", "1", "4"));
    run.ok(get("a", ""));
    run.ok(get_at("a", "z", 2));
    run.ok(delete("b", "z"));
    run.ok(delete("b", ""));
    run.ok(put_all(&[("c", "5"), ("d", "6")]));
    run.ok(get("a", "z"));
    run.ok(put("e", "7"));
    run
}

#[test]
fn a_right_history_is_clean() {
    let judged = clean(&run().history());
    assert_eq!((judged.operations, judged.revisions, judged.registers), (12, 6, 5));
}

#[test]
fn whoever_answers_in_whatever_term_is_of_no_matter() {
    let mut history = run().history();
    for index in 0..history.operations.len() {
        let header = history.answer_mut(index).header_mut().as_mut().unwrap();
        *header = ResponseHeader { cluster_id: 7, member_id: index as u64, raft_term: 3, ..*header };
    }
    clean(&history);
}

#[test]
fn a_stale_read_is_found() {
    let mut run = Run::default();
    run.ok(put("a", "1"));
    let stale = run.ok(get("a", ""));
    run.ok(put("a", "2"));
    let mut history = run.history();
    history.operations[stale].begun += 100 * STEP;
    history.operations[stale].ended += 100 * STEP;
    assert_eq!(rules(&history), [order::STALE, register::REGISTER]);
}

#[test]
fn a_serializable_read_may_be_old_but_not_wrong() {
    let mut run = Run::default();
    run.ok(put("a", "1"));
    let old = run.ok(serializable("a"));
    run.ok(put("a", "2"));
    let mut history = run.history();
    history.operations[old].begun += 100 * STEP;
    history.operations[old].ended += 100 * STEP;
    clean(&history);
    history.kvs_mut(old)[0].value = "2".into();
    assert_eq!(rules(&history), [effects::ANSWER]);
}

#[test]
fn what_a_serializable_read_has_seen_a_later_read_sees_too() {
    let mut run = Run::default();
    run.ok(put("a", "1"));
    let stale = run.ok(get("a", ""));
    let put = run.ok(put("a", "2"));
    let seen = run.ok(serializable("a"));
    let mut history = run.history();
    // The put takes long, and the read begins after someone has seen it.
    history.operations[put].ended += 100 * STEP;
    let after = history.operations[seen].ended + STEP;
    (history.operations[stale].begun, history.operations[stale].ended) = (after, after + STEP);
    assert_eq!(rules(&history), [order::STALE]);
}

#[test]
fn every_field_of_an_answer_counts() {
    type Mistake = fn(&mut Answer);
    let mistakes: [(usize, Mistake); 5] = [
        (2, |answer| {
            if let Answer::Range(range) = answer {
                range.kvs[0].version = 2;
            }
        }),
        (2, |answer| {
            if let Answer::Range(range) = answer {
                range.count = 3;
            }
        }),
        (6, |answer| {
            if let Answer::Range(range) = answer {
                range.kvs[0].mod_revision = 4;
            }
        }),
        (7, |answer| {
            if let Answer::DeleteRange(delete) = answer {
                delete.deleted = 2;
            }
        }),
        (3, |answer| {
            if let Answer::Txn(txn) = answer {
                txn.responses.push(txn.responses[0].clone());
            }
        }),
    ];
    for (index, mistake) in mistakes {
        let mut history = run().history();
        mistake(history.answer_mut(index));
        assert_eq!(rules(&history), [effects::ANSWER], "{index}");
    }
}

#[test]
fn an_answer_to_something_else_is_found() {
    let mut history = run().history();
    let Outcome::Answered(other) = history.operations[2].outcome.clone() else { panic!() };
    history.operations[0].outcome = Outcome::Answered(other);
    let rules = rules(&history);
    assert!(rules.contains(&effects::ANSWER), "{rules:?}");
}

#[test]
fn a_lost_write_is_found() {
    let mut history = run().history();
    history.ledger.revisions.pop();
    assert_eq!(rules(&history), [effects::LOST]);
    // Lost in the middle, with others after it under its numbers.
    let mut run = Run::default();
    run.ok(put("a", "1"));
    let read = run.ok(put("b", "2"));
    let mut history = run.history();
    history.events_mut(3)[0].kv.as_mut().unwrap().value = "x".into();
    history.operations[read].outcome = Outcome::Unknown(String::new());
    assert_eq!(rules(&history), [effects::UNASKED]);
}

#[test]
fn a_write_that_did_something_else_is_found() {
    let mut history = run().history();
    history.events_mut(6)[0].kv.as_mut().unwrap().value = "x".into();
    let rules = rules(&history);
    assert!(rules.contains(&effects::OTHER), "{rules:?}");
}

#[test]
fn a_failed_transaction_that_wrote_is_found() {
    let mut run = Run::default();
    run.ok(put("a", "1"));
    let txn = run.ok(swap("a", "1", "2"));
    let mut history = run.history();
    let Answer::Txn(answer) = history.answer_mut(txn) else { panic!() };
    (answer.succeeded, answer.responses) = (false, vec![]);
    let rules = rules(&history);
    assert!(rules.contains(&effects::TWICE) && rules.contains(&effects::ANSWER), "{rules:?}");
}

#[test]
fn a_revision_claimed_twice_is_found() {
    let mut run = Run::default();
    let first = run.ok(put("a", "1"));
    let mut history = run.history();
    history.operations.push(history.operations[first].clone());
    assert_eq!(rules(&history), [effects::TWICE]);
}

#[test]
fn an_operation_applied_twice_is_found() {
    for outcome in [None, Some(Outcome::Unknown(String::new()))] {
        let mut run = Run::default();
        let first = run.ok(put("a", "1"));
        run.ok(put("a", "2"));
        run.happens(put("a", "1"));
        let mut history = run.history();
        if let Some(outcome) = outcome {
            history.operations[first].outcome = outcome;
        }
        assert_eq!(rules(&history), [effects::TWICE]);
    }
}

#[test]
fn a_change_that_nobody_asked_for_is_found() {
    let mut run = run();
    run.happens(put("f", "8"));
    assert_eq!(rules(&run.history()), [effects::UNASKED]);
}

#[test]
fn what_was_refused_or_failed_has_no_effect() {
    for outcome in [Outcome::Refused("etcdserver: key not found".to_owned()), Outcome::Failed("no link".to_owned())] {
        let mut run = Run::default();
        let index = run.ok(put("a", "1"));
        let mut history = run.history();
        history.operations[index].outcome = outcome;
        assert_eq!(rules(&history), [effects::UNREFUSED]);
    }
}

#[test]
fn what_nobody_heard_of_may_have_happened_or_not() {
    let mut run = Run::default();
    run.ok(put("a", "1"));
    run.lost(put("a", "2"));
    run.vanished(put("a", "3"));
    run.lost(swap("a", "2", "4"));
    run.vanished(delete("a", ""));
    run.lost(delete("a", "z"));
    run.ok(get("a", ""));
    assert_eq!(clean(&run.history()).unheard, 3);
}

#[test]
fn of_deletions_that_nobody_heard_of_each_happens_once() {
    let mut run = Run::default();
    for value in ["1", "2"] {
        run.ok(put("a", value));
        run.lost(delete("a", ""));
    }
    assert_eq!(clean(&run.history()).unheard, 2);
    let mut run = Run::default();
    run.ok(put("a", "1"));
    run.lost(delete("a", ""));
    run.ok(put("a", "2"));
    run.happens(delete("a", ""));
    assert_eq!(rules(&run.history()), [effects::TWICE]);
}

#[test]
fn nothing_happens_before_it_was_asked_for() {
    let mut run = Run::default();
    let early = run.lost(put("a", "1"));
    run.ok(get("a", ""));
    let mut history = run.history();
    history.operations[early].begun += 100 * STEP;
    history.operations[early].ended += 100 * STEP;
    let rules = rules(&history);
    assert!(rules.contains(&effects::UNASKED) && rules.contains(&register::REGISTER), "{rules:?}");
}

#[test]
fn writes_follow_each_other_in_real_time() {
    let mut run = Run::default();
    let first = run.ok(put("a", "1"));
    run.ok(put("b", "2"));
    let mut history = run.history();
    history.operations[first].begun += 100 * STEP;
    history.operations[first].ended += 100 * STEP;
    assert_eq!(rules(&history), [order::UNORDERED], "no single key tells");
}

#[test]
fn a_read_of_what_comes_later_is_found() {
    let mut run = Run::default();
    let read = run.ok(put("a", "1"));
    let read = read + run.ok(get("a", ""));
    let mut history = run.history();
    (history.operations[read].begun, history.operations[read].ended) = (0, 1 as Moment);
    let rules = rules(&history);
    assert_eq!(rules, [order::UNORDERED, register::REGISTER]);
}

#[test]
fn nobody_reads_below_a_compaction_that_was_answered() {
    let mut run = run();
    run.ok(compact(4));
    run.refused(get_at("a", "", 3));
    run.ok(get_at("a", "", 4));
    run.refused(compact(4));
    run.ok(compact(5));
    clean(&run.history());
    let mut run = self::run();
    let read = run.ok(get_at("a", "", 3));
    run.ok(compact(4));
    let mut history = run.history();
    clean(&history);
    history.operations[read].begun += 100 * STEP;
    history.operations[read].ended += 100 * STEP;
    assert_eq!(rules(&history), [order::COMPACTED]);
}

#[test]
fn refusals_need_a_reason() {
    let mut run = run();
    let compacted = Outcome::Refused(super::super::model::refusal::COMPACTED.to_owned());
    let future = Outcome::Refused(super::super::model::refusal::FUTURE_REVISION.to_owned());
    let read = run.ok(get_at("a", "", 3));
    let mut history = run.history();
    history.operations[read].outcome = compacted;
    assert_eq!(rules(&history), [order::REFUSED]);
    history.operations[read].outcome = future;
    assert_eq!(rules(&history), [order::REFUSED]);
    let Call::Range(request) = &mut history.operations[read].call else { panic!() };
    request.revision = 8;
    clean(&history);
}

#[test]
fn a_read_beyond_the_ledger_is_found() {
    let mut history = run().history();
    history.answer_mut(10).header_mut().as_mut().unwrap().revision = 9;
    history.operations.truncate(11);
    let rules = rules(&history);
    assert!(rules.contains(&effects::ANSWER), "{rules:?}");
}
