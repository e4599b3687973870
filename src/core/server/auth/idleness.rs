//! When unused tokens are over, by this member's own count.
//!
//! A token is given its idle lifetime and a quarter more from when this member saw the entry that gave it time; whoever serves it when less
//! than the lifetime is left asks for the whole again. So an unused token lives between one lifetime and five quarters of it, and one in
//! use costs an entry each quarter of it at most. The clock is one that nobody sets, and members need not agree on the date. A member that
//! starts, or gets another one's state, counts anew; one that starts, and can't know how long the others have counted already, asks for the
//! whole with the first use.

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use crate::core::{
    auth::{FORGOTTEN_AT_ONCE, TOKENS_MAX, TokenDigest, TokenOver, Tokens},
    planted::{Bug, planted},
};

/// The ends of all tokens.
pub struct Idleness {
    lifetime: Duration,
    /// That of the lifetime in which a token in use wants no more.
    quarter: Duration,
    ends: Mutex<Ends>,
}

#[derive(Default)]
struct Ends {
    /// Index of the last entry whose tokens are counted.
    seen: u64,
    by_digest: HashMap<TokenDigest, End>,
    in_order: BTreeSet<(Instant, TokenDigest)>,
}

/// How a token stands that is used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Counts,
    /// It counts, and is to be given more time.
    WantsTime,
    Over,
}

#[derive(Clone, Copy)]
struct End {
    /// Index of the entry that the count began with.
    renewed: u64,
    /// From when on a token in use wants more time.
    wants: Instant,
    at: Instant,
}

impl Idleness {
    /// For tokens that live so long unused.
    pub fn new(ttl: Duration) -> Self {
        let quarter = ttl / 4;
        let lifetime = if planted(Bug::TokensShortLived) { ttl } else { ttl.saturating_add(quarter) };
        Self { lifetime, quarter, ends: Mutex::default() }
    }

    /// Begins to count for tokens that were given time since the last look. Done a few times a second.
    pub fn look(&self, tokens: &Tokens, now: Instant) {
        let mut ends = self.ends.lock();
        let Some(at) = now.checked_add(self.lifetime) else { return };
        let mut seen = ends.seen;
        let wants = if seen == 0 { now } else { now + self.quarter };
        for (renewed, digest) in tokens.renewed_after(seen) {
            ends.set(*digest, End { renewed, wants, at });
            seen = renewed;
        }
        ends.seen = seen;
        // Tokens that went for other reasons than their age.
        if ends.by_digest.len() > 2 * TOKENS_MAX {
            let gone: Vec<_> = ends.by_digest.keys().filter(|digest| tokens.get(digest).is_none()).copied().collect();
            gone.iter().for_each(|digest| ends.remove(digest));
        }
    }

    /// How a token stands that entry `renewed` gave time.
    pub fn standing(&self, digest: &TokenDigest, renewed: u64, now: Instant) -> Standing {
        match self.ends.lock().by_digest.get(digest).filter(|end| end.renewed == renewed) {
            Some(end) if end.at <= now => Standing::Over,
            Some(end) if end.wants <= now => Standing::WantsTime,
            // Or given time a moment ago.
            Some(_) | None => Standing::Counts,
        }
    }

    /// Some tokens that are over, for others to forget.
    pub fn over(&self, tokens: &Tokens, now: Instant) -> Vec<TokenOver> {
        let mut ends = self.ends.lock();
        let over: Vec<_> = ends.in_order.iter().take_while(|(at, _)| *at <= now).take(FORGOTTEN_AT_ONCE).copied().collect();
        let mut told = Vec::with_capacity(over.len());
        for (_, digest) in over {
            match tokens.get(&digest) {
                Some(token) if ends.by_digest.get(&digest).is_some_and(|end| end.renewed == token.renewed) => {
                    let digest = bytes::Bytes::copy_from_slice(&digest);
                    told.push(TokenOver { digest, renewed: token.renewed });
                }
                // Given time since, which the next look notes.
                Some(_) => {}
                None => ends.remove(&digest),
            }
        }
        told
    }
}

impl Ends {
    fn set(&mut self, digest: TokenDigest, end: End) {
        self.remove(&digest);
        self.in_order.insert((end.at, digest));
        self.by_digest.insert(digest, end);
    }

