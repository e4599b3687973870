//! Who calls whom, and in which cluster: the metadata of every call between members.
//!
//! Two clusters whose addresses were mixed up must never exchange a raft message: their logs would be read as one. So each call
//! says where it thinks it is going, and the one that is called compares.

use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataMap, MetadataValue},
    service::Interceptor,
};

const CLUSTER_ID: &str = "quorate-cluster-id";
const FROM: &str = "quorate-from";
const TO: &str = "quorate-to";

/// The ids of this member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids {
    pub cluster_id: u64,
    pub member_id: u64,
}

/// Adds the metadata to each call to one peer.
#[derive(Clone)]
pub struct Introduction {
    cluster_id: MetadataValue<Ascii>,
    from: MetadataValue<Ascii>,
    to: MetadataValue<Ascii>,
}

impl Introduction {
    pub fn new(ids: Ids, to: u64) -> Self {
        Self { cluster_id: ids.cluster_id.into(), from: ids.member_id.into(), to: to.into() }
    }
}

impl Interceptor for Introduction {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        metadata.insert(CLUSTER_ID, self.cluster_id.clone());
        metadata.insert(FROM, self.from.clone());
        metadata.insert(TO, self.to.clone());
        Ok(request)
    }
}

/// A call that did not mean this member. `from` and `cluster_id` are 0 where the caller did not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub from: u64,
    pub cluster_id: u64,
    pub reason: String,
}

/// Checks that a call means this member of this cluster, and answers who calls.
///
/// # Errors
/// A [`Mismatch`] whose reason names both ids, as they are printed everywhere: in hexadecimal.
pub fn check(metadata: &MetadataMap, ids: Ids) -> Result<u64, Mismatch> {
    let read = |name: &str| metadata.get(name)?.to_str().ok()?.parse::<u64>().ok();
    let (cluster_id, from, to) = (read(CLUSTER_ID), read(FROM), read(TO));
    let refuse = |reason| Err(Mismatch { from: from.unwrap_or_default(), cluster_id: cluster_id.unwrap_or_default(), reason });
    let (Some(their_cluster), Some(caller), Some(called)) = (cluster_id, from, to) else {
        return refuse(format!("the call does not say which member of which cluster calls whom ({CLUSTER_ID}, {FROM}, {TO})"));
    };
    if their_cluster != ids.cluster_id {
        return refuse(format!("cluster id mismatch: the call is for {their_cluster:x}, this is {:x}", ids.cluster_id));
    }
    if called != ids.member_id {
        return refuse(format!("member id mismatch: the call is for {called:x}, this is {:x}", ids.member_id));
    }
    if caller == ids.member_id {
        return refuse(format!("the caller has the id of this member, {caller:x}"));
    }
    Ok(caller)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: Ids = Ids { cluster_id: 0xc1, member_id: 0xb };

    fn introduced(cluster_id: u64, from: u64, to: u64) -> MetadataMap {
        let mut introduction = Introduction::new(Ids { cluster_id, member_id: from }, to);
        introduction.call(Request::new(())).unwrap().metadata().clone()
    }

    #[test]
    fn a_call_that_means_this_member_is_let_in_with_its_caller() {
        assert_eq!(check(&introduced(0xc1, 0xa, 0xb), IDS), Ok(0xa));
        let largest = Ids { cluster_id: u64::MAX, member_id: u64::MAX };
        assert_eq!(check(&introduced(u64::MAX, 1, u64::MAX), largest), Ok(1));
    }

    #[test]
    fn a_call_for_another_is_refused_with_both_ids() {
        let reason = |metadata| check(&metadata, IDS).unwrap_err().reason;
        assert_eq!(reason(introduced(0xc2, 0xa, 0xb)), "cluster id mismatch: the call is for c2, this is c1");
        assert_eq!(reason(introduced(0xc1, 0xa, 0xd)), "member id mismatch: the call is for d, this is b");
        assert_eq!(reason(introduced(0xc1, 0xb, 0xb)), "the caller has the id of this member, b");
        assert!(reason(MetadataMap::new()).contains("does not say"));
    }

    #[test]
    fn whatever_a_call_says_of_itself_it_means_this_member_or_is_refused() {
        crate::mangle::survives_text(&["193", "10", "11", "18446744073709551615"], |text| {
            let Ok(value) = text.parse::<MetadataValue<Ascii>>() else { return };
            for name in [CLUSTER_ID, FROM, TO] {
                let mut metadata = introduced(0xc1, 0xa, 0xb);
                metadata.insert(name, value.clone());
                assert!(check(&metadata, IDS).ok().is_none_or(|caller| caller != IDS.member_id), "{name}: {text}");
            }
        });
    }
}
