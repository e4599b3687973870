//! Logins: the tokens that members have given to users.
//!
//! A token is sixteen letters, a dot, and the index of the log entry that made it. Members keep a digest of the letters, never the letters,
//! so that neither the log nor a copy of the state gives away a login. Entries replicate: a token holds at every member that has
//! applied its entry, and outlives restarts and elections.
//!
//! No clock is in here, nor in the log: what a token has is the index of the entry that last gave it time. Each member counts from when it
//! saw that entry, by a clock that nobody sets (`server/auth/idleness`), so that a member whose date is wrong ends nobody's login. A login
//! names tokens that are over where it was made, and those are forgotten, unless they were given time since.
//!
//! Bounded: past [`TOKENS_OF_USER_MAX`] a new one takes the place of the user's own that was given time longest ago, past [`TOKENS_MAX`] of
//! that one of all. Its holder logs in again, as after its end.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    super::{
        backend::{DurableRead, Generation, Result, Table},
        refusal::AuthRefusal,
    },
    AuthStore, TokenIssue, TokenRenewal,
    rows::damaged,
};
use crate::core::planted::{Bug, planted};

/// Tokens of one user.
pub const TOKENS_OF_USER_MAX: usize = 20_000;
/// Tokens of all users: some 20 MB of memory.
pub const TOKENS_MAX: usize = 100_000;
/// Tokens that one login forgets at most.
pub const FORGOTTEN_AT_ONCE: usize = 256;
/// No log is this long. Builds before the first release wrote a date, in milliseconds, where an index is now.
const INDEX_MAX: u64 = 1 << 40;

/// SHA-256 of a token's letters.
pub type TokenDigest = [u8; 32];

/// What a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub user: String,
    /// Index of the entry that made it.
    pub index: u64,
    /// Index of the entry that last gave it time.
    pub renewed: u64,
}

/// All tokens.
#[derive(Debug, Default)]
pub struct Tokens {
    by_digest: HashMap<TokenDigest, Token>,
    /// By the entry that last gave them time.
    by_age: BTreeSet<(u64, TokenDigest)>,
    by_user: BTreeMap<String, BTreeSet<(u64, TokenDigest)>>,
}

impl Tokens {
    /// Reads them from the disk.
    pub fn load(disk: &dyn DurableRead) -> Result<Self> {
        let mut tokens = Self::default();
        if planted(Bug::TokensNotLoaded) {
            return Ok(tokens);
        }
        for row in disk.scan(Table::Token, &[])? {
            let (key, value) = row?;
            let read = || {
                let int = |at: usize| Some(u64::from_le_bytes(value.get(at..at + 8)?.try_into().ok()?));
                let user = std::str::from_utf8(value.get(16..)?).ok()?.to_owned();
                let (index, renewed) = (int(0)?, int(8)?);
                Some((key.try_into().ok()?, Token { user, index, renewed: if renewed < INDEX_MAX { renewed } else { index } }))
            };
            let (digest, token) = read().ok_or_else(|| damaged(Table::Token, key))?;
            tokens.insert(digest, token);
        }
        Ok(tokens)
    }

    /// What a token stands for.
    pub fn get(&self, digest: &TokenDigest) -> Option<&Token> {
        self.by_digest.get(digest)
    }

    /// All of them, those first that were given time longest ago.
    pub fn iter(&self) -> impl Iterator<Item = &Token> {
        self.by_age.iter().map(|(_, digest)| &self.by_digest[digest])
    }

    /// Those that an entry behind `index` gave time, with that entry's index, in its order.
    pub fn renewed_after(&self, index: u64) -> impl Iterator<Item = (u64, &TokenDigest)> {
        self.by_age.range((index.saturating_add(1), TokenDigest::default())..).map(|(renewed, digest)| (*renewed, digest))
    }

    pub fn len(&self) -> usize {
        self.by_digest.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_digest.is_empty()
    }

