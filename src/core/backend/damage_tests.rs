//! What a damaged file gives: an error that names the trouble, never another answer.

use std::{path::Path, sync::Arc};

use bytes::Bytes;

use super::*;
use crate::core::{
    apply::SharedState,
    key_range::KeyRange,
    mvcc::{Flush, RangeOptions, Revision, WriteTxn, WriterDisk, hash_kv, run_range},
};

const KEYS: usize = 300;

fn make(path: &Path) {
    let backend = Arc::new(Backend::open(Arc::new(Lmdb::open(path).unwrap())).unwrap());
    let state = SharedState::load(Arc::clone(&backend)).unwrap();
    for number in 0..KEYS {
        let mut disk = WriterDisk::default();
        let mut txn = WriteTxn::begin(&state.store, &mut disk);
        txn.put(&format!("key {number:04}").into(), format!("a value {number:04}").as_bytes(), 0, None);
        txn.end();
    }
    let generation = backend.rotate().unwrap();
    let flush = Flush::plan(backend.state(), generation, None, 0).unwrap();
    flush.commit().unwrap();
    flush.finish(&backend);
}

fn read_all(path: &Path) -> Result<u32> {
    let backend = Arc::new(Backend::open(Arc::new(Lmdb::open(path)?))?);
    let state = SharedState::load(backend)?;
    let options = RangeOptions::all(KeyRange::From(Bytes::new()));
    let (all, _) = state.store.read_at(0, |view| run_range(view, &options))?.unwrap();
    assert_eq!(all.count, KEYS as i64);
    Ok(hash_kv(&state.store, 0)?.unwrap().hash)
}

fn places(bytes: &[u8], text: &[u8]) -> Vec<usize> {
    bytes.windows(text.len()).enumerate().filter(|(_, window)| *window == text).map(|(at, _)| at).collect()
}

#[test]
fn a_flipped_bit_in_any_row_is_an_error_that_names_the_row() {
    let dir = tempfile::tempdir().unwrap();
    let good = dir.path().join("good.mdb");
    make(&good);
    let hash = read_all(&good).unwrap();
    let bytes = std::fs::read(&good).unwrap();
    // In the record and in the index.
    let mut tables = std::collections::BTreeSet::new();
    for (text, into) in [("a value 0123", 9), ("key 0123", 5), ("key 0200", 7), ("key 0200", 24), ("a value 0299", 0)] {
        for place in places(&bytes, text.as_bytes()) {
            for bit in [0, 6] {
                let mut bad = bytes.clone();
                bad[place + into] ^= 1 << bit;
                let path = dir.path().join(format!("{place} {bit}.mdb"));
                std::fs::write(&path, &bad).unwrap();
                match read_all(&path) {
                    Err(BackendError::Damaged { table, .. }) => _ = tables.insert(table),
                    // A key that is out of order now.
                    Err(BackendError::DamagedFile { .. }) => {}
                    // Not in a row: a copy of a key that parts two pages, or what a moved row left behind.
                    Ok(same) if same == hash => {}
                    other => panic!("{text} at {place}: {other:?}"),
                }
            }
        }
    }
    assert_eq!(tables.into_iter().collect::<Vec<_>>(), ["index", "record"]);
}

/// A file that ends before the last page that LMDB counts was once refused at open. But pages that a transaction took and gave back
/// are never written, so a member that was killed at the right moment did not come back.
#[test]
fn a_file_that_lost_its_end_gives_an_error_or_the_same_answer() {
    let dir = tempfile::tempdir().unwrap();
    let good = dir.path().join("good.mdb");
    make(&good);
    let hash = read_all(&good).unwrap();
    let bytes = std::fs::read(&good).unwrap();
    let path = dir.path().join("state.mdb");
    let mut refused = 0;
    for pages in 2..bytes.len() / 4096 {
        std::fs::write(&path, &bytes[..pages * 4096]).unwrap();
        match read_all(&path) {
            Ok(same) => assert_eq!(same, hash, "{pages} pages left"),
            Err(error) => {
                assert!(error.is_damage(), "{pages} pages left: {error}");
                refused += 1;
            }
        }
    }
    assert!(refused > 0);
}

#[test]
fn a_file_that_is_none_of_lmdbs_is_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.mdb");
    std::fs::write(&path, [7; 8192]).unwrap();
    let error = read_all(&path).unwrap_err().to_string();
    assert!(error.contains("is no head of an LMDB file") && error.contains("restore"), "{error}");
}

#[test]
fn a_missing_record_is_an_error_that_names_its_revision() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.mdb");
    make(&path);
    let lmdb = Lmdb::open(&path).unwrap();
    lmdb.commit(&mut |batch| batch.delete(Table::Record, Revision::new(7, 0).record_key(false).as_ref())).unwrap();
    drop(lmdb);
    let error = read_all(&path).unwrap_err().to_string();
    assert!(error.contains("record of revision 7_0 is missing"), "{error}");
}

/// A sparse lock file under LMDB's map killed a member by SIGBUS that opened a received state on a full disk.
#[test]
fn the_lock_file_has_all_of_its_room_before_it_is_mapped() {
    use std::os::unix::fs::MetadataExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.mdb");
    let lock = directory.path().join("state.mdb-lock");
    lmdb::take_room_for_readers(&path).unwrap();
    let before = std::fs::metadata(&lock).unwrap();
    assert!(before.blocks() * 512 >= before.len(), "{before:?}");
    drop(Lmdb::open(&path).unwrap());
    assert_eq!(std::fs::metadata(&lock).unwrap().len(), before.len(), "LMDB asks for no more");
}