    fn remove(&mut self, digest: &TokenDigest) {
        if let Some(end) = self.by_digest.remove(digest) {
            self.in_order.remove(&(end.at, *digest));
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use quorate_proto::{
        authpb::UserAddOptions,
        etcdserverpb::{AuthEnableRequest, AuthUserAddRequest, AuthUserGrantRoleRequest},
    };

    use super::*;
    use crate::core::{
        auth::{AuthCommand, AuthStore, Author, TokenIssue, TokenRenewal},
        backend::Generation,
        clock,
    };

    const TTL: Duration = Duration::from_secs(100);

    struct World {
        store: AuthStore,
        idleness: Idleness,
        began: Instant,
        index: u64,
    }

    impl World {
        fn new() -> Self {
            let idleness = Idleness::new(TTL);
            let mut world = Self { store: AuthStore::default(), idleness, began: clock::now(), index: 100 };
            let options = Some(UserAddOptions { no_password: true });
            world.apply(AuthCommand::UserAdd(AuthUserAddRequest { name: "root".into(), options, ..Default::default() }));
            world.apply(AuthCommand::UserGrantRole(AuthUserGrantRoleRequest { user: "root".into(), role: "root".into() }));
            world.apply(AuthCommand::Enable(AuthEnableRequest {}));
            world
        }

        fn apply(&mut self, command: AuthCommand) {
            self.index += 1;
            self.store.apply(&command, &Author::default(), self.index, &Generation::default()).unwrap();
        }

        fn login(&mut self, letter: u8, over: Vec<TokenOver>) {
            let digest = Bytes::copy_from_slice(&[letter; 32]);
            let revision = self.store.revision();
            self.apply(AuthCommand::TokenIssue(TokenIssue { user: "root".into(), digest, revision, over }));
        }

        fn look(&self, secs: u64) {
            self.idleness.look(self.store.tokens(), self.began + Duration::from_secs(secs));
        }

        fn standing(&self, letter: u8, secs: u64) -> Standing {
            let digest = [letter; 32];
            let renewed = self.store.tokens().get(&digest).unwrap().renewed;
            self.idleness.standing(&digest, renewed, self.began + Duration::from_secs(secs))
        }

        fn renew(&mut self, letter: u8) {
            self.apply(AuthCommand::TokenRenew(TokenRenewal { digests: vec![Bytes::copy_from_slice(&[letter; 32])] }));
        }
    }

    #[test]
    fn a_token_lives_for_its_lifetime_and_a_quarter_from_when_it_was_given_time() {
        let mut world = World::new();
        world.login(3, Vec::new());
        world.look(0);
        world.login(1, Vec::new());
        assert_eq!(world.standing(1, 500), Standing::Counts, "before anybody has looked");
        world.look(0);
        world.login(2, Vec::new());
        world.look(20);
        world.look(40);
        assert_eq!((world.standing(1, 24), world.standing(1, 25)), (Standing::Counts, Standing::WantsTime));
        assert_eq!((world.standing(2, 44), world.standing(2, 45)), (Standing::Counts, Standing::WantsTime));
        world.renew(1);
        assert_eq!(world.standing(1, 60), Standing::Counts);
        world.look(60);
        assert_eq!((world.standing(1, 184), world.standing(1, 185)), (Standing::WantsTime, Standing::Over));
        assert_eq!((world.standing(2, 144), world.standing(2, 145)), (Standing::WantsTime, Standing::Over));
    }

    /// The others have counted for longer: without more time it would be over there soon, however much it is used here.
    #[test]
    fn a_member_that_starts_asks_for_time_with_the_first_use() {
        let mut world = World::new();
        world.login(1, Vec::new());
        world.look(0);
        world.idleness = Idleness::new(TTL);
        world.look(20);
        assert_eq!(world.standing(1, 20), Standing::WantsTime);
        world.renew(1);
        world.look(21);
        assert_eq!((world.standing(1, 45), world.standing(1, 46)), (Standing::Counts, Standing::WantsTime));
    }

    #[test]
    fn what_is_over_is_forgotten_unless_it_was_given_time_meanwhile() {
        let mut world = World::new();
        for letter in [1, 2] {
            world.login(letter, Vec::new());
        }
        world.look(0);
        let over = world.idleness.over(world.store.tokens(), world.began + Duration::from_secs(125));
        assert_eq!(over.len(), 2);
        world.renew(2);
        world.login(3, over);
        let held: Vec<bool> = [1, 2, 3].map(|letter| world.store.tokens().get(&[letter; 32]).is_some()).into();
        assert_eq!(held, [false, true, true]);
        world.look(130);
        assert!(world.idleness.over(world.store.tokens(), world.began + Duration::from_secs(200)).is_empty());
        let ends = world.idleness.ends.lock();
        assert_eq!(ends.by_digest.len(), ends.in_order.len());
    }

    #[test]
    fn what_is_counted_is_bounded() {
        let mut world = World::new();
        world.login(1, Vec::new());
        let mut ends = world.idleness.ends.lock();
        for number in 0..2 * TOKENS_MAX as u64 {
            let mut digest = [9; 32];
            digest[..8].copy_from_slice(&number.to_be_bytes());
            ends.set(digest, End { renewed: 1, wants: world.began, at: world.began });
        }
        drop(ends);
        world.look(1);
        assert_eq!(world.idleness.ends.lock().by_digest.len(), 1, "the rest are no tokens any more");
    }
}
