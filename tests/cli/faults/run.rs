//! One run: a cluster behind proxies, load, faults, healing, and the verdict.

use std::{env, io::Write, sync::Arc, time::Duration};

use quorate::core::verify::{
    check::Quiet,
    history::{Answer, Call, History, LedgerRevision, Moment, Operation, Outcome},
};
use quorate_proto::etcdserverpb::{LeaseLeasesRequest, PutRequest};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use super::{
    disk::SmallDisks,
    nemesis::{Diary, Theatre},
    network::Network,
    observer::observe,
    plan::{Class, Plan},
    porcupine::Porcupine,
    traffic, verdict, watchers,
    world::World,
};
use crate::common::{Clients, Cluster, ServerCommand, header_revision, range_all};

/// With everything healed, each member must take a write within this time.
const PROGRESS_WITHIN: Duration = Duration::from_secs(20);
/// Longer than it takes to elect anew: worth a line.
const LONG: Duration = Duration::from_secs(2);
/// Clients' last requests are bounded by their own deadline.
const CLIENTS_END_WITHIN: Duration = Duration::from_secs(20);
const WATCHES_END_WITHIN: Duration = Duration::from_secs(30);
/// Before the first fault, so that there is something to lose.
const WARM_UP: Duration = Duration::from_millis(300);
const ASK_WITHIN: Duration = Duration::from_secs(3);
/// In which nothing happens in the end.
const STANDSTILL: Duration = Duration::from_millis(300);
/// The longest time to live that is asked for, an election just before, and what it takes to end them.
const LEASES_END_WITHIN: Duration = Duration::from_secs(15);
/// What ending a lease may take beyond its time, in nanoseconds: nobody elects, but two cores serve many.
const LEASE_GRACE: Moment = 1_500_000_000;
/// Larger than what a member needs to begin with, small enough to be filled in a moment.
const DISK_MIB: u32 = 96;
/// Real etcd takes 64 MiB for each file of its log beforehand.
const FOREIGN_DISK_MIB: u32 = 512;
/// Less than this in a second of faults is no load to speak of.
const OPERATIONS_PER_SEC_MIN: usize = 20;

/// What to run.
pub struct Setting {
    pub size: usize,
    pub classes: &'static [Class],
    pub secs: u64,
    pub seed: u64,
    /// Whether Go's client takes part.
    pub with_porcupine: bool,
    /// Whether the history is spoilt afterwards, to see that the checkers find it.
    pub proves_checkers: bool,
}

/// Short terms, so that there are many of them; and logs cut often, so that members that were away need a whole state.
fn flags() -> Vec<&'static str> {
    let mut flags = vec!["--heartbeat-interval=50", "--election-timeout=500", "--snapshot-count=500"];
    if !ServerCommand::is_foreign() {
        flags.push("--snapshot-catchup-entries=100");
    }
    flags
}

/// Runs it; panics with seed, faults and findings when there is one.
pub async fn run(setting: Setting) {
    Box::pin(run_all(setting)).await;
}

