//! Range: filters and sorting work on all keys of the range before the limit cuts; the count is of all, whatever is filtered. Where no
//! order is asked for and nothing is filtered, the limit first leaves one key more than it allows. Source: etcd 3.7.

use std::cmp::Ordering;

use bytes::Bytes;
use quorate_proto::{
    etcdserverpb::{
        RangeRequest, RangeResponse,
        range_request::{SortOrder, SortTarget},
    },
    mvccpb::KeyValue,
};

use super::{super::span::Span, past::View};

/// Answers a range, all but the header.
pub fn range(view: View<'_>, request: &RangeRequest) -> RangeResponse {
    let span = Span::new(&request.key, &request.range_end);
    let all: Vec<&KeyValue> = match span.one() {
        Some(key) => view.get(key).into_iter().collect(),
        None => view.keys(&span).collect(),
    };
    let mut response = RangeResponse { count: all.len() as i64, ..RangeResponse::default() };
    if request.count_only {
        return response;
    }
    let mut kept: Vec<&KeyValue> = all.into_iter().filter(|kv| passes(request, kv)).collect();
    let target = request.sort_target();
    let limit = usize::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let filters = [request.min_mod_revision, request.max_mod_revision, request.min_create_revision, request.max_create_revision];
    if request.sort_order() == SortOrder::None && filters == [0; 4] {
        kept.truncate(limit.saturating_add(1));
    }
    // The order of keys is the one they come in; ties stay in it.
    match request.sort_order() {
        SortOrder::Descend => kept.sort_by(|a, b| compare(target, b, a)),
        SortOrder::Ascend | SortOrder::None if target != SortTarget::Key => kept.sort_by(|a, b| compare(target, a, b)),
        SortOrder::Ascend | SortOrder::None => {}
    }
    response.more = kept.len() > limit;
    kept.truncate(limit);
    response.kvs = kept.into_iter().map(|kv| shown(request, target, kv)).collect();
    response
}

/// The bounds are inclusive, 0 is none.
fn passes(request: &RangeRequest, kv: &KeyValue) -> bool {
    let within = |value: i64, min: i64, max: i64| (min == 0 || value >= min) && (max == 0 || value <= max);
    within(kv.mod_revision, request.min_mod_revision, request.max_mod_revision)
        && within(kv.create_revision, request.min_create_revision, request.max_create_revision)
}

fn compare(target: SortTarget, a: &KeyValue, b: &KeyValue) -> Ordering {
    match target {
        SortTarget::Key => a.key.cmp(&b.key),
        SortTarget::Version => a.version.cmp(&b.version),
        SortTarget::Create => a.create_revision.cmp(&b.create_revision),
        SortTarget::Mod => a.mod_revision.cmp(&b.mod_revision),
        SortTarget::Value => a.value.cmp(&b.value),
    }
}

/// Without values there is no lease either, unless the values were needed for the order. Source: etcd 3.7.
fn shown(request: &RangeRequest, target: SortTarget, kv: &KeyValue) -> KeyValue {
    let mut kv = kv.clone();
    if request.keys_only {
        kv.value = Bytes::new();
        if target != SortTarget::Value {
            kv.lease = 0;
        }
    }
    kv
}
