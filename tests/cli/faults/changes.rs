//! Members come and go under load: a cluster grows from one member, each of its members is replaced, the leader too, and it shrinks
//! to one again; all of it by the commands that an operator would use, each interrupted once and run again.
//!
//! `QUORATE_TEST_CHANGES_SIZE` sets how far it grows.

use std::{
    env,
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{Rng, rngs::StdRng};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
};

use super::{
    nemesis::Diary,
    run::{Company, expect_load, progress, pronounce},
    world::World,
};
use crate::common::{Cluster, ServerCommand};

const SIZE: usize = 3;
/// A change waits until members have been connected for five seconds, and for a learner to be level.
const CHANGE_WITHIN: Duration = Duration::from_secs(60);
/// The setting that a member which joins is started with, as the commands print it.
const JOIN_WITH: &str = "ETCD_INITIAL_CLUSTER=";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_added_replaced_and_removed_under_load() {
    if ServerCommand::is_foreign() {
        return;
    }
    let number = |variable: &str| env::var(variable).ok().map(|text| text.parse::<u64>().expect("a number"));
    let size = number("QUORATE_TEST_CHANGES_SIZE").map_or(SIZE, |size| size as usize);
    let seed = number("QUORATE_TEST_FAULT_SEED").unwrap_or_else(|| rand::rng().random());
    // Whole states too, not only logs.
    let flags = ["--heartbeat-interval=50", "--election-timeout=500", "--snapshot-catchup-entries=100"];
    let mut cluster = Cluster::places(&ServerCommand::under_test(), 2 * size, &flags);
    let first = format!("m1={}", cluster.members[0].peer_url());
    cluster.members[0].belong(&first, "new");
    cluster.members[0].restart().await;

    let endpoints = cluster.endpoints();
    // Members are numbered by their places: ids come as they are added.
    let world = World::new(endpoints.clone(), endpoints, (1..=2 * size as u64).collect(), seed);
    let diary = Diary::new(world.clone());
    diary.note(&format!("QUORATE_TEST_FAULT_SEED={seed}, up to {size} members"));
    let company = Company::gather(&world);
    let mut operator = Operator { world: &world, diary: &diary, random: world.random(1003), members: vec![0] };
    let begun = Instant::now();
    let mut findings = Vec::new();
    let changed = Box::pin(operator.change_all(&mut cluster, size)).await;
    let members = operator.members;
    findings.extend(changed.err());
    progress(&world, &members, &mut cluster, &diary, &mut findings).await;
    let secs = begun.elapsed().as_secs();
    let history = company.conclude(&world, &members, &mut cluster, &diary, None, &mut findings).await;
    expect_load(&history, secs, &mut findings);
    pronounce(&mut cluster, &diary, &history, &findings, seed);
}

struct Operator<'a> {
    world: &'a Arc<World>,
    diary: &'a Diary,
    random: StdRng,
    /// Places of the present members.
    members: Vec<usize>,
}

impl Operator<'_> {
    async fn change_all(&mut self, cluster: &mut Cluster, size: usize) -> Result<(), String> {
        for place in 1..size {
            let (name, url) = (cluster.members[place].name.clone(), cluster.members[place].peer_url());
            self.join(cluster, place, &["add", &name, &format!("--peer-urls={url}"), "--wait"]).await?;
        }
        for old in 0..size {
            let new = size + old;
            let (name, url) = (cluster.members[new].name.clone(), cluster.members[new].peer_url());
            let old_name = cluster.members[old].name.clone();
            self.join(cluster, new, &["replace", &old_name, &name, &format!("--peer-urls={url}")]).await?;
            self.leave(cluster, old).await?;
        }
        while self.members.len() > 1 {
            let leaves = self.members[self.random.random_range(0..self.members.len())];
            let name = cluster.members[leaves].name.clone();
            self.run_to_end(&["remove", &name]).await?;
            self.leave(cluster, leaves).await?;
        }
        Ok(())
    }

    /// Runs a command that waits for a new member, and starts that one with what the command prints.
    async fn join(&mut self, cluster: &mut Cluster, place: usize, arguments: &[&str]) -> Result<(), String> {
        let begun = Instant::now();
        let mut command = self.start(arguments);
        let setting =
            timeout(CHANGE_WITHIN, setting_of(&mut command)).await.map_err(|_| format!("{arguments:?}: no settings"))??;
        // The operator's terminal is lost: with or without it, the member is started, and the command run again.
        sleep(Duration::from_millis(self.random.random_range(0..500))).await;
        command.kill().await.map_err(|error| error.to_string())?;
        cluster.members[place].belong(&setting, "existing");
        cluster.members[place].start();
        self.run_to_end(arguments).await?;
        cluster.members[place].ready().await?;
        self.members.push(place);
        self.diary.note(&format!("{} after {:.1?}", arguments.join(" "), begun.elapsed()));
        Ok(())
    }

    /// A member that was taken out ends by itself, without an error.
    async fn leave(&mut self, cluster: &mut Cluster, place: usize) -> Result<(), String> {
        self.members.retain(|&member| member != place);
        let begun = Instant::now();
        loop {
            if let Some(status) = cluster.members[place].exited() {
                let text = format!("m{} was taken out and ended with {status}", place + 1);
                self.diary.note(&text);
                return if status.success() { Ok(()) } else { Err(text) };
            }
            if begun.elapsed() > CHANGE_WITHIN {
                return Err(format!("m{} was taken out and still runs", place + 1));
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn run_to_end(&self, arguments: &[&str]) -> Result<(), String> {
        let command = self.start(arguments);
        let ended =
            timeout(CHANGE_WITHIN, command.wait_with_output()).await.map_err(|_| format!("{arguments:?} does not end"))?;
        let ended = ended.map_err(|error| error.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if ended.status.success() {
            return Ok(());
        }
        Err(format!("{arguments:?} ended with {}:\n{}{}", ended.status, text(&ended.stdout), text(&ended.stderr)))
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let endpoints: Vec<_> = self.members.iter().map(|&member| self.world.direct[member].clone()).collect();
        Command::new(env!("CARGO_BIN_EXE_quorate"))
            .arg("member")
            .args(arguments)
            .arg(format!("--endpoints={}", endpoints.join(",")))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts")
    }
}

/// What a command tells the new member to be started with.
async fn setting_of(command: &mut Child) -> Result<String, String> {
    let mut lines = BufReader::new(command.stdout.take().expect("piped")).lines();
    let mut seen = Vec::new();
    while let Some(line) = lines.next_line().await.map_err(|error| error.to_string())? {
        if let Some(setting) = line.strip_prefix(JOIN_WITH) {
            return Ok(setting.trim_matches('"').to_owned());
        }
        seen.push(line);
    }
    Err(format!("a command ended without settings: {seen:?}"))
}
