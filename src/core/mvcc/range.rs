//! Range: what a request asks of the keys at one revision.

use bytes::Bytes;
use quorate_proto::mvccpb::KeyValue;

use super::{
    super::{backend::Result, key_range::KeyRange},
    kv_list::KvList,
    record::{decode_record, without_value},
    view::{Found, RecordPlace, View},
};

/// What to sort by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    #[default]
    Key,
    Version,
    Create,
    Mod,
    Value,
}

/// Options of a range.
#[derive(Clone, Debug)]
pub struct RangeOptions {
    pub range: KeyRange,
    /// Keys to give at most; 0 and below mean all.
    pub limit: i64,
    pub sort_by: SortBy,
    pub descend: bool,
    /// No order was asked for. Then the limit, unless there are filters, leaves one key more than it allows, in key order, before anything
    /// is sorted. Source: etcd 3.7.
    pub unordered: bool,
    pub keys_only: bool,
    pub count_only: bool,
    /// Inclusive bounds, 0 for none.
    pub min_mod: i64,
    pub max_mod: i64,
    pub min_create: i64,
    pub max_create: i64,
}

impl RangeOptions {
    /// Everything in `range`.
    pub fn all(range: KeyRange) -> Self {
        Self {
            range,
            limit: 0,
            sort_by: SortBy::Key,
            descend: false,
            unordered: true,
            keys_only: false,
            count_only: false,
            min_mod: 0,
            max_mod: 0,
            min_create: 0,
            max_create: 0,
        }
    }

    /// How a version that was found is shown.
    pub fn show(&self, view: &View, key: &Bytes, found: &Found) -> Result<Bytes> {
        if self.keys_only { Ok(without_value(key, found.revision, &found.version)) } else { view.record(found) }
    }

    fn keeps(&self, found: &Found) -> bool {
        let within = |value: i64, min: i64, max: i64| (min == 0 || value >= min) && (max == 0 || value <= max);
        within(found.revision.main, self.min_mod, self.max_mod) && within(found.version.create, self.min_create, self.max_create)
    }

    /// Whether keys can be given as they come, so that the limit ends the collecting.
    pub fn natural_order(&self) -> bool {
        self.sort_by == SortBy::Key && !self.descend
    }

    fn is_filtered(&self) -> bool {
        [self.min_mod, self.max_mod, self.min_create, self.max_create].iter().any(|bound| *bound != 0)
    }
}

/// How much a range may be, for whoever has no time to spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeEffort {
    /// Keys in the range.
    pub keys_max: usize,
    /// Bytes of their records.
    pub bytes_max: usize,
}

impl RangeEffort {
    /// Whatever it takes.
    pub const ANY: Self = Self { keys_max: usize::MAX, bytes_max: usize::MAX };
}

/// What a range found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeResult {
    pub kvs: KvList,
    /// There are more that the limit cut off.
    pub more: bool,
    /// Keys in the range, whatever limit and filters say.
    pub count: i64,
}

/// Runs a range on a view.
///
/// The count is of all keys in the range; filters and sorting work on all of them before the limit cuts, unless no order was asked for.
///
/// Source: etcd 3.7, `Range`.
pub fn run_range(view: &View, options: &RangeOptions) -> Result<RangeResult> {
    Ok(run_range_within(view, options, RangeEffort::ANY)?.expect("no range is more than that"))
}

