//! Recovery on crafted data directories: the right survivor, all of its log, and nothing lost by an interruption.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use prost::Message as _;
use quorate_proto::etcdserverpb::{AlarmRequest, AlarmType, LeaseGrantRequest, PutRequest, alarm_request::AlarmAction};
use tempfile::TempDir;

use super::{force::TERMS_AHEAD, rebuild::rebuild_in_steps, replay::Replay, survivor::Survivor, *};
use crate::core::{
    apply::{Command, Proposal},
    backend::Backend,
    config::{InitialMember, ServerConfig},
    consensus::{
        Configuration, HardState, LogEntry, LogKind, LogPoint, LogState, LogStore, LogWrite, MembershipChange, bootstrap,
        change_entry,
    },
    data_dir::DataDir,
    key_range::KeyRange,
    membership::{Member, MemberChange, Operation},
    serve::open_member,
    wal::{EngineLog, FileSizes},
};

const CLUSTER: u64 = 0xc1;

/// A member's directory as its process left it.
struct Crafted {
    /// Of three members.
    id: u64,
    /// Of the entries behind those of the members: see [`command`].
    terms: Vec<u64>,
    commit: u64,
    applied: u64,
}

fn urls(id: u64) -> Vec<String> {
    vec![format!("http://127.0.0.1:{id}")]
}

/// A lease, keys by index of which the first has the lease, and where the log is long an alarm.
fn command(index: u64) -> Command {
    match index {
        4 => Command::LeaseGrant(LeaseGrantRequest { id: 77, ttl: 600 }),
        20 => {
            Command::Alarm(AlarmRequest { action: AlarmAction::Activate as i32, member_id: 2, alarm: AlarmType::Nospace as i32 })
        }
        index => {
            let lease = if index == 5 { 77 } else { 0 };
            let (key, value) = (Bytes::from(format!("k{index}")), Bytes::from(format!("v{index}")));
            Command::Put(PutRequest { key, value, lease, ..PutRequest::default() })
        }
    }
}

fn craft(root: &Path, of: &Crafted) {
    let dir = DataDir::open(root, None).unwrap();
    let state = dir.open_state().unwrap();
    let log = EngineLog::open(dir.log()).unwrap();
    let member = |id| Member { id, name: format!("m{id}"), peer_urls: urls(id), ..Member::default() };
    bootstrap(&log, (1..=3).map(|id| (id, member(id).encode().into())).collect()).unwrap();
    let entry = |(index, &term): (u64, &u64)| {
        let data = Proposal { id: index, author: Default::default(), command: command(index) }.encode();
        LogEntry { index, term, kind: LogKind::Proposal, data, context: Bytes::new() }
    };
    let entries: Vec<_> = (4..).zip(&of.terms).map(entry).collect();
    let term = of.terms.iter().copied().max().unwrap_or(1);
    let hard_state = Some(HardState { term, vote: of.id, commit: of.commit });
    log.write(&[LogWrite { entries, hard_state, ..LogWrite::default() }]).unwrap();
    let mut replay = Replay::begin(Arc::new(Backend::open(state as _).unwrap())).unwrap();
    let until = LogPoint { index: of.applied, term: 0 };
    // An entry a slice, so that it ends where it is to end.
    while replay.applier.applied().index < of.applied {
        let to = LogState { last: LogPoint { index: replay.applier.applied().index + 1, ..until }, ..LogState::default() };
        replay.on_disk(&log, &to).unwrap();
    }
    dir.set_identity(CLUSTER, of.id, &format!("m{}", of.id)).unwrap();
}

/// Names, contents, times of change and kinds of all there is.
fn fingerprint(root: &Path) -> BTreeMap<PathBuf, (u32, u64, u32, i64, i64)> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(path) = open.pop() {
        let meta = path.symlink_metadata().unwrap();
        let sum = if meta.is_file() { crc32c::crc32c(&fs::read(&path).unwrap()) } else { 0 };
        if meta.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        found.insert(path, (sum, meta.len(), meta.mode(), meta.mtime(), meta.mtime_nsec()));
    }
    found
}

/// Three directories beside each other.
fn survivors(all: &[Crafted]) -> (TempDir, Vec<Place>) {
    let root = tempfile::tempdir().unwrap();
    let places: Vec<_> = all.iter().map(|of| Place::of(&root.path().join(format!("m{}", of.id)))).collect();
    all.iter().zip(&places).for_each(|(of, place)| craft(&place.data_dir, of));
    (root, places)
}

