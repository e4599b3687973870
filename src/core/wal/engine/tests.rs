//! The log on a real file system: what was written is there after opening again, and damage is refused.

use std::{fs, path::PathBuf};

use bytes::Bytes;

use super::*;
use crate::core::consensus::LogKind;

const SMALL: FileSizes = FileSizes { file_bytes: 64 << 10, purge_above_bytes: 128 << 10 };

fn entry(index: u64, term: u64) -> LogEntry {
    let data = Bytes::from(format!("{index}/{term}").repeat(20));
    LogEntry { index, term, kind: LogKind::Proposal, data, context: Bytes::new() }
}

fn append(log: &EngineLog, indexes: std::ops::RangeInclusive<u64>, term: u64) {
    for index in indexes {
        let hard_state = Some(HardState { term, vote: 1, commit: index - 1 });
        log.write(&[LogWrite { entries: vec![entry(index, term)], hard_state, ..LogWrite::default() }]).unwrap();
    }
}

fn newest_file(directory: &Path) -> PathBuf {
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "raftlog"));
    files.sort();
    files.pop().unwrap()
}

/// A log whose process was killed: the files as they are, without the engine's farewell.
fn killed(log: EngineLog, directory: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in fs::read_dir(directory).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    drop(log);
    copy
}

fn find(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).position(|window| window == text.as_bytes()).unwrap()
}

#[test]
fn what_was_written_is_there_after_opening_again() {
    let directory = tempfile::tempdir().unwrap();
    let log = EngineLog::open(directory.path()).unwrap();
    assert!(log.state().unwrap().is_empty());
    append(&log, 1..=50, 1);
    let state = log.state().unwrap();
    drop(log);
    let log = EngineLog::open(directory.path()).unwrap();
    assert_eq!(log.state().unwrap(), state);
    assert_eq!(state.hard_state, HardState { term: 1, vote: 1, commit: 49 });
    assert_eq!(log.entries(1, 51, u64::MAX).unwrap(), (1..=50).map(|index| entry(index, 1)).collect::<Vec<_>>());
    assert_eq!(log.entries(10, 51, 1).unwrap(), [entry(10, 1)]);
    assert!(matches!(log.entries(50, 52, u64::MAX), Err(LogFault::Missing { .. })));
}

#[test]
fn a_killed_process_loses_nothing_that_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let log = EngineLog::open(directory.path()).unwrap();
    append(&log, 1..=50, 1);
    let state = log.state().unwrap();
    let copy = killed(log, directory.path());
    assert_eq!(EngineLog::open(copy.path()).unwrap().state().unwrap(), state);
}

#[test]
fn a_second_process_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let _log = EngineLog::open(directory.path()).unwrap();
    let Err(fault) = EngineLog::open(directory.path()) else { panic!("two have the log open") };
    assert!(fault.to_string().contains("lock"), "{fault}");
}

#[test]
fn conflicting_entries_replace_the_tail_also_after_opening_again() {
    let directory = tempfile::tempdir().unwrap();
    let log = EngineLog::open(directory.path()).unwrap();
    append(&log, 1..=10, 1);
    append(&log, 6..=7, 2);
    let check = |log: &EngineLog| {
        assert_eq!(log.state().unwrap().last, LogPoint { index: 7, term: 2 });
        let terms: Vec<_> = log.entries(1, 8, u64::MAX).unwrap().iter().map(|entry| entry.term).collect();
        assert_eq!(terms, [1, 1, 1, 1, 1, 2, 2]);
    };
    check(&log);
    drop(log);
    check(&EngineLog::open(directory.path()).unwrap());
}

fn newest_cut_short(copy: &Path, text: &str) {
    let path = newest_file(copy);
    let torn = find(&fs::read(&path).unwrap(), text) + 40;
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(torn as u64).unwrap();
}

fn refusal(directory: &Path) -> String {
    let Err(fault) = EngineLog::open(directory) else { panic!("a damaged log was accepted") };
    assert!(matches!(fault, LogFault::Corrupt { .. }), "{fault}");
    fault.to_string()
}