/// As [`run_range`], but gives up with `None` when it is more than `effort`: then it is work for a thread that may take its time.
pub fn run_range_within(view: &View, options: &RangeOptions, effort: RangeEffort) -> Result<Option<RangeResult>> {
    if let KeyRange::One(key) = &options.range {
        return one(view, key, options).map(Some);
    }
    let limit = usize::try_from(options.limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let whole_records = options.natural_order() && !options.keys_only;
    let collect_max = if options.natural_order() {
        limit
    } else if options.unordered && !options.is_filtered() {
        limit.saturating_add(1)
    } else {
        usize::MAX
    };
    let upper = view.upper();
    let mut scan = view.scan(&options.range)?;
    let mut result = RangeResult::default();
    let mut places = Vec::new();
    let mut found_keys = Vec::new();
    let mut kept = 0;
    while let Some((key, found)) = scan.next_key(upper)? {
        result.count += 1;
        if result.count as usize > effort.keys_max {
            return Ok(None);
        }
        if options.count_only || !options.keeps(&found) {
            continue;
        }
        kept += 1;
        if kept > collect_max {
            continue;
        }
        if whole_records {
            places.push(found.record.map_or(RecordPlace::Disk(found.revision), RecordPlace::Held));
        } else {
            found_keys.push((key, found));
        }
    }
    if options.count_only {
        return Ok(Some(result));
    }
    result.more = kept > limit;
    if whole_records {
        return Ok(view.gather(&places, effort.bytes_max)?.map(|kvs| RangeResult { kvs, ..result }));
    }
    if options.sort_by == SortBy::Value {
        return by_value(view, options, found_keys, limit, (result, effort.bytes_max));
    }
    sort(options, &mut found_keys);
    found_keys.truncate(limit);
    for (key, found) in &found_keys {
        result.kvs.push(&options.show(view, key, found)?);
        if result.kvs.frames().len() > effort.bytes_max {
            return Ok(None);
        }
    }
    Ok(Some(result))
}

fn one(view: &View, key: &Bytes, options: &RangeOptions) -> Result<RangeResult> {
    let Some(found) = view.newest(key)?.filter(|found| !found.version.tombstone) else {
        return Ok(RangeResult::default());
    };
    let mut result = RangeResult { count: 1, ..RangeResult::default() };
    if !options.count_only && options.keeps(&found) {
        // Sorted by value, keys_only reads the record and so keeps the lease: see `by_value`.
        if options.sort_by == SortBy::Value {
            let sorted = by_value(view, options, vec![(key.clone(), found)], usize::MAX, (result, usize::MAX))?;
            return Ok(sorted.expect("no record is larger than that"));
        }
        result.kvs.push(&options.show(view, key, &found)?);
    }
    Ok(result)
}

/// Sorts; ties stay in key order, whichever way.
fn sort(options: &RangeOptions, keys: &mut [(Bytes, Found)]) {
    let rank: fn(&Found) -> i64 = match options.sort_by {
        SortBy::Key | SortBy::Value if options.descend => return keys.reverse(),
        SortBy::Key | SortBy::Value => return,
        SortBy::Version => |found| found.version.version,
        SortBy::Create => |found| found.version.create,
        SortBy::Mod => |found| found.revision.main,
    };
    if options.descend {
        keys.sort_by_key(|(_, found)| std::cmp::Reverse(rank(found)));
    } else {
        keys.sort_by_key(|(_, found)| rank(found));
    }
}

/// Sorting by value needs the values, even when only keys are shown; then, unlike otherwise, the lease is shown too. `None` when
/// the records have more bytes than the number that comes with the result.
fn by_value(
    view: &View,
    options: &RangeOptions,
    keys: Vec<(Bytes, Found)>,
    limit: usize,
    (mut result, bytes_max): (RangeResult, usize),
) -> Result<Option<RangeResult>> {
    let mut kvs = Vec::with_capacity(keys.len());
    let mut bytes = 0;
    for (_, found) in &keys {
        let record = view.record(found)?;
        bytes += record.len();
        if bytes > bytes_max {
            return Ok(None);
        }
        kvs.push(decode_record(record, found.revision)?);
    }
    if options.descend {
        kvs.sort_by(|a, b| b.value.cmp(&a.value));
    } else {
        kvs.sort_by(|a, b| a.value.cmp(&b.value));
    }
    kvs.truncate(limit);
    let strip = |kv: KeyValue| if options.keys_only { KeyValue { value: Bytes::new(), ..kv } } else { kv };
    result.kvs = kvs.into_iter().map(|kv| prost::Message::encode_to_vec(&strip(kv))).collect();
    Ok(Some(result))
}
