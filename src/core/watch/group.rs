//! Groups: all watchers of the same keys. A change is matched to groups, of which there are far fewer than watchers.

use std::collections::HashMap;

use bytes::Bytes;
use slab::Slab;

use super::{
    RevisionChanges,
    ranges::{Keys, RangeIndex},
};

pub(super) type GroupId = usize;

pub(super) struct Group {
    pub keys: Keys,
    /// Its synced watchers, in no order that means anything.
    pub synced: Vec<usize>,
    /// Changes of the revision at hand, by index, that are its keys'; empty between revisions.
    pub matched: Vec<u32>,
    /// Watchers of any state.
    members: usize,
}

/// All groups, found by the keys they hold.
#[derive(Default)]
pub(super) struct Groups {
    groups: Slab<Group>,
    by_key: HashMap<Bytes, GroupId>,
    by_range: RangeIndex<GroupId>,
}

impl Groups {
    /// Adds a watcher to the group of these keys, which is made if there is none.
    pub fn join(&mut self, keys: Keys) -> GroupId {
        let known = match &keys {
            Keys::One(key) => self.by_key.get(key).copied(),
            Keys::Range { start, end } => self.by_range.get(start, end),
        };
        let id = known.unwrap_or_else(|| self.insert(keys));
        self.groups[id].members += 1;
        id
    }

    /// Takes a watcher out, which must not be in the synced list any more; the last one takes the group with it.
    pub fn leave(&mut self, id: GroupId) {
        let group = &mut self.groups[id];
        group.members -= 1;
        if group.members > 0 {
            return;
        }
        assert!(group.synced.is_empty(), "a group without members has no synced ones");
        match &self.groups.remove(id).keys {
            Keys::One(key) => {
                self.by_key.remove(key);
            }
            Keys::Range { start, end } => self.by_range.remove(start, end),
        }
    }

    pub fn get(&self, id: GroupId) -> &Group {
        &self.groups[id]
    }

    pub fn get_mut(&mut self, id: GroupId) -> &mut Group {
        &mut self.groups[id]
    }

    /// Fills `matched` of every group with synced watchers that has one of the changed keys, and lists these groups.
    pub fn match_changes(&mut self, revision: &RevisionChanges, touched: &mut Vec<GroupId>) {
        let Self { groups, by_key, by_range } = self;
        for (at, change) in revision.changes.iter().enumerate() {
            let mut touch = |id: GroupId| {
                let group = &mut groups[id];
                if group.synced.is_empty() {
                    return;
                }
                if group.matched.is_empty() {
                    touched.push(id);
                }
                group.matched.push(u32::try_from(at).expect("a revision's changes fit one request"));
            };
            if let Some(&id) = by_key.get(&change.key) {
                touch(id);
            }
            by_range.search(&change.key, touch);
        }
    }

    fn insert(&mut self, keys: Keys) -> GroupId {
        let id = self.groups.insert(Group { keys: keys.clone(), synced: Vec::new(), matched: Vec::new(), members: 0 });
        match keys {
            Keys::One(key) => {
                self.by_key.insert(key, id);
            }
            Keys::Range { start, end } => self.by_range.insert(start, end, id),
        }
        id
    }
}
