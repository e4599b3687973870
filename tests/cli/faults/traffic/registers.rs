//! A few keys that everybody reads, writes, compares and swaps, and deletes.

use bytes::Bytes;
use quorate::core::verify::history::Call;
use quorate_proto::etcdserverpb::{
    PutRequest, RangeRequest,
    compare::{CompareResult::Equal, TargetUnion},
};
use rand::Rng;

use super::words::{compare, delete, get, put, then_get, then_put, txn, unchanged};
use crate::faults::client::Client;

const KEYS: u32 = 4;

pub async fn run(mut client: Client) {
    while client.goes_on(3).await {
        let key = Bytes::from(format!("register/{}", client.random.random_range(0..KEYS)));
        match client.random.random_range(0..20) {
            0..5 => {
                let request = PutRequest { prev_kv: client.random.random(), ..put(key, client.value()) };
                client.put(request).await;
            }
            5..11 => {
                client.range(get(key)).await;
            }
            11..13 => {
                client.range(RangeRequest { serializable: true, ..get(key) }).await;
            }
            13 => {
                client.call(Call::DeleteRange(delete(key))).await;
            }
            _ => swap(&mut client, key).await,
        }
    }
}

/// Reads, and writes if nothing has changed since; otherwise reads again in the same request.
async fn swap(client: &mut Client, key: Bytes) {
    let Some(read) = client.range(get(key.clone())).await else { return };
    let found = read.kvs.first();
    let guard = match (found, client.random.random_range(0..3)) {
        (Some(kv), 0) => compare(key.clone(), Equal, TargetUnion::Value(kv.value.clone())),
        (Some(kv), 1) => compare(key.clone(), Equal, TargetUnion::Version(kv.version)),
        (found, _) => unchanged(key.clone(), found.map_or(0, |kv| kv.mod_revision)),
    };
    let write = then_put(put(key.clone(), client.value()));
    client.call(txn(vec![guard], vec![write], vec![then_get(get(key))])).await;
}
