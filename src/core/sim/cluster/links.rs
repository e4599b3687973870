//! What goes between members: messages, whole states, questions about leases.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use quorate_proto::peer::{self as wire, snapshot_chunk::Part};

use super::{Cluster, Event};
use crate::core::{
    peer::{Inbound, Receiving, Sending, message_type},
    server::StateSource,
    sim::{
        member::Life,
        network::Nanos,
        outgoing::{Asked, Question},
        plan::{MILLIS, SECONDS},
    },
};

/// Bytes of a state in one chunk: few, so that even a small state can break off in many places.
const CHUNK_BYTES: usize = 512;
/// Pause before a state that broke off goes on.
const STATE_PAUSE: Nanos = 100 * MILLIS;
/// How long a state that broke off is kept, on both sides.
const STATE_KEPT: Nanos = 3 * SECONDS;

pub(super) enum LinkEvent {
    Message {
        from: usize,
        to: usize,
        message: Box<wire::Message>,
    },
    /// A message did not arrive, as its sender notices.
    Unreachable {
        from: usize,
        life: u64,
        to: usize,
    },
    /// The next part of a state arrives, or the attempt to go on with it.
    Piece(u64),
    /// A question arrives at the leader.
    Question {
        from: usize,
        to: usize,
        asked: Asked,
    },
    LookWhoCalls,
    /// Something for a future that waits, run where it waits.
    Reply {
        to: usize,
        life: u64,
        reply: Box<dyn FnOnce()>,
    },
}

/// Answers to questions about leases, with whom they are for, its life, and how long they take.
pub(super) type Replies = Rc<RefCell<Vec<(usize, u64, Nanos, Box<dyn FnOnce()>)>>>;

/// A state on its way.
pub(super) struct Transfer {
    from: usize,
    from_life: u64,
    to: usize,
    sending: Sending,
    /// What is under way; nothing at the beginning of an attempt.
    part: Option<Part>,
    /// What the receiver has, in one of its lives.
    receiving: Option<(u64, Receiving)>,
    /// When it last came on.
    moved: Nanos,
}

impl Transfer {
    /// Whether it comes from or goes to this machine.
    pub fn is_of(&self, at: usize) -> bool {
        self.from == at || self.to == at
    }
}

impl Cluster {
    fn position(&self, id: u64) -> Option<usize> {
        self.members.iter().position(|member| member.id == id && id != 0)
    }

