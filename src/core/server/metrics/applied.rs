//! Counts of what a batch of applied entries did: gathered in plain numbers, added to the metrics once a batch.

use super::Metrics;
use crate::core::{
    apply::{Effect, OpReply, Reply},
    refusal::Refusal,
};

/// What one batch did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AppliedCounts {
    puts: u64,
    deletes: u64,
    ranges: u64,
    txns: u64,
}

impl AppliedCounts {
    /// Takes in the outcome of one entry.
    pub fn outcome(&mut self, outcome: &Result<Reply, Refusal>) {
        if let Ok(Reply::Op(reply)) = outcome {
            self.operation(reply);
        }
    }

    fn operation(&mut self, reply: &OpReply) {
        match reply {
            OpReply::Put(_) => self.puts += 1,
            OpReply::Delete(_) => self.deletes += 1,
            OpReply::Range(_) => self.ranges += 1,
            OpReply::Txn(txn) => {
                self.txns += 1;
                for reply in &txn.replies {
                    self.operation(reply);
                }
            }
        }
    }

    /// Adds the batch to the metrics.
    pub fn add_to(self, metrics: &Metrics, effects: &[Effect]) {
        for (counter, count) in
            [(&metrics.put, self.puts), (&metrics.delete, self.deletes), (&metrics.range, self.ranges), (&metrics.txn, self.txns)]
        {
            if count > 0 {
                counter.inc_by(count);
            }
        }
        for effect in effects {
            match effect {
                Effect::LeaseGranted { ttl_secs, .. } => {
                    metrics.lease_granted.inc();
                    metrics.lease_ttl.observe(*ttl_secs as f64);
                }
                Effect::LeaseRevoked { .. } => metrics.lease_revoked.inc(),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::apply::{DeleteReply, PutReply, RangeReply, TxnReply};

    #[test]
    fn operations_of_nested_transactions_count_and_refusals_do_not() {
        let txn = |replies| OpReply::Txn(TxnReply { revision: 7, succeeded: true, replies });
        let delete = OpReply::Delete(DeleteReply { revision: 7, deleted: 2, previous: Vec::new() });
        let put = OpReply::Put(PutReply { revision: 7, previous: None });
        let replies = vec![put, OpReply::Range(RangeReply::default()), txn(vec![delete])];
        let mut counts = AppliedCounts::default();
        counts.outcome(&Ok(Reply::Op(txn(replies))));
        counts.outcome(&Err(Refusal::KeyNotFound));
        counts.outcome(&Ok(Reply::Done));
        assert_eq!(counts, AppliedCounts { puts: 1, deletes: 1, ranges: 1, txns: 2 });
    }
}
