//! A client's call through the services of the client port, without the transport around them.

use prost::Message;
use quorate_proto::etcdserverpb as wire;
use tonic::{Code, Status};

use crate::core::{
    rpc::{caller::Shown, kv, lease::LeaseService, status::ApiError},
    server::ServerHandle,
    verify::history::{Answer, Call, Outcome},
};

/// What the client port answers.
pub async fn answer(server: ServerHandle, lease: LeaseService, call: Call) -> Outcome {
    if server.is_learner() && !matches!(call, Call::Range(_)) {
        return outcome(&ApiError::NotForLearner.into());
    }
    // Simulated clusters have no users.
    let shown = Shown::default();
    let answer = match call {
        Call::Range(request) => kv::range(server, shown, request).await.map(|reply| Answer::Range(again(&reply))),
        Call::Put(request) => kv::put(server, shown, request).await.map(|reply| Answer::Put(again(&reply))),
        Call::DeleteRange(request) => {
            kv::delete_range(server, shown, request).await.map(|reply| Answer::DeleteRange(again(&reply)))
        }
        Call::Txn(request) => kv::txn(server, shown, request).await.map(|reply| Answer::Txn(again(&reply))),
        Call::Compact(request) => kv::compact(server, shown, request).await.map(Answer::Compact),
        Call::LeaseGrant(request) => lease.grant(&shown, request).await.map(Answer::LeaseGrant),
        Call::LeaseRevoke(request) => lease.revoke(&shown, request).await.map(Answer::LeaseRevoke),
        Call::LeaseKeepAlive(wire::LeaseKeepAliveRequest { id }) => {
            lease.keep_alive(&shown, id).await.map(Answer::LeaseKeepAlive)
        }
        Call::LeaseTimeToLive(request) => lease.left(&shown, request).await.map(Answer::LeaseTimeToLive),
    };
    answer.map_or_else(|status| outcome(&status), Outcome::Answered)
}

/// What the client decodes from the bytes that the server encodes.
fn again<M: Message + Default>(reply: &impl Message) -> M {
    M::decode(reply.encode_to_vec().as_slice()).expect("the server encodes what clients decode")
}

/// What a client knows after an error.
fn outcome(status: &Status) -> Outcome {
    let text = status.message().to_owned();
    match status.code() {
        // The cluster's verdicts.
        Code::InvalidArgument | Code::OutOfRange | Code::NotFound | Code::FailedPrecondition | Code::ResourceExhausted => {
            Outcome::Refused(text)
        }
        // Turned away at the door.
        Code::Unknown if text == "etcdserver: too many requests" => Outcome::Failed(text),
        _ => Outcome::Unknown(text),
    }
}
