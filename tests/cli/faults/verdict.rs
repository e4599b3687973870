//! Is what was seen what a store may show?

use std::{collections::BTreeMap, fmt::Write, fs, path::Path, time::Duration};

use quorate::core::verify::{
    check::{Options, Quiet, check_all},
    history::{Call, HashSeen, History, LedgerRevision, Operation, Outcome},
};
use quorate_proto::{
    etcdserverpb::{DeleteRangeRequest, PutRequest},
    mvccpb::{Event, event::EventType},
};
use tokio::time::timeout;

use super::{
    nemesis::Diary,
    observer::{Everything, extend},
    spoil,
    world::World,
};
use crate::common::{Clients, ServerCommand};

const READ_WITHIN: Duration = Duration::from_secs(20);
/// All processes read one clock. But a lease's time is counted in ticks of the server, of which one may have begun.
const CLOCK_ERROR_PERMILLE: u64 = 0;
/// Keys that Go's client writes, whose requests are not in our history.
const STRANGERS: &[u8] = b"porcupine/";
/// Clients of ours have lower numbers.
const STRANGER_CLIENTS: u32 = 1 << 16;

/// All of these members at one revision: the same hash, and the same history as far back as each goes, as the ledger's.
pub async fn hold_members_together(world: &World, members: &[usize], last: i64, findings: &mut Vec<String>) {
    let mut hashes: BTreeMap<(u32, i64), Vec<u64>> = BTreeMap::new();
    for &at in members {
        let (endpoint, member) = (&world.direct[at], world.ids[at]);
        let told = timeout(READ_WITHIN, async {
            let mut clients = Clients::to(endpoint).await;
            let hash = clients.hash_kv(last).await.map_err(|status| status.to_string())?;
            world.recorder.hash(HashSeen { member, revision: last, compact_revision: hash.compact_revision, hash: hash.hash });
            hashes.entry((hash.hash, hash.compact_revision)).or_default().push(member);
            let mut next = hash.compact_revision.max(1) + 1;
            let mut own: Vec<LedgerRevision> = Vec::new();
            let mut watch = Everything::from(&clients, next).await?;
            while next <= last {
                extend(&mut own, &mut next, watch.next().await?)?;
            }
            Ok::<_, String>(own)
        });
        match told.await {
            Ok(Ok(own)) => findings.extend(world.recorder.compare(&own).map(|text| format!("member {member:x}: {text}"))),
            Ok(Err(text)) => findings.push(format!("member {member:x} tells no history: {text}")),
            Err(_) => findings.push(format!("member {member:x} does not tell its history within {READ_WITHIN:?}")),
        }
    }
    if hashes.len() > 1 {
        findings.push(format!("members have different hashes at revision {last}: {hashes:x?}"));
    }
}

/// Puts down the writes of clients that are not ours as requests that nobody heard an answer to: then each of them may be there.
pub fn admit_strangers(history: &mut History) {
    let end = history.operations.iter().map(|operation| operation.ended).max().unwrap_or(0);
    let events = history.ledger.revisions.iter().flat_map(|revision| &revision.events);
    let strange: Vec<Call> = events.filter_map(strange_call).collect();
    for (client, call) in (STRANGER_CLIENTS..).zip(strange) {
        let outcome = Outcome::Unknown("another client's".to_owned());
        history.operations.push(Operation { client, member: 0, call, begun: 0, ended: end, outcome });
    }
}

fn strange_call(event: &Event) -> Option<Call> {
    let kv = event.kv.as_ref().filter(|kv| kv.key.starts_with(STRANGERS))?;
    Some(if event.r#type == EventType::Delete as i32 {
        Call::DeleteRange(DeleteRangeRequest { key: kv.key.clone(), ..Default::default() })
    } else {
        Call::Put(PutRequest { key: kv.key.clone(), value: kv.value.clone(), ..Default::default() })
    })
}

/// Spoils the history of a clean run in every way that there is, and tells which of them the checkers do not find.
pub fn overlooked(history: &History) -> Vec<String> {
    let mut overlooked = Vec::new();
    for (what, spoil) in spoil::ALL {
        let mut spoilt = history.clone();
        if !spoil(&mut spoilt) {
            overlooked.push(format!("nothing to be spoilt so that {what}"));
        } else if check_all(&spoilt, &Options::default()).findings.is_empty() {
            overlooked.push(format!("nobody finds that {what}"));
        }
    }
    overlooked
}

/// Holds the whole history against the rules. What cannot be decided is a finding too: a run must say yes or no.
pub fn check(history: &History, quiet: Quiet, diary: &Diary) -> Vec<String> {
    let options = Options {
        clock_error_permille: CLOCK_ERROR_PERMILLE,
        quiet: Some(quiet),
        headers_vouch: !ServerCommand::is_foreign(),
        ..Options::default()
    };
    let report = check_all(history, &options);
    diary.note(&format!("{:?}", report.judged));
    let open = report.undecided.iter().map(|text| format!("undecided: {text}"));
    report.findings.iter().map(ToString::to_string).chain(open).collect()
}

/// Leaves everything that was seen beside the members' logs.
pub fn report(dir: &Path, diary: &Diary, history: &History, findings: &[String]) {
    let mut text = String::new();
    let mut operations: Vec<&Operation> = history.operations.iter().collect();
    operations.sort_by_key(|operation| operation.begun);
    for operation in operations {
        writeln!(text, "{operation:?}").expect("a string takes text");
    }
    for stream in &history.streams {
        writeln!(text, "{stream:?}").expect("a string takes text");
    }
    for revision in &history.ledger.revisions {
        writeln!(text, "{revision:?}").expect("a string takes text");
    }
    for (name, text) in [("findings.txt", findings.join("\n")), ("faults.txt", diary.text()), ("history.txt", text)] {
        if let Err(error) = fs::write(dir.join(name), text) {
            println!("{name} cannot be written: {error}");
        }
    }
}
