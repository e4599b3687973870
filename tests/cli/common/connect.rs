//! Connections to a member, with every service's client at hand.

use std::time::Duration;

use quorate_proto::etcdserverpb::{
    HashKvRequest, HashKvResponse, PutRequest, RangeRequest, RangeResponse, ResponseHeader, StatusRequest, StatusResponse,
    auth_client::AuthClient, cluster_client::ClusterClient, kv_client::KvClient, lease_client::LeaseClient,
    maintenance_client::MaintenanceClient, watch_client::WatchClient,
};
use tonic::{
    Status,
    transport::{Channel, Endpoint},
};

use super::wait::wait_for;

/// Larger than any answer that a test asks for.
const MESSAGE_BYTES_MAX: usize = 1 << 30;
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// The services of one member over one connection.
#[derive(Clone)]
pub struct Clients {
    pub kv: KvClient<Channel>,
    pub watch: WatchClient<Channel>,
    pub lease: LeaseClient<Channel>,
    pub maintenance: MaintenanceClient<Channel>,
    pub cluster: ClusterClient<Channel>,
    pub auth: AuthClient<Channel>,
}

/// One connection to `127.0.0.1:PORT`; tries again until the member listens, or panics in the end.
pub async fn connect(endpoint: &str) -> Channel {
    wait_for(CONNECT_WITHIN, &format!("a connection to {endpoint}"), async || dial(endpoint).await).await
}

async fn dial(endpoint: &str) -> Option<Channel> {
    let target = Endpoint::from_shared(format!("http://{endpoint}")).expect("an address");
    target.connect_timeout(Duration::from_secs(2)).connect().await.ok()
}

impl Clients {
    pub async fn to(endpoint: &str) -> Self {
        Self::over(connect(endpoint).await)
    }

    /// One attempt to connect.
    pub async fn try_to(endpoint: &str) -> Option<Self> {
        dial(endpoint).await.map(Self::over)
    }

    pub fn over(channel: Channel) -> Self {
        Self {
            kv: KvClient::new(channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX),
            watch: WatchClient::new(channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX),
            lease: LeaseClient::new(channel.clone()),
            maintenance: MaintenanceClient::new(channel.clone()),
            cluster: ClusterClient::new(channel.clone()),
            auth: AuthClient::new(channel),
        }
    }

    pub async fn status(&mut self) -> Result<StatusResponse, Status> {
        Ok(self.maintenance.status(StatusRequest {}).await?.into_inner())
    }

    /// The hash of the history up to `revision`; 0 means the present one.
    pub async fn hash_kv(&mut self, revision: i64) -> Result<HashKvResponse, Status> {
        Ok(self.maintenance.hash_kv(HashKvRequest { revision }).await?.into_inner())
    }
}

/// The revision in a header that must be there.
pub fn header_revision(header: &Option<ResponseHeader>) -> i64 {
    header.as_ref().expect("an answer has a header").revision
}

/// Puts one key and gives the revision of the write.
pub async fn put(clients: &mut Clients, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> i64 {
    let request = PutRequest { key: key.into().into(), value: value.into().into(), ..Default::default() };
    let answer = clients.kv.put(request).await.expect("a put succeeds").into_inner();
    header_revision(&answer.header)
}

/// Every key of the store, at the present revision.
pub async fn range_all(clients: &mut Clients) -> Result<RangeResponse, Status> {
    let everything = RangeRequest { key: vec![0].into(), range_end: vec![0].into(), ..Default::default() };
    Ok(clients.kv.range(everything).await?.into_inner())
}
