//! What a run of each mode asks, in the order in which the recorder asked it.

use std::time::Duration;

use bytes::Bytes;
use quorate_proto::etcdserverpb::{CompactionRequest, LeaseTimeToLiveRequest, PutRequest, RangeRequest};

use super::{
    driver::Driver,
    watching::{MARKER_WATCH_ID, WatchStream},
};

/// Watchers read what a compaction is about to take within this time, so that none is cancelled by chance.
const AROUND_COMPACTION: Duration = Duration::from_millis(400);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Kv,
    Txn,
    Lease,
    Watch,
    Auth,
}

impl Driver {
    pub async fn run(&mut self, mode: Mode, steps: usize) {
        match mode {
            Mode::Kv => self.kv_mode(steps).await,
            Mode::Txn => self.txn_mode(steps).await,
            Mode::Lease => self.lease_mode(steps).await,
            Mode::Watch => self.watch_mode(steps).await,
            Mode::Auth => self.auth_mode(steps).await,
        }
    }

    async fn kv_mode(&mut self, steps: usize) {
        self.leases().await;
        for _ in 0..steps {
            self.kv_step(Duration::ZERO).await;
        }
        self.everything().await;
        self.hash_kv().await;
    }

    async fn txn_mode(&mut self, steps: usize) {
        self.leases().await;
        for _ in 0..steps {
            let request = self.draw.txn(3);
            self.txn(request).await;
            if self.draw.percent(1) {
                self.compact_step(Duration::ZERO).await;
            }
        }
        self.everything().await;
        self.hash_kv().await;
    }

    async fn leases(&mut self) {
        for id in 100..105 {
            self.lease_grant(id, 5000).await;
        }
    }

    async fn everything(&mut self) {
        let zero = Bytes::from_static(&[0]);
        self.range(RangeRequest { key: zero.clone(), range_end: zero, ..Default::default() }).await;
    }

    pub async fn kv_step(&mut self, around_compaction: Duration) {
        match self.draw.random.int(100) {
            0..40 => {
                let request = self.draw.range();
                self.range(request).await;
            }
            40..75 => {
                let request = self.draw.put();
                self.put(request).await;
            }
            75..90 => {
                let request = self.draw.delete();
                self.delete(request).await;
            }
            90..96 => {
                let request = self.draw.txn(1);
                self.txn(request).await;
            }
            96 => self.compact_step(around_compaction).await,
            97 => self.hash_kv().await,
            _ => {
                let request = self.draw.range();
                self.range_stream(request).await;
            }
        }
    }

    pub async fn compact_step(&mut self, around: Duration) {
        tokio::time::sleep(around).await;
        let revision = self.draw.revision();
        let physical = self.draw.percent(50);
        self.compact(CompactionRequest { revision, physical }).await;
        tokio::time::sleep(around).await;
    }

    async fn lease_mode(&mut self, steps: usize) {
        for _ in 0..steps {
            let id = 100 + self.draw.random.int(8);
            match self.draw.random.int(100) {
                0..20 => self.grant_step(id).await,
                20..30 => self.lease_revoke(id).await,
                30..45 => {
                    let keys = self.draw.percent(70);
                    self.lease_time_to_live(LeaseTimeToLiveRequest { id, keys }).await;
                }
                45..50 => self.lease_leases().await,
                50..60 => self.lease_keep_alive(id).await,
                60..80 => {
                    let mut request = self.draw.put();
                    if self.draw.percent(60) {
                        request.lease = id;
                    }
                    self.put(request).await;
                }
                80..85 => {
                    let request = self.draw.delete();
                    self.delete(request).await;
                }
                85..95 => {
                    let request = self.draw.txn(1);
                    self.txn(request).await;
                }
                _ => {
                    let request = self.draw.range();
                    self.range(request).await;
                }
            }
        }
        self.hash_kv().await;
    }

    /// A grant. Short ones would run out at a moment of their own: they get an id from the server and are revoked at once.
    async fn grant_step(&mut self, id: i64) {
        let ttls = [-1, 0, 1, 60, 5000, 9_000_000_000, 9_000_000_001];
        match ttls[self.draw.random.int(ttls.len() as i64) as usize] {
            ttl @ -1..=1 => {
                if let Some(chosen) = self.lease_grant_chosen(ttl).await {
                    self.lease_revoke(chosen).await;
                }
            }
            60 => self.lease_grant(id, 6000).await,
            ttl => self.lease_grant(id, ttl).await,
        }
    }

    async fn watch_mode(&mut self, steps: usize) {
        self.leases().await;
        let mut open = Vec::new();
        for _ in 0..steps {
            self.kv_step(AROUND_COMPACTION).await;
            if self.draw.percent(12) {
                let count = 1 + self.draw.random.int(3);
                let asked = (0..count).map(|_| self.draw.watch()).collect();
                open.push(WatchStream::open(&self.clients, asked).await);
            }
        }
        self.put(PutRequest { key: "marker".into(), value: "x".into(), ..Default::default() }).await;
        assert!(open.len() < MARKER_WATCH_ID as usize);
        // All at once: each waits for a while of silence.
        let (revision, first) = (self.draw.revision, self.steps.len());
        let reading: Vec<_> = (open.into_iter().enumerate())
            .map(|(n, stream)| {
                let expected = self.expected_at(first + n).cloned();
                tokio::spawn(async move { stream.collect(revision, expected.as_ref()).await })
            })
            .collect();
        for (n, stream) in reading.into_iter().enumerate() {
            let (request, answer) = stream.await.expect("reading a stream does not fail");
            self.settle(&format!("Watch{n}"), request, answer);
        }
    }
}
