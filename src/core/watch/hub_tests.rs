//! The hub's facts, one test each, on a history in memory. What a stream was sent is compared as text.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    Delivery, Filters, Interest, Notice, RevisionChanges, StreamId, WATCHER_BYTES, WatchBounds, WatchHub, WatchSpec,
    memory::{MemoryHistory, MemoryOutlet, Op, decode, delete, put, show},
};

/// A hub whose store and apply side the test plays.
struct Rig {
    history: Arc<MemoryHistory>,
    interest: Arc<Interest>,
    hub: WatchHub,
    outlets: Vec<Arc<MemoryOutlet>>,
}

impl Rig {
    fn new() -> Self {
        Self::within(WatchBounds::ANY)
    }

    fn within(bounds: WatchBounds) -> Self {
        let history = Arc::new(MemoryHistory::default());
        let interest = Arc::new(Interest::default());
        let hub = WatchHub::new(history.clone(), interest.clone(), bounds);
        Self { history, interest, hub, outlets: Vec::new() }
    }

    /// A rig with one stream that may hold many deliveries.
    fn with_stream() -> Self {
        let mut rig = Self::new();
        rig.open(1000);
        rig
    }

    fn open(&mut self, capacity: usize) -> StreamId {
        let id = self.outlets.len() as StreamId;
        let outlet = MemoryOutlet::new(capacity);
        self.outlets.push(outlet.clone());
        self.hub.open_stream(id, outlet);
        id
    }

    /// Commits and hands over.
    fn commit(&mut self, ops: &[Op]) {
        let changes = self.history.commit(ops);
        self.feed(&[changes]);
    }

    fn feed(&mut self, changes: &[Arc<RevisionChanges>]) {
        self.hub.on_changes(changes).unwrap();
    }

    fn catch_up(&mut self) {
        for _ in 0..10_000 {
            if !self.hub.is_catching_up() {
                return;
            }
            self.hub.catch_up().unwrap();
        }
        panic!("catching up makes no progress");
    }

    /// What the stream was sent since it was last asked.
    fn sent(&self, stream: StreamId) -> Vec<String> {
        self.outlets[stream as usize].queue.lock().drain(..).map(|delivery| line(&delivery)).collect()
    }
}

/// `id@header-revision what`.
fn line(delivery: &Delivery) -> String {
    let head = format!("{}@{}", delivery.watch_id, delivery.revision);
    match &delivery.notice {
        Notice::Events(_) => format!("{head} {}", decode(delivery).iter().map(show).collect::<Vec<_>>().join(" ")),
        Notice::Created => format!("{head} created"),
        Notice::Canceled { compact_revision: 0 } => format!("{head} canceled"),
        Notice::Canceled { compact_revision } => format!("{head} compacted at {compact_revision}"),
        Notice::Rejected(rejection) => format!("{head} rejected: {}", rejection.reason()),
        Notice::Progress => format!("{head} progress"),
    }
}

fn on(key: &str) -> WatchSpec {
    WatchSpec { key: Bytes::from(key.to_owned()), ..WatchSpec::default() }
}

fn range(key: &str, end: &str) -> WatchSpec {
    WatchSpec { range_end: Bytes::from(end.to_owned()), ..on(key) }
}

fn since(start_revision: i64, spec: WatchSpec) -> WatchSpec {
    WatchSpec { start_revision, ..spec }
}

/// What so many watchers of a key of one letter count for.
fn bytes_of(watchers: usize) -> usize {
    watchers * (WATCHER_BYTES + 1)
}

#[test]
fn a_stream_has_only_so_many_watchers_and_one_that_is_cancelled_makes_room() {
    let bounds = WatchBounds { stream_bytes: bytes_of(2), all_bytes: bytes_of(100), always_bytes: bytes_of(1) };
    let mut rig = Rig::within(bounds);
    let (full, other) = (rig.open(1000), rig.open(1000));
    (0..3).for_each(|_| rig.hub.create(full, on("a")));
    assert_eq!(rig.sent(full), ["0@1 created", "1@1 created", "-1@1 rejected: quorate: too many watchers"]);
    rig.hub.create(other, on("a"));
    assert_eq!(rig.sent(other), ["0@1 created"]);
    rig.hub.cancel(full, 0);
    rig.hub.create(full, range("a", "b"));
    rig.hub.create(full, on("b"));
    assert_eq!(rig.sent(full), ["0@1 canceled", "-1@1 rejected: quorate: too many watchers", "2@1 created",]);
}

