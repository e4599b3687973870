//! The rules of the store, one by one.

use quorate_proto::etcdserverpb::{
    Compare, DeleteRangeRequest, LeaseTimeToLiveRequest, PutRequest, RequestOp, TxnRequest,
    compare::{CompareResult, CompareTarget, TargetUnion},
    range_request::{SortOrder, SortTarget},
    request_op::Request,
    response_op::Response,
};

use super::{
    super::check::testing::{bytes, compact, delete, get, get_at, grant, keep_alive, leased, put, revoke},
    *,
};

fn store(calls: &[Call]) -> Model {
    let mut model = Model::default();
    calls.iter().for_each(|call| _ = model.apply(call).unwrap());
    model
}

fn read(model: &mut Model, call: &Call) -> RangeResponse {
    let Ok(Answer::Range(answer)) = model.apply(call) else { panic!("{call:?}") };
    answer
}

fn ask(model: &mut Model, change: impl FnOnce(&mut RangeRequest)) -> (String, i64, bool) {
    let mut request = RangeRequest { key: bytes("a"), range_end: bytes("z"), ..RangeRequest::default() };
    change(&mut request);
    let answer = read(model, &Call::Range(request));
    let keys = answer.kvs.iter().map(|kv| std::str::from_utf8(&kv.key).unwrap()).collect();
    (keys, answer.count, answer.more)
}

fn txn(model: &mut Model, txn: TxnRequest) -> Result<quorate_proto::etcdserverpb::TxnResponse, &'static str> {
    match model.apply(&Call::Txn(txn))? {
        Answer::Txn(answer) => Ok(answer),
        other => panic!("{other:?}"),
    }
}

fn op(call: Call) -> RequestOp {
    let request = match call {
        Call::Put(put) => Request::RequestPut(put),
        Call::Range(range) => Request::RequestRange(range),
        Call::DeleteRange(delete) => Request::RequestDeleteRange(delete),
        Call::Txn(txn) => Request::RequestTxn(txn),
        other => panic!("{other:?}"),
    };
    RequestOp { request: Some(request) }
}

#[test]
fn revisions_begin_at_one_and_move_only_when_something_changes() {
    let mut model = Model::default();
    assert_eq!((model.revision(), model.compact_revision()), (1, -1));
    model.apply(&delete("a", "z")).unwrap();
    model.apply(&get("a", "z")).unwrap();
    assert_eq!(model.revision(), 1);
    model.apply(&put("a", "1")).unwrap();
    model.apply(&put("a", "1")).unwrap();
    assert_eq!(model.revision(), 3, "a put of the same value is a change");
}

#[test]
fn a_key_that_comes_back_begins_anew() {
    let mut model = store(&[put("a", "1"), put("a", "2"), delete("a", ""), put("a", "3")]);
    let kv = &read(&mut model, &get("a", "")).kvs[0];
    assert_eq!((kv.create_revision, kv.mod_revision, kv.version), (5, 5, 1));
    let kv = &read(&mut model, &get_at("a", "", 3)).kvs[0];
    assert_eq!((kv.create_revision, kv.mod_revision, kv.version), (2, 3, 2));
    assert_eq!(read(&mut model, &get_at("a", "", 4)).count, 0);
}

