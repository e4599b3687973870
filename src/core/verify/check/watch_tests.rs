//! A right stream, made by the reference watcher, and what becomes of it when it is spoilt.

use quorate_proto::{
    etcdserverpb::{ResponseHeader, WatchCreateRequest, WatchResponse, watch_create_request::FilterType},
    mvccpb::Event,
};

use super::{
    super::{
        options::Options,
        testing::{MS, Run, bytes, compact, delete, put, put_all},
    },
    *,
};

fn response(watch_id: i64, revision: i64) -> WatchResponse {
    WatchResponse { header: Some(ResponseHeader { revision, ..ResponseHeader::default() }), watch_id, ..WatchResponse::default() }
}

fn run() -> Run {
    let mut run = Run::default();
    for call in [put("a", "1"), put_all(&[("a", "2"), ("b", "3"), ("x", "4")]), put("b", "5"), put("x", "6")] {
        run.ok(call);
    }
    run.ok(delete("a", "c"));
    run
}

fn request(start_revision: i64) -> WatchCreateRequest {
    let (key, range_end) = (bytes("a"), bytes("c"));
    WatchCreateRequest { key, range_end, start_revision, prev_kv: true, ..WatchCreateRequest::default() }
}

/// A stream with one watcher, created at revision `current`, with a response for each revision and a progress answer at the end.
fn history_of(run: Run, request: &WatchCreateRequest, current: i64) -> History {
    let mut history = run.history();
    let past = Past::of(&history.ledger);
    let watcher = Watcher::new(request, current);
    let mut responses = vec![WatchResponse { created: true, ..response(0, current) }];
    for revision in watcher.from()..=past.revision() {
        let events = watcher.events(&past, revision);
        if !events.is_empty() {
            responses.push(WatchResponse { events, ..response(0, revision) });
        }
    }
    responses.push(response(-1, past.revision()));
    let responses = (1..).zip(responses).map(|(at, response)| (1000 * MS + at, response)).collect();
    let creates = vec![(500 * MS, request.clone())];
    history.streams = vec![WatchStream { creates, progress_requests: vec![600 * MS], responses, ..WatchStream::default() }];
    history
}

fn history() -> History {
    history_of(run(), &request(2), 6)
}

fn found(history: &History) -> Vec<&'static str> {
    let watched = check(history, &Past::of(&history.ledger), &Options::default());
    watched.findings.iter().map(|finding| finding.rule).collect()
}

impl History {
    fn responses(&mut self) -> &mut Vec<(Moment, WatchResponse)> {
        &mut self.streams[0].responses
    }
}

#[test]
fn a_right_stream_is_right_whatever_it_asks_for() {
    let watched = check(&history(), &Past::of(&history().ledger), &Options::default());
    assert_eq!((watched.findings, watched.watchers, watched.events), (vec![], 1, 6));
    for start in [0, 1, 4, 7, 9] {
        for filters in [vec![], vec![FilterType::Noput.into()], vec![FilterType::Nodelete.into()]] {
            for prev_kv in [false, true] {
                for current in [1, 3, 6] {
                    let request = WatchCreateRequest { filters: filters.clone(), prev_kv, ..request(start) };
                    assert_eq!(found(&history_of(run(), &request, current)), [""; 0], "{request:?} {current}");
                }
            }
        }
    }
}

#[test]
fn a_repeated_event_is_found() {
    let mut history = history();
    let again = history.responses()[1].clone();
    history.responses().insert(2, again);
    assert!(found(&history).contains(&ORDER));
}

#[test]
fn events_out_of_order_are_found() {
    let mut history = history();
    history.responses().swap(2, 3);
    assert_eq!(found(&history)[..2], [GAP, ORDER]);
    let mut history = self::history();
    history.responses()[2].1.events.swap(0, 1);
    assert_eq!(found(&history), [EVENT], "within a revision");
}

#[test]
fn a_gap_is_found() {
    let mut history = history();
    history.responses().remove(2);
    assert_eq!(found(&history), [GAP]);
    // At the end there is no later event to tell.
    let mut history = self::history();
    history.responses().truncate(4);
    assert_eq!(found(&history), [GAP]);
    history.streams[0].ended = Some(2000 * MS);
    assert_eq!(found(&history), [""; 0], "who stops reading early has no claim to the rest");
}

#[test]
fn a_split_revision_is_found() {
    let mut history = history();
    let mut rest = history.responses()[2].clone();
    rest.1.events.remove(0);
    history.responses()[2].1.events.truncate(1);
    history.responses().insert(3, rest);
    assert_eq!(found(&history)[0], SPLIT);
    // In pieces that are marked it is well.
    history.responses()[2].1.fragment = true;
    assert_eq!(found(&history), [""; 0]);
    history.responses().remove(3);
    assert!(found(&history).contains(&SPLIT), "but for a missing piece");
}