#[test]
fn when_there_are_too_many_in_all_a_stream_that_has_few_may_have_them() {
    let bounds = WatchBounds { stream_bytes: bytes_of(50), all_bytes: bytes_of(10), always_bytes: bytes_of(2) };
    let mut rig = Rig::within(bounds);
    let (many, few) = (rig.open(1000), rig.open(1000));
    (0..11).for_each(|_| rig.hub.create(many, on("a")));
    assert_eq!(rig.sent(many).pop().unwrap(), "-1@1 rejected: quorate: too many watchers");
    (0..3).for_each(|_| rig.hub.create(few, on("a")));
    assert_eq!(rig.sent(few), ["0@1 created", "1@1 created", "-1@1 rejected: quorate: too many watchers"]);
    rig.hub.close_stream(many);
    (0..8).for_each(|_| rig.hub.create(few, on("a")));
    assert!(rig.sent(few).iter().all(|line| line.ends_with("created")), "a stream that is closed makes room");
}

#[test]
fn each_revision_is_one_response_with_its_events_in_order() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, range("a", "z"));
    rig.commit(&[put("b", "1"), put("zz", "no"), delete("a"), put("c", "2")]);
    rig.commit(&[put("b", "3")]);
    assert_eq!(rig.sent(0), ["0@1 created", "0@2 b=1@2 -a@2 c=2@2", "0@3 b=3@3"]);
}

#[test]
fn revisions_without_a_matching_key_are_not_sent() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, on("a"));
    rig.commit(&[put("b", "1")]);
    rig.commit(&[put("a", "2")]);
    assert_eq!(rig.sent(0), ["0@1 created", "0@3 a=2@3"]);
}

#[test]
fn revisions_handed_over_twice_are_sent_once() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, on("a"));
    let changes = rig.history.commit(&[put("a", "1")]);
    rig.feed(&[changes.clone(), changes.clone()]);
    rig.feed(&[changes]);
    assert_eq!(rig.sent(0), ["0@1 created", "0@2 a=1@2"]);
}

#[test]
fn lost_revisions_are_read_from_history() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, on("a"));
    rig.history.commit(&[put("a", "lost")]);
    rig.history.commit(&[put("a", "lost too")]);
    rig.commit(&[put("a", "handed over")]);
    rig.catch_up();
    rig.commit(&[put("a", "after")]);
    assert_eq!(rig.sent(0)[1..], ["0@4 a=lost@2 a=lost too@3 a=handed over@4", "0@5 a=after@5"]);
}

#[test]
fn a_replaced_store_sends_watchers_to_history_and_spares_future_ones() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, on("a"));
    rig.hub.create(0, since(4, on("a")));
    for value in ["1", "2", "3"] {
        rig.history.commit(&[put("a", value)]);
    }
    rig.hub.fall_behind();
    rig.catch_up();
    rig.commit(&[put("a", "4")]);
    let mut sent = rig.sent(0);
    sent.sort();
    assert_eq!(sent, ["0@1 created", "0@4 a=1@2 a=2@3 a=3@4", "0@5 a=4@5", "1@1 created", "1@4 a=3@4", "1@5 a=4@5"]);
}

#[test]
fn a_start_in_the_past_replays_and_goes_on_without_gap_or_repetition() {
    let mut rig = Rig::with_stream();
    for value in ["1", "2", "3"] {
        rig.history.commit(&[put("a", value)]);
    }
    rig.hub.create(0, since(3, on("a")));
    rig.commit(&[put("a", "4")]);
    assert_eq!(rig.sent(0), ["0@4 created"]);
    rig.catch_up();
    rig.commit(&[put("a", "5")]);
    assert_eq!(rig.sent(0), ["0@5 a=2@3 a=3@4 a=4@5", "0@6 a=5@6"]);
}

