//! Leases that end in time, and those that do not.

use quorate_proto::mvccpb::Event;

use super::{
    super::{
        super::history::Operation,
        effects,
        testing::{MS, Run, delete, get, grant, keep_alive, leased, put, revoke},
    },
    *,
};

fn found_with(history: &History, options: &Options) -> Vec<&'static str> {
    let (past, known) = (Past::of(&history.ledger), Known::of(history));
    let (effects, _) = effects::check(history, &known);
    check(history, &past, &known, &effects, options).iter().map(|finding| finding.rule).collect()
}

fn found(history: &History) -> Vec<&'static str> {
    found_with(history, &Options::default())
}

/// A lease of two seconds with two keys, granted at 10 ms, ended by itself; read after so many milliseconds.
fn ended_at(ms: Moment) -> Run {
    let mut run = Run::default();
    run.ok(grant(7, 2));
    run.ok(leased("b", "1", 7));
    run.ok(leased("a", "2", 7));
    run.happens(revoke(7));
    run.clock = ms * MS;
    run.ok(get("a", ""));
    run
}

#[test]
fn the_end_of_a_lease_comes_after_its_time() {
    let mut history = ended_at(2000).history();
    assert_eq!(history.events_mut(4).len(), 2);
    assert_eq!(found(&history), [""; 0]);
    assert_eq!(found(&ended_at(1900).history()), [EARLY]);
    let fast = Options { clock_error_permille: 100, ..Options::default() };
    assert_eq!(found_with(&ended_at(1900).history(), &fast), [""; 0]);
}

#[test]
fn a_renewal_promises_the_time_again() {
    let renewed = |ms: Moment| {
        let mut run = Run::default();
        run.ok(grant(7, 2));
        run.ok(leased("a", "1", 7));
        run.clock = 1500 * MS;
        run.ok(keep_alive(7));
        run.happens(revoke(7));
        run.clock = ms * MS;
        run.ok(get("a", ""));
        run.history()
    };
    assert_eq!(found(&renewed(3500)), [""; 0]);
    assert_eq!(found(&renewed(3400)), [EARLY]);
}

#[test]
fn clients_may_end_a_lease_at_any_time() {
    let mut run = ended_at(1000);
    let unheard = run.operations[0].clone();
    run.operations.push(Operation { call: revoke(7), outcome: Outcome::Unknown(String::new()), ..unheard });
    assert_eq!(found(&run.history()), [""; 0]);
    let mut run = Run::default();
    run.ok(grant(7, 2));
    run.ok(leased("a", "1", 7));
    run.ok(revoke(7));
    run.ok(keep_alive(7));
    assert_eq!(found(&run.history()), [""; 0]);
    // A deletion that nobody heard of may have been it, too.
    let mut run = Run::default();
    run.ok(grant(7, 2));
    run.ok(leased("a", "1", 7));
    run.lost(delete("a", ""));
    run.ok(get("a", ""));
    assert_eq!(found(&run.history()), [""; 0]);
}

#[test]
fn an_end_told_too_early_is_found() {
    let mut run = Run::default();
    run.ok(grant(7, 2));
    let asked = run.ok(keep_alive(7));
    let mut history = run.history();
    let Answer::LeaseKeepAlive(answer) = history.answer_mut(asked) else { panic!() };
    answer.ttl = 0;
    assert_eq!(found(&history), [EARLY]);
    history.operations[asked].ended = 2100 * MS;
    assert_eq!(found(&history), [""; 0], "it was over before the answer");
    let mut run = Run::default();
    run.ok(grant(7, 2));
    let refused = run.ok(leased("a", "1", 7));
    let mut history = run.history();
    history.operations[refused].outcome = Outcome::Refused(refusal::LEASE_NOT_FOUND.to_owned());
    history.ledger.revisions.clear();
    assert_eq!(found(&history), [EARLY]);
}

#[test]
fn a_lease_that_has_ended_is_not_renewed() {
    let mut run = Run::default();
    run.ok(grant(7, 2));
    let renewed = run.ok(keep_alive(7));
    run.ok(revoke(7));
    let mut history = run.history();
    assert_eq!(found(&history), [""; 0]);
    history.operations[renewed].begun += 5 * SECOND;
    history.operations[renewed].ended += 5 * SECOND;
    assert_eq!(found(&history), [REVIVED]);
}