fn wanted(from: &Place, to: &Path) -> Rebuild {
    let peer_urls = vec!["http://127.0.0.1:9".to_owned()];
    Rebuild {
        from: from.clone(),
        to: Place::of(to),
        name: "new".into(),
        advertise_peer_urls: peer_urls.clone(),
        initial_cluster: vec![InitialMember { name: "new".into(), peer_urls }],
        token: None,
        bump_revision: 1000,
        mark_compacted: true,
    }
}

/// What a server finds in a recovered directory: keys, revisions, leases, member ids, alarms.
fn opened(wanted: &Rebuild, rebuilt: &Rebuilt) -> (Vec<String>, i64, i64, usize, Vec<u64>, usize) {
    let config = ServerConfig {
        name: wanted.name.clone(),
        data_dir: wanted.to.data_dir.clone(),
        initial_advertise_peer_urls: wanted.advertise_peer_urls.clone(),
        initial_cluster: wanted.initial_cluster.clone(),
        initial_cluster_token: rebuilt.token.clone(),
        ..ServerConfig::default()
    };
    let member = open_member(&config, FileSizes::default()).unwrap();
    assert_eq!((member.identity.cluster_id, member.identity.member_id), (rebuilt.cluster_id, rebuilt.member_id));
    assert_eq!(member.applier.applied().configuration.voters, [rebuilt.member_id]);
    let state = &member.state;
    let view = state.store.view_now();
    let mut scan = view.scan(&KeyRange::From(Bytes::new())).unwrap();
    let mut keys = Vec::new();
    while let Some((key, _)) = scan.next_key(view.upper()).unwrap() {
        keys.push(String::from_utf8(key.to_vec()).unwrap());
    }
    let members = state.members.read().iter().map(|member| member.id).collect();
    let leases = state.lessor.read().len();
    let alarms = state.alarms.read().iter().count();
    (keys, state.store.current_revision(), state.store.compact_revision(), leases, members, alarms)
}

#[test]
fn the_newer_term_wins_over_the_longer_log_and_nothing_is_changed() {
    let (root, places) = survivors(&[
        Crafted { id: 1, terms: vec![1; 20], commit: 12, applied: 4 },
        Crafted { id: 2, terms: vec![1, 1, 1, 2], commit: 4, applied: 4 },
    ]);
    let before = fingerprint(root.path());
    let plan = plan(&places).unwrap();
    assert_eq!(plan.best, Some(1));
    let facts = plan.found[1].facts.as_ref().unwrap();
    assert_eq!((facts.rank(), facts.uncommitted()), ((2, 7), 3));
    let quorum = plan.quorum.unwrap();
    assert_eq!((quorum.voters.len(), quorum.surviving.as_slice(), quorum.is_lost()), (3, [1, 2].as_slice(), false));
    assert_eq!(fingerprint(root.path()), before);
}

#[test]
fn of_logs_that_end_in_the_same_term_the_longer_one_wins() {
    let (_root, places) = survivors(&[
        Crafted { id: 1, terms: vec![1, 2], commit: 5, applied: 5 },
        Crafted { id: 3, terms: vec![1, 2, 2], commit: 3, applied: 3 },
    ]);
    assert_eq!(plan(&places).unwrap().best, Some(1));
}

#[test]
fn one_of_three_is_no_quorum_and_two_copies_of_it_are_none_either() {
    let one = || Crafted { id: 1, terms: vec![1], commit: 4, applied: 4 };
    let (root, mut places) = survivors(&[one()]);
    assert!(plan(&places).unwrap().quorum.unwrap().is_lost());
    places.push(Place::of(&root.path().join("copy")));
    craft(&places[1].data_dir, &one());
    assert!(plan(&places).unwrap().quorum.unwrap().is_lost());
    places[1] = Place::of(&root.path().join(".").join("m1"));
    assert!(matches!(plan(&places), Err(RecoveryError::Twice { .. })));
}

#[test]
fn directories_of_two_clusters_are_refused_with_both_ids() {
    let (root, mut places) = survivors(&[Crafted { id: 1, terms: vec![1], commit: 4, applied: 4 }]);
    let other = root.path().join("other");
    craft(&other, &Crafted { id: 2, terms: vec![1], commit: 4, applied: 4 });
    DataDir::open(&other, None).unwrap().set_identity(0xc2, 2, "m2").unwrap();
    places.push(Place::of(&other));
    let Err(error) = plan(&places) else { panic!("two clusters were mixed") };
    assert!(error.to_string().contains(" to c1,") && error.to_string().contains(" to c2"), "{error}");
}

