//! Alarms: what the members hold against themselves, replicated, until an operator disarms them.

use std::collections::BTreeSet;

use super::backend::{BackendError, DurableRead, Generation, Result, Table};

/// What an alarm says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlarmKind {
    NoSpace = 1,
    Corrupt = 2,
}

impl AlarmKind {
    fn from_number(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::NoSpace),
            2 => Some(Self::Corrupt),
            _ => None,
        }
    }
}

/// Raised alarms, by kind and member.
#[derive(Debug, Default)]
pub struct Alarms {
    raised: BTreeSet<(AlarmKind, u64)>,
}

impl Alarms {
    /// Reads the alarms from the disk.
    pub fn load(disk: &dyn DurableRead) -> Result<Self> {
        let mut raised = BTreeSet::new();
        for row in disk.scan(Table::Alarm, &[])? {
            let (key, _) = row?;
            let read = || {
                let kind = AlarmKind::from_number(u32::from_be_bytes(key.get(..4)?.try_into().ok()?))?;
                Some((kind, u64::from_be_bytes(key.get(4..)?.try_into().ok()?)))
            };
            raised.insert(read().ok_or_else(|| BackendError::Damaged { table: Table::Alarm.name(), key: key.to_vec() })?);
        }
        Ok(Self { raised })
    }

    /// Raises an alarm; raising it again changes nothing.
    pub fn raise(&mut self, kind: AlarmKind, member: u64, out: &Generation) {
        if self.raised.insert((kind, member)) {
            out.put_small(Table::Alarm, &row_key(kind, member), &[]);
        }
    }

    /// Disarms an alarm. `false` if it was not raised.
    pub fn disarm(&mut self, kind: AlarmKind, member: u64, out: &Generation) -> bool {
        let was = self.raised.remove(&(kind, member));
        if was {
            out.delete_small(Table::Alarm, &row_key(kind, member));
        }
        was
    }

    /// Whether any member holds this alarm.
    pub fn is_raised(&self, kind: AlarmKind) -> bool {
        self.raised.iter().any(|(raised, _)| *raised == kind)
    }

    /// All alarms, by kind and member.
    pub fn iter(&self) -> impl Iterator<Item = (AlarmKind, u64)> {
        self.raised.iter().copied()
    }
}

fn row_key(kind: AlarmKind, member: u64) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&(kind as u32).to_be_bytes());
    key[4..].copy_from_slice(&member.to_be_bytes());
    key
}