#[test]
fn no_key_is_put_under_a_lease_that_has_ended() {
    let mut run = ended_at(3000);
    run.model.assume_lease(7);
    run.ok(leased("c", "3", 7));
    assert!(found(&run.history()).contains(&REVIVED));
}

#[test]
fn a_revocation_that_leaves_a_key_is_found() {
    let mut run = Run::default();
    run.ok(grant(7, 2));
    run.ok(leased("a", "1", 7));
    run.ok(leased("b", "1", 7));
    run.ok(revoke(7));
    let mut history = run.history();
    assert_eq!(found(&history), [""; 0]);
    history.events_mut(4).pop();
    assert_eq!(found(&history), [REVOKED]);
}

#[test]
fn a_lease_deleted_in_parts_or_out_of_order_is_nobodys_doing() {
    let spoilt = |spoil: fn(&mut Vec<Event>)| {
        let mut history = ended_at(3000).history();
        spoil(history.events_mut(4));
        history.operations.pop();
        let (effects, findings) = effects::check(&history, &Known::of(&history));
        assert_eq!(findings[0].rule, effects::UNASKED);
        effects.causes[2].clone()
    };
    assert_eq!(spoilt(|events| _ = events.pop()), Cause::Nobody);
    assert_eq!(spoilt(|events| events.swap(0, 1)), Cause::Nobody);
}

#[test]
fn a_lease_that_nobody_renews_ends_in_the_quiet() {
    let lingering = |until: Moment| {
        let mut run = Run::default();
        run.ok(grant(7, 2));
        run.ok(leased("a", "1", 7));
        run.ok(put("b", "1"));
        let quiet = Quiet { from: SECOND, until: until * SECOND, grace: SECOND };
        found_with(&run.history(), &Options { quiet: Some(quiet), ..Options::default() })
    };
    assert_eq!(lingering(3), [""; 0]);
    assert_eq!(lingering(5), [LINGERS]);
}

#[test]
fn terms_fit_what_was_asked() {
    type Mistake = fn(&mut Answer);
    let mistakes: [(usize, Mistake); 4] = [
        (0, |answer| {
            if let Answer::LeaseGrant(answer) = answer {
                answer.ttl = 1;
            }
        }),
        (0, |answer| {
            if let Answer::LeaseGrant(answer) = answer {
                answer.id = 8;
            }
        }),
        (1, |answer| {
            if let Answer::LeaseKeepAlive(answer) = answer {
                answer.ttl = 3;
            }
        }),
        (1, |answer| {
            if let Answer::LeaseKeepAlive(answer) = answer {
                answer.id = 8;
            }
        }),
    ];
    for (index, mistake) in mistakes {
        let mut run = Run::default();
        run.ok(grant(7, 2));
        run.ok(keep_alive(7));
        let mut history = run.history();
        mistake(history.answer_mut(index));
        assert!(found(&history).contains(&TERMS), "{index}");
    }
    let mut run = Run::default();
    run.model.assume_lease(9);
    run.ok(leased("a", "1", 9));
    assert_eq!(found(&run.history()), [TERMS], "a lease that nobody asked for");
    let mut run = Run::default();
    run.ok(grant(7, 2));
    run.refused(grant(7, 2));
    let mut history = run.history();
    assert_eq!(found(&history), [""; 0]);
    history.operations.remove(0);
    assert_eq!(found(&history), [TERMS], "nobody else asked for it");
}

#[test]
fn of_an_id_that_is_granted_again_each_lease_has_its_own_time() {
    let mut run = ended_at(2500);
    run.ok(grant(7, 2));
    run.ok(leased("a", "3", 7));
    run.clock = 5000 * MS;
    run.happens(revoke(7));
    run.ok(get("a", ""));
    assert_eq!(found(&run.history()), [""; 0]);
    let mut run = ended_at(1000);
    run.ok(grant(7, 2));
    assert_eq!(found(&run.history()), [EARLY], "the first ended early");
}