#[test]
fn sorting_and_filters_come_before_the_limit_and_the_count_before_all() {
    let mut model = store(&[put("c", "1"), put("a", "3"), put("b", "2"), put("c", "4")]);
    assert_eq!(ask(&mut model, |_| {}), ("abc".to_owned(), 3, false));
    assert_eq!(ask(&mut model, |range| range.limit = 2), ("ab".to_owned(), 3, true));
    assert_eq!(ask(&mut model, |range| range.set_sort_order(SortOrder::Descend)), ("cba".to_owned(), 3, false));
    let by = |target: SortTarget, order: SortOrder| {
        move |range: &mut RangeRequest| {
            range.set_sort_target(target);
            range.set_sort_order(order);
            range.limit = 1;
        }
    };
    assert_eq!(ask(&mut model, by(SortTarget::Create, SortOrder::Ascend)), ("c".to_owned(), 3, true));
    assert_eq!(ask(&mut model, by(SortTarget::Mod, SortOrder::Ascend)), ("a".to_owned(), 3, true));
    assert_eq!(ask(&mut model, by(SortTarget::Value, SortOrder::Ascend)), ("b".to_owned(), 3, true));
    assert_eq!(ask(&mut model, by(SortTarget::Create, SortOrder::None)), ("a".to_owned(), 3, true), "of a and b alone");
    assert_eq!(ask(&mut model, |range| range.min_mod_revision = 4), ("bc".to_owned(), 3, false));
    assert_eq!(ask(&mut model, |range| range.max_create_revision = 2), ("c".to_owned(), 3, false));
    assert_eq!(ask(&mut model, |range| range.count_only = true), (String::new(), 3, false));
    assert_eq!(ask(&mut model, |range| range.range_end = bytes("a")), (String::new(), 0, false));
}

#[test]
fn keys_only_hides_the_lease_unless_values_were_looked_at() {
    let mut model = store(&[grant(7, 5), leased("a", "1", 7)]);
    let mut lease = |target: SortTarget| {
        let mut range = RangeRequest { key: bytes("a"), keys_only: true, ..RangeRequest::default() };
        range.set_sort_target(target);
        let kv = &read(&mut model, &Call::Range(range)).kvs[0];
        assert!(kv.value.is_empty());
        kv.lease
    };
    assert_eq!([lease(SortTarget::Key), lease(SortTarget::Value)], [0, 7]);
}

#[test]
fn history_below_a_compaction_is_refused() {
    let mut model = store(&[put("a", "1"), put("a", "2"), put("a", "3"), compact(3)]);
    assert_eq!(model.apply(&get_at("a", "", 2)), Err(refusal::COMPACTED));
    assert_eq!(read(&mut model, &get_at("a", "", 3)).kvs[0].value, "2");
    assert_eq!(model.apply(&get_at("a", "", 5)), Err(refusal::FUTURE_REVISION));
    assert_eq!(model.apply(&compact(3)), Err(refusal::COMPACTED));
    assert_eq!(model.apply(&compact(5)), Err(refusal::FUTURE_REVISION));
    let read_old = |revision| TxnRequest { success: vec![op(get_at("a", "", revision))], ..TxnRequest::default() };
    assert_eq!(txn(&mut model, read_old(2)), Err(refusal::COMPACTED));
    assert_eq!(txn(&mut model, read_old(-1)), Err(refusal::COMPACTED), "compared as it is");
    assert!(txn(&mut Model::default(), read_old(-1)).is_ok());
    assert!(store(&[compact(0)]).apply(&compact(0)).is_err(), "revision 0 is accepted once");
}

#[test]
fn everything_in_a_transaction_is_one_revision_and_reads_see_what_was_done() {
    let mut model = store(&[put("a", "1")]);
    let ops = vec![op(get("a", "")), op(put("b", "2")), op(get("a", "z")), op(delete("a", "")), op(get("a", "z"))];
    let answer = txn(&mut model, TxnRequest { success: ops, ..TxnRequest::default() }).unwrap();
    assert_eq!((model.revision(), answer.header.unwrap().revision), (3, 3));
    let counts = answer.responses.iter().filter_map(|response| match &response.response {
        Some(Response::ResponseRange(range)) => Some((range.count, range.header.unwrap().revision)),
        _ => None,
    });
    let counts: Vec<_> = counts.collect();
    assert_eq!(counts, [(1, 2), (2, 3), (1, 3)]);
}