#[test]
fn a_start_at_one_on_a_store_never_compacted_replays_everything() {
    let mut rig = Rig::with_stream();
    rig.history.commit(&[put("a", "1")]);
    rig.hub.create(0, since(1, on("a")));
    rig.catch_up();
    assert_eq!(rig.sent(0), ["0@2 created", "0@2 a=1@2"]);
}

#[test]
fn a_start_now_sees_nothing_readable_before_even_if_the_hub_has_yet_to_get_it() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, on("x"));
    let earlier = rig.history.commit(&[put("a", "earlier")]);
    rig.hub.create(0, on("a"));
    rig.feed(&[earlier]);
    rig.commit(&[put("a", "later")]);
    assert_eq!(rig.sent(0), ["0@1 created", "1@2 created", "1@3 a=later@3"]);
}

/// #20221: a watch that starts in the future got events from before it, and progress below it.
#[test]
fn a_start_in_the_future_gets_neither_earlier_events_nor_progress_issue_20221() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, WatchSpec { progress_notify: true, ..since(4, on("a")) });
    rig.commit(&[put("a", "2")]);
    rig.commit(&[put("a", "3")]);
    rig.hub.progress_request(0);
    rig.hub.progress_tick(0);
    rig.hub.progress_tick(0);
    assert_eq!(rig.sent(0), ["0@1 created"]);
    rig.commit(&[put("a", "4")]);
    rig.hub.progress_request(0);
    assert_eq!(rig.sent(0), ["0@4 a=4@4", "-1@4 progress"]);
}

/// #15271: a watch resumed on a member that lagged after a partition went back in time.
#[test]
fn a_watch_resumed_on_a_lagging_member_does_not_go_back_in_time_issue_15271() {
    let mut rig = Rig::with_stream();
    rig.commit(&[put("a", "2")]);
    rig.hub.create(0, since(5, on("a")));
    rig.commit(&[put("a", "3")]);
    rig.history.commit(&[put("a", "4")]);
    rig.history.commit(&[put("a", "5")]);
    rig.history.commit(&[put("a", "6")]);
    rig.hub.fall_behind();
    rig.catch_up();
    rig.commit(&[put("a", "7")]);
    assert_eq!(rig.sent(0), ["0@2 created", "0@6 a=5@5 a=6@6", "0@7 a=7@7"]);
}

#[test]
fn a_start_right_after_the_present_gets_no_progress_until_it_is_reached() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, since(2, on("a")));
    rig.hub.progress_request(0);
    assert_eq!(rig.sent(0), ["0@1 created"]);
    rig.commit(&[put("b", "")]);
    rig.hub.progress_request(0);
    assert_eq!(rig.sent(0), ["-1@2 progress"]);
}

#[test]
fn a_start_below_the_compact_revision_is_created_then_ended_with_that_revision() {
    let mut rig = Rig::with_stream();
    for value in ["1", "2", "3"] {
        rig.history.commit(&[put("a", value)]);
    }
    rig.history.compact(3);
    rig.hub.create(0, since(2, on("a")));
    rig.hub.create(0, since(3, on("a")));
    rig.catch_up();
    let sent = rig.sent(0);
    assert_eq!(sent, ["0@4 created", "1@4 created", "0@0 compacted at 3", "1@4 a=2@3 a=3@4"]);
}

/// #18089 and #19179: the delete at the very revision of a compaction was missing.
#[test]
fn a_delete_at_the_compact_revision_is_delivered_issues_18089_19179() {
    let mut rig = Rig::with_stream();
    rig.history.commit(&[put("a", "1")]);
    rig.history.commit(&[delete("a")]);
    rig.history.compact(3);
    rig.hub.create(0, since(3, on("a")));
    rig.catch_up();
    assert_eq!(rig.sent(0), ["0@3 created", "0@3 -a@3"]);
}

