//! Each operation against what was granted where it happened.

use std::collections::BTreeSet;

use super::{
    super::{
        super::{
            history::{Answer, Call, History, Moment, Operation, Outcome},
            model::{
                refusal::{COMPACTED, FUTURE_REVISION, KEY_NOT_FOUND, LEASE_EXISTS, LEASE_NOT_FOUND},
                users::{Users, refusal},
            },
            users::{AuthAnswer, AuthCall, Decision, Shown, Told, UsersHistory, UsersSeen},
        },
        Options,
        content::{Role, is_linearizable, role},
        finding::{self, Finding, Findings},
    },
    CHANGED, DENIED, LOGIN, RENEWED, SAME, SERVED, TOKEN,
    age::{Age, token_of},
    timeline::{Aged, Standing, Timeline},
};

/// How long a member waits for the entry of a token that it does not have yet, by its own clock.
const TOKEN_WAIT: Moment = 990_000_000;
/// Refusals of the store, which nobody hears who may not ask.
const OF_THE_STORE: [&str; 5] = [COMPACTED, FUTURE_REVISION, KEY_NOT_FOUND, LEASE_NOT_FOUND, LEASE_EXISTS];

/// See the module.
pub struct Judge<'a> {
    history: &'a History,
    recorded: &'a UsersHistory,
    timeline: &'a Timeline<'a>,
    age: Age<'a>,
    findings: Findings,
    judged: usize,
}

/// An operation, and the part of the log in which it happened.
struct Case<'a> {
    index: usize,
    operation: &'a Operation,
    shown: &'a Shown,
    /// The entry that gave its token.
    token: Option<u64>,
    /// How far its member had applied the log when it came; how far anyone had when it was answered.
    low: u64,
    high: u64,
    /// Below it nothing happened that waits for what was decided before.
    floor: u64,
    /// On whose behalf it may have been taken for; nobody among them where that is possible.
    identities: BTreeSet<Option<&'a str>>,
}

impl<'a> Judge<'a> {
    pub fn new(history: &'a History, recorded: &'a UsersHistory, timeline: &'a Timeline<'a>, options: &Options) -> Self {
        let age = Age::new(history, recorded, timeline, options.clock_error_permille);
        Self { history, recorded, timeline, age, findings: Findings::default(), judged: 0 }
    }

    pub fn finish(self) -> (Vec<Finding>, usize) {
        (self.findings.into_vec(), self.judged)
    }

    /// What was forgotten for its age was old.
    pub fn forgotten(&mut self) {
        for Aged { token, renewed, forgotten } in &self.timeline.aged {
            let at = self.timeline.entry(*forgotten).map_or(0, |(entry, _)| entry.applied);
            if !self.age.may_be_over(*renewed, at) {
                self.findings.add(TOKEN, || format!("{token}, given time by {renewed}, was forgotten by {forgotten}"));
            }
        }
    }

    /// Every member that was looked at knows the users that follow from the log.
    pub fn members(&mut self) {
        for seen in &self.recorded.seen {
            let due = self.seen_at(seen.member, seen.applied);
            if *seen != due {
                self.findings.add(SAME, || format!("{seen:?}; due: {due:?}"));
            }
        }
    }

    pub fn seen_at(&self, member: u64, applied: u64) -> UsersSeen {
        let Users { enabled, revision, users, roles, tokens } = self.timeline.standing(applied).users.clone();
        let users = users.into_iter().map(|(name, user)| (name, (user.password, user.roles))).collect();
        let roles = roles
            .into_iter()
            .map(|(name, role)| {
                let granted = role.into_iter().map(|((key, end), kind)| (key.to_vec(), end.to_vec(), kind));
                (name, granted.collect())
            })
            .collect();
        UsersSeen { member, applied, enabled, revision, users, roles, tokens }
    }