    /// A member sends a message.
    pub(super) fn send(&mut self, from: usize, message: wire::Message) {
        let Some(to) = self.position(message.to) else { return };
        self.trace.note(self.now, "send", &[from as u64, to as u64, message.r#type as u64, message.term, message.index]);
        if message.r#type == message_type::SNAPSHOT {
            return self.send_state(from, to, message);
        }
        let Some(delay) = self.network.passage(from, to, &mut self.chance) else {
            if self.chance.percent(50) {
                let life = self.members[from].lives;
                self.later(MILLIS, Event::Link(LinkEvent::Unreachable { from, life, to }));
            }
            return;
        };
        // Links between members never double a proposal: the library sends each once, over a stream.
        let doubles = message.r#type != message_type::PROPOSE && self.chance.permille(self.network.doubled_permille);
        if doubles && let Some(later) = self.network.passage(from, to, &mut self.chance) {
            let message = Box::new(message.clone());
            self.later(delay + later, Event::Link(LinkEvent::Message { from, to, message }));
        }
        let mut arrival = self.now + delay;
        if self.plan.ordered {
            let last = self.last_arrival.entry((from, to)).or_default();
            arrival = arrival.max(*last + 1);
            *last = arrival;
        }
        self.at(arrival, Event::Link(LinkEvent::Message { from, to, message: Box::new(message) }));
    }

    pub(super) fn link_event(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::LookWhoCalls => self.look_who_calls(),
            LinkEvent::Message { from, to, message } => {
                let event = Event::Link(LinkEvent::Message { from, to, message });
                let Some(Event::Link(LinkEvent::Message { message, .. })) = self.wait_for_paused(to, event) else { return };
                // What was under way when the link was cut is lost with it.
                if self.network.is_cut(from, to) {
                    return;
                }
                self.trace.note(self.now, "arrive", &[from as u64, to as u64, message.r#type as u64, message.index]);
                // Another member may have been set up on the machine meanwhile.
                let receiver = &self.members[to];
                if let Some(life) = receiver.life.as_ref().filter(|_| receiver.id == message.to) {
                    let (id, sender) = (receiver.id, message.from);
                    let is_removed = life.assembly.inbound.is_removed(sender);
                    life.outgoing.called_by(sender);
                    life.assembly.inbound.deliver(vec![*message]);
                    self.settle(to);
                    if is_removed && self.members[from].id == sender {
                        self.tell_removed(from, id);
                    }
                }
            }
            LinkEvent::Unreachable { from, life, to } => {
                let to = self.members[to].id;
                let member = &self.members[from];
                if let Some(sender) = member.life.as_ref().filter(|_| member.lives == life) {
                    sender.assembly.inbound.unreachable(to);
                    self.settle(from);
                }
            }
            LinkEvent::Piece(number) => self.piece(number),
            LinkEvent::Question { from, to, asked } => {
                let event = Event::Link(LinkEvent::Question { from, to, asked });
                let Some(Event::Link(LinkEvent::Question { asked, .. })) = self.wait_for_paused(to, event) else { return };
                self.question(from, to, asked);
            }
            LinkEvent::Reply { to, life, reply } => {
                if self.members[to].lives == life && self.members[to].life.is_some() {
                    reply();
                    self.settle(to);
                }
            }
        }
    }

    fn send_state(&mut self, from: usize, to: usize, message: wire::Message) {
        let member = &self.members[from];
        let Some(life) = &member.life else { return };
        let source = StateSource { backend: Arc::clone(life.assembly.server.store().backend()) };
        let number = self.next_transfer;
        match Sending::open(&source, message, number, CHUNK_BYTES) {
            Ok(sending) => {
                self.next_transfer += 1;
                let from_life = member.lives;
                let transfer = Transfer { from, from_life, to, sending, part: None, receiving: None, moved: self.now };
                self.transfers.insert(number, transfer);
                self.next_piece(number);
            }
            Err(_) => {
                let to = self.members[to].id;
                life.assembly.inbound.snapshot_sent(to, false);
            }
        }
    }

    fn next_piece(&mut self, number: u64) {
        let (from, to) = (self.transfers[&number].from, self.transfers[&number].to);
        match self.network.passage(from, to, &mut self.chance) {
            Some(delay) => self.later(delay, Event::Link(LinkEvent::Piece(number))),
            None => self.state_broke(number),
        }
    }

    /// What was under way is lost. The state goes on from where the receiver stands, unless it has stood there for too long.
    fn state_broke(&mut self, number: u64) {
        let now = self.now;
        let transfer = self.transfers.get_mut(&number).expect("a transfer ends once");
        transfer.part = None;
        if now - transfer.moved >= STATE_KEPT {
            return self.state_sent(number, false);
        }
        self.later(STATE_PAUSE, Event::Link(LinkEvent::Piece(number)));
    }

    fn piece(&mut self, number: u64) {
        // Gone with the member that it was for, or came from.
        let Some(transfer) = self.transfers.get(&number) else { return };
        let to = transfer.to;
        let Some(event) = self.wait_for_paused(to, Event::Link(LinkEvent::Piece(number))) else { return };
        drop(event);
        let transfer = self.transfers.get_mut(&number).expect("a transfer ends once");
        let from = transfer.from;
        let sends = self.members[from].life.is_some() && self.members[from].lives == transfer.from_life;
        let is_refused =
            self.members[to].life.as_ref().is_some_and(|life| life.assembly.inbound.is_removed(self.members[from].id));
        if !sends || is_refused {
            return self.state_sent(number, false);
        }
        let receiver = &self.members[to];
        if transfer.receiving.as_ref().is_some_and(|(life, _)| *life != receiver.lives) {
            // It restarted, and with it went what it had.
            (transfer.receiving, transfer.part) = (None, None);
        }
        if receiver.life.is_none() || self.network.is_cut(from, to) {
            return self.state_broke(number);
        }
        self.trace.note(self.now, "piece", &[from as u64, to as u64]);
        match transfer.part.take() {
            None => self.go_on_with_state(number),
            Some(Part::Header(_)) => unreachable!("the header is what an attempt begins with"),
            Some(Part::Rows(chunk)) => {
                let Some((_, receiving)) = &mut transfer.receiving else { return self.state_broke(number) };
                if receiving.take(&chunk).is_err() {
                    return self.state_sent(number, false);
                }
                // The sender hears of it a little later.
                transfer.sending.confirm(receiving.tally().chunks() - 1);
                transfer.moved = self.now;
                self.send_part(number);
            }
            Some(Part::Trailer(trailer)) => {
                let Some((_, receiving)) = transfer.receiving.take() else { return self.state_broke(number) };
                let finished = receiving.finish(trailer);
                self.settle(to);
                self.state_sent(number, finished.is_ok());
            }
        }
    }

    /// An attempt arrives at the receiver, which says where it stands.
    fn go_on_with_state(&mut self, number: u64) {
        let (from, to) = (self.transfers[&number].from, self.transfers[&number].to);
        // Another state is in the way: one that broke off is thrown away, and so is one of the same sender.
        for other in self.transfers.iter_mut().filter(|(other, _)| **other != number).map(|(_, other)| other) {
            if other.to == to && (other.from == from || other.part.is_none()) {
                other.receiving = None;
            }
        }
        let transfer = self.transfers.get_mut(&number).expect("a transfer ends once");
        let receiver = &self.members[to];
        let Some(life) = &receiver.life else { return self.state_broke(number) };
        if transfer.receiving.is_none() {
            let header = transfer.sending.header();
            let sink = header.message.as_ref().and_then(|message| life.assembly.inbound.begin_snapshot(message));
            let Some(sink) = sink else { return self.state_sent(number, false) };
            let sender = self.members[from].id;
            transfer.receiving = Some((receiver.lives, Receiving::new(sender, header.nonce, sink)));
        }
        let (_, receiving) = transfer.receiving.as_ref().expect("just made");
        let stored = receiving.tally();
        if transfer.sending.go_on_at(stored.into()).is_err() {
            return self.state_sent(number, false);
        }
        if stored.chunks() > 0 {
            self.trace.note(self.now, "state goes on", &[from as u64, to as u64, stored.chunks()]);
        }
        self.send_part(number);
    }

    fn send_part(&mut self, number: u64) {
        let transfer = self.transfers.get_mut(&number).expect("a transfer ends once");
        match transfer.sending.next_part() {
            Ok(part) => {
                transfer.part = Some(part);
                self.next_piece(number);
            }
            Err(_) => self.state_sent(number, false),
        }
    }

    fn state_sent(&mut self, number: u64, ok: bool) {
        let Some(transfer) = self.transfers.remove(&number) else { return };
        self.trace.note(self.now, "state sent", &[transfer.from as u64, transfer.to as u64, u64::from(ok)]);
        let to = self.members[transfer.to].id;
        let sender = &self.members[transfer.from];
        if let Some(life) = sender.life.as_ref().filter(|_| sender.lives == transfer.from_life) {
            life.assembly.inbound.snapshot_sent(to, ok);
            drop(transfer.receiving);
            self.settle(transfer.from);
        }
    }

    /// A member asks the leader.
    pub(super) fn ask(&mut self, from: usize, asked: Asked) {
        let Some(to) = self.position(asked.leader) else { return };
        // A lost question is dropped, which tells who asked that the leader is out of reach.
        if let Some(delay) = self.network.passage(from, to, &mut self.chance) {
            self.later(delay, Event::Link(LinkEvent::Question { from, to, asked }));
        } else {
            let life = self.members[from].lives;
            self.later(100 * MILLIS, Event::Link(LinkEvent::Reply { to: from, life, reply: Box::new(move || drop(asked)) }));
        }
    }

    fn question(&mut self, from: usize, to: usize, asked: Asked) {
        let asking = self.members[from].lives;
        let asker = self.members[from].id;
        let back = self.network.passage(to, from, &mut self.chance);
        let is_leader = self.members[to].id == asked.leader;
        let admits = |life: &&mut Life| is_leader && !life.assembly.inbound.is_removed(asker);
        let Some(life) = self.members[to].life.as_mut().filter(admits) else {
            let reply = Box::new(move || drop(asked));
            return self.later(MILLIS, Event::Link(LinkEvent::Reply { to: from, life: asking, reply }));
        };
        let Some(back) = back else {
            // The answer will be lost on its way; the question has its effect all the same.
            let inbound = Arc::clone(&life.assembly.inbound);
            life.pool.spawn(async move {
                match asked.question {
                    Question::Renew(id, _) => drop(inbound.lease_keep_alive(id).await),
                    Question::Left(id, keys, _) => drop(inbound.lease_time_to_live(id, keys).await),
                    Question::Promote(id, _) => drop(inbound.promote_member(id).await),
                }
            });
            return self.settle(to);
        };
        let inbound = Arc::clone(&life.assembly.inbound);
        let replies = Rc::clone(&self.replies);
        life.pool.spawn(async move {
            let reply: Box<dyn FnOnce()> = match asked.question {
                Question::Renew(id, reply) => {
                    let answer = inbound.lease_keep_alive(id).await;
                    Box::new(move || drop(reply.send(answer)))
                }
                Question::Promote(id, reply) => {
                    let answer = inbound.promote_member(id).await;
                    Box::new(move || drop(reply.send(answer)))
                }
                Question::Left(id, keys, reply) => {
                    let answer = inbound.lease_time_to_live(id, keys).await;
                    Box::new(move || drop(reply.send(answer)))
                }
            };
            replies.borrow_mut().push((from, asking, back, reply));
        });
        self.settle(to);
    }

    /// Sends the answers to questions that are there.
    pub(super) fn send_replies(&mut self) {
        let replies = std::mem::take(&mut *self.replies.borrow_mut());
        for (to, life, delay, reply) in replies {
            self.later(delay, Event::Link(LinkEvent::Reply { to, life, reply }));
        }
    }
}
