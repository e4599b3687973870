//! When unused tokens are over, by this member's own count.
//!
//! A token is given its idle lifetime and a quarter more from when this member saw the entry that gave it time; whoever serves it when less
//! than the lifetime is left asks for the whole again. So an unused token lives between one lifetime and five quarters of it, and one in
//! use costs an entry each quarter of it at most. The clock is one that nobody sets, and members need not agree on the date. A member that
//! starts, or gets another one's state, counts anew.

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use crate::core::auth::{FORGOTTEN_AT_ONCE, TOKENS_MAX, TokenDigest, TokenOver, Tokens};

/// The ends of all tokens.
pub struct Idleness {
    lifetime: Duration,
    ends: Mutex<Ends>,
}

#[derive(Default)]
struct Ends {
    /// Index of the last entry whose tokens are counted.
    seen: u64,
    by_digest: HashMap<TokenDigest, End>,
    in_order: BTreeSet<(Instant, TokenDigest)>,
}

#[derive(Clone, Copy)]
struct End {
    /// Index of the entry that the count began with.
    renewed: u64,
    at: Instant,
}

impl Idleness {
    /// For tokens that live so long unused.
    pub fn new(ttl: Duration) -> Self {
        Self { lifetime: ttl.saturating_add(ttl / 4), ends: Mutex::default() }
    }

    /// Begins to count for tokens that were given time since the last look. Done a few times a second.
    pub fn look(&self, tokens: &Tokens, now: Instant) {
        let mut ends = self.ends.lock();
        let Some(at) = now.checked_add(self.lifetime) else { return };
        let mut seen = ends.seen;
        for (renewed, digest) in tokens.renewed_after(seen) {
            ends.set(*digest, End { renewed, at });
            seen = renewed;
        }
        ends.seen = seen;
        // Tokens that went for other reasons than their age.
        if ends.by_digest.len() > 2 * TOKENS_MAX {
            let gone: Vec<_> = ends.by_digest.keys().filter(|digest| tokens.get(digest).is_none()).copied().collect();
            gone.iter().for_each(|digest| ends.remove(digest));
        }
    }

    /// How long a token that entry `renewed` gave time has left; nothing when it is over.
    pub fn left(&self, digest: &TokenDigest, renewed: u64, now: Instant) -> Option<Duration> {
        match self.ends.lock().by_digest.get(digest).filter(|end| end.renewed == renewed) {
            Some(end) => end.at.checked_duration_since(now).filter(|left| !left.is_zero()),
            // Given time a moment ago.
            None => Some(self.lifetime),
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

        fn left(&self, letter: u8, secs: u64) -> Option<u64> {
            let digest = [letter; 32];
            let renewed = self.store.tokens().get(&digest)?.renewed;
            self.idleness.left(&digest, renewed, self.began + Duration::from_secs(secs)).map(|left| left.as_secs())
        }
    }

    #[test]
    fn a_token_lives_for_its_lifetime_and_a_quarter_from_when_it_was_given_time() {
        let mut world = World::new();
        world.login(1, Vec::new());
        assert_eq!(world.left(1, 0), Some(125), "before anybody has looked");
        world.look(0);
        world.login(2, Vec::new());
        world.look(20);
        world.look(40);
        assert_eq!((world.left(1, 40), world.left(2, 40)), (Some(85), Some(105)));
        world.apply(AuthCommand::TokenRenew(TokenRenewal { digests: vec![Bytes::copy_from_slice(&[1; 32])] }));
        assert_eq!(world.left(1, 60), Some(125));
        world.look(60);
        assert_eq!((world.left(1, 184), world.left(1, 185)), (Some(1), None));
        assert_eq!(world.left(2, 145), None);
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
        world.apply(AuthCommand::TokenRenew(TokenRenewal { digests: vec![Bytes::copy_from_slice(&[2; 32])] }));
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
            ends.set(digest, End { renewed: 1, at: world.began });
        }
        drop(ends);
        world.look(1);
        assert_eq!(world.idleness.ends.lock().by_digest.len(), 1, "the rest are no tokens any more");
    }
}
