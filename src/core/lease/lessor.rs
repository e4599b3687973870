//! Leases and the keys attached to them, as every member has them. No clock: when a lease is over is the leader's to say.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
};

use bytes::Bytes;

use super::super::{
    backend::{BackendError, DurableRead, Generation, Result, Table, table},
    revision::Revision,
};

/// A granted lease.
#[derive(Clone, Debug, Default)]
pub struct Lease {
    /// Seconds that a renewal gives.
    pub granted_secs: i64,
    /// Seconds left when the leader last wrote them down; 0 means a full TTL.
    pub remaining_secs: i64,
    /// Attached keys, each with the revision of the put that attached it. Ordered only when shown or revoked.
    keys: HashMap<Bytes, Revision>,
}

impl Lease {
    /// Attached keys, in no order.
    pub fn attached(&self) -> impl Iterator<Item = &Bytes> {
        self.keys.keys()
    }

    /// Attached keys in order.
    pub fn keys(&self) -> Vec<Bytes> {
        let mut keys: Vec<_> = self.keys.keys().cloned().collect();
        keys.sort_unstable();
        keys
    }

    /// Seconds that a new leader must wait for at least.
    pub fn seconds_left(&self) -> i64 {
        if self.remaining_secs > 0 { self.remaining_secs } else { self.granted_secs }
    }
}

/// All leases. Changed by apply alone; every change also goes to the generation that is passed.
#[derive(Debug, Default)]
pub struct Lessor {
    leases: BTreeMap<i64, Lease>,
}

impl Lessor {
    /// Reads the leases and attachments from the disk.
    pub fn load(disk: &dyn DurableRead) -> Result<Self> {
        let mut leases = BTreeMap::new();
        for row in disk.scan(Table::Lease, &[])? {
            let (key, value) = row?;
            let damaged = || BackendError::Damaged { table: Table::Lease.name(), key: key.to_vec() };
            let id = i64::from_be_bytes(key.try_into().map_err(|_| damaged())?);
            let int =
                |at: usize| value.get(at..at + 8).and_then(|b| b.try_into().ok()).map(i64::from_le_bytes).ok_or_else(damaged);
            leases.insert(id, Lease { granted_secs: int(0)?, remaining_secs: int(8)?, keys: HashMap::new() });
        }
        for row in disk.scan(Table::Attach, &[])? {
            let (key, value) = row?;
            let damaged = || BackendError::Damaged { table: Table::Attach.name(), key: key.to_vec() };
            let (id, tail) = key.split_at_checked(8).ok_or_else(damaged)?;
            let id = i64::from_be_bytes(id.try_into().map_err(|_| damaged())?);
            let revision = table::from_revision_key(tail).ok_or_else(damaged)?;
            let lease = leases.get_mut(&id).ok_or_else(damaged)?;
            lease.keys.insert(Bytes::copy_from_slice(value), revision);
        }
        Ok(Self { leases })
    }

    pub fn get(&self, id: i64) -> Option<&Lease> {
        self.leases.get(&id)
    }

    pub fn len(&self) -> usize {
        self.leases.len()
    }

    pub fn is_empty(&self) -> bool {
        self.leases.is_empty()
    }

    /// Leases by id.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &Lease)> {
        self.leases.iter().map(|(id, lease)| (*id, lease))
    }

    /// Leases by id, those with greater ids than this one.
    pub fn behind(&self, id: Option<i64>) -> impl Iterator<Item = (i64, &Lease)> {
        let from = id.map_or(Bound::Unbounded, Bound::Excluded);
        self.leases.range((from, Bound::Unbounded)).map(|(id, lease)| (*id, lease))
    }

    /// Adds a lease. `false` if the id is taken.
    pub fn grant(&mut self, id: i64, granted_secs: i64, out: &Generation) -> bool {
        if self.leases.contains_key(&id) {
            return false;
        }
        let lease = Lease { granted_secs, ..Lease::default() };
        write(id, &lease, out);
        self.leases.insert(id, lease);
        true
    }

    /// Removes a lease. Its keys are the caller's to delete, before.
    pub fn remove(&mut self, id: i64, out: &Generation) {
        if let Some(lease) = self.leases.remove(&id) {
            assert!(lease.keys.is_empty(), "the keys of a revoked lease are deleted first");
            out.delete_small(Table::Lease, &table::lease_key(id));
        }
    }

    /// Notes the seconds left as the leader counted them; 0 means a full TTL again. Unknown leases are passed over.
    pub fn checkpoint(&mut self, id: i64, remaining_secs: i64, out: &Generation) {
        if let Some(lease) = self.leases.get_mut(&id) {
            lease.remaining_secs = remaining_secs;
            write(id, lease, out);
        }
    }

    /// Attaches `key`, put at `revision`, to lease `id`.
    pub fn attach(&mut self, id: i64, key: &Bytes, revision: Revision, out: &Generation) {
        let lease = self.leases.get_mut(&id).expect("a put names only a lease that exists");
        // A copy: the key is a part of its request, which would be held for as long as the lease lives.
        if let Some(before) = lease.keys.insert(Bytes::copy_from_slice(key), revision) {
            out.delete_small(Table::Attach, &table::attach_key(id, before));
        }
        out.put_small(Table::Attach, &table::attach_key(id, revision), key);
    }

    /// Detaches `key` from lease `id`.
    pub fn detach(&mut self, id: i64, key: &Bytes, out: &Generation) {
        if let Some(lease) = self.leases.get_mut(&id)
            && let Some(revision) = lease.keys.remove(key)
        {
            out.delete_small(Table::Attach, &table::attach_key(id, revision));
        }
    }
}

fn write(id: i64, lease: &Lease, out: &Generation) {
    let mut value = [0; 16];
    value[..8].copy_from_slice(&lease.granted_secs.to_le_bytes());
    value[8..].copy_from_slice(&lease.remaining_secs.to_le_bytes());
    out.put_small(Table::Lease, &table::lease_key(id), &value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_put_again_stays_attached_once() {
        let (mut lessor, out) = (Lessor::default(), Generation::default());
        assert!(lessor.grant(7, 60, &out) && !lessor.grant(7, 1, &out));
        lessor.attach(7, &"k".into(), Revision::new(2, 0), &out);
        lessor.attach(7, &"k".into(), Revision::new(3, 0), &out);
        assert_eq!(lessor.get(7).unwrap().keys(), ["k"]);
        let small = out.small();
        let rows: Vec<_> = small.iter().filter(|((table, _), value)| *table == Table::Attach && value.is_some()).collect();
        assert_eq!(rows.len(), 1);
    }

    #[test]
    fn checkpoint_shortens_what_a_new_leader_waits_for() {
        let (mut lessor, out) = (Lessor::default(), Generation::default());
        lessor.grant(1, 600, &out);
        assert_eq!(lessor.get(1).unwrap().seconds_left(), 600);
        lessor.checkpoint(1, 100, &out);
        assert_eq!(lessor.get(1).unwrap().seconds_left(), 100);
        lessor.checkpoint(1, 0, &out);
        assert_eq!(lessor.get(1).unwrap().seconds_left(), 600);
    }
}