    fn insert(&mut self, digest: TokenDigest, token: Token) {
        self.remove(&digest);
        self.by_age.insert((token.renewed, digest));
        self.by_user.entry(token.user.clone()).or_default().insert((token.renewed, digest));
        self.by_digest.insert(digest, token);
    }

    fn remove(&mut self, digest: &TokenDigest) -> Option<Token> {
        let token = self.by_digest.remove(digest)?;
        let place = (token.renewed, *digest);
        self.by_age.remove(&place);
        if let Some(own) = self.by_user.get_mut(&token.user) {
            own.remove(&place);
            if own.is_empty() {
                self.by_user.remove(&token.user);
            }
        }
        Some(token)
    }

    /// The one that must go so that one more of `user` has room.
    fn to_make_room(&self, user: &str) -> Option<TokenDigest> {
        let own = self.by_user.get(user).filter(|own| own.len() >= TOKENS_OF_USER_MAX);
        let full = own.or_else(|| (self.len() >= TOKENS_MAX).then_some(&self.by_age));
        full.and_then(|ages| ages.first()).map(|(_, digest)| *digest)
    }
}

impl AuthStore {
    pub(super) fn issue_token(
        &mut self,
        issue: &TokenIssue,
        index: u64,
        out: &Generation,
    ) -> std::result::Result<(), AuthRefusal> {
        if !self.is_enabled() {
            return Err(AuthRefusal::NotEnabled);
        }
        // The password may have been changed, or the user deleted, since it was looked at.
        if issue.revision != self.revision() {
            return Err(AuthRefusal::OldRevision);
        }
        let Ok(digest) = TokenDigest::try_from(issue.digest.as_ref()) else { return Err(AuthRefusal::AuthFailed) };
        for over in issue.over.iter().take(FORGOTTEN_AT_ONCE) {
            let Ok(digest) = TokenDigest::try_from(over.digest.as_ref()) else { continue };
            if self.tokens.get(&digest).is_some_and(|token| token.renewed == over.renewed) {
                self.drop_token(&digest, out);
            }
        }
        if let Some(gone) = self.tokens.to_make_room(&issue.user) {
            self.drop_token(&gone, out);
        }
        let token = Token { user: issue.user.clone(), index, renewed: index };
        write(&digest, &token, out);
        self.tokens.insert(digest, token);
        Ok(())
    }

    /// Gives those tokens time that are still there.
    pub(super) fn renew_tokens(&mut self, renewal: &TokenRenewal, index: u64, out: &Generation) {
        for digest in &renewal.digests {
            let Ok(digest) = TokenDigest::try_from(digest.as_ref()) else { continue };
            let Some(token) = self.tokens.get(&digest) else { continue };
            let renewed = Token { renewed: index, ..token.clone() };
            write(&digest, &renewed, out);
            self.tokens.insert(digest, renewed);
        }
    }

    pub(super) fn drop_tokens_of(&mut self, user: &str, out: &Generation) {
        let own: Vec<TokenDigest> = self.tokens.by_user.get(user).into_iter().flatten().map(|(_, digest)| *digest).collect();
        for digest in own {
            self.drop_token(&digest, out);
        }
    }

    pub(super) fn drop_all_tokens(&mut self, out: &Generation) {
        for digest in self.tokens.by_digest.keys() {
            out.delete_small(Table::Token, digest);
        }
        self.tokens = Tokens::default();
    }

    fn drop_token(&mut self, digest: &TokenDigest, out: &Generation) {
        if self.tokens.remove(digest).is_some() {
            out.delete_small(Table::Token, digest);
        }
    }
}

fn write(digest: &TokenDigest, token: &Token, out: &Generation) {
    let mut value = Vec::with_capacity(16 + token.user.len());
    value.extend_from_slice(&token.index.to_le_bytes());
    value.extend_from_slice(&token.renewed.to_le_bytes());
    value.extend_from_slice(token.user.as_bytes());
    out.put_small(Table::Token, digest, &value);
}
