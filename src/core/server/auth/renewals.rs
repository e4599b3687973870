//! Tokens in use that want more time: gathered as they are seen, asked for together.

use std::collections::BTreeSet;

use bytes::Bytes;
use parking_lot::Mutex;

use super::super::ServerHandle;
use crate::core::{
    apply::Command,
    auth::{AuthCommand, TokenDigest, TokenRenewal},
    planted::{Bug, planted},
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

/// Looks at which tokens were given time.
pub fn count_tokens(server: &ServerHandle) {
    if server.state().auth.is_enabled() {
        server.auth().idleness.look(server.state().auth.read().tokens(), server.clock().now());
    }
}

/// Asks for more time for tokens that were used at this member.
pub async fn renew_tokens(server: &ServerHandle) {
    if !server.state().auth.is_enabled() {
        return;
    }
    let digests = server.auth().renewals.take();
    if digests.is_empty() || planted(Bug::TokensNotRenewed) {
        return;
    }
    let renewal = TokenRenewal { digests: digests.iter().map(|digest| Bytes::copy_from_slice(digest)).collect() };
    if let Err(error) = server.propose(Command::Auth(AuthCommand::TokenRenew(renewal))).await {
        // They are noted again with their next use.
        tracing::warn!(%error, "tokens in use not renewed yet");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use quorate_proto::etcdserverpb::{AuthEnableRequest, AuthUserAddRequest, AuthUserGrantRoleRequest};

    use super::{
        super::{
            super::{housekeeping::tests::unheard_for, keep_house},
            idleness::Standing,
        },
        *,
    };
    use crate::core::{
        auth::{Author, TokenIssue},
        backend::Generation,
    };

    /// A member without a leader once began to count for a token as late as it gave up on renewing others.
    #[tokio::test]
    async fn a_renewal_that_waits_keeps_no_token_from_being_counted() {
        let server = unheard_for(Duration::from_secs(3600));
        let (auth, out) = (server.state().auth.clone(), Generation::default());
        let apply = |index, command: AuthCommand| auth.apply(&command, &Author::default(), index, &out).unwrap();
        let login = |letter: u8| {
            let (digest, revision) = (Bytes::copy_from_slice(&[letter; 32]), auth.revision());
            AuthCommand::TokenIssue(TokenIssue { user: "root".into(), digest, revision, over: Vec::new() })
        };
        apply(1, AuthCommand::UserAdd(AuthUserAddRequest { name: "root".into(), ..AuthUserAddRequest::default() }));
        apply(2, AuthCommand::UserGrantRole(AuthUserGrantRoleRequest { user: "root".into(), role: "root".into() }));
        apply(3, AuthCommand::Enable(AuthEnableRequest {}));
        apply(4, login(1));
        server.auth().renewals.add([1; 32]);
        let house = tokio::spawn(keep_house(server.clone()));
        let is_counted = async || {
            let late = server.clock().now() + Duration::from_secs(100_000);
            while server.auth().idleness.standing(&[2; 32], 5, late) != Standing::Over {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        while !server.auth().renewals.0.lock().is_empty() {
            tokio::task::yield_now().await;
        }
        apply(5, login(2));
        tokio::time::timeout(Duration::from_secs(20), is_counted()).await.expect("it is counted");
        house.abort();
    }
}
