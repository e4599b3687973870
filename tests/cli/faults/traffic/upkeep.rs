//! Compactions, never ahead of the observer, and hashes of all members at one revision.

use std::time::Duration;

use quorate::core::verify::history::{Answer, Call, HashSeen};
use quorate_proto::etcdserverpb::CompactionRequest;
use rand::Rng;
use tokio::time::timeout;

use crate::{common::Clients, faults::client::Client};

const HASH_WITHIN: Duration = Duration::from_secs(1);

pub async fn compact(mut client: Client) {
    while client.goes_on(400).await {
        let observed = client.world.observed() - client.random.random_range(0..150);
        if observed <= client.world.compacted() + 1 {
            continue;
        }
        let request = CompactionRequest { revision: observed, physical: client.random.random() };
        if let Some(Answer::Compact(_)) = client.call(Call::Compact(request)).await {
            client.world.compact(observed);
        }
    }
}

/// Asks each member that answers. One that is behind, or has compacted more, refuses: that is no answer to hold against others.
pub async fn hash(mut client: Client) {
    while client.goes_on(500).await {
        let revision = client.world.observed();
        if revision <= client.world.compacted() {
            continue;
        }
        for (endpoint, &member) in client.world.direct.iter().zip(&client.world.ids) {
            let asked = async { Clients::try_to(endpoint).await?.hash_kv(revision).await.ok() };
            if let Ok(Some(answer)) = timeout(HASH_WITHIN, asked).await {
                let seen = HashSeen { member, revision, compact_revision: answer.compact_revision, hash: answer.hash };
                client.world.recorder.hash(seen);
            }
        }
    }
}