#[test]
fn a_damaged_or_running_survivor_is_told_of_and_the_others_go_on() {
    let (_root, places) = survivors(&[
        Crafted { id: 1, terms: vec![1; 9], commit: 9, applied: 4 },
        Crafted { id: 2, terms: vec![1; 5], commit: 8, applied: 8 },
        Crafted { id: 3, terms: vec![1; 3], commit: 6, applied: 6 },
    ]);
    let log = places[0].data_dir.join("log/0000000000000001.raftlog");
    let mut bytes = fs::read(&log).unwrap();
    let at = bytes.windows(3).position(|three| three == b"v10").unwrap();
    bytes[at] ^= 1;
    fs::write(&log, bytes).unwrap();
    let _running = DataDir::open(&places[1].data_dir, None).unwrap();
    let plan = plan(&places).unwrap();
    let text = |at: usize| plan.found[at].facts.as_ref().unwrap_err().to_string();
    assert!(text(0).contains("damaged") && text(0).contains("m1"), "{}", text(0));
    assert!(text(1).contains("used by another process"), "{}", text(1));
    assert_eq!(plan.best, Some(2));
    let to = places[0].data_dir.with_file_name("new");
    assert!(rebuild(&wanted(&places[0], &to), false).is_err() && rebuild(&wanted(&places[1], &to), false).is_err());
    assert!(!to.exists());
}

#[test]
fn a_torn_last_record_is_left_where_it_is() {
    let (root, places) = survivors(&[Crafted { id: 1, terms: vec![1; 5], commit: 4, applied: 4 }]);
    let dir = &places[0].data_dir;
    {
        let log = EngineLog::open(&dir.join("log")).unwrap();
        let data = Proposal { id: 9, author: Default::default(), command: command(9) }.encode();
        let entry = LogEntry { index: 9, term: 1, kind: LogKind::Proposal, data, context: Bytes::new() };
        log.write(&[LogWrite { entries: vec![entry], ..LogWrite::default() }]).unwrap();
    }
    let log = dir.join("log/0000000000000001.raftlog");
    let length = fs::metadata(&log).unwrap().len();
    fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(length - 3).unwrap();
    // A power cut takes the mark with it, which is not synced.
    fs::remove_file(dir.join("log/durable")).unwrap();
    let before = fingerprint(root.path());
    assert_eq!(Survivor::open(&places[0]).unwrap().log_state.last.index, 8);
    assert_eq!(fingerprint(root.path()), before);
}

#[test]
fn everything_in_the_log_is_kept_and_clients_will_notice() {
    let terms = [vec![1; 9], vec![2; 8]].concat();
    let (root, places) = survivors(&[Crafted { id: 1, terms, commit: 10, applied: 7 }]);
    let before = fingerprint(&places[0].data_dir);
    let wanted = wanted(&places[0], &root.path().join("new"));
    let dry = rebuild(&wanted, true).unwrap();
    assert!(!wanted.to.data_dir.exists());
    assert_eq!(dry.facts.alarms.len(), 1);
    let rebuilt = rebuild(&wanted, false).unwrap();
    assert_eq!((dry.cluster_id, dry.revision), (rebuilt.cluster_id, rebuilt.revision));
    assert_eq!(fingerprint(&places[0].data_dir), before);
    let (mut keys, revision, compact, leases, members, alarms) = opened(&wanted, &rebuilt);
    keys.sort_by_key(|key| key[1..].parse::<u64>().unwrap());
    assert_eq!(keys, (5..20).map(|index| format!("k{index}")).collect::<Vec<_>>());
    assert_eq!((revision, compact, leases, alarms), (1016, 1016, 1, 0));
    assert_eq!(members, [rebuilt.member_id]);
    assert_ne!(rebuilt.cluster_id, CLUSTER);
}

