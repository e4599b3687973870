//! Bounds of connections, shared by all listeners for clients.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    connections::{Connections, LOOK_PERIOD},
    hosts::Hosts,
    rejections::Rejections,
};
use crate::core::{
    config::ServerConfig,
    rpc::arriving::Arriving,
    server::{AnswerRoom, metrics::fd_limit},
    tls::accept::{HALF_OPEN_MAX, HANDSHAKE_WITHIN, Handshakes},
};

/// Descriptors kept for files and for talk between members where there are few of them. Source: etcd.
const RESERVED_FDS_MIN: u64 = 150;
/// The same where there are many: what the members' port takes at most, which is `peer::limits::{CONNECTIONS_MAX, HALF_OPEN_MAX}`, and files.
const RESERVED_FDS_MAX: u64 = 256 + 128 + RESERVED_FDS_MIN;
/// The part of all descriptors that is kept between the two.
const RESERVED_PART: u64 = 8;
/// Connections allowed even where descriptors are few.
const CONNECTIONS_MIN: u64 = 16;
/// The part of all connections that may be half open.
const HALF_OPEN_PART: usize = 4;
/// Streams of one connection, whatever the configuration allows: etcd's default is no bound at all, and each costs a few kilobytes.
const STREAMS_MAX: u32 = 64 * 1024;

/// See the module.
#[derive(Clone)]
pub struct ConnectionLimits {
    slots: Arc<Semaphore>,
    pub(super) streams_max: u32,
    pub(super) ping_interval: Option<Duration>,
    pub(super) ping_timeout: Duration,
    pub(super) rejections: Arc<Rejections>,
    pub(super) handshakes: Arc<Handshakes>,
    pub(super) hosts: Arc<Hosts>,
    pub(super) connections: Arc<Connections>,
    pub(super) arriving: Arc<Arriving>,
    /// Whether requests carry along the certificate that was shown.
    pub(super) names_users: bool,
    /// Whether all requests are told where they come from: for the audit log.
    pub(super) tells_address: bool,
}

impl ConnectionLimits {
    /// From the configuration, and as many connections as there are file descriptors. What they do not read counts in `room`.
    pub fn new(config: &ServerConfig, room: Arc<AnswerRoom>) -> Self {
        let connections = usize::try_from(connections_max(fd_limit())).unwrap_or(usize::MAX);
        Self::with_slots(config, room, connections.min(Semaphore::MAX_PERMITS))
    }

    pub(super) fn with_slots(config: &ServerConfig, room: Arc<AnswerRoom>, slots: usize) -> Self {
        // With no time to answer in, a ping would only break connections: etcd takes 0 as "off".
        let pings = !config.grpc_keepalive_interval.is_zero() && !config.grpc_keepalive_timeout.is_zero();
        Self {
            slots: Arc::new(Semaphore::new(slots)),
            streams_max: config.max_concurrent_streams.min(STREAMS_MAX),
            ping_interval: pings.then_some(config.grpc_keepalive_interval),
            ping_timeout: config.grpc_keepalive_timeout,
            rejections: Arc::default(),
            handshakes: Handshakes::new(HALF_OPEN_MAX.min(slots / HALF_OPEN_PART), HANDSHAKE_WITHIN),
            hosts: Arc::new(Hosts::new(&config.host_whitelist)),
            arriving: Arriving::new(room.bytes_max()),
            connections: Connections::new(room),
            names_users: config.client_tls.client_cert_auth,
            tells_address: config.auth.audit.is_some(),
        }
    }

    /// Looks after connections and requests that do not get on; to be run once, beside the listeners.
    pub fn look_after(&self) -> impl Future<Output = ()> + use<> {
        let (connections, arriving) = (Arc::clone(&self.connections), Arc::clone(&self.arriving));
        async move {
            tokio::join!(connections.look_after(), arriving.look_after());
        }
    }

    /// Waits for a free slot. While there is none, connections wait in the kernel, and whoever is idle goes.
    pub(super) async fn slot(&self) -> OwnedSemaphorePermit {
        loop {
            if let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
                return slot;
            }
            self.connections.make_room();
            let waiting = Arc::clone(&self.slots).acquire_owned();
            if let Ok(slot) = tokio::time::timeout(LOOK_PERIOD, waiting).await {
                return slot.expect("nobody closes it");
            }
        }
    }
}

/// How many connections from clients there may be with so many file descriptors.
fn connections_max(descriptors: u64) -> u64 {
    let reserved = (descriptors / RESERVED_PART).clamp(RESERVED_FDS_MIN, RESERVED_FDS_MAX);
    descriptors.saturating_sub(reserved).max(CONNECTIONS_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_kept_for_files_and_members() {
        assert_eq!(connections_max(100), CONNECTIONS_MIN);
        // As etcd.
        assert_eq!(connections_max(1024), 1024 - 150);
        assert_eq!(connections_max(4096), 4096 - 512);
        assert_eq!(connections_max(1 << 20), (1 << 20) - 534);
    }
}
