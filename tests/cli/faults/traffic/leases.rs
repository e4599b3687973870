//! Leases with a key or two each: kept alive, revoked, or left to end.

use quorate::core::verify::history::{Answer, Call};
use quorate_proto::etcdserverpb::{
    LeaseGrantRequest, LeaseKeepAliveRequest, LeaseRevokeRequest, LeaseTimeToLiveRequest, PutRequest,
};
use rand::Rng;

use super::words::{get, put};
use crate::faults::client::Client;

/// Leases that one client holds at a time.
const HELD_MAX: usize = 6;

pub async fn run(mut client: Client) {
    let mut held: Vec<i64> = Vec::new();
    while client.goes_on(8).await {
        let which = client.random.random_range(0..HELD_MAX);
        match (held.get(which).copied(), client.random.random_range(0..12)) {
            (None, _) => held.extend(grant(&mut client).await),
            (Some(id), 0..5) => {
                let kept = client.call(Call::LeaseKeepAlive(LeaseKeepAliveRequest { id })).await;
                if matches!(kept, Some(Answer::LeaseKeepAlive(answer)) if answer.ttl <= 0) {
                    held.swap_remove(which);
                }
            }
            (Some(id), 5..8) => {
                let key = format!("leased/{}/{}", client.number, client.random.random_range(0..4));
                let request = PutRequest { lease: id, ..put(key, client.value()) };
                client.put(request).await;
            }
            (Some(id), 8) => {
                let request = LeaseTimeToLiveRequest { id, keys: client.random.random() };
                client.call(Call::LeaseTimeToLive(request)).await;
            }
            (Some(id), 9) => {
                held.swap_remove(which);
                client.call(Call::LeaseRevoke(LeaseRevokeRequest { id })).await;
            }
            // Nobody renews it any more.
            (Some(_), 10) => drop(held.swap_remove(which)),
            (Some(_), _) => {
                client.range(get(format!("leased/{}/{which}", client.number))).await;
            }
        }
    }
}

/// A new lease with one key; its id, if it is known to be there.
async fn grant(client: &mut Client) -> Option<i64> {
    let id = client.lease_id();
    let ttl = client.random.random_range(1..=3);
    client.call(Call::LeaseGrant(LeaseGrantRequest { ttl, id })).await?;
    let key = format!("leased/{}/{}", client.number, client.random.random_range(0..4));
    let request = PutRequest { lease: id, ..put(key, client.value()) };
    client.put(request).await;
    Some(id)
}
