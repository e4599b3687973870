//! Traffic as Kubernetes makes it: objects created, updated and deleted only at the revision that was seen, lists in pages that
//! all belong to one revision.

use bytes::Bytes;
use quorate_proto::etcdserverpb::{RangeRequest, TxnRequest};
use rand::Rng;

use super::words::{delete, end_of, get, list, put, then_delete, then_get, then_put, unchanged};
use crate::faults::client::Client;

const REGISTRY: &str = "/registry/pods/";
const OBJECTS: u32 = 12;
const PAGE: i64 = 4;

/// A controller: it knows an object's revision from its last answer, or reads it.
pub async fn control(mut client: Client) {
    while client.goes_on(4).await {
        let key = Bytes::from(format!("{REGISTRY}{:02}", client.random.random_range(0..OBJECTS)));
        let Some(read) = client.range(get(key.clone())).await else { continue };
        let seen = read.kvs.first().map_or(0, |kv| kv.mod_revision);
        let write = if seen > 0 && client.random.random_ratio(1, 4) {
            then_delete(delete(key.clone()))
        } else {
            then_put(put(key.clone(), client.value()))
        };
        let request =
            TxnRequest { compare: vec![unchanged(key.clone(), seen)], success: vec![write], failure: vec![then_get(get(key))] };
        client.txn(request).await;
    }
}

/// An informer's list: the first page says at which revision all others are read.
async fn pages(client: &mut Client) {
    let mut request = RangeRequest { limit: PAGE, ..list(REGISTRY) };
    for _ in 0..=OBJECTS {
        let Some(page) = client.range(request.clone()).await else { return };
        let Some(last) = page.kvs.last().filter(|_| page.more) else { return };
        let mut next = last.key.to_vec();
        next.push(0);
        request.key = next.into();
        request.range_end = end_of(REGISTRY);
        if request.revision == 0 {
            request.revision = page.header.as_ref().map_or(0, |header| header.revision);
        }
    }
}

pub async fn informer(mut client: Client) {
    while client.goes_on(20).await {
        pages(&mut client).await;
    }
}