#[test]
fn a_last_record_that_was_durable_is_not_taken_for_a_torn_one() {
    let directory = tempfile::tempdir().unwrap();
    let log = EngineLog::open(directory.path()).unwrap();
    append(&log, 1..=20, 1);
    let copy = killed(log, directory.path());
    newest_cut_short(copy.path(), "20/120/1");
    assert!(refusal(copy.path()).contains("durable up to byte"));
    // The same after an orderly stop.
    newest_cut_short(directory.path(), "20/120/1");
    assert!(refusal(directory.path()).contains("durable up to byte"));
}

/// The engine gives the byte that says how a record is compressed no checksum; changed, it once made the engine cut the record off.
#[test]
fn a_record_that_says_it_is_compressed_is_damaged() {
    let directory = tempfile::tempdir().unwrap();
    let log = EngineLog::open(directory.path()).unwrap();
    append(&log, 1..=3, 1);
    drop(log);
    fs::remove_file(directory.path().join("durable")).unwrap();
    let path = newest_file(directory.path());
    let mut bytes = fs::read(&path).unwrap();
    let first_record = b"RAFT-LOG-FILE-HEADER-9986AB3E47F320B394C8E84916EB0ED5".len() + 16;
    bytes[first_record + 7] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(refusal(directory.path()).contains("broken record"));
}

/// The engine goes on with a file whose head was torn in an older format, in which damage was once not told from a torn end.
#[test]
fn damage_in_a_file_whose_head_was_torn_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let log = EngineLog::open(directory.path()).unwrap();
    let copy = killed(log, directory.path());
    fs::write(newest_file(copy.path()), b"RAFT-LOG-FILE-HEADER").unwrap();
    let log = EngineLog::open(copy.path()).unwrap();
    append(&log, 1..=20, 1);
    let state = log.state().unwrap();
    drop(log);
    assert_eq!(EngineLog::open(copy.path()).unwrap().state().unwrap(), state);
    fs::remove_file(copy.path().join("durable")).unwrap();
    let path = newest_file(copy.path());
    let mut bytes = fs::read(&path).unwrap();
    let at = find(&bytes, "7/17/1");
    bytes[at] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(refusal(copy.path()).contains("whole one behind it"));
}

#[test]
fn a_newest_file_that_is_gone_is_missed() {
    let directory = tempfile::tempdir().unwrap();
    let log = EngineLog::open_sized(directory.path(), FileSizes { file_bytes: 8 << 10, purge_above_bytes: 1 << 20 }).unwrap();
    append(&log, 1..=200, 1);
    drop(log);
    fs::remove_file(newest_file(directory.path())).unwrap();
    let text = refusal(directory.path());
    assert!(text.contains("is missing") && text.contains("raftlog"), "{text}");
}

/// Entries that stay long are moved to a file of another kind, the end of which the engine judges by itself.
#[test]
fn damage_in_entries_that_were_moved_is_never_silent() {
    let directory = tempfile::tempdir().unwrap();
    let sizes = FileSizes { file_bytes: 8 << 10, purge_above_bytes: 16 << 10 };
    let log = EngineLog::open_sized(directory.path(), sizes).unwrap();
    append(&log, 1..=400, 1);
    let moved = directory.path().join("0000000000000001.rewrite");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let mut next = 401;
    while fs::metadata(&moved).unwrap().len() < 4 << 10 {
        assert!(std::time::Instant::now() < deadline, "nothing was moved");
        let cut = Some(LogPoint { index: next - 398, term: 1 });
        append(&log, next..=next, 1);
        log.write(&[LogWrite { cut, ..LogWrite::default() }]).unwrap();
        next += 1;
        std::thread::yield_now();
    }
    let state = log.state().unwrap();
    drop(log);
    let good = fs::read(&moved).unwrap();
    let (mut refused, mut whole) = (0, 0);
    for at in (60..good.len()).step_by(good.len() / 60) {
        let copy = tempfile::tempdir().unwrap();
        for file in fs::read_dir(directory.path()).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        fs::write(copy.path().join(moved.file_name().unwrap()), &bad).unwrap();
        let read = EngineLog::open_sized(copy.path(), sizes).and_then(|log| {
            assert_eq!(log.state().unwrap(), state, "byte {at}");
            log.entries(state.start.index + 1, state.last.index + 1, u64::MAX)
        });
        match read {
            Ok(entries) => {
                assert!(
                    entries.into_iter().eq((state.start.index + 1..=state.last.index).map(|index| entry(index, 1))),
                    "byte {at}"
                );
                whole += 1;
            }
            Err(fault) => {
                assert!(matches!(fault, LogFault::Corrupt { .. } | LogFault::Missing { .. }), "byte {at}: {fault}");
                refused += 1;
            }
        }
    }
    assert!(refused > 0, "{whole} of {} made no difference", whole + refused);
}

