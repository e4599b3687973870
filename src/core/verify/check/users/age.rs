//! How old tokens are: bounds for what each member counts by a clock of its own.
//!
//! No member can count from before the first of all had applied the entry that gave a token time, and each must count from when it looked
//! at what it had applied. So a token that is over for its age has had its time since the former, and is over everywhere where it has been
//! counted for so long. One that is in use is given time: where nothing goes wrong, whoever was let in a while ago, and not as long ago as
//! tokens live, is let in again.

use std::collections::BTreeMap;

use super::{
    super::super::{
        history::{Call, History, Moment, Outcome},
        users::{AuthCall, Shown, Token, UsersHistory},
    },
    timeline::Timeline,
};

/// What a renewal takes where nothing goes wrong: a look at who was let in, an entry, and how far members are apart in applying it.
const RENEWAL: Moment = 1_000_000_000;

/// See the module.
pub struct Age<'a> {
    recorded: &'a UsersHistory,
    timeline: &'a Timeline<'a>,
    /// How long a token lives, by a clock that is right, and at least, by one that is too fast.
    lifetime: Moment,
    shortest: Moment,
    /// When whom which token let in, where nothing went wrong: began and ended.
    used: BTreeMap<u64, Vec<(Moment, Moment)>>,
}

impl<'a> Age<'a> {
    pub fn new(history: &History, recorded: &'a UsersHistory, timeline: &'a Timeline<'a>, clock_error_permille: u64) -> Self {
        let lifetime = recorded.token_ttl.saturating_add(recorded.token_ttl / 4);
        let shortest = lifetime - lifetime / 1000 * clock_error_permille.min(1000);
        let mut used = BTreeMap::<_, Vec<_>>::new();
        for (index, shown) in &recorded.shown {
            let operation = &history.operations[*index];
            let shows = !matches!(operation.call, Call::Auth(AuthCall::Status | AuthCall::Authenticate(_)));
            let calm = recorded.calm_since.is_some_and(|since| operation.begun >= since);
            if let Some(token) = token_of(shown)
                && matches!(operation.outcome, Outcome::Answered(_))
                && (shows && calm)
            {
                used.entry(token).or_default().push((operation.begun, operation.ended));
            }
        }
        Self { recorded, timeline, lifetime, shortest, used }
    }

    /// Whether it must be over for whoever was asked.
    pub fn is_over(&self, token: &Token, shown: &Shown) -> bool {
        let since = self.recorded.lives.get(shown.life).and_then(|counted| counted.since(token.renewed));
        since.is_some_and(|since| shown.local >= since.saturating_add(self.lifetime))
    }

    /// Whether it may be over anywhere at a moment.
    pub fn may_be_over(&self, renewed: u64, moment: Moment) -> bool {
        let given = self.timeline.entry(renewed).map_or(0, |(entry, _)| entry.applied);
        moment >= given.saturating_add(self.shortest)
    }

    /// Whether it was in use before something began and ended, so that it must have been given time.
    pub fn was_used(&self, token: u64, begun: Moment, ended: Moment) -> bool {
        let recent = self.recorded.token_ttl.min(self.shortest).saturating_sub(RENEWAL);
        let fits = |(from, until): &(Moment, Moment)| *until + RENEWAL <= begun && ended < from.saturating_add(recent);
        self.used.get(&token).is_some_and(|used| used.iter().any(fits))
    }
}

/// The entry that gave the token that is shown.
pub fn token_of(shown: &Shown) -> Option<u64> {
    shown.token.as_deref().and_then(|token| token.split_once('.')?.1.parse().ok())
}
