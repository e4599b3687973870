//! What a member gives out for others, and what its links would tell it of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use parking_lot::Mutex;
use quorate_proto::peer as wire;
use tokio::sync::oneshot;

use crate::core::{
    limits,
    peer::{LeaderFuture, LeaderLink, Transport},
};

/// See the module.
#[derive(Default)]
pub struct Outgoing {
    pub messages: Mutex<Vec<wire::Message>>,
    pub asked: Mutex<Vec<Asked>>,
    links: Mutex<Links>,
}

#[derive(Default)]
struct Links {
    /// To whom the member talks.
    peers: BTreeSet<u64>,
    /// Who is connected, with since when by the member's own clock.
    active: BTreeMap<u64, Instant>,
    /// Who ever was in this life of the member.
    met: BTreeSet<u64>,
    /// Who has called: is called back, though perhaps nobody has said yet that it is a member.
    callers: BTreeSet<u64>,
}

/// A question for the leader.
pub struct Asked {
    pub leader: u64,
    pub question: Question,
}

/// With where the answer goes; dropping that says that the leader is out of reach.
pub enum Question {
    Renew(i64, oneshot::Sender<Result<i64, tonic::Status>>),
    Promote(u64, oneshot::Sender<Result<wire::PromoteVerdict, tonic::Status>>),
    Left(i64, bool, oneshot::Sender<Result<wire::LeaseTimeToLiveReply, tonic::Status>>),
}

impl Outgoing {
    /// Notes whether a member is connected; one that was before keeps its time. Answers whether it is now, and was not.
    pub fn set_connected(&self, member: u64, now: Option<Instant>) -> bool {
        let mut links = self.links.lock();
        let was = links.active.contains_key(&member);
        match now {
            Some(now) => {
                links.active.entry(member).or_insert(now);
                links.met.insert(member);
            }
            None => drop(links.active.remove(&member)),
        }
        now.is_some() && !was
    }

    /// A message of this member came.
    pub fn called_by(&self, member: u64) {
        self.links.lock().callers.insert(member);
    }

    fn ask<T: Send + 'static>(
        &self,
        leader: u64,
        question: impl FnOnce(oneshot::Sender<Result<T, tonic::Status>>) -> Question,
    ) -> LeaderFuture<T> {
        let (reply, answer) = oneshot::channel();
        if self.links.lock().peers.contains(&leader) {
            self.asked.lock().push(Asked { leader, question: question(reply) });
        }
        Box::pin(async move { answer.await.unwrap_or_else(|_| Err(tonic::Status::unavailable("out of reach"))) })
    }
}

impl Transport for Outgoing {
    fn send(&self, messages: Vec<wire::Message>) {
        let links = self.links.lock();
        let is_known = |id| links.peers.contains(&id) || links.callers.contains(&id);
        self.messages.lock().extend(messages.into_iter().filter(|message| is_known(message.to)));
    }

    fn set_peers(&self, peers: Vec<(u64, Vec<String>)>) {
        self.links.lock().peers = peers.into_iter().map(|(id, _)| id).collect();
    }

    fn active_since(&self, member: u64) -> Option<Instant> {
        let links = self.links.lock();
        links.active.get(&member).copied().filter(|_| links.peers.contains(&member))
    }

    fn version_of(&self, member: u64) -> Option<String> {
        self.links.lock().met.contains(&member).then(|| limits::SERVER_VERSION.to_owned())
    }
}

impl LeaderLink for Outgoing {
    fn lease_keep_alive(&self, leader: u64, id: i64) -> LeaderFuture<i64> {
        self.ask(leader, |reply| Question::Renew(id, reply))
    }

    fn lease_time_to_live(&self, leader: u64, id: i64, keys: bool) -> LeaderFuture<wire::LeaseTimeToLiveReply> {
        self.ask(leader, |reply| Question::Left(id, keys, reply))
    }

    fn promote_member(&self, leader: u64, id: u64) -> LeaderFuture<wire::PromoteVerdict> {
        self.ask(leader, |reply| Question::Promote(id, reply))
    }
}