#[test]
fn a_changed_event_is_found() {
    type Mistake = fn(&mut Event);
    let mistakes: [(usize, Mistake); 5] = [
        (1, |event| event.kv.as_mut().unwrap().value = "x".into()),
        (1, |event| event.prev_kv = event.kv.clone()),
        (3, |event| event.prev_kv = None),
        (3, |event| event.prev_kv.as_mut().unwrap().value = "x".into()),
        (4, |event| event.kv.as_mut().unwrap().version = 1),
    ];
    for (at, mistake) in mistakes {
        let mut history = history();
        mistake(&mut history.responses()[at].1.events[0]);
        assert_eq!(found(&history), [EVENT], "{at}");
    }
    let mut history = history();
    let foreign = history.events_mut(5)[0].clone();
    history.responses().insert(4, (1000 * MS, WatchResponse { events: vec![foreign], ..response(0, 5) }));
    assert_eq!(found(&history), [EVENT], "of a key that is not watched");
}

#[test]
fn a_previous_value_may_be_missing_once_it_may_be_compacted() {
    let mut run = run();
    run.ok(compact(5));
    let mut history = history_of(run, &request(2), 6);
    history.responses()[3].1.events[0].prev_kv = None;
    assert_eq!(found(&history), [""; 0]);
    history.responses()[4].1.events[0].prev_kv = None;
    assert_eq!(found(&history), [EVENT], "that of revision 5 is still there");
}

#[test]
fn progress_ahead_of_events_is_found() {
    for id in [0, -1] {
        let mut history = history();
        history.responses().insert(3, (1000 * MS, response(id, 4)));
        assert_eq!(found(&history)[0], BOOKMARK);
    }
    let mut history = history();
    history.responses()[2].1.header.as_mut().unwrap().revision = 4;
    assert_eq!(found(&history)[0], BOOKMARK, "headers of events vouch too");
    let lenient = Options { headers_vouch: false, ..Options::default() };
    assert_eq!(check(&history, &Past::of(&history.ledger), &lenient).findings, []);
}

#[test]
fn headers_that_go_back_are_found() {
    let mut history = history();
    history.responses().push((3000 * MS, response(0, 5)));
    assert_eq!(found(&history), [BOOKMARK]);
    let mut history = self::history();
    history.responses()[4].1.header.as_mut().unwrap().revision = 5;
    assert_eq!(found(&history)[0], BOOKMARK, "below the event's own revision");
    let mut history = self::history();
    history.responses().push((3000 * MS, response(0, 7)));
    assert_eq!(found(&history), [BOOKMARK], "a revision that never was");
}

#[test]
fn progress_that_nobody_asked_for_is_found() {
    let mut history = history();
    history.streams[0].progress_requests.clear();
    assert_eq!(found(&history), [BOOKMARK]);
}

#[test]
fn a_watcher_is_created_first_once_and_as_asked() {
    let mut history = history();
    history.responses().swap(0, 1);
    assert_eq!(found(&history)[0], CREATED);
    let mut history = self::history();
    history.responses().remove(0);
    assert!(found(&history).contains(&CREATED), "never");
    let mut history = self::history();
    let again = history.responses()[0].clone();
    history.responses().insert(1, again);
    assert!(found(&history).contains(&CREATED), "twice");
    let mut history = self::history();
    history.streams[0].creates[0].1.watch_id = 5;
    assert_eq!(found(&history), [CREATED], "under another ID");
    let mut history = self::history();
    let refused = WatchResponse { created: true, canceled: true, ..response(-1, 6) };
    *history.responses() = vec![(1000 * MS, refused)];
    assert_eq!(found(&history), [CREATED], "refused for nothing");
    history.streams[0].creates[0].1.start_revision = -1;
    assert_eq!(found(&history), [""; 0]);
}

#[test]
fn nothing_comes_after_a_cancel() {
    let mut history = history();
    history.responses().insert(3, (1000 * MS, WatchResponse { canceled: true, ..response(0, 6) }));
    assert_eq!(found(&history)[0], CREATED);
    history.responses().truncate(4);
    assert_eq!(found(&history), [""; 0]);
}

#[test]
fn only_compacted_history_ends_a_watcher() {
    let canceled = |start: i64, asked: i64, told: i64| {
        let mut run = run();
        run.ok(compact(asked));
        let mut history = history_of(run, &request(start), 6);
        history.responses().truncate(1);
        history.responses().push((2000 * MS, WatchResponse { canceled: true, compact_revision: told, ..response(0, 0) }));
        found(&history)
    };
    assert_eq!(canceled(2, 5, 5), [""; 0]);
    assert_eq!(canceled(5, 5, 5), [CANCELED], "it needs nothing that is gone");
    assert_eq!(canceled(2, 4, 5), [CANCELED], "nobody has compacted that much");
}
