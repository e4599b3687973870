//! The ledger by itself: no revision is missing or empty, and each change follows from what was before.

use std::collections::BTreeMap;

use bytes::Bytes;
use quorate_proto::mvccpb::{Event, KeyValue, event::EventType};

use super::{
    super::history::Ledger,
    finding::{Finding, Findings},
};

pub const NUMBERS: &str = "revisions follow each other without a gap";
pub const EMPTY: &str = "a revision changes something";
pub const FIELDS: &str = "a change has the revisions and the version that follow from what was before";

pub fn check(ledger: &Ledger) -> Vec<Finding> {
    let mut findings = Findings::default();
    // Of each living key: create revision and version.
    let mut living: BTreeMap<Bytes, (i64, i64)> = BTreeMap::new();
    for (at, revision) in ledger.revisions.iter().enumerate() {
        let main = at as i64 + 2;
        if revision.revision != main {
            findings.add(NUMBERS, || format!("{} stands where {main} should", revision.revision));
        }
        if revision.events.is_empty() {
            findings.add(EMPTY, || format!("{main} does not"));
        }
        for event in &revision.events {
            if let Err(wrong) = follow(&mut living, main, event) {
                findings.add(FIELDS, || format!("at {main}: {wrong}: {event:?}"));
            }
        }
    }
    findings.into_vec()
}

fn follow(living: &mut BTreeMap<Bytes, (i64, i64)>, main: i64, event: &Event) -> Result<(), &'static str> {
    let kv = event.kv.as_ref().ok_or("no key")?;
    if event.r#type() == EventType::Delete {
        living.remove(&kv.key).ok_or("deletes what is not there")?;
        let bare = KeyValue { key: kv.key.clone(), mod_revision: kv.mod_revision, ..KeyValue::default() };
        if *kv != bare {
            return Err("a deleted key has only its name and its revision");
        }
    } else {
        let (create, version) = living.get(&kv.key).copied().unwrap_or((main, 0));
        living.insert(kv.key.clone(), (create, version + 1));
        if kv.create_revision != create {
            return Err("the create revision is another");
        }
        if kv.version != version + 1 {
            return Err("the version is another");
        }
    }
    if kv.mod_revision == main { Ok(()) } else { Err("the revision is another") }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{Run, delete, put},
        *,
    };

    fn ledger() -> Ledger {
        let mut run = Run::default();
        run.ok(put("a", "1"));
        run.ok(put("a", "2"));
        run.ok(delete("a", ""));
        run.ok(put("a", "3"));
        run.history().ledger
    }

    fn rules(ledger: &Ledger) -> Vec<&'static str> {
        check(ledger).iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn what_follows_from_what_was_before_is_right() {
        assert_eq!(check(&ledger()), []);
    }

    #[test]
    fn a_missing_revision_is_found() {
        let mut ledger = ledger();
        ledger.revisions.remove(2);
        assert!(rules(&ledger).contains(&NUMBERS));
    }

    #[test]
    fn an_empty_revision_is_found() {
        let mut ledger = ledger();
        ledger.revisions[3].events.clear();
        assert_eq!(rules(&ledger), [EMPTY]);
    }

    #[test]
    fn wrong_fields_are_found() {
        type Mistake = fn(&mut KeyValue);
        let mistakes: [(usize, Mistake); 6] = [
            (1, |kv| kv.version = 1),
            (1, |kv| kv.create_revision = 3),
            (1, |kv| kv.mod_revision = 2),
            (3, |kv| kv.version = 3),
            (3, |kv| kv.create_revision = 2),
            (2, |kv| kv.value = "2".into()),
        ];
        for (at, mistake) in mistakes {
            let mut ledger = ledger();
            mistake(ledger.revisions[at].events[0].kv.as_mut().unwrap());
            assert_eq!(rules(&ledger), [FIELDS], "{ledger:?}");
        }
    }

    #[test]
    fn a_deletion_of_nothing_is_found() {
        let mut ledger = ledger();
        ledger.revisions[2].events[0].kv.as_mut().unwrap().key = "b".into();
        assert!(rules(&ledger).contains(&FIELDS));
    }
}