#[test]
fn nested_compares_look_at_the_state_before_everything() {
    let mut model = store(&[put("a", "1")]);
    let compare = Compare {
        target: CompareTarget::Value.into(),
        key: bytes("a"),
        target_union: Some(TargetUnion::Value(bytes("1"))),
        ..Compare::default()
    };
    let nested = TxnRequest { compare: vec![compare], success: vec![op(put("b", "yes"))], failure: vec![] };
    let outer = TxnRequest { success: vec![op(put("a", "2")), op(Call::Txn(nested))], ..TxnRequest::default() };
    let answer = txn(&mut model, outer).unwrap();
    let Some(Response::ResponseTxn(inner)) = &answer.responses[1].response else { panic!("{answer:?}") };
    assert_eq!((inner.succeeded, inner.header), (true, Some(ResponseHeader::default())));
}

#[test]
fn compares_hold_for_every_key_and_values_for_none_that_is_missing() {
    let mut model = store(&[put("a", "1"), put("b", "2"), put("b", "3")]);
    let mut holds = |key: &str, end: &str, result: CompareResult, union: TargetUnion| {
        let target = match union {
            TargetUnion::Version(_) => CompareTarget::Version,
            TargetUnion::CreateRevision(_) => CompareTarget::Create,
            TargetUnion::ModRevision(_) => CompareTarget::Mod,
            TargetUnion::Value(_) => CompareTarget::Value,
            TargetUnion::Lease(_) => CompareTarget::Lease,
        };
        let (key, range_end) = (bytes(key), bytes(end));
        let compare = Compare { result: result.into(), target: target.into(), key, range_end, target_union: Some(union) };
        txn(&mut model, TxnRequest { compare: vec![compare], ..TxnRequest::default() }).unwrap().succeeded
    };
    assert!(holds("a", "", CompareResult::Equal, TargetUnion::Version(1)));
    assert!(!holds("a", "z", CompareResult::Equal, TargetUnion::Version(1)));
    assert!(holds("a", "z", CompareResult::Greater, TargetUnion::CreateRevision(1)));
    assert!(holds("a", "z", CompareResult::Less, TargetUnion::ModRevision(5)));
    assert!(holds("x", "", CompareResult::Equal, TargetUnion::CreateRevision(0)));
    assert!(holds("x", "", CompareResult::Equal, TargetUnion::Lease(0)));
    assert!(!holds("x", "", CompareResult::Equal, TargetUnion::Value(bytes(""))));
    assert!(!holds("x", "z", CompareResult::NotEqual, TargetUnion::Value(bytes("1"))));
    assert!(holds("a", "", CompareResult::NotEqual, TargetUnion::Value(bytes("2"))));
}

#[test]
fn a_refused_transaction_changes_nothing() {
    let mut model = store(&[put("a", "1")]);
    let with = |call| TxnRequest { success: vec![op(put("a", "2")), op(call)], ..TxnRequest::default() };
    let missing = PutRequest { key: bytes("x"), ignore_value: true, ..PutRequest::default() };
    assert_eq!(txn(&mut model, with(leased("b", "1", 7))), Err(refusal::LEASE_NOT_FOUND));
    assert_eq!(txn(&mut model, with(Call::Put(missing))), Err(refusal::KEY_NOT_FOUND));
    assert_eq!(txn(&mut model, with(get_at("a", "", 9))), Err(refusal::FUTURE_REVISION));
    assert_eq!((model.revision(), read(&mut model, &get("a", "")).kvs[0].value.clone()), (2, bytes("1")));
}

#[test]
fn previous_values_are_given_when_asked_for() {
    let mut model = store(&[put("a", "1"), put("b", "2")]);
    let again = PutRequest { key: bytes("a"), prev_kv: true, ignore_value: true, ..PutRequest::default() };
    let Ok(Answer::Put(answer)) = model.apply(&Call::Put(again)) else { panic!() };
    assert_eq!(answer.prev_kv.unwrap().value, "1");
    let all = DeleteRangeRequest { key: bytes("a"), range_end: bytes("\0"), prev_kv: true };
    let Ok(Answer::DeleteRange(answer)) = model.apply(&Call::DeleteRange(all)) else { panic!() };
    let previous: Vec<_> = answer.prev_kvs.iter().map(|kv| (kv.key.clone(), kv.value.clone())).collect();
    assert_eq!((answer.deleted, previous), (2, vec![(bytes("a"), bytes("1")), (bytes("b"), bytes("2"))]));
}

