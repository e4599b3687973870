//! Tokens in use that want more time: gathered as they are seen, asked for together.

use std::collections::BTreeSet;

use bytes::Bytes;
use parking_lot::Mutex;

use super::super::ServerHandle;
use crate::core::{
    apply::Command,
    auth::{AuthCommand, TokenDigest, TokenRenewal},
};

/// Tokens that wait for their renewal; more are seen again at their next use.
const WAITING_MAX: usize = 4096;

/// Digests of tokens that want more time.
#[derive(Default)]
pub struct Renewals(Mutex<BTreeSet<TokenDigest>>);

impl Renewals {
    /// Notes a token; when too many wait it is noted with its next use.
    pub fn add(&self, digest: TokenDigest) {
        let mut waiting = self.0.lock();
        if waiting.len() < WAITING_MAX {
            waiting.insert(digest);
        }
    }

    fn take(&self) -> BTreeSet<TokenDigest> {
        std::mem::take(&mut *self.0.lock())
    }
}

/// Looks at how old tokens are, and asks for more time for those that were used at this member.
pub async fn renew_tokens(server: &ServerHandle) {
    if !server.state().auth.is_enabled() {
        return;
    }
    server.auth().idleness.look(server.state().auth.read().tokens(), server.clock().now());
    let digests = server.auth().renewals.take();
    if digests.is_empty() {
        return;
    }
    let renewal = TokenRenewal { digests: digests.iter().map(|digest| Bytes::copy_from_slice(digest)).collect() };
    if let Err(error) = server.propose(Command::Auth(AuthCommand::TokenRenew(renewal))).await {
        // They are noted again with their next use.
        tracing::warn!(%error, "tokens in use not renewed yet");
    }
}
