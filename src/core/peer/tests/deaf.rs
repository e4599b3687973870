//! A member that takes calls and heartbeats, but never reads an append or the rows of a state that it has asked for.

use quorate_proto::peer::{
    peer_server::{Peer, PeerServer},
    snapshot_answer::Answer,
    snapshot_chunk::Part,
};
use tokio_stream::{StreamExt, wrappers::TcpListenerStream};
use tonic::{Request, Response, Status, Streaming};

use super::*;

/// Starts one. Answers its URL and what it hears.
pub async fn start(member_id: u64) -> (String, Recorder) {
    let told = Recorder::default();
    let deaf = Deaf {
        ids: Ids { cluster_id: CLUSTER, member_id },
        told: told.clone(),
        unread: Mutex::default(),
        unread_states: Mutex::default(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tonic::transport::Server::builder();
    tokio::spawn(server.serve_with_incoming(PeerServer::new(deaf), TcpListenerStream::new(listener)));
    (url, told)
}

/// The service of such a member.
struct Deaf {
    ids: Ids,
    told: Recorder,
    unread: Mutex<Vec<Streaming<wire::Batch>>>,
    unread_states: Mutex<Vec<Streaming<wire::SnapshotChunk>>>,
}

#[tonic::async_trait]
impl Peer for Deaf {
    type ReplicateStream = tokio_stream::Pending<Result<wire::Empty, Status>>;
    type ControlStream = tokio_stream::Pending<Result<wire::Empty, Status>>;

    async fn replicate(&self, request: Request<Streaming<wire::Batch>>) -> Result<Response<Self::ReplicateStream>, Status> {
        self.unread.lock().push(request.into_inner());
        Ok(Response::new(tokio_stream::pending()))
    }

    async fn control(&self, request: Request<Streaming<wire::Batch>>) -> Result<Response<Self::ControlStream>, Status> {
        let (told, mut batches) = (self.told.clone(), request.into_inner());
        tokio::spawn(async move {
            while let Ok(Some(batch)) = batches.message().await {
                told.deliver(batch.messages);
            }
        });
        Ok(Response::new(tokio_stream::pending()))
    }

    async fn cluster_information(&self, _: Request<wire::ClusterQuery>) -> Result<Response<wire::ClusterAnswer>, Status> {
        Err(Status::unimplemented("deaf"))
    }

    async fn identify(&self, _: Request<wire::Empty>) -> Result<Response<wire::Identity>, Status> {
        let Ids { cluster_id, member_id } = self.ids;
        Ok(Response::new(wire::Identity { cluster_id, member_id, version: String::new() }))
    }

    type SnapshotStream = tokio_stream::adapters::Chain<
        tokio_stream::Once<Result<wire::SnapshotAnswer, Status>>,
        tokio_stream::Pending<Result<wire::SnapshotAnswer, Status>>,
    >;

    async fn snapshot(&self, request: Request<Streaming<wire::SnapshotChunk>>) -> Result<Response<Self::SnapshotStream>, Status> {
        let mut unread = request.into_inner();
        if let Some(wire::SnapshotChunk { part: Some(Part::Header(header)) }) = unread.message().await? {
            self.told.deliver(vec![header.message.unwrap()]);
        }
        self.unread_states.lock().push(unread);
        let start = wire::SnapshotAnswer { answer: Some(Answer::Stored(wire::SnapshotTally::default())) };
        Ok(Response::new(tokio_stream::once(Ok(start)).chain(tokio_stream::pending())))
    }

    async fn lease_keep_alive(&self, _: Request<wire::LeaseId>) -> Result<Response<wire::LeaseKeepAliveReply>, Status> {
        Err(Status::unimplemented("deaf"))
    }

    async fn lease_time_to_live(
        &self,
        _: Request<wire::LeaseTimeToLiveQuery>,
    ) -> Result<Response<wire::LeaseTimeToLiveReply>, Status> {
        Err(Status::unimplemented("deaf"))
    }

    async fn reach_me_at(&self, _: Request<wire::Caller>) -> Result<Response<wire::Empty>, Status> {
        Ok(Response::new(wire::Empty {}))
    }

    async fn promote_member(&self, _: Request<wire::MemberId>) -> Result<Response<wire::PromoteReply>, Status> {
        Err(Status::unimplemented("deaf"))
    }
}
