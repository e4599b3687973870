//! Carrying out faults, and undoing them.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::time::{Instant, sleep, timeout};

use super::{
    disk::SmallDisks,
    network::{From, Network, Rule},
    plan::{Fault, Plan, Who, sides},
    world::World,
};
use crate::common::{Clients, Cluster, Member, ServerCommand};

const STOP_WITHIN: Duration = Duration::from_secs(30);
const ASK_WITHIN: Duration = Duration::from_millis(300);
/// What a full disk still takes, so that some writes end half-way.
const LEFT_BYTES_MAX: u64 = 16 << 10;

/// What was done when, in words.
pub struct Diary {
    world: Arc<World>,
    lines: Mutex<Vec<String>>,
    faults: Mutex<usize>,
}

impl Diary {
    pub fn new(world: Arc<World>) -> Self {
        Self { world, lines: Mutex::default(), faults: Mutex::default() }
    }

    pub fn note(&self, text: &str) {
        let at = self.world.recorder.now() as f64 / 1e9;
        let line = format!("{at:8.3} s  {text}");
        println!("{line}");
        self.lines.lock().push(line);
    }

    pub fn text(&self) -> String {
        self.lines.lock().join("\n")
    }

    pub fn faults(&self) -> usize {
        *self.faults.lock()
    }

    fn begin(&self, fault: &Fault, whom: &[usize], lasts: Duration) {
        *self.faults.lock() += 1;
        let names: Vec<String> = whom.iter().map(|i| format!("m{}", i + 1)).collect();
        self.note(&format!("{fault} at [{}] for {lasts:?}", names.join(" ")));
    }
}

/// What faults happen to.
pub struct Theatre<'a> {
    pub world: &'a World,
    pub network: &'a Network,
    pub diary: &'a Diary,
    pub disks: Option<&'a SmallDisks>,
}

