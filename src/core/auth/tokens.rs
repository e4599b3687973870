//! Logins: the tokens that members have given to users.
//!
//! A token is sixteen letters, a dot, and the index of the log entry that made it. Members keep a digest of the letters, never the letters,
//! so that neither the log nor a copy of the state gives away a login. Entries replicate: a token holds at every member that has
//! applied its entry, and outlives restarts and elections.
//!
//! Time is coarse, because each move of a token's end is an entry too. A token is given its idle lifetime and a quarter more; whoever
//! serves it when less than the lifetime is left asks for the whole again. So an unused token lives between one lifetime and five
//! quarters of it, by the wall clocks of the members, and one in use costs an entry each quarter of it at most. What is over is forgotten
//! with the next login.
//!
//! Bounded: past [`TOKENS_OF_USER_MAX`] a new one takes the place of the user's own that ends first, past [`TOKENS_MAX`] of the one
//! that ends first of all. Its holder logs in again, as after its end.

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
const FORGOTTEN_AT_ONCE: usize = 256;

/// SHA-256 of a token's letters.
pub type TokenDigest = [u8; 32];

/// What a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub user: String,
    /// Index of the entry that made it.
    pub index: u64,
    /// When it is over, by the wall clock in milliseconds.
    pub expires_millis: u64,
}

/// All tokens.
#[derive(Debug, Default)]
pub struct Tokens {
    by_digest: HashMap<TokenDigest, Token>,
    by_end: BTreeSet<(u64, TokenDigest)>,
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
                Some((key.try_into().ok()?, Token { user, index: int(0)?, expires_millis: int(8)? }))
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

    /// All of them, those that end first first.
    pub fn iter(&self) -> impl Iterator<Item = &Token> {
        self.by_end.iter().map(|(_, digest)| &self.by_digest[digest])
    }

    pub fn len(&self) -> usize {
        self.by_digest.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_digest.is_empty()
    }

    fn insert(&mut self, digest: TokenDigest, token: Token) {
        self.remove(&digest);
        self.by_end.insert((token.expires_millis, digest));
        self.by_user.entry(token.user.clone()).or_default().insert((token.expires_millis, digest));
        self.by_digest.insert(digest, token);
    }

    fn remove(&mut self, digest: &TokenDigest) -> Option<Token> {
        let token = self.by_digest.remove(digest)?;
        let place = (token.expires_millis, *digest);
        self.by_end.remove(&place);
        if let Some(own) = self.by_user.get_mut(&token.user) {
            own.remove(&place);
            if own.is_empty() {
                self.by_user.remove(&token.user);
            }
        }
        Some(token)
    }

    /// Those that must go so that one more of `user` has room, or are over.
    fn to_forget(&self, user: &str, now_millis: u64) -> Vec<TokenDigest> {
        let over = self.by_end.iter().take_while(|(end, _)| *end <= now_millis).take(FORGOTTEN_AT_ONCE);
        let mut gone: Vec<TokenDigest> = over.map(|(_, digest)| *digest).collect();
        let own = self.by_user.get(user).filter(|own| own.len() >= TOKENS_OF_USER_MAX);
        let full = own.or_else(|| (self.len() >= TOKENS_MAX).then_some(&self.by_end));
        gone.extend(full.and_then(|ends| ends.first()).map(|(_, digest)| *digest));
        gone
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
        for gone in self.tokens.to_forget(&issue.user, issue.now_millis) {
            self.drop_token(&gone, out);
        }
        let token = Token { user: issue.user.clone(), index, expires_millis: issue.expires_millis };
        write(&digest, &token, out);
        self.tokens.insert(digest, token);
        Ok(())
    }

    /// Moves the ends of tokens that are still there; never nearer.
    pub(super) fn renew_tokens(&mut self, renewal: &TokenRenewal, out: &Generation) {
        for digest in &renewal.digests {
            let Ok(digest) = TokenDigest::try_from(digest.as_ref()) else { continue };
            let Some(token) = self.tokens.get(&digest) else { continue };
            if token.expires_millis < renewal.expires_millis {
                let renewed = Token { expires_millis: renewal.expires_millis, ..token.clone() };
                write(&digest, &renewed, out);
                self.tokens.insert(digest, renewed);
            }
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
    value.extend_from_slice(&token.expires_millis.to_le_bytes());
    value.extend_from_slice(token.user.as_bytes());
    out.put_small(Table::Token, digest, &value);
}