#[test]
fn a_compacted_watcher_stays_registered_until_cancelled_and_holds_back_progress() {
    let mut rig = Rig::with_stream();
    rig.history.commit(&[put("a", "1")]);
    rig.history.commit(&[put("a", "2")]);
    rig.history.compact(3);
    rig.hub.create(0, WatchSpec { watch_id: 5, ..since(1, on("a")) });
    rig.hub.create(0, WatchSpec { watch_id: 6, ..on("a") });
    rig.catch_up();
    rig.hub.progress_request(0);
    rig.hub.create(0, WatchSpec { watch_id: 5, ..on("b") });
    assert_eq!(rig.sent(0)[2..], ["5@0 compacted at 3", "-1@3 rejected: mvcc: duplicate watch ID provided on the WatchStream"]);
    rig.hub.cancel(0, 5);
    rig.hub.progress_request(0);
    assert_eq!(rig.sent(0), ["5@3 canceled", "-1@3 progress"]);
}

#[test]
fn ids_are_chosen_from_zero_skipping_used_ones_and_not_those_given_up() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, WatchSpec { watch_id: 1, ..on("a") });
    rig.hub.create(0, on("a"));
    rig.hub.create(0, on("a"));
    rig.hub.cancel(0, 0);
    rig.hub.create(0, on("a"));
    rig.hub.cancel(0, 1);
    rig.hub.create(0, WatchSpec { watch_id: 1, ..on("a") });
    let sent = rig.sent(0);
    assert_eq!(sent, ["1@1 created", "0@1 created", "2@1 created", "0@1 canceled", "3@1 created", "1@1 canceled", "1@1 created"]);
}

#[test]
fn rejections_are_one_message_with_the_exact_reason_and_the_stream_goes_on() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, WatchSpec { watch_id: 3, ..on("a") });
    rig.hub.create(0, WatchSpec { watch_id: 3, ..on("b") });
    rig.hub.create(0, range("b", "a"));
    rig.hub.create(0, range("b", "b"));
    rig.hub.create(0, since(-1, range("b", "b")));
    rig.hub.create(0, on("c"));
    assert_eq!(
        rig.sent(0)[1..],
        [
            "-1@1 rejected: mvcc: duplicate watch ID provided on the WatchStream",
            "-1@1 rejected: mvcc: watcher range is empty",
            "-1@1 rejected: mvcc: watcher range is empty",
            "-1@1 rejected: etcdserver: mvcc: required revision has been compacted",
            "0@1 created",
        ]
    );
}

#[test]
fn cancelling_answers_once_and_an_unknown_id_never() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, on("a"));
    rig.commit(&[put("a", "1")]);
    rig.hub.cancel(0, 0);
    rig.hub.cancel(0, 0);
    rig.hub.cancel(0, 77);
    rig.commit(&[put("a", "2")]);
    assert_eq!(rig.sent(0), ["0@1 created", "0@2 a=1@2", "0@2 canceled"]);
}

#[test]
fn filters_drop_events_and_responses_left_empty() {
    let mut rig = Rig::with_stream();
    let filters = |no_put, no_delete| WatchSpec { filters: Filters { no_put, no_delete }, ..on("a") };
    rig.hub.create(0, filters(true, false));
    rig.hub.create(0, filters(false, true));
    rig.hub.create(0, filters(true, true));
    rig.hub.create(0, since(1, filters(true, false)));
    rig.commit(&[put("a", "1")]);
    rig.commit(&[delete("a")]);
    rig.catch_up();
    let mut sent = rig.sent(0).split_off(4);
    sent.sort();
    assert_eq!(sent, ["0@3 -a@3", "1@2 a=1@2", "3@3 -a@3"]);
}