    pub fn operations(&mut self) {
        for (index, shown) in &self.recorded.shown {
            let operation = &self.history.operations[*index];
            let is_known = !matches!(operation.outcome, Outcome::Unknown(_) | Outcome::Failed(_));
            if !is_known || self.recorded.log_ends.is_some_and(|from| operation.ended >= from) {
                continue;
            }
            let case = self.case(*index, operation, shown);
            self.judged += 1;
            match (&operation.call, &operation.outcome) {
                (Call::Auth(call), Outcome::Answered(Answer::Auth(answer))) => self.told(&case, call, answer),
                (Call::Auth(call), Outcome::Refused(text)) => self.refused_change(&case, call, text),
                (_, Outcome::Answered(answer)) => self.answered(&case, answer),
                (_, Outcome::Refused(text)) => self.refused(&case, text),
                (_, Outcome::Unknown(_) | Outcome::Failed(_)) => {}
            }
        }
    }

    fn case(&self, index: usize, operation: &'a Operation, shown: &'a Shown) -> Case<'a> {
        let token = token_of(shown);
        let (low, high) = (shown.applied, self.timeline.until(operation.ended));
        let floor = self.timeline.before(operation.begun);
        let mut case = Case { index, operation, shown, token, low, high, floor, identities: BTreeSet::new() };
        case.identities =
            self.standings(low, high).filter_map(|standing| case.identity(standing.users, &self.age).ok()).collect();
        case
    }

    fn show(&self, case: &Case<'_>) -> String {
        let Case { shown, low, high, floor, .. } = case;
        let token = shown.token.as_deref().unwrap_or("no token");
        format!(
            "{}, with {token}, within {low}..={high} of the log, {floor} at its beginning",
            finding::operation(self.history, case.index)
        )
    }

    /// How things stood after the entries of a part of the log; each state of users and keys once.
    fn standings(&self, low: u64, high: u64) -> impl Iterator<Item = Standing<'a>> + use<'a> {
        let timeline = self.timeline;
        let mut last = None;
        (low..=high).map(move |index| timeline.standing(index)).filter(move |standing| {
            let this = (std::ptr::from_ref(standing.users), standing.revision);
            last.replace(this) != Some(this)
        })
    }

    /// What the rules say if this user asks, as things stand.
    fn may(&self, case: &Case<'_>, user: Option<&str>, standing: Standing<'_>) -> Result<(), &'static str> {
        let attached = |lease| self.timeline.attached(standing.revision, lease);
        standing.users.may(&standing.users.by(user), &case.operation.call, &attached)
    }

    /// Whether whoever asks may, as things stand.
    fn is_allowed(&self, case: &Case<'_>, standing: Standing<'_>) -> bool {
        if matches!(case.operation.call, Call::LeaseRevoke(_)) {
            // Of a lease without keys only that somebody asks counts, who may be gone since.
            return case.identities.iter().any(|user| self.may(case, *user, standing).is_ok());
        }
        case.identity(standing.users, &self.age).is_ok_and(|user| self.may(case, user, standing).is_ok())
    }

    /// From where on it was looked at who may do it: it waits for what was decided before, or it does not.
    fn judged_from(case: &Case<'_>) -> u64 {
        let waits = match &case.operation.call {
            // The log's next entries, or a wait for a linearizable read.
            Call::Range(_) | Call::Put(_) | Call::DeleteRange(_) | Call::Txn(_) => is_linearizable(&case.operation.call),
            Call::LeaseRevoke(_) => true,
            Call::Compact(_) | Call::LeaseGrant(_) | Call::LeaseKeepAlive(_) | Call::LeaseTimeToLive(_) => false,
            // Whether to change users, or to tell of them.
            Call::Auth(_) => true,
        };
        if waits { case.low.max(case.floor) } else { case.low }
    }

    /// Someone was served: was it allowed somewhere?
    fn answered(&mut self, case: &Case<'_>, answer: &Answer) {
        let revision = answer.header().map_or(0, |header| header.revision);
        let place = match role(case.operation) {
            // The state just before what it made.
            Role::Made(revision) => self.timeline.window(revision).map(|(first, _)| (first - 1, first - 1)),
            Role::Read(_) => self.timeline.window(revision),
            Role::Other => Some((0, u64::MAX)),
            Role::Misfit => return,
        };
        let Some((first, last)) = place else { return };
        let (low, high) = (Self::judged_from(case).max(first), case.high.min(last));
        let served = if let (Call::LeaseTimeToLive(request), Answer::LeaseTimeToLive(answer)) = (&case.operation.call, answer)
            && request.keys
        {
            // The leader may know of more keys than this member: what is told counts.
            self.standings(low, high).any(|standing| {
                let told = |_| answer.keys.clone();
                let may = |user| standing.users.may(&standing.users.by(user), &case.operation.call, &told).is_ok();
                case.identity(standing.users, &self.age).is_ok_and(may)
            })
        } else {
            self.standings(low, high).any(|standing| self.is_allowed(case, standing))
        };
        if !served {
            let shown = self.show(case);
            self.findings.add(SERVED, || shown);
        }
    }

    fn refused(&mut self, case: &Case<'_>, text: &str) {
        let low = Self::judged_from(case);
        let fits = if OF_THE_STORE.contains(&text) {
            // Permissions come first.
            self.standings(low, case.high).any(|standing| self.is_allowed(case, standing))
        } else {
            match text {
                refusal::INVALID_TOKEN => return self.token_refused(case),
                refusal::OLD_REVISION => self.moved(case),
                refusal::PERMISSION_DENIED | refusal::USER_EMPTY | refusal::USER_NOT_FOUND => {
                    self.denied_somewhere(case, low, text)
                }
                _ => true,
            }
        };
        if !fits {
            let shown = self.show(case);
            self.findings.add(DENIED, || shown);
        }
    }

    fn denied_somewhere(&self, case: &Case<'_>, low: u64, text: &str) -> bool {
        let leased = matches!(case.operation.call, Call::LeaseTimeToLive(_));
        let newest = self.timeline.standing(case.high).revision;
        self.standings(low, case.high).any(|standing| {
            case.identities.iter().any(|user| {
                // What the leader tells of a lease may be ahead of what this member has.
                let newest = if leased { newest } else { standing.revision };
                (standing.revision..=newest).any(|revision| self.may(case, *user, Standing { revision, ..standing }) == Err(text))
            })
        })
    }

    /// Whether users changed while it was under way.
    fn moved(&self, case: &Case<'_>) -> bool {
        self.timeline.standing(case.low).users.revision < self.timeline.standing(case.high).users.revision
    }

    fn token_refused(&mut self, case: &Case<'_>) {
        let operation = case.operation;
        let Some(token) = case.token else {
            let shown = self.show(case);
            return self.findings.add(TOKEN, || format!("none was shown: {shown}"));
        };
        let (mut is_gone, mut is_old) = (false, false);
        for standing in (case.low..=case.high).map(|index| self.timeline.standing(index)) {
            let Users { enabled, tokens, .. } = standing.users;
            let waited = standing.index >= token || operation.ended - operation.begun >= TOKEN_WAIT;
            if !(*enabled && waited) {
                continue;
            }
            match tokens.get(&token) {
                Some(token) => is_old |= self.age.may_be_over(token.renewed, operation.ended),
                None if self.timeline.aged.iter().any(|aged| aged.token == token) => is_old = true,
                None => is_gone = true,
            }
        }
        let broken = match (is_gone, is_old) {
            (true, _) => return,
            (false, false) => TOKEN,
            (false, true) if self.age.was_used(token, operation.begun, operation.ended) => RENEWED,
            (false, true) => return,
        };
        let shown = self.show(case);
        self.findings.add(broken, || shown);
    }

    /// The Auth service answered.
    fn told(&mut self, case: &Case<'_>, call: &AuthCall, answer: &AuthAnswer) {
        let low = case.low.max(case.floor);
        let (rule, fits) = match (call, &answer.told) {
            (AuthCall::Authenticate(request), Told::Token(token)) => {
                let index = token.split_once('.').and_then(|(_, index)| index.parse::<u64>().ok()).unwrap_or(0);
                let entry = self.timeline.entry(index).filter(|_| low < index && index <= case.high);
                let fits = entry.is_some_and(|(entry, verdict)| {
                    let login = matches!(&entry.decision, Decision::Login { user, .. } if *user == request.name);
                    let known = self.timeline.standing(index - 1).users.password(&request.name, &request.password);
                    login && verdict.is_ok() && known.is_ok()
                });
                (LOGIN, fits)
            }
            (_, Told::Done) => (CHANGED, self.decided(case, call, Ok(()))),
            (_, told) => {
                let same = |standing: Standing<'_>, user: Option<&str>| {
                    let due = standing.users.look(&standing.users.by(user), call);
                    due.is_ok_and(|due| in_order(due) == in_order(told.clone()))
                };
                let fits =
                    self.standings(low, case.high).any(|standing| case.identities.iter().any(|user| same(standing, *user)));
                (CHANGED, fits)
            }
        };
        if !fits {
            let shown = self.show(case);
            self.findings.add(rule, || shown);
        }
    }

    /// Whether an entry with this change was decided so.
    fn decided(&self, case: &Case<'_>, call: &AuthCall, verdict: Result<(), &str>) -> bool {
        let from = case.low.max(case.floor) + 1;
        (from..=case.high).filter_map(|index| self.timeline.entry(index)).any(|(entry, found)| {
            let is_it = matches!(&entry.decision, Decision::Call(Call::Auth(change)) if change == call);
            is_it && found == verdict && case.identities.iter().any(|user| user.unwrap_or("") == entry.by.user)
        })
    }

    fn refused_change(&mut self, case: &Case<'_>, call: &AuthCall, text: &str) {
        let low = case.low.max(case.floor);
        let (rule, fits) = match (call, text) {
            (_, refusal::INVALID_TOKEN) => return self.token_refused(case),
            (AuthCall::Authenticate(request), refusal::LOGIN_FAILED | refusal::NOT_ENABLED) => {
                let refused = |standing: Standing<'_>| standing.users.password(&request.name, &request.password) == Err(text);
                (LOGIN, self.standings(low, case.high).any(refused))
            }
            (AuthCall::Authenticate(_), refusal::OLD_REVISION) => (LOGIN, self.moved(case)),
            _ => {
                // At the door, where a password would have to be hashed; in the log; or where it was looked.
                let at_the_door = self.denied_somewhere(case, case.low, text);
                let in_the_log = self.decided(case, call, Err(text));
                let looked = self.standings(low, case.high).any(|standing| {
                    let due = |user: Option<&str>| standing.users.look(&standing.users.by(user), call);
                    case.identities.iter().any(|user| due(*user) == Err(text))
                });
                (CHANGED, at_the_door || in_the_log || looked)
            }
        };
        if !fits {
            let shown = self.show(case);
            self.findings.add(rule, || shown);
        }
    }
}

/// The token that was shown does not count.
struct TurnedAway;

impl Case<'_> {
    /// Whom the member takes the caller for, as things stand: nobody without a token, or while authentication is off.
    fn identity<'u>(&self, users: &'u Users, age: &Age<'_>) -> Result<Option<&'u str>, TurnedAway> {
        if !users.enabled || self.shown.token.is_none() {
            return Ok(None);
        }
        let token = self.token.and_then(|token| users.tokens.get(&token)).ok_or(TurnedAway)?;
        if age.is_over(token, self.shown) { Err(TurnedAway) } else { Ok(Some(&token.user)) }
    }
}

/// Permissions of one key stand in the order in which they were granted, which nobody needs.
fn in_order(told: Told) -> Told {
    match told {
        Told::Permissions(mut permissions) => {
            permissions.sort_unstable_by(|a, b| (&a.key, &a.range_end).cmp(&(&b.key, &b.range_end)));
            Told::Permissions(permissions)
        }
        told => told,
    }
}
