//! Clients at work: a call leaves, arrives at a member, is answered, and the answer comes back, or not.

use super::{Cluster, Event, Phase, users::has_too_few_tries};
use crate::core::{
    sim::{
        member::Use,
        network::Nanos,
        plan::{MILLIS, SECONDS},
    },
    verify::history::{Call, Operation, Outcome},
};

/// Longest that a client waits for an answer.
const PATIENCE: Nanos = 12 * SECONDS;
/// How long a call or an answer is under way.
const WAY: std::ops::Range<Nanos> = 20_000..3 * MILLIS;

pub(super) enum ClientEvent {
    /// The client does something.
    Act(usize),
    /// The call with this number arrives.
    Arrive(usize),
    /// Its outcome is known to the client.
    Answered(usize, Outcome),
    /// The client's patience is over.
    Deadline(usize),
}

/// Every call there was.
#[derive(Default)]
pub(super) struct Calls {
    operations: Vec<Operation>,
    /// By call: whose it is, and with which life of its member it is.
    underway: Vec<Underway>,
    /// By call: the token that it shows.
    tokens: Vec<Option<String>>,
}

#[derive(Clone, Copy)]
struct Underway {
    client: usize,
    member: usize,
    /// Set on arrival.
    life: Option<u64>,
}

impl Calls {
    pub fn into_operations(self) -> Vec<Operation> {
        self.operations
    }

    /// The token that a call shows.
    pub fn token(&self, number: usize) -> Option<String> {
        self.tokens[number].clone()
    }

    /// Position of the member that was asked.
    pub fn member(&self, number: usize) -> usize {
        self.underway[number].member
    }
}

impl Cluster {
    /// The client does its next thing after a while.
    pub(super) fn think(&mut self, client: usize) {
        let calm = self.clients[client].administrator.as_ref().is_some_and(|administrator| !administrator.is_busy());
        let pause = if calm { self.plan.administrator_pause.clone() } else { self.plan.think.clone() };
        let delay = self.chance.skewed(pause);
        self.later(delay, Event::Client(ClientEvent::Act(client)));
    }

