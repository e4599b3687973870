//! Members with the same history have the same HashKV, and it is the one that follows from the ledger.

use std::collections::BTreeMap;

use super::{
    super::{
        history::{HashSeen, History},
        model::Past,
    },
    finding::{Finding, Findings},
};

pub const EQUAL: &str = "members have equal hashes at equal revision and compact revision";
pub const RIGHT: &str = "a hash is that of the ledger";

pub fn check(history: &History, past: &Past) -> Vec<Finding> {
    let mut findings = Findings::default();
    let mut first: BTreeMap<(i64, i64), HashSeen> = BTreeMap::new();
    for seen in &history.hashes {
        let other = *first.entry((seen.compact_revision, seen.revision)).or_insert(*seen);
        if other.hash != seen.hash {
            findings.add(EQUAL, || format!("{seen:?} and {other:?}"));
        }
    }
    for ((compact, revision), seen) in first {
        if revision > past.revision() {
            findings.add(RIGHT, || format!("the ledger ends at {}: {seen:?}", past.revision()));
        } else {
            let due = past.hash(revision, compact);
            if due != seen.hash {
                findings.add(RIGHT, || format!("{due} is due, not {seen:?}"));
            }
        }
    }
    findings.into_vec()
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{Run, delete, put},
        *,
    };

    fn history() -> (History, Past) {
        let mut run = Run::default();
        for call in [put("a", "1"), put("b", "1"), put("a", "2"), delete("b", ""), put("c", "1")] {
            run.ok(call);
        }
        let mut history = run.history();
        let past = Past::of(&history.ledger);
        for (member, revision, compact_revision) in [(1, 6, -1), (2, 6, -1), (1, 6, 4), (2, 5, 5)] {
            history.hashes.push(HashSeen { member, revision, compact_revision, hash: past.hash(revision, compact_revision) });
        }
        (history, past)
    }

    #[test]
    fn equal_histories_have_equal_hashes() {
        let (history, past) = history();
        assert_eq!(check(&history, &past), []);
        assert_eq!(past.hash(1, -1), 1_084_519_789, "that of etcd's empty store");
    }

    #[test]
    fn a_member_with_another_hash_is_found() {
        let (mut history, past) = history();
        history.hashes[1].hash ^= 1;
        assert_eq!(check(&history, &past)[0].rule, EQUAL);
    }

    #[test]
    fn members_that_are_wrong_together_are_found() {
        let (mut history, past) = history();
        history.hashes[0].hash ^= 1;
        history.hashes[1].hash ^= 1;
        assert_eq!(check(&history, &past)[0].rule, RIGHT);
        history.hashes.truncate(1);
        history.hashes[0].revision = 9;
        assert_eq!(check(&history, &past)[0].rule, RIGHT, "of a revision that never was");
    }
}
