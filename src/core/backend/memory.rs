//! A backend in memory: the disk of unit tests and of simulated members. Each commit is a new snapshot.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use parking_lot::RwLock;

use super::{BackendError, Batch, Durable, DurableRead, Result, Row, Rows, Sizes, Table};

type Tables = [BTreeMap<Vec<u8>, Vec<u8>>; Table::ALL.len()];

/// Tables in memory. Cloning shares nothing: it is a copy of the disk as it is now.
#[derive(Default)]
pub struct MemoryStore {
    tables: RwLock<Arc<Tables>>,
}

impl Clone for MemoryStore {
    fn clone(&self) -> Self {
        Self { tables: RwLock::new(Arc::clone(&self.tables.read())) }
    }
}

impl Durable for MemoryStore {
    fn read(&self) -> Result<Box<dyn DurableRead>> {
        Ok(Box::new(MemoryRead(Arc::clone(&self.tables.read()))))
    }

    fn commit(&self, fill: &mut dyn FnMut(&mut dyn Batch) -> Result<()>) -> Result<()> {
        let mut batch = MemoryBatch((**self.tables.read()).clone());
        fill(&mut batch)?;
        *self.tables.write() = Arc::new(batch.0);
        Ok(())
    }

    fn sizes(&self) -> Result<Sizes> {
        let tables = self.tables.read();
        let bytes = tables.iter().flatten().map(|(key, value)| (key.len() + value.len()) as u64).sum();
        Ok(Sizes { allocated: bytes, in_use: bytes })
    }

    fn copy_compacted(&self, target: &Path) -> Result<()> {
        let source = std::io::Error::from(std::io::ErrorKind::Unsupported);
        Err(BackendError::Io { path: target.display().to_string(), source })
    }
}

struct MemoryRead(Arc<Tables>);

impl DurableRead for MemoryRead {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>> {
        Ok(self.0[table as usize].get(key).map(Vec::as_slice))
    }

    fn seek(&self, table: Table, key: &[u8]) -> Result<Option<Row<'_>>> {
        Ok(self.0[table as usize].range(key.to_vec()..).next().map(|(k, v)| (k.as_slice(), v.as_slice())))
    }

    fn scan(&self, table: Table, from: &[u8]) -> Result<Rows<'_>> {
        Ok(Box::new(self.0[table as usize].range(from.to_vec()..).map(|(k, v)| Ok((k.as_slice(), v.as_slice())))))
    }

    fn last(&self, table: Table) -> Result<Option<Row<'_>>> {
        Ok(self.0[table as usize].last_key_value().map(|(k, v)| (k.as_slice(), v.as_slice())))
    }
}

struct MemoryBatch(Tables);

impl Batch for MemoryBatch {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()> {
        self.0[table as usize].insert(key.to_vec(), value.to_vec());
        Ok(())
    }

    fn append(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<()> {
        self.put(table, key, value)
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<()> {
        self.0[table as usize].remove(key);
        Ok(())
    }
}