impl Theatre<'_> {
    /// Faults of processes one after another until `end`. Everything runs again afterwards. The error is a finding.
    pub async fn strike_processes(&self, cluster: &mut Cluster, plan: &mut Plan, end: Instant) -> Result<(), String> {
        let mut was_full = vec![false; cluster.members.len()];
        while Instant::now() < end {
            let step = plan.draw();
            let lasts = step.lasts.min(end.saturating_duration_since(Instant::now()));
            self.strike_process(cluster, &mut was_full, &step.fault, lasts, &mut plan.random).await?;
            sleep(step.rest).await;
            self.tend(cluster, &mut was_full)?;
        }
        Ok(())
    }

    async fn strike_process(
        &self,
        cluster: &mut Cluster,
        was_full: &mut [bool],
        fault: &Fault,
        lasts: Duration,
        random: &mut StdRng,
    ) -> Result<(), String> {
        let (Fault::Kill(who) | Fault::Stop(who) | Fault::Pause(who) | Fault::FullDisk(who)) = fault else {
            unreachable!("{fault} happens to the network")
        };
        let whom = self.resolve(who).await;
        self.diary.begin(fault, &whom, lasts);
        self.tend(cluster, was_full)?;
        for &i in &whom {
            let member = &mut cluster.members[i];
            match fault {
                Fault::Kill(_) => member.kill(),
                Fault::Pause(_) => member.pause(),
                Fault::Stop(_) => {
                    // One that has only just begun may not listen for the signal yet; real etcd ends by it in any case.
                    let may_fall = was_full[i] || !member.is_ready() || ServerCommand::is_foreign();
                    let status = member.terminate(STOP_WITHIN).await;
                    self.diary.note(&format!("{} stopped with {status}", member.name));
                    if !status.success() && !may_fall {
                        return Err(format!("{} was asked to stop, and ended with {status}", member.name));
                    }
                }
                _ => {
                    let disks = self.disks.expect("a plan with full disks has small ones");
                    disks.fill(&member.data_dir, random.random_range(0..LEFT_BYTES_MAX)).expect("a disk can be filled");
                    was_full[i] = true;
                }
            }
        }
        sleep(lasts).await;
        for &i in &whom {
            let member = &mut cluster.members[i];
            match fault {
                Fault::Pause(_) => member.resume(),
                Fault::FullDisk(_) => {
                    let disks = self.disks.expect("a plan with full disks has small ones");
                    disks.free(&member.data_dir).expect("a disk can be freed");
                }
                _ => {
                    self.start(member, i);
                    was_full[i] = false;
                }
            }
        }
        self.tend(cluster, was_full)
    }

    /// Starts members again that have stopped for want of room. One that ends for any other reason is a finding.
    fn tend(&self, cluster: &mut Cluster, was_full: &mut [bool]) -> Result<(), String> {
        for (i, member) in cluster.members.iter_mut().enumerate() {
            let Some(status) = member.exited() else { continue };
            // Real etcd panics, with status 2.
            if !was_full[i] || status.code() != Some(1) && !ServerCommand::is_foreign() {
                return Err(format!("{} ended by itself, with {status}", member.name));
            }
            self.diary.note(&format!("{} had stopped with {status}, its disk being full", member.name));
            self.start(member, i);
            was_full[i] = false;
        }
        Ok(())
    }

    pub fn start(&self, member: &mut Member, place: usize) {
        member.start();
        self.network.know(place, Some(member.pid()));
    }

    /// Faults of the network one after another until `end`; it is whole afterwards.
    pub async fn strike_network(&self, plan: &mut Plan, end: Instant) {
        while Instant::now() < end {
            let step = plan.draw();
            let lasts = step.lasts.min(end.saturating_duration_since(Instant::now()));
            self.strike_links(&step.fault, lasts).await;
            self.network.heal();
            if plan.random.random() {
                // What was held does not arrive after all.
                self.every_pair(|i, j| self.network.reset(From::Member(i), j));
            }
            sleep(step.rest).await;
        }
    }

    async fn strike_links(&self, fault: &Fault, lasts: Duration) {
        let whom = match fault {
            Fault::Split(who) | Fault::Mute(who) | Fault::Deaf(who) | Fault::LateAt(who, _) | Fault::ClientsOf(who, _) => {
                self.resolve(who).await
            }
            Fault::Bridge(order) => order[..1].to_vec(),
            _ => (0..self.network.size()).collect(),
        };
        self.diary.begin(fault, &whom, lasts);
        let is_in = |i: usize| whom.contains(&i);
        let hold = Rule { holds: true, ..Rule::default() };
        match fault {
            Fault::Split(_) => self.rule(hold, |i, j| is_in(i) != is_in(j)),
            Fault::Mute(_) => self.rule(hold, |i, j| is_in(i) && !is_in(j)),
            Fault::Deaf(_) => self.rule(hold, |i, j| !is_in(i) && is_in(j)),
            Fault::Bridge(order) => {
                let half = &order[1..=order.len() / 2];
                self.rule(hold, |i, j| !is_in(i) && !is_in(j) && half.contains(&i) != half.contains(&j));
            }
            Fault::Late(rule) => self.rule(*rule, |_, _| true),
            Fault::LateAt(_, rule) => {
                self.rule(*rule, |i, j| is_in(i) || is_in(j));
                // Who may dial no more is left by the connections that are there, too.
                if rule.refuses {
                    self.every_pair(|i, j| {
                        if is_in(i) || is_in(j) {
                            self.network.reset(From::Member(i), j);
                        }
                    });
                }
            }
            Fault::ClientsOf(_, rule) => whom.iter().for_each(|&i| self.network.set(From::Clients, i, *rule)),
            Fault::Shifting(seed) => return self.shift(*seed, lasts).await,
            Fault::Resets(seed) | Fault::ClientResets(seed) => {
                let of_clients = matches!(fault, Fault::ClientResets(_));
                return self.reset_again_and_again(*seed, lasts, of_clients).await;
            }
            Fault::Kill(_) | Fault::Stop(_) | Fault::Pause(_) | Fault::FullDisk(_) => {
                unreachable!("{fault} happens to processes")
            }
        }
        sleep(lasts).await;
    }

    async fn shift(&self, seed: u64, lasts: Duration) {
        let (mut random, end) = (StdRng::seed_from_u64(seed), Instant::now() + lasts);
        while Instant::now() < end {
            let side = sides(self.network.size(), &mut random);
            let hold = Rule { holds: true, ..Rule::default() };
            self.network.heal();
            self.rule(hold, |i, j| side.contains(&i) != side.contains(&j));
            let stays = Duration::from_millis(random.random_range(200..900));
            sleep(stays.min(end.saturating_duration_since(Instant::now()))).await;
        }
    }

    async fn reset_again_and_again(&self, seed: u64, lasts: Duration, of_clients: bool) {
        let (mut random, end) = (StdRng::seed_from_u64(seed), Instant::now() + lasts);
        let size = self.network.size();
        while Instant::now() < end {
            let from = if of_clients { From::Clients } else { From::Member(random.random_range(0..size)) };
            self.network.reset(from, random.random_range(0..size));
            sleep(Duration::from_millis(random.random_range(5..200))).await;
        }
    }

    fn rule(&self, rule: Rule, applies: impl Fn(usize, usize) -> bool) {
        self.every_pair(|i, j| {
            if applies(i, j) {
                self.network.set(From::Member(i), j, rule);
            }
        });
    }

    fn every_pair(&self, mut visit: impl FnMut(usize, usize)) {
        let size = self.network.size();
        (0..size).flat_map(|i| (0..size).map(move |j| (i, j))).filter(|(i, j)| i != j).for_each(|(i, j)| visit(i, j));
    }

    /// The members that are meant. Without a known leader it is the first one: somebody must be.
    async fn resolve(&self, who: &Who) -> Vec<usize> {
        match who {
            Who::These(members) => members.clone(),
            Who::Leader => vec![leader(self.world).await.unwrap_or(0)],
        }
    }
}

/// The member that says that it leads, in the newest term.
pub async fn leader(world: &World) -> Option<usize> {
    let mut newest = None;
    for (i, endpoint) in world.direct.iter().enumerate() {
        let asked = async { Clients::try_to(endpoint).await?.status().await.ok() };
        if let Ok(Some(status)) = timeout(ASK_WITHIN, asked).await
            && status.leader == world.ids[i]
        {
            newest = newest.max(Some((status.raft_term, i)));
        }
    }
    newest.map(|(_, i)| i)
}
