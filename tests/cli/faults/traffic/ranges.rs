//! A directory of keys: lists of every shape, at old revisions too, deletes of ranges, transactions over several keys.

use quorate::core::verify::history::Call;
use quorate_proto::etcdserverpb::{
    DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest,
    compare::{
        CompareResult::{Equal, Greater},
        TargetUnion,
    },
    range_request::{SortOrder, SortTarget},
};
use rand::Rng;

use super::words::{compare, delete, get, list, put, then_delete, then_get, then_put, then_txn, txn};
use crate::{common::ServerCommand, faults::client::Client};

const DIRECTORY: &str = "range/";
const KEYS: u32 = 20;

pub async fn run(mut client: Client) {
    while client.goes_on(4).await {
        match client.random.random_range(0..20) {
            0..7 => {
                let request = put(key(&mut client), client.value());
                client.put(request).await;
            }
            7..12 => {
                let request = shape(&mut client);
                client.range(request).await;
            }
            12 => {
                let request = DeleteRangeRequest { prev_kv: client.random.random(), ..delete(key(&mut client)) };
                client.call(Call::DeleteRange(request)).await;
            }
            13 => {
                let request = few(&mut client);
                client.call(Call::DeleteRange(request)).await;
            }
            14 => {
                // The value stays: refused when the key is not there.
                let request = PutRequest { key: key(&mut client).into(), ignore_value: true, ..Default::default() };
                client.put(request).await;
            }
            15..19 => several(&mut client).await,
            _ => nested(&mut client).await,
        }
    }
}

fn key(client: &mut Client) -> String {
    format!("{DIRECTORY}{:02}", client.random.random_range(0..KEYS))
}

/// Up to three neighbours.
fn few(client: &mut Client) -> DeleteRangeRequest {
    let first = client.random.random_range(0..KEYS);
    DeleteRangeRequest {
        range_end: format!("{DIRECTORY}{:02}", first + 3).into(),
        prev_kv: client.random.random(),
        ..delete(format!("{DIRECTORY}{first:02}"))
    }
}

/// A list of the directory or a part of it, in one of the ways that there are.
fn shape(client: &mut Client) -> RangeRequest {
    let random = &mut client.random;
    let mut request = list(DIRECTORY);
    match random.random_range(0..6) {
        0 => request.limit = random.random_range(1..8),
        1 => request.count_only = true,
        2 => request.keys_only = true,
        3 => {
            request.sort_order = SortOrder::Descend as i32;
            // Real etcd leaves it open which of two keys of one revision comes first.
            request.sort_target = if ServerCommand::is_foreign() { SortTarget::Key } else { SortTarget::Mod } as i32;
        }
        4 => request.min_mod_revision = (client.world.newest() - random.random_range(0..50)).max(1),
        _ => {}
    }
    request.serializable = random.random_ratio(1, 4);
    if random.random_ratio(1, 3) {
        // Some of these are compacted, and some members are not as far yet.
        request.revision = (client.world.newest() - random.random_range(0..200)).max(1);
    }
    request
}

/// Two keys together, or a read beside a write and a delete.
async fn several(client: &mut Client) {
    let (one, other) = (key(client), key(client));
    let old = client.random.random_range(0..5);
    let guard = compare(one.clone(), Greater, TargetUnion::Version(old));
    let mut success: Vec<RequestOp> = vec![then_get(list(DIRECTORY)), then_put(put(one.clone(), client.value()))];
    if one != other {
        success.push(if client.random.random() {
            then_put(put(other.clone(), client.value()))
        } else {
            then_delete(delete(other.clone()))
        });
    }
    success.push(then_get(get(other.clone())));
    let failure = vec![then_put(put(one, client.value())), then_get(get(other))];
    client.call(txn(vec![guard], success, failure)).await;
}

async fn nested(client: &mut Client) {
    let (outer, inner) = (key(client), key(client));
    let absent = compare(inner.clone(), Equal, TargetUnion::CreateRevision(0));
    let within = TxnRequest {
        compare: vec![absent],
        success: vec![then_put(put(inner.clone(), client.value()))],
        failure: vec![then_delete(delete(inner.clone()))],
    };
    let mut success = vec![then_txn(within)];
    if outer != inner {
        success.push(then_put(put(outer.clone(), client.value())));
    }
    let guard = compare(outer, Greater, TargetUnion::CreateRevision(-1));
    client.call(txn(vec![guard], success, vec![])).await;
}