#[test]
fn a_torn_last_record_is_cut_off() {
    let directory = tempfile::tempdir().unwrap();
    let log = EngineLog::open(directory.path()).unwrap();
    append(&log, 1..=20, 1);
    let copy = killed(log, directory.path());
    newest_cut_short(copy.path(), "20/120/1");
    // A power cut takes the mark with it, which is not synced.
    fs::remove_file(copy.path().join("durable")).unwrap();
    let log = EngineLog::open(copy.path()).unwrap();
    assert_eq!(log.state().unwrap().last.index, 19);
    append(&log, 20..=21, 2);
    drop(log);
    assert_eq!(
        EngineLog::open(copy.path()).unwrap().entries(19, 22, u64::MAX).unwrap(),
        [entry(19, 1), entry(20, 2), entry(21, 2)]
    );
}

#[test]
fn damage_before_the_last_record_is_refused_with_the_file_and_a_remedy() {
    for (victim, what) in [("7/17/1", "entries"), ("19/119/1", "entries of the last but one")] {
        let directory = tempfile::tempdir().unwrap();
        let log = EngineLog::open(directory.path()).unwrap();
        append(&log, 1..=20, 1);
        let copy = killed(log, directory.path());
        let path = newest_file(copy.path());
        let mut bytes = fs::read(&path).unwrap();
        let at = find(&bytes, victim);
        bytes[at + 3] ^= 0x40;
        fs::write(&path, &bytes).unwrap();
        let Err(fault) = EngineLog::open(copy.path()) else { panic!("damaged {what} were accepted") };
        let text = fault.to_string();
        assert!(text.contains("raftlog") && text.contains("backup"), "{text}");
    }
}

/// A full disk left a file without even its head. The engine goes on in it, with another layout.
#[test]
fn a_file_begun_without_its_head_is_judged_like_any_other() {
    let directory = tempfile::tempdir().unwrap();
    let log = EngineLog::open(directory.path()).unwrap();
    append(&log, 1..=5, 1);
    drop(log);
    let headless = directory.path().join("0000000000000002.raftlog");
    assert_ne!(newest_file(directory.path()), headless);
    fs::write(&headless, []).unwrap();
    let log = EngineLog::open(directory.path()).unwrap();
    append(&log, 6..=20, 1);
    assert_eq!(newest_file(directory.path()), headless);
    let again = killed(log, directory.path());
    let log = EngineLog::open(again.path()).unwrap();
    assert_eq!(log.state().unwrap().last.index, 20);
    let damaged = killed(log, again.path());
    let path = newest_file(damaged.path());
    let mut bytes = fs::read(&path).unwrap();
    let at = find(&bytes, "7/17/1");
    bytes[at + 3] ^= 0x40;
    fs::write(&path, &bytes).unwrap();
    let Err(fault) = EngineLog::open(damaged.path()) else { panic!("damage was accepted") };
    assert!(fault.to_string().contains("broken record"), "{fault}");
}