async fn run_all(setting: Setting) {
    let Setting { size, classes, secs, seed, with_porcupine, proves_checkers } = setting;
    let is_full_disk = classes.contains(&Class::FullDisk);
    let program = if with_porcupine { Porcupine::build().await } else { None };
    let mut network = Network::new(size).await;
    let command = ServerCommand::under_test();
    let mut cluster = Cluster::prepare_behind(&command, size, &flags(), Some(network.peer_doors()));
    let disks = if is_full_disk { small_disks(&mut cluster) } else { None };
    if classes == [Class::FullDisk] && disks.is_none() {
        return;
    }
    network.open(&cluster.members.iter().map(|member| (member.peer_port, member.client_port)).collect::<Vec<_>>());
    for (i, member) in cluster.members.iter_mut().enumerate() {
        member.start();
        network.know(i, Some(member.pid()));
    }
    cluster.all_ready().await.unwrap_or_else(|text| panic!("{text}"));
    let world = World::new(network.client_endpoints(), cluster.endpoints(), ids(&cluster).await, seed);

    let diary = Diary::new(world.clone());
    diary.note(&format!("QUORATE_TEST_FAULT_SEED={seed}, {size} members, {secs} s of {classes:?}"));
    let porcupine = program.map(|program| Porcupine::start(program, &network.client_endpoints(), seed >> 2));
    let company = Company::gather(&world);
    let mut findings = Vec::new();
    let theatre = Theatre { world: &world, network: &network, diary: &diary, disks: disks.as_ref() };
    sleep(WARM_UP).await;
    Box::pin(strike(&theatre, &mut cluster, classes, secs, &mut findings)).await;

    diary.note("healed");
    let all: Vec<usize> = (0..size).collect();
    progress(&world, &all, &mut cluster, &diary, &mut findings).await;
    let history = company.conclude(&world, &all, &mut cluster, &diary, porcupine, &mut findings).await;
    if findings.is_empty() && proves_checkers {
        findings.extend(verdict::overlooked(&history));
    }
    diary.note(&format!("{} KiB between members", network.carried_between_members() >> 10));
    expect_load(&history, secs, &mut findings);
    if is_kept(&findings)
        && let Some(disks) = &disks
    {
        save(disks, &mut cluster);
    }
    pronounce(&mut cluster, &diary, &history, &findings, seed);
}

/// All who make load and follow what it does.
pub struct Company {
    load: Vec<JoinHandle<()>>,
    watches: Vec<JoinHandle<()>>,
    observer: JoinHandle<Result<Vec<LedgerRevision>, String>>,
}

impl Company {
    pub fn gather(world: &Arc<World>) -> Self {
        let observer = tokio::spawn(observe(world.clone()));
        Self { load: traffic::start(world), watches: watchers::start(world), observer }
    }

    /// Ends the load, waits until leases have ended and the cluster of `members` is at rest, and holds all that was seen against the
    /// rules.
    pub async fn conclude(
        self,
        world: &World,
        members: &[usize],
        cluster: &mut Cluster,
        diary: &Diary,
        porcupine: Option<Porcupine>,
        findings: &mut Vec<String>,
    ) -> History {
        let Self { load, watches, observer } = self;
        world.stop();
        end_all(load, CLIENTS_END_WITHIN, "clients", findings).await;
        match porcupine {
            Some(porcupine) => match porcupine.finish().await {
                Ok(text) => diary.note(&text),
                Err(text) => findings.push(text),
            },
            None => diary.note("without Go's client"),
        }
        let from = world.recorder.now();
        findings.extend(leases_end(world, members).await.err());
        let calm = Quiet { from, until: world.recorder.now(), grace: LEASE_GRACE };
        if let Some(last) = standstill(world, members, cluster, diary, findings).await {
            world.end_at(last);
            end_all(watches, WATCHES_END_WITHIN, "watches", findings).await;
            match timeout(WATCHES_END_WITHIN, observer).await {
                Ok(ledger) => match ledger.expect("an observer does not panic") {
                    Ok(ledger) => world.recorder.ledger(ledger),
                    Err(text) => findings.push(text),
                },
                Err(_) => findings.push(format!("the observer does not see revision {last}")),
            }
            verdict::hold_members_together(world, members, last, findings).await;
        }
        let mut history = world.recorder.take();
        verdict::admit_strangers(&mut history);
        if findings.is_empty() {
            // Without a whole ledger there is nothing to judge by.
            findings.extend(verdict::check(&history, calm, diary));
        }
        summarise(&history, diary);
        history
    }
}

/// A run in which little was answered proves little.
pub fn expect_load(history: &History, secs: u64, findings: &mut Vec<String>) {
    let answered = history.operations.iter().filter(|operation| matches!(operation.outcome, Outcome::Answered(_))).count();
    if answered < OPERATIONS_PER_SEC_MIN * secs as usize {
        findings.push(format!("only {answered} requests were answered"));
    }
}

fn is_kept(findings: &[String]) -> bool {
    !findings.is_empty() || env::var_os("QUORATE_TEST_FAULT_KEEP").is_some()
}