    pub(super) fn client_event(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Act(client) => self.act(client),
            ClientEvent::Arrive(number) => self.arrive(number),
            ClientEvent::Answered(number, outcome) => self.known(number, outcome),
            ClientEvent::Deadline(number) => self.known(number, Outcome::Unknown("the client waited no longer".into())),
        }
    }

    fn act(&mut self, at: usize) {
        if self.phase == Phase::Quiet {
            return;
        }
        let in_use = self.in_use();
        let client = &mut self.clients[at];
        // A token is good anywhere.
        let moves = if client.session.is_some() { 20 } else { 3 };
        if self.chance.percent(moves) {
            client.member = self.chance.of(&in_use);
        }
        // Whoever is told who the members are goes to one that serves.
        if self.phase == Phase::Healed && !self.operators.is_empty() && !self.votes(self.clients[at].member) {
            let voters: Vec<usize> = in_use.into_iter().filter(|&member| self.votes(member)).collect();
            if !voters.is_empty() {
                self.clients[at].member = self.chance.of(&voters);
            }
        }
        let client = &mut self.clients[at];
        let call = client.next();
        let token = client.shown();
        self.call(at, call, token);
    }

    fn call(&mut self, at: usize, call: Call, token: Option<String>) {
        let client = &mut self.clients[at];
        let member = client.member;
        let number = self.calls.operations.len();
        client.waits_for = Some(number);
        self.trace.note(self.now, "call", &[at as u64, member as u64, number as u64]);
        self.trace.say(self.now, || format!("call {number} of client {at} to member {}: {call:?}", member + 1));
        self.calls.operations.push(Operation {
            client: client.id,
            member: self.members[member].id,
            call,
            begun: self.now,
            ended: Nanos::MAX,
            outcome: Outcome::Unknown("no answer until the end".into()),
        });
        self.calls.underway.push(Underway { client: at, member, life: None });
        self.calls.tokens.push(token);
        let delay = self.chance.skewed(WAY);
        self.later(delay, Event::Client(ClientEvent::Arrive(number)));
        self.later(PATIENCE, Event::Client(ClientEvent::Deadline(number)));
    }

    fn arrive(&mut self, number: usize) {
        let member = self.calls.underway[number].member;
        let event = Event::Client(ClientEvent::Arrive(number));
        if self.wait_for_paused(member, event).is_none() {
            return;
        }
        self.members[member].set_clocks(&self.member_options, self.now);
        let lives = self.members[member].lives;
        let stood_still = self.members[member].paused_until;
        let Some(life) = &mut self.members[member].life else {
            let outcome = Outcome::Failed("connection refused".into());
            let delay = self.chance.skewed(WAY);
            return self.later(delay, Event::Client(ClientEvent::Answered(number, outcome)));
        };
        self.calls.underway[number].life = Some(lives);
        let call = &self.calls.operations[number].call;
        let asks = matches!(call, Call::Range(range) if !range.serializable) || matches!(call, Call::LeaseKeepAlive(_));
        if asks && stood_still > 0 && self.now < stood_still + 50 * MILLIS {
            self.trace.note(self.now, "asked of a member that stood still", &[number as u64]);
        }
        life.serve(number, self.calls.token(number), call.clone());
        self.shown_to(number, member);
        self.settle(member);
    }

    /// A member has answered a call.
    pub(super) fn answer(&mut self, number: usize, outcome: Outcome) {
        let delay = self.chance.skewed(WAY);
        self.later(delay, Event::Client(ClientEvent::Answered(number, outcome)));
    }

    /// The calls that a member has are lost with it.
    pub(super) fn lose_calls(&mut self, member: usize) {
        let life = self.members[member].lives;
        for number in 0..self.clients.len() {
            let Some(call) = self.clients[number].waits_for else { continue };
            let underway = self.calls.underway[call];
            if underway.member == member && underway.life == Some(life) {
                let delay = self.chance.skewed(WAY);
                let outcome = Outcome::Unknown("connection lost".into());
                self.later(delay, Event::Client(ClientEvent::Answered(call, outcome)));
            }
        }
    }

    /// The client knows how its call ended.
    fn known(&mut self, number: usize, outcome: Outcome) {
        let at = self.calls.underway[number].client;
        let in_use = self.in_use();
        let client = &mut self.clients[at];
        if client.waits_for != Some(number) {
            return;
        }
        client.waits_for = None;
        let operation = &mut self.calls.operations[number];
        operation.ended = self.now;
        client.learn(&operation.call, self.calls.tokens[number].as_ref(), &outcome);
        let kind = match &outcome {
            Outcome::Answered(_) => 0,
            Outcome::Refused(_) => 1,
            Outcome::Failed(_) => 2,
            Outcome::Unknown(_) => 3,
        };
        let elsewhere = kind >= 2 || self.members[client.member].standing != Use::Member;
        if elsewhere && self.chance.percent(80) {
            client.member = self.chance.of(&in_use);
        }
        self.trace.note(self.now, "known", &[at as u64, number as u64, kind]);
        if matches!((&operation.call, &outcome), (Call::Txn(_), Outcome::Refused(text)) if text.contains("compacted")) {
            self.trace.note(self.now, "transaction reads compacted", &[number as u64]);
        }
        self.trace.say(self.now, || format!("call {number}: {outcome:?}"));
        let excused = has_too_few_tries(&operation.call, &outcome);
        let begun = operation.begun;
        operation.outcome = outcome.clone();
        self.note_users(number, &outcome);
        if self.phase == Phase::Healed && kind >= 2 && !excused && begun > self.healed_since() {
            let text =
                format!("call {number}, begun after all was mended, was not answered: {:?}", self.calls.operations[number]);
            self.finding(text);
        }
        self.think(at);
    }

    /// Whether every client has its answer.
    pub(super) fn nobody_waits(&self) -> bool {
        self.clients.iter().all(|client| client.waits_for.is_none())
    }
}