#[test]
fn revoking_a_lease_deletes_its_keys_in_order_and_in_one_revision() {
    let mut model = store(&[grant(7, 5), grant(8, 5)]);
    for call in
        [leased("c", "1", 7), leased("a", "1", 7), leased("b", "1", 7), leased("b", "1", 8), leased("d", "1", 7), put("d", "2")]
    {
        model.apply(&call).unwrap();
    }
    assert_eq!(model.apply(&grant(7, 5)), Err(refusal::LEASE_EXISTS));
    assert_eq!(model.attached(7), [bytes("a"), bytes("c")]);
    model.apply(&revoke(7)).unwrap();
    let deleted: Vec<_> = model.past().events(8).iter().map(|event| event.kv.clone().unwrap().key).collect();
    assert_eq!(deleted, [bytes("a"), bytes("c")]);
    assert_eq!(model.apply(&revoke(7)), Err(refusal::LEASE_NOT_FOUND));
    model.apply(&delete("b", "")).unwrap();
    model.apply(&revoke(8)).unwrap();
    assert_eq!(model.revision(), 9, "without keys there is nothing to change");
}

#[test]
fn times_to_live_are_those_of_the_last_checkpoint_or_renewal() {
    let mut model = Model { lease_ttl_secs_min: 2, ..Model::default() };
    model.apply(&grant(7, 1)).unwrap();
    model.checkpoint(7, 1);
    let ask = Call::LeaseTimeToLive(LeaseTimeToLiveRequest { id: 7, keys: false });
    let Ok(Answer::LeaseTimeToLive(left)) = model.apply(&ask) else { panic!() };
    assert_eq!((left.ttl, left.granted_ttl), (1, 2));
    let Ok(Answer::LeaseKeepAlive(renewed)) = model.apply(&keep_alive(7)) else { panic!() };
    assert_eq!(renewed.ttl, 2);
    model.apply(&revoke(7)).unwrap();
    let Ok(Answer::LeaseTimeToLive(gone)) = model.apply(&ask) else { panic!() };
    assert_eq!((gone.ttl, gone.granted_ttl), (-1, 0));
    let Ok(Answer::LeaseKeepAlive(gone)) = model.apply(&keep_alive(7)) else { panic!() };
    assert_eq!(gone.ttl, 0);
}

#[test]
fn what_was_foreseen_or_undone_leaves_no_trace() {
    let mut model = store(&[put("a", "1")]);
    let before = format!("{:?}", model.past());
    assert_eq!(model.foresee(&put("a", "2")).unwrap()[0].kv.as_ref().unwrap().value, "2");
    assert_eq!(model.foresee(&get("a", "")), None);
    assert_eq!(model.foresee(&delete("b", "")), None);
    assert_eq!(model.foresee(&put("b", "2")).unwrap().len(), 1);
    assert_eq!(format!("{:?}", model.past()), before);
}

#[test]
fn compaction_leaves_what_is_readable() {
    let model = store(&[put("a", "1"), put("b", "1"), put("a", "2"), delete("b", ""), put("b", "2")]);
    assert_eq!(model.past().left_by_compaction(5), [((4, 0), false), ((5, 0), true), ((6, 0), false)]);
    assert_eq!(model.past().left_by_compaction(-1).len(), 5);
    let model = store(&[put("a", "1"), put("b", "1"), put("a", "2"), delete("b", ""), put("c", "2")]);
    assert_eq!(model.past().left_by_compaction(6), [((4, 0), false), ((6, 0), false)]);
}
