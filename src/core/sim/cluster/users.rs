//! Users in a run: clients act as them, administrators change them, and what that took is written down for the checkers.

use std::{cell::RefCell, rc::Rc};

use super::Cluster;
use crate::core::{
    sim::{
        administrator::Administrator,
        chance::Chance,
        plan::{MILLIS, Plan, SECONDS},
        session::{Book, Session},
        workload::Client,
    },
    verify::{
        history::{Answer, Call, Moment, Outcome},
        model::users::refusal,
        users::{AuthAnswer, AuthCall, Shown, Told},
    },
};

/// How far wall clocks are from the run's where none jumps: they show whole milliseconds.
const MILLIS_ROUNDED: Moment = 2 * MILLIS;
/// Farther than they jump: ten years.
const CLOCKS_JUMP: Moment = 300_000_000 * SECONDS;

/// Lets clients act as users, and adds administrators to them.
pub(super) fn admit_users(clients: &mut Vec<Client>, plan: &Plan, chance: &mut Chance) {
    let book = Rc::<RefCell<Book>>::default();
    for client in &mut *clients {
        client.session = Some(Session::of_anybody(chance.part(), Rc::clone(&book), plan.users));
    }
    for number in 0..plan.administrators {
        let mut client = Client::new(clients.len() as u32, plan, chance);
        client.session = Some(Session::of_root(chance.part(), Rc::clone(&book), plan.users));
        let administrator = Administrator::new(chance.part(), Rc::clone(&book), plan.users, plan.keys, number);
        client.administrator = Some(administrator);
        clients.push(client);
    }
}

impl Cluster {
    /// A call has reached a member that runs.
    pub(super) fn shown_to(&mut self, number: usize, member: usize) {
        let Some(life) = &self.members[member].life else { return };
        let Some(users) = &mut self.history.users else { return };
        let applied = life.assembly.server.progress().index();
        let token = self.calls.token(number);
        let elsewhere = token.as_deref().and_then(|token| self.givers.get(token)).is_some_and(|giver| *giver != member);
        users.shown.insert(number, Shown { token, applied });
        if elsewhere {
            self.trace.note(self.now, "token of another member", &[number as u64]);
        }
    }

    /// What users make of an outcome.
    pub(super) fn note_users(&mut self, number: usize, outcome: &Outcome) {
        if self.history.users.is_none() {
            return;
        }
        match outcome {
            Outcome::Refused(text) if text == refusal::PERMISSION_DENIED => self.trace.note(self.now, "denied", &[number as u64]),
            Outcome::Refused(text) if text == refusal::OLD_REVISION => {
                self.trace.note(self.now, "users changed", &[number as u64]);
            }
            Outcome::Answered(Answer::Auth(AuthAnswer { told: Told::Token(token), .. })) => {
                self.givers.insert(token.clone(), self.calls.member(number));
            }
            _ => {}
        }
    }

    /// Hands over what was recorded of users.
    pub(super) fn write_users_down(&mut self) {
        let (Some(users), Some(log_book)) = (&mut self.history.users, self.recorder.log_book.take()) else { return };
        users.log = log_book.entries;
        users.log_ends = log_book.ended;
        users.clock_error = if self.plan.token_ttl_secs.is_some() { MILLIS_ROUNDED } else { CLOCKS_JUMP };
    }
}

/// Names have few tries, and many ask: that one waits is no trouble of the cluster.
pub(super) fn has_too_few_tries(call: &Call, outcome: &Outcome) -> bool {
    let busy = matches!(outcome, Outcome::Failed(text) if text == "etcdserver: too many requests");
    busy && matches!(call, Call::Auth(AuthCall::Authenticate(_)))
}