/// Panics when there are findings, and leaves everything that can explain them.
pub fn pronounce(cluster: &mut Cluster, diary: &Diary, history: &History, findings: &[String], seed: u64) {
    if is_kept(findings) {
        cluster.keep_dir();
        verdict::report(cluster.dir(), diary, history, findings);
    }
    assert!(
        findings.is_empty(),
        "{} findings, QUORATE_TEST_FAULT_SEED={seed}:\n{}\nkept: {}",
        findings.len(),
        findings.join("\n"),
        cluster.dir().display()
    );
}

/// Faults of processes and of the network side by side, each by a plan of its own.
async fn strike(theatre: &Theatre<'_>, cluster: &mut Cluster, classes: &[Class], secs: u64, findings: &mut Vec<String>) {
    let size = cluster.members.len();
    let plan = |part, is_of_processes| {
        let fits =
            |class: &Class| class.is_of_processes() == is_of_processes && (*class != Class::FullDisk || theatre.disks.is_some());
        Plan { random: theatre.world.random(part), classes: classes.iter().copied().filter(fits).collect(), size }
    };
    let (mut of_processes, mut of_network) = (plan(1001, true), plan(1002, false));
    let end = Instant::now() + Duration::from_secs(secs);
    let processes = async {
        if of_processes.classes.is_empty() { Ok(()) } else { theatre.strike_processes(cluster, &mut of_processes, end).await }
    };
    let network = async {
        if !of_network.classes.is_empty() {
            theatre.strike_network(&mut of_network, end).await;
        }
    };
    // A finding ends the run: the rest would only blur it.
    let both = async {
        tokio::try_join!(processes, async {
            network.await;
            Ok(())
        })
    };
    findings.extend(Box::pin(both).await.err());
    theatre.network.heal();
}

/// Each of these members takes a write, now that nothing is wrong. Gives the revision of the last one.
pub async fn progress(
    world: &World,
    members: &[usize],
    cluster: &mut Cluster,
    diary: &Diary,
    findings: &mut Vec<String>,
) -> Option<i64> {
    let begun = Instant::now();
    let mut last = None;
    for &i in members {
        let written = timeout(PROGRESS_WITHIN, async {
            loop {
                if let Some(revision) = write(world, i).await {
                    return revision;
                }
                sleep(Duration::from_millis(20)).await;
            }
        });
        match written.await {
            Ok(revision) => {
                last = Some(revision);
                if begun.elapsed() > LONG {
                    diary.note(&format!("m{} takes writes after {:?}", i + 1, begun.elapsed()));
                }
            }
            Err(_) => {
                findings.push(format!("m{} takes no write within {PROGRESS_WITHIN:?} of healing", i + 1));
                for member in &mut cluster.members {
                    findings.extend(member.exited().map(|status| format!("{} had ended with {status}", member.name)));
                }
                return None;
            }
        }
    }
    diary.note(&format!("every member takes writes after {:?}", begun.elapsed()));
    last
}

/// The revision at which the cluster stays: a write through every member, and nothing after it. What clients have given up may
/// still happen a little later.
async fn standstill(
    world: &World,
    members: &[usize],
    cluster: &mut Cluster,
    diary: &Diary,
    findings: &mut Vec<String>,
) -> Option<i64> {
    let end = Instant::now() + PROGRESS_WITHIN;
    while Instant::now() < end {
        let last = progress(world, members, cluster, diary, findings).await?;
        sleep(STANDSTILL).await;
        let now =
            timeout(ASK_WITHIN, async { range_all(&mut Clients::try_to(&world.direct[members[0]]).await?).await.ok() }).await;
        if now.ok().flatten().is_some_and(|now| header_revision(&now.header) == last) {
            return Some(last);
        }
    }
    findings.push(format!("the cluster does not come to rest within {PROGRESS_WITHIN:?}"));
    None
}