#[test]
fn previous_values_come_with_deletes_and_overwriting_puts() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, WatchSpec { prev_kv: true, ..on("a") });
    rig.hub.create(0, on("a"));
    rig.commit(&[put("a", "1")]);
    rig.commit(&[put("a", "2")]);
    rig.commit(&[delete("a")]);
    rig.commit(&[put("a", "3")]);
    rig.hub.create(0, WatchSpec { prev_kv: true, ..since(2, on("a")) });
    rig.catch_up();
    let sent = rig.sent(0);
    let of = |id: &str| sent.iter().filter(|line| line.starts_with(id)).skip(1).cloned().collect::<Vec<_>>();
    assert_eq!(of("0@"), ["0@2 a=1@2", "0@3 a=2@3 (1)", "0@4 -a@4 (2)", "0@5 a=3@5"]);
    assert_eq!(of("1@"), ["1@2 a=1@2", "1@3 a=2@3", "1@4 -a@4", "1@5 a=3@5"]);
    assert_eq!(of("2@"), ["2@5 a=1@2 a=2@3 (1) -a@4 (2) a=3@5"]);
}

#[test]
fn a_compacted_previous_value_is_silently_missing() {
    let mut rig = Rig::with_stream();
    for value in ["1", "2", "3"] {
        rig.history.commit(&[put("a", value)]);
    }
    rig.history.compact(3);
    rig.hub.create(0, WatchSpec { prev_kv: true, ..since(3, on("a")) });
    rig.catch_up();
    assert_eq!(rig.sent(0)[1..], ["0@4 a=2@3 a=3@4 (2)"]);
}

/// #15220: a progress notification overtook events that a slow stream had yet to get.
#[test]
fn progress_is_not_told_while_a_watcher_lags_issue_15220() {
    let mut rig = Rig::new();
    let stream = rig.open(2);
    rig.hub.create(stream, WatchSpec { progress_notify: true, ..on("a") });
    rig.hub.create(stream, on("b"));
    rig.sent(stream);
    for value in ["2", "3", "4"] {
        rig.commit(&[put("a", value)]);
    }
    assert_eq!(rig.sent(stream), ["0@2 a=2@2", "0@3 a=3@3"]);
    rig.hub.progress_request(stream);
    rig.hub.progress_tick(stream);
    rig.hub.progress_tick(stream);
    assert_eq!(rig.sent(stream), [""; 0], "blocked: revision 4 is yet to be sent");
    rig.hub.room(stream);
    rig.hub.progress_request(stream);
    assert_eq!(rig.sent(stream), [""; 0], "behind");
    rig.catch_up();
    rig.hub.progress_request(stream);
    assert_eq!(rig.sent(stream), ["0@4 a=4@4", "-1@4 progress"]);
}

#[test]
fn progress_covers_every_revision_readable_when_it_was_asked_for() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, on("a"));
    let second = rig.history.commit(&[put("a", "2")]);
    let third = rig.history.commit(&[put("b", "3")]);
    rig.hub.progress_request(0);
    rig.feed(&[second]);
    assert_eq!(rig.sent(0), ["0@1 created", "0@2 a=2@2"]);
    rig.hub.progress_request(0);
    rig.feed(&[third]);
    assert_eq!(rig.sent(0), ["-1@3 progress", "-1@3 progress"]);
}

#[test]
fn progress_requests_that_wait_are_bounded() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, on("a"));
    let second = rig.history.commit(&[put("b", "2")]);
    for _ in 0..1000 {
        rig.hub.progress_request(0);
    }
    rig.feed(&[second]);
    assert_eq!(rig.sent(0).len(), 1 + 128);
}

#[test]
fn progress_of_a_stream_without_watchers_or_with_a_full_outlet_is_not_told() {
    let mut rig = Rig::new();
    let stream = rig.open(1);
    rig.hub.progress_request(stream);
    assert_eq!(rig.sent(stream), [""; 0]);
    rig.hub.create(stream, on("a"));
    rig.hub.progress_request(stream);
    assert_eq!(rig.sent(stream), ["0@1 created"]);
}

#[test]
fn a_tick_tells_progress_to_watchers_that_asked_and_had_no_events_since_the_last() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, WatchSpec { progress_notify: true, ..on("a") });
    rig.hub.create(0, WatchSpec { progress_notify: true, ..on("b") });
    rig.hub.create(0, on("c"));
    rig.commit(&[put("a", "2")]);
    rig.sent(0);
    rig.hub.progress_tick(0);
    assert_eq!(rig.sent(0), ["1@2 progress"]);
    rig.hub.progress_tick(0);
    assert_eq!(rig.sent(0), ["0@2 progress", "1@2 progress"]);
}