#[test]
fn damage_in_an_older_file_is_never_answered_from() {
    let directory = tempfile::tempdir().unwrap();
    let log = EngineLog::open_sized(directory.path(), FileSizes { file_bytes: 8 << 10, purge_above_bytes: 1 << 20 }).unwrap();
    append(&log, 1..=200, 1);
    drop(log);
    let oldest = directory.path().join("0000000000000001.raftlog");
    let mut bytes = fs::read(&oldest).unwrap();
    let at = find(&bytes, "7/17/1");
    bytes[at] ^= 1;
    fs::write(&oldest, &bytes).unwrap();
    match EngineLog::open(directory.path()) {
        Ok(log) => assert!(matches!(log.entries(1, 50, u64::MAX), Err(LogFault::Corrupt { .. }))),
        Err(fault) => assert!(matches!(fault, LogFault::Corrupt { .. }), "{fault}"),
    }
}

#[test]
fn a_cut_log_begins_behind_the_cut_and_gives_its_files_back() {
    let directory = tempfile::tempdir().unwrap();
    let log = EngineLog::open_sized(directory.path(), SMALL).unwrap();
    append(&log, 1..=4000, 1);
    let files = || fs::read_dir(directory.path()).unwrap().count();
    let before = files();
    let cut = Some(LogPoint { index: 3990, term: 1 });
    log.write(&[LogWrite { entries: vec![entry(4001, 1)], hard_state: Some(HardState::default()), cut, ..LogWrite::default() }])
        .unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while files() + 5 > before {
        assert!(std::time::Instant::now() < deadline, "files were not removed");
        std::thread::yield_now();
    }
    assert!(matches!(log.entries(3990, 3992, u64::MAX), Err(LogFault::Missing { .. })));
    drop(log);
    let log = EngineLog::open_sized(directory.path(), SMALL).unwrap();
    let state = log.state().unwrap();
    assert_eq!((state.start, state.last.index), (LogPoint { index: 3990, term: 1 }, 4001));
    assert_eq!(log.entries(3991, 4002, u64::MAX).unwrap().len(), 11);
}

#[test]
fn a_reset_log_begins_behind_the_point_whether_it_is_above_or_below_the_old_end() {
    for point in [LogPoint { index: 5, term: 3 }, LogPoint { index: 100, term: 3 }] {
        let directory = tempfile::tempdir().unwrap();
        let log = EngineLog::open(directory.path()).unwrap();
        append(&log, 1..=20, 1);
        let next = entry(point.index + 1, 4);
        log.write(&[LogWrite { reset: Some(point), entries: vec![next.clone()], ..LogWrite::default() }]).unwrap();
        drop(log);
        let log = EngineLog::open(directory.path()).unwrap();
        let state = log.state().unwrap();
        assert_eq!((state.start, state.last), (point, LogPoint { index: next.index, term: 4 }));
        assert_eq!(state.hard_state.commit, 19, "the hard state outlives a reset");
        assert_eq!(log.entries(next.index, next.index + 1, u64::MAX).unwrap(), [next]);
        log.write(&[LogWrite { reset: Some(LogPoint { index: 200, term: 5 }), ..LogWrite::default() }]).unwrap();
        drop(log);
        let state = EngineLog::open(directory.path()).unwrap().state().unwrap();
        assert_eq!((state.start, state.last.index), (LogPoint { index: 200, term: 5 }, 200));
    }
}

#[test]
fn writes_of_a_group_are_taken_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let log = EngineLog::open(directory.path()).unwrap();
    let write = |indexes: std::ops::RangeInclusive<u64>, term| LogWrite {
        entries: indexes.map(|index| entry(index, term)).collect(),
        ..LogWrite::default()
    };
    log.write(&[write(1..=5, 1), write(4..=4, 2), write(5..=6, 2)]).unwrap();
    drop(log);
    let log = EngineLog::open(directory.path()).unwrap();
    let terms: Vec<_> = log.entries(1, 7, u64::MAX).unwrap().iter().map(|entry| entry.term).collect();
    assert_eq!(terms, [1, 1, 1, 2, 2, 2]);
}