#[test]
fn interrupted_after_any_step_it_is_run_again_and_completes() {
    let (root, places) = survivors(&[Crafted { id: 1, terms: vec![1; 2], commit: 4, applied: 4 }]);
    for last in [Step::Begun, Step::Copied, Step::Applied, Step::Rewritten, Step::Installed, Step::Logged, Step::Identified] {
        let wanted = wanted(&places[0], &root.path().join(format!("{last:?}")));
        let stopped = rebuild_in_steps(&wanted, false, &mut |step| {
            if step == last { Err(RecoveryError::Interrupted(step)) } else { Ok(()) }
        });
        assert!(matches!(stopped, Err(RecoveryError::Interrupted(_))), "{last:?}");
        let config = ServerConfig { data_dir: wanted.to.data_dir.clone(), ..ServerConfig::default() };
        let started = open_member(&config, FileSizes::default());
        if last == Step::Identified {
            assert!(started.is_ok());
            drop(started);
        } else {
            let text = started.err().unwrap().to_string();
            assert!(text.contains("half made") && text.contains("again"), "{last:?}: {text}");
        }
        let rebuilt = rebuild(&wanted, false).unwrap();
        assert_eq!(rebuilt.already, last == Step::Identified);
        let found = opened(&wanted, &rebuilt);
        assert_eq!((found.1, found.2), (1002, 1002));
        assert!(rebuild(&wanted, false).unwrap().already, "and once more");
    }
}

#[test]
fn what_is_not_empty_is_not_written_to() {
    let (root, places) = survivors(&[
        Crafted { id: 1, terms: vec![1], commit: 4, applied: 4 },
        Crafted { id: 2, terms: vec![1], commit: 4, applied: 4 },
    ]);
    let before = fingerprint(&places[1].data_dir);
    assert!(matches!(rebuild(&wanted(&places[0], &places[1].data_dir), false), Err(RecoveryError::Other { member: 2, .. })));
    assert_eq!(fingerprint(&places[1].data_dir), before);
    let inside = places[0].data_dir.join("deep/new");
    assert!(matches!(rebuild(&wanted(&places[0], &inside), false), Err(RecoveryError::Inside { .. })));
    let full = root.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("letter"), "dear").unwrap();
    assert!(rebuild(&wanted(&places[0], &full), false).unwrap_err().to_string().contains("not empty"));
    let mut elsewhere = wanted(&places[0], &root.path().join("new"));
    elsewhere.to.wal_dir = Some(full.clone());
    assert!(rebuild(&elsewhere, false).unwrap_err().to_string().contains("not empty"));
    assert_eq!(fs::read(full.join("letter")).unwrap(), b"dear");
}