/// #17529: events were lost when a stream's buffer stayed full.
#[test]
fn a_starved_stream_loses_nothing_and_holds_nobody_back_issue_17529() {
    let mut rig = Rig::new();
    let slow = rig.open(3);
    let fast = rig.open(10_000);
    rig.hub.create(slow, range("a", "z"));
    rig.hub.create(fast, range("a", "z"));
    let mut seen = Vec::new();
    for round in 0..500 {
        rig.commit(&[put("a", &round.to_string()), put("b", "x")]);
        if round % 50 == 49 {
            seen.extend(take_events(&rig, slow));
            rig.hub.room(slow);
            rig.hub.catch_up().unwrap();
        }
        assert!(rig.outlets[slow as usize].queue.lock().len() <= 3);
    }
    for _ in 0..1000 {
        seen.extend(take_events(&rig, slow));
        rig.hub.room(slow);
        rig.hub.catch_up().unwrap();
    }
    let whole = take_events(&rig, fast);
    assert_eq!(whole.len(), 1000);
    assert_eq!(seen, whole);
}

fn take_events(rig: &Rig, stream: StreamId) -> Vec<String> {
    let taken: Vec<Delivery> = rig.outlets[stream as usize].queue.lock().drain(..).collect();
    taken.iter().flat_map(decode).map(|event| show(&event)).collect()
}

#[test]
fn a_blocked_watcher_whose_history_is_compacted_is_told_once_there_is_room() {
    let mut rig = Rig::new();
    let stream = rig.open(1);
    rig.hub.create(stream, on("a"));
    rig.commit(&[put("a", "2")]);
    rig.commit(&[put("a", "3")]);
    rig.history.compact(3);
    rig.hub.room(stream);
    rig.catch_up();
    assert_eq!(rig.sent(stream), ["0@1 created"], "the outlet is full again");
    rig.hub.room(stream);
    rig.catch_up();
    assert_eq!(rig.sent(stream), ["0@0 compacted at 3"]);
}

#[test]
fn catching_up_keeps_revisions_whole_and_responses_bounded() {
    let mut rig = Rig::with_stream();
    for _ in 0..2500 {
        rig.history.commit(&[put("a", "x"), put("b", "x"), put("c", "x")]);
    }
    rig.hub.create(0, since(1, range("a", "z")));
    rig.catch_up();
    let taken: Vec<Delivery> = rig.outlets[0].queue.lock().drain(..).skip(1).collect();
    assert_eq!(taken.len(), 3);
    let mut next = 2;
    for delivery in &taken {
        let revisions: Vec<i64> = decode(delivery).iter().map(|event| event.kv.as_ref().unwrap().mod_revision).collect();
        assert!(revisions.len().is_multiple_of(3) && revisions.len() <= 3000);
        for three in revisions.chunks(3) {
            assert_eq!(three, [next; 3]);
            next += 1;
        }
        assert_eq!(delivery.revision, next - 1, "a client may go on after the header's revision");
    }
    assert_eq!(next, 2502);
}

#[test]
fn large_history_is_read_in_slices_of_bytes() {
    let mut rig = Rig::with_stream();
    let large = "x".repeat(200 * 1024);
    for _ in 0..10 {
        rig.history.commit(&[put("a", &large)]);
    }
    rig.hub.create(0, since(1, on("a")));
    rig.catch_up();
    let sizes: Vec<usize> = rig.outlets[0].queue.lock().iter().skip(1).map(|delivery| decode(delivery).len()).collect();
    assert_eq!(sizes, [2, 2, 2, 2, 2]);
}

#[test]
fn many_watchers_behind_share_the_reading_and_the_bytes() {
    let mut rig = Rig::with_stream();
    for _ in 0..100 {
        rig.history.commit(&[put("a", "x")]);
    }
    for _ in 0..1000 {
        rig.hub.create(0, since(2, on("a")));
    }
    rig.outlets[0].queue.lock().clear();
    let stream = rig.open(2000);
    for _ in 0..1000 {
        rig.hub.create(stream, since(2, on("a")));
    }
    let before = rig.history.reads();
    rig.catch_up();
    assert!(rig.history.reads() - before <= 2, "one read serves them all");
    let queue = rig.outlets[1].queue.lock();
    let parts = |at: usize| match &queue[at].notice {
        Notice::Events(events) => events.parts()[0].as_ptr(),
        other => panic!("{other:?}"),
    };
    assert_eq!(parts(1000), parts(1999));
}

