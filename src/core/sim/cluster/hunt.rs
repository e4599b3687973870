//! A network that turns on whoever leads: figure 8 of the Raft paper, over and over.
//!
//! A new leader is cut off soon after its election, alone or with one that follows, and what was cut off before is back. So
//! entries stay with a minority, leaders of several terms disagree on what is at an index, and an entry of an older term spreads
//! at a later leader's hands. Faults that strike at random rarely line up like that.

use super::{Cluster, Event, Phase};
use crate::core::sim::{cluster::nemesis::FaultEvent, faults::Kind, network::Nanos, plan::MILLIS};

/// Between two looks at who leads.
const LOOK_AFTER: Nanos = 5 * MILLIS;

impl Cluster {
    /// Looks who leads, again and again while faults happen. A leader that was not seen before is struck some time later.
    pub(super) fn hunt(&mut self, struck: Option<(u64, usize)>) {
        if self.phase != Phase::Faults {
            return;
        }
        let leading = self.leading().filter(|leading| struck != Some(*leading));
        if leading.is_some() {
            // From before it can have told anyone anything until about when everybody has answered.
            let delay = self.fault_chance.within(0..3 * self.plan.network_delay.end);
            self.later(delay, Event::Fault(FaultEvent::Strike));
        }
        self.later(LOOK_AFTER, Event::Fault(FaultEvent::Hunt { struck: leading.or(struck) }));
    }

    /// Cuts off whoever leads now, and mends what was cut before.
    pub(super) fn strike(&mut self) {
        let Some((_, leader)) = self.leading().filter(|_| self.phase == Phase::Faults) else { return };
        self.fault_happens(Kind::Partition, |cluster| {
            cluster.trace.note(cluster.now, "new leader cut off", &[leader as u64]);
            cluster.network.mend();
            let mut others = cluster.in_use();
            others.retain(|&other| other != leader);
            let mut side = vec![leader];
            if cluster.fault_chance.percent(50) {
                let follows = cluster.fault_chance.below(others.len());
                side.push(others.swap_remove(follows));
            }
            cluster.network.separate(&side, &others);
            cluster.refresh_links();
            format!("a new leader is cut off: {side:?} from {others:?}")
        });
    }
}