#[test]
fn a_cluster_of_several_is_the_same_on_each_of_them() {
    let (root, places) = survivors(&[Crafted { id: 1, terms: vec![1], commit: 4, applied: 3 }]);
    let initial =
        |name: &str, port: u16| InitialMember { name: name.into(), peer_urls: vec![format!("http://127.0.0.1:{port}")] };
    let list = vec![initial("a", 11), initial("b", 12), initial("c", 13)];
    let made: Vec<_> = list
        .iter()
        .map(|own| {
            let wanted = Rebuild {
                name: own.name.clone(),
                advertise_peer_urls: own.peer_urls.clone(),
                initial_cluster: list.clone(),
                ..wanted(&places[0], &root.path().join(&own.name))
            };
            rebuild(&wanted, false).unwrap()
        })
        .collect();
    assert!(made.iter().all(|one| one.cluster_id == made[0].cluster_id && one.revision == made[0].revision));
    let ids: std::collections::BTreeSet<_> = made.iter().map(|one| one.member_id).collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn the_ids_of_the_old_cluster_are_refused() {
    let (root, places) = survivors(&[Crafted { id: 1, terms: vec![1], commit: 4, applied: 4 }]);
    let first = wanted(&places[0], &root.path().join("new"));
    let rebuilt = rebuild(&first, false).unwrap();
    let again = Rebuild { token: Some(rebuilt.token), ..wanted(&first.to, &root.path().join("newer")) };
    assert!(matches!(rebuild(&again, false), Err(RecoveryError::SameIds { .. })));
    assert!(rebuild(&Rebuild { token: None, ..again }, false).is_ok());
}

#[test]
fn a_moved_revision_without_compaction_is_refused() {
    let (root, places) = survivors(&[Crafted { id: 1, terms: vec![1], commit: 4, applied: 4 }]);
    let alone = Rebuild { mark_compacted: false, ..wanted(&places[0], &root.path().join("new")) };
    assert!(matches!(rebuild(&alone, false), Err(RecoveryError::BumpAlone)));
    let neither = Rebuild { bump_revision: 0, ..alone };
    assert_eq!(rebuild(&neither, false).unwrap().revision, Some(1));
}

/// A log that a start goes on with, and what came of it.
fn forced(place: &Place, own: u64) -> Result<(Vec<u64>, LogState), RecoveryError> {
    let dir = DataDir::open(&place.data_dir, None).unwrap();
    let log = EngineLog::open(dir.log()).unwrap();
    let others = force_new_cluster(dir.open_state().unwrap() as _, &log, own)?;
    Ok((others, log.state().unwrap()))
}

#[test]
fn a_forced_new_cluster_keeps_the_whole_log_and_is_forced_once() {
    let (_root, places) = survivors(&[Crafted { id: 2, terms: vec![1, 1, 1, 4], commit: 4, applied: 3 }]);
    let (others, state) = forced(&places[0], 2).unwrap();
    assert_eq!(others, [1, 3]);
    let term = 4 + TERMS_AHEAD;
    assert_eq!((state.last, state.hard_state), (LogPoint { index: 9, term }, HardState { term, vote: 2, commit: 9 }));
    let facts = Facts::of(&Survivor::open(&places[0]).unwrap()).unwrap();
    assert_eq!((facts.configuration.voters, facts.members.len(), facts.revision), (vec![2], 1, Some(4)));
    assert_eq!(forced(&places[0], 2).unwrap(), (vec![], state), "nothing is left to do");
}

/// Lets a directory of member 4 end with its being added as a learner: what is left of a cluster of three that was to get a fourth.
fn added_as_learner(place: &Place) {
    let dir = DataDir::open(&place.data_dir, None).unwrap();
    let log = EngineLog::open(dir.log()).unwrap();
    let LogPoint { index, term } = log.state().unwrap().last;
    let learner = Member { id: 4, peer_urls: urls(4), is_learner: true, ..Member::default() };
    let mut change = MemberChange::new(Operation::Add, learner);
    change.learners_max = 1;
    let entry = change_entry(index + 1, term, MembershipChange::AddLearner(4), change.encode_to_vec().into());
    log.write(&[LogWrite { entries: vec![entry], ..LogWrite::default() }]).unwrap();
}

#[test]
fn a_learner_that_is_left_alone_becomes_the_only_voter() {
    let (root, places) = survivors(&[Crafted { id: 4, terms: vec![1, 1], commit: 5, applied: 4 }]);
    added_as_learner(&places[0]);
    let found = plan(&places).unwrap();
    let before = found.found[0].facts.as_ref().unwrap();
    assert_eq!((&before.configuration.voters[..], &before.configuration.learners[..]), (&[1, 2, 3][..], &[4][..]));
    assert!(found.quorum.unwrap().surviving.is_empty(), "it does not count as one of the voters");

    let rebuilt = rebuild(&wanted(&places[0], &root.path().join("new")), false).unwrap();
    let after = Facts::of(&Survivor::open(&Place::of(&root.path().join("new"))).unwrap()).unwrap();
    assert_eq!(after.configuration, Configuration { voters: vec![rebuilt.member_id], ..Configuration::default() });
    assert!(matches!(&after.members[..], [own] if own.id == rebuilt.member_id && !own.is_learner), "{after:?}");

    assert_eq!(forced(&places[0], 4).unwrap().0, [1, 2, 3]);
    let after = Facts::of(&Survivor::open(&places[0]).unwrap()).unwrap();
    assert_eq!(after.configuration, Configuration { voters: vec![4], ..Configuration::default() });
    assert!(matches!(&after.members[..], [own] if own.id == 4 && !own.is_learner), "{after:?}");
    assert_eq!(forced(&places[0], 4).unwrap().0, Vec::<u64>::new(), "nothing is left to do");
}

#[test]
fn who_is_no_member_by_the_end_of_the_log_forces_nothing() {
    let (_root, places) = survivors(&[Crafted { id: 2, terms: vec![1], commit: 4, applied: 3 }]);
    assert!(matches!(forced(&places[0], 7), Err(RecoveryError::NoMember { member: 7 })));
    assert_eq!(Survivor::open(&places[0]).unwrap().log_state.last.index, 4);
}

#[test]
fn a_lost_log_is_refused_in_the_same_words_by_a_start_and_by_recovery() {
    let (_root, places) = survivors(&[Crafted { id: 1, terms: vec![1], commit: 4, applied: 4 }]);
    for entry in fs::read_dir(places[0].data_dir.join("log")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let recovered = Survivor::open(&places[0]).err().unwrap().to_string();
    let config = ServerConfig { data_dir: places[0].data_dir.clone(), ..ServerConfig::default() };
    let started = open_member(&config, FileSizes::default()).err().unwrap().to_string();
    assert_eq!(recovered, started);
    assert!(started.contains("is empty, but the state in") && started.contains("put it back"), "{started}");
}