#[test]
fn thousands_of_different_watchers_behind_share_the_reading() {
    let mut rig = Rig::with_stream();
    for at in 0..3000 {
        rig.history.commit(&[put(&format!("{at:04}"), "x"), put("all", "x")]);
    }
    let stream = rig.open(10_000);
    for at in 0..3000 {
        rig.hub.create(stream, since(1, on(&format!("{at:04}"))));
    }
    rig.outlets[1].queue.lock().clear();
    rig.catch_up();
    assert!(rig.history.reads() <= 8, "{} reads", rig.history.reads());
    let mut got: Vec<String> = take_events(&rig, stream);
    got.sort();
    assert_eq!(got, (0..3000).map(|at| format!("{at:04}=x@{}", at + 2)).collect::<Vec<_>>());
}

#[test]
fn synced_watchers_share_encoded_events() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, on("a"));
    rig.hub.create(0, range("a", "b"));
    rig.commit(&[put("a", "x")]);
    let queue = rig.outlets[0].queue.lock();
    let parts: Vec<_> = queue
        .iter()
        .filter_map(|delivery| match &delivery.notice {
            Notice::Events(events) => Some(events.parts()[0].as_ptr()),
            _ => None,
        })
        .collect();
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[0], parts[1]);
}

#[test]
fn interest_is_raised_by_the_first_watcher_and_dropped_with_the_last() {
    let mut rig = Rig::with_stream();
    assert!(!rig.interest.any());
    rig.hub.create(0, on("a"));
    rig.hub.create(0, on("b"));
    rig.hub.cancel(0, 0);
    assert!(rig.interest.any());
    rig.hub.close_stream(0);
    assert!(!rig.interest.any());
    assert_eq!(rig.hub.facts().watchers, 0);
}

#[test]
fn a_watcher_after_a_time_without_any_starts_level() {
    let mut rig = Rig::with_stream();
    rig.hub.create(0, on("a"));
    rig.hub.cancel(0, 0);
    let stale = rig.history.commit(&[put("a", "unwatched")]);
    rig.hub.create(0, on("a"));
    rig.feed(&[stale]);
    assert!(!rig.hub.is_catching_up());
    rig.commit(&[put("a", "watched")]);
    assert_eq!(rig.sent(0)[2..], ["1@2 created", "1@3 a=watched@3"]);
}

#[test]
fn closing_a_stream_forgets_its_watchers_in_every_state() {
    let mut rig = Rig::with_stream();
    let other = rig.open(2);
    for value in ["2", "3", "4"] {
        rig.history.commit(&[put("a", value)]);
    }
    rig.hub.create(other, on("a"));
    rig.hub.create(other, since(2, on("a")));
    rig.hub.create(0, on("a"));
    rig.commit(&[put("a", "5")]);
    rig.hub.progress_request(other);
    assert_eq!(rig.hub.facts().slow_watchers, 2, "one blocked, one behind");
    rig.hub.close_stream(other);
    assert_eq!(rig.hub.facts().slow_watchers, 0);
    rig.commit(&[put("a", "6")]);
    assert_eq!(rig.sent(0), ["0@4 created", "0@5 a=5@5", "0@6 a=6@6"]);
}

#[test]
fn a_fault_of_the_store_stops_the_hub() {
    let mut rig = Rig::with_stream();
    rig.history.commit(&[put("a", "2")]);
    rig.hub.create(0, since(1, WatchSpec { prev_kv: true, ..on("a") }));
    rig.history.break_down("page 7 is torn");
    let fault = rig.hub.catch_up().unwrap_err();
    assert_eq!(fault.to_string(), "watch history is unreadable: page 7 is torn");
}
