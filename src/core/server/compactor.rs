//! Compaction by itself, on the leader: by time or by number of revisions, as the flags say.

use std::{collections::VecDeque, time::Duration};

use quorate_proto::etcdserverpb::CompactionRequest;
use tokio::time::MissedTickBehavior;

use super::{
    super::{apply::Command, clock, config::AutoCompaction, refusal::Refusal},
    ServerHandle,
};

/// How often a number of revisions is looked at. Source: etcd.
const REVISION_INTERVAL: Duration = Duration::from_secs(300);
/// Samples taken in the time between two compactions. Source: etcd.
const SAMPLES_PER_INTERVAL: u32 = 10;

/// Runs for as long as the member does. A member that does not lead samples, but compacts nothing.
///
/// Source: etcd 3.7: by time, samples the revision every `min(period, 1 h) / 10`, first compacts after `period`, then every
/// `min(period, 1 h)`, to the revision seen `period` ago.
pub async fn compact_by_itself(server: ServerHandle, mode: AutoCompaction) {
    match mode {
        AutoCompaction::Periodic(period) => by_time(server, period).await,
        AutoCompaction::Revision(keep) => by_revision(server, keep).await,
    }
}

async fn by_time(server: ServerHandle, period: Duration) {
    let interval = period.min(Duration::from_secs(3600));
    let sample = (interval / SAMPLES_PER_INTERVAL).max(Duration::from_millis(1));
    let samples_kept = (period.as_nanos() / sample.as_nanos()).clamp(1, 1_000_000) as usize;
    let mut ticks = ticker(sample);
    let mut seen = VecDeque::new();
    let mut last = 0;
    let mut samples_until_next = samples_kept;
    loop {
        ticks.tick().await;
        seen.push_back(server.store().current_revision());
        if seen.len() > samples_kept {
            seen.pop_front();
        }
        samples_until_next = samples_until_next.saturating_sub(1);
        if samples_until_next > 0 || !server.is_leader() {
            continue;
        }
        let Some(&target) = seen.front() else { continue };
        if target == last || compact(&server, target).await {
            last = target;
            samples_until_next = SAMPLES_PER_INTERVAL as usize;
        }
    }
}

async fn by_revision(server: ServerHandle, keep: i64) {
    let mut ticks = ticker(REVISION_INTERVAL);
    let mut last = 0;
    loop {
        ticks.tick().await;
        let target = server.store().current_revision() - keep;
        if server.is_leader() && target > 0 && target != last && compact(&server, target).await {
            last = target;
        }
    }
}

fn ticker(every: Duration) -> tokio::time::Interval {
    let mut ticks = tokio::time::interval_at((clock::now() + every).into(), every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Whether history below `revision` is gone now. Failures are tried again at the next sample.
async fn compact(server: &ServerHandle, revision: i64) -> bool {
    match server.propose(Command::Compact(CompactionRequest { revision, physical: false })).await {
        Ok(Ok(_)) => {
            tracing::info!(revision, "completed auto compaction");
            true
        }
        Ok(Err(Refusal::Compacted)) => true,
        Ok(Err(refusal)) => {
            tracing::warn!(revision, %refusal, "failed auto compaction");
            false
        }
        Err(error) => {
            tracing::warn!(revision, %error, "failed auto compaction");
            false
        }
    }
}