/// Waits until no member knows a lease: nobody renews them any more. The error is a finding.
async fn leases_end(world: &World, members: &[usize]) -> Result<(), String> {
    let end = Instant::now() + LEASES_END_WITHIN;
    for &i in members {
        let endpoint = &world.direct[i];
        loop {
            let asked = timeout(ASK_WITHIN, async {
                let mut clients = Clients::try_to(endpoint).await?;
                Some(clients.lease.lease_leases(LeaseLeasesRequest {}).await.ok()?.into_inner().leases)
            });
            let left = asked.await.ok().flatten();
            if left.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
            if Instant::now() > end {
                return Err(format!("m{} has leases that nobody renews after {LEASES_END_WITHIN:?}: {left:?}", i + 1));
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(())
}

/// One write through a member, put down like any client's.
async fn write(world: &World, member: usize) -> Option<i64> {
    let mut clients = timeout(ASK_WITHIN, Clients::try_to(&world.direct[member])).await.ok()??;
    let begun = world.recorder.now();
    let request = PutRequest { key: "progress".into(), value: format!("{member}.{begun}").into(), ..Default::default() };
    let call = Call::Put(request.clone());
    let answered = timeout(ASK_WITHIN, clients.kv.put(request)).await;
    let (revision, outcome) = match answered {
        Ok(Ok(answer)) => {
            let answer = answer.into_inner();
            (Some(header_revision(&answer.header)), Outcome::Answered(Answer::Put(answer)))
        }
        Ok(Err(status)) => (None, super::recorder::failure(&status)),
        Err(_) => (None, Outcome::Unknown(format!("no answer in {ASK_WITHIN:?}"))),
    };
    let ended = world.recorder.now();
    let (client, member) = (900, world.ids[member]);
    world.recorder.operation(Operation { client, member, call, begun, ended, outcome });
    revision
}

async fn end_all(tasks: Vec<JoinHandle<()>>, limit: Duration, what: &str, findings: &mut Vec<String>) {
    let end = Instant::now() + limit;
    for task in tasks {
        match tokio::time::timeout_at(end, task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => findings.push(format!("{what}: {error}")),
            Err(_) => findings.push(format!("{what} do not end within {limit:?}")),
        }
    }
}

/// Puts each member on a disk of its own, where that is possible.
fn small_disks(cluster: &mut Cluster) -> Option<SmallDisks> {
    let places: Vec<_> = cluster.members.iter().map(|member| member.data_dir.clone()).collect();
    match SmallDisks::mount(&places, if ServerCommand::is_foreign() { FOREIGN_DISK_MIB } else { DISK_MIB }) {
        Ok(disks) => {
            cluster.members.iter_mut().for_each(|member| member.start_behind(disks.enter()));
            Some(disks)
        }
        Err(error) => {
            // Past the test runner's capture: what was not tested must not pass in silence. No setting can give this ability.
            writeln!(std::io::stderr(), "WARNING: no small disk can be mounted here ({error}): full disks were NOT tested")
                .expect("standard error takes a line");
            None
        }
    }
}

/// Ends the members and copies what they leave to where the run's directory is.
fn save(disks: &SmallDisks, cluster: &mut Cluster) {
    for member in &mut cluster.members {
        if member.exited().is_none() {
            member.kill();
        }
        let target = member.data_dir.with_extension("saved");
        disks.save(&member.data_dir, &target).unwrap_or_else(|error| println!("{} is not saved: {error}", target.display()));
    }
}

async fn ids(cluster: &Cluster) -> Vec<u64> {
    let mut ids = Vec::new();
    for member in &cluster.members {
        let status = Clients::to(&member.endpoint()).await.status().await.expect("a ready member tells its status");
        ids.push(status.header.expect("an answer has a header").member_id);
    }
    ids
}

fn summarise(history: &History, diary: &Diary) {
    let count = |fits: fn(&Outcome) -> bool| history.operations.iter().filter(|operation| fits(&operation.outcome)).count();
    let responses: usize = history.streams.iter().map(|stream| stream.responses.len()).sum();
    diary.note(&format!(
        "{} faults, {} requests ({} answered, {} refused, {} unknown), {} watch streams with {responses} responses, {} hashes, {} revisions",
        diary.faults(),
        history.operations.len(),
        count(|outcome| matches!(outcome, Outcome::Answered(_))),
        count(|outcome| matches!(outcome, Outcome::Refused(_))),
        count(|outcome| matches!(outcome, Outcome::Unknown(_))),
        history.streams.len(),
        history.hashes.len(),
        history.ledger.revisions.len(),
    ));
}
