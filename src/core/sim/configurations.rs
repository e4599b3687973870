//! The configurations that the members say the cluster went through: each entry that changes it leads to one, the same everywhere.

use std::collections::{BTreeMap, BTreeSet};

use super::{changes::Change, member::Life};
use crate::core::{
    consensus::{Configuration, Role},
    membership::Member,
};

/// See the module.
#[derive(Default)]
pub struct Configurations {
    /// Indexes of the entries that ask for a change.
    entries: BTreeSet<u64>,
    /// What each of them led to, with who said so first.
    after: BTreeMap<u64, (Configuration, u64)>,
    newest: Newest,
}

/// The newest configuration that any member has arrived at.
#[derive(Clone, Default)]
pub struct Newest {
    /// Index of the entry that led to it.
    pub entry: u64,
    pub members: Vec<Member>,
    pub removed: BTreeSet<u64>,
}

impl Newest {
    pub fn get(&self, id: u64) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }

    pub fn voters(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| !member.is_learner)
    }

    /// What is wrong if this change was answered as done.
    pub fn denies(&self, change: &Change, added: u64) -> Option<String> {
        let missing = match change {
            Change::Add { .. } => self.get(added).is_none() && !self.removed.contains(&added),
            Change::Promote(id) => self.get(*id).is_none_or(|member| member.is_learner) && !self.removed.contains(id),
            Change::Remove(id) => !self.removed.contains(id),
            // That is no change of the configuration, and looked at when all is quiet.
            Change::Update { .. } | Change::List => false,
        };
        missing.then(|| format!("{change:?} (member {added:x}) was answered as done, and did not happen"))
    }
}

impl Configurations {
    pub fn newest(&self) -> &Newest {
        &self.newest
    }

    /// An entry at this index asks for a change.
    pub fn entry(&mut self, index: u64) {
        self.entries.insert(index);
    }

    /// Looks at a member that has applied something, and says what is wrong.
    pub fn look(&mut self, id: u64, life: &mut Life) -> Option<String> {
        let applier = life.assembly.apply.applier.lock();
        let applied = applier.applied();
        if applied.index == life.configuration_seen.0 {
            return None;
        }
        let &entry = self.entries.range(..=applied.index).next_back()?;
        let configuration = applied.configuration.clone();
        let known_to_member = std::mem::replace(&mut life.configuration_seen, (applied.index, entry)).1 == entry;
        drop(applier);
        if known_to_member {
            return None;
        }
        let (known, by) = self.after.entry(entry).or_insert_with(|| (configuration.clone(), id));
        if *known != configuration {
            return Some(format!(
                "after the change at {entry} member {id:x} has the configuration {configuration:?}, and member {by:x} has {known:?}"
            ));
        }
        let members = life.assembly.server.state().members.read();
        let ids = |is_learner| members.iter().filter(|member| member.is_learner == is_learner).map(|member| member.id).collect();
        let listed = Configuration { voters: ids(false), learners: ids(true), ..Configuration::default() };
        if listed != configuration {
            return Some(format!("member {id:x} lists {listed:?} as members, but its configuration is {configuration:?}"));
        }
        if entry >= self.newest.entry {
            self.newest = Newest { entry, members: members.iter().cloned().collect(), removed: members.removed().collect() };
        }
        None
    }

    /// Whether a member leads that has no vote. One that was just taken out may, until it has gone.
    pub fn leads_without_vote(id: u64, life: &Life) -> bool {
        let leads = life.assembly.server.node().status().role == Role::Leader;
        let members = life.assembly.server.state().members.read();
        leads && !members.is_removed(id) && members.get(id).is_none_or(|member| member.is_learner)
    }
}
