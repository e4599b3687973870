//! What a watcher is: a filter over the history.

use quorate_proto::{
    etcdserverpb::{WatchCreateRequest, watch_create_request::FilterType},
    mvccpb::{Event, event::EventType},
};

use super::{model::Past, span::Span};

/// A watcher that was created.
#[derive(Clone, Debug)]
pub struct Watcher {
    span: Span,
    no_put: bool,
    no_delete: bool,
    prev_kv: bool,
    /// The first revision that it is due.
    from: i64,
}

impl Watcher {
    /// A watcher created when the store was at revision `current`. One that names no start, or one to come, is due what comes.
    pub fn new(request: &WatchCreateRequest, current: i64) -> Self {
        let start = request.start_revision;
        Self {
            span: Span::of_watch(&request.key, &request.range_end),
            no_put: request.filters.contains(&FilterType::Noput.into()),
            no_delete: request.filters.contains(&FilterType::Nodelete.into()),
            prev_kv: request.prev_kv,
            from: if start == 0 || start > current { start.max(current + 1) } else { start },
        }
    }

    /// Whether the shape of a request is one to refuse: no key can match, or the start is negative.
    pub fn is_senseless(request: &WatchCreateRequest) -> bool {
        request.start_revision < 0 || Span::of_watch(&request.key, &request.range_end).is_empty()
    }

    /// The first revision that it is due.
    pub fn from(&self) -> i64 {
        self.from
    }

    fn wants(&self, event: &Event) -> bool {
        let filtered = match event.r#type() {
            EventType::Put => self.no_put,
            EventType::Delete => self.no_delete,
        };
        !filtered && event.kv.as_ref().is_some_and(|kv| self.span.contains(&kv.key))
    }

    /// Whether it is due anything of a revision, its start apart.
    pub fn is_due(&self, past: &Past, revision: i64) -> bool {
        past.events(revision).iter().any(|event| self.wants(event))
    }

    /// What it is due of a revision, its start apart. With `prev_kv` as it was before the revision, unless the key is created in it.
    pub fn events(&self, past: &Past, revision: i64) -> Vec<Event> {
        let wanted = past.events(revision).iter().filter(|event| self.wants(event));
        wanted.map(|event| self.shown(past, revision, event)).collect()
    }

    fn shown(&self, past: &Past, revision: i64, event: &Event) -> Event {
        let mut event = event.clone();
        if let Some(kv) = event.kv.as_ref().filter(|kv| self.prev_kv && kv.create_revision != revision) {
            event.prev_kv = past.at(revision - 1).get(&kv.key).cloned();
        }
        event
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use quorate_proto::etcdserverpb::{DeleteRangeRequest, PutRequest};

    use super::{
        super::{history::Call, model::Model},
        *,
    };

    fn store() -> Model {
        let mut model = Model::default();
        let put = |key: &'static str, value: &'static str| {
            Call::Put(PutRequest { key: key.into(), value: value.into(), ..PutRequest::default() })
        };
        for call in [put("a", "1"), put("b", "2"), put("a", "3")] {
            model.apply(&call).unwrap();
        }
        let all = DeleteRangeRequest { key: "a".into(), range_end: "z".into(), prev_kv: false };
        model.apply(&Call::DeleteRange(all)).unwrap();
        model
    }

    fn seen(request: &WatchCreateRequest, current: i64) -> Vec<(i64, Bytes)> {
        let (model, watcher) = (store(), Watcher::new(request, current));
        let events = (watcher.from()..=5).flat_map(|revision| watcher.events(model.past(), revision));
        events.map(|event| event.kv.unwrap()).map(|kv| (kv.mod_revision, kv.key)).collect()
    }

    fn request(key: &'static str, end: &'static str, start_revision: i64) -> WatchCreateRequest {
        WatchCreateRequest { key: key.into(), range_end: end.into(), start_revision, ..WatchCreateRequest::default() }
    }

    #[test]
    fn it_is_due_what_comes_or_what_was_from_its_start() {
        assert_eq!(seen(&request("a", "", 0), 3), [(4, "a".into()), (5, "a".into())]);
        assert_eq!(seen(&request("a", "", 5), 3), [(5, "a".into())]);
        assert_eq!(seen(&request("", "\0", 3), 5), [(3, "b".into()), (4, "a".into()), (5, "a".into()), (5, "b".into())]);
    }

    #[test]
    fn filters_take_puts_or_deletes_away() {
        let filtered = |filter: FilterType| WatchCreateRequest { filters: vec![filter.into()], ..request("a", "c", 4) };
        assert_eq!(seen(&filtered(FilterType::Noput), 5), [(5, "a".into()), (5, "b".into())]);
        assert_eq!(seen(&filtered(FilterType::Nodelete), 5), [(4, "a".into())]);
    }

    #[test]
    fn previous_values_are_those_before_the_revision() {
        let model = store();
        let watcher = Watcher::new(&WatchCreateRequest { prev_kv: true, ..request("a", "", 1) }, 5);
        let previous = |revision| watcher.events(model.past(), revision)[0].prev_kv.clone().map(|kv| kv.value);
        assert_eq!([previous(2), previous(4), previous(5)], [None, Some("1".into()), Some("3".into())]);
        let deleted = &watcher.events(model.past(), 5)[0];
        assert_eq!(deleted.kv.as_ref().unwrap().version, 0, "of a deleted key there is only its name and when");
    }

    #[test]
    fn what_can_match_nothing_is_senseless() {
        assert!(Watcher::is_senseless(&request("b", "a", 0)) && Watcher::is_senseless(&request("a", "", -1)));
        assert!(!Watcher::is_senseless(&request("", "\0", 0)));
    }
}
