//! Users in a run: clients act as them, administrators change them, and what that took is written down for the checkers.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

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
        users::{AuthAnswer, AuthCall, Counted, Shown, Told},
    },
};

/// How often a member that gets to run looks at which tokens were given time.
const LOOK: Moment = 250 * MILLIS;

/// How the present life of a member counts the time of tokens.
#[derive(Default)]
pub(super) struct Counting {
    /// Which life of the member it is, and its place among all lives.
    life: u64,
    place: usize,
    /// How far it has applied the log, and when by its own clock, if it need not have looked at that yet.
    unseen: VecDeque<(u64, Moment)>,
    applied: u64,
}

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
        let (local, life) = (self.members[member].local(self.now), self.counting[member].place);
        users.shown.insert(number, Shown { token, applied, local, life });
        if elsewhere {
            self.trace.note(self.now, "token of another member", &[number as u64]);
        }
    }

    /// Notes what a member has applied, and what it must have looked at when its tasks have just run.
    pub(super) fn note_counting(&mut self, at: usize, tasks_ran: bool) {
        let member = &self.members[at];
        let (Some(life), Some(users)) = (&member.life, &mut self.history.users) else { return };
        let counting = &mut self.counting[at];
        if counting.life != member.lives {
            *counting = Counting { life: member.lives, place: users.lives.len(), ..Counting::default() };
            users.lives.push(Counted::default());
        }
        let (local, applied) = (member.local(self.now), life.assembly.server.progress().index());
        if applied > counting.applied {
            counting.applied = applied;
            counting.unseen.push_back((applied, local));
        }
        while tasks_ran && let Some((index, _)) = counting.unseen.pop_front_if(|(_, since)| *since + LOOK <= local) {
            users.lives[counting.place].0.push((index, local));
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
        let calm_since = self.healed_since();
        let (Some(users), Some(log_book)) = (&mut self.history.users, self.recorder.log_book.take()) else { return };
        users.log = log_book.entries;
        users.log_ends = log_book.ended;
        users.token_ttl = self.plan.token_ttl_secs.unwrap_or(super::TOKEN_TTL_SECS) * SECONDS;
        users.calm_since = Some(calm_since);
    }
}

/// Names have few tries, and many ask: that one waits is no trouble of the cluster.
pub(super) fn has_too_few_tries(call: &Call, outcome: &Outcome) -> bool {
    let busy = matches!(outcome, Outcome::Failed(text) if text == "etcdserver: too many requests");
    busy && matches!(call, Call::Auth(AuthCall::Authenticate(_)))
}
