//! Tokens and passwords against the replicated users.

use std::time::Duration;

use bytes::Bytes;
use ring::digest::{SHA256, digest};

use super::{
    super::{ServerHandle, Unavailable},
    AuthDoor, Provider,
    idleness::Standing,
    passwords::{Claimed, PasswordError, Passwords, Shown},
    source::Source,
    throttle::Guesser,
};
use crate::core::{
    apply::{Command, Reply},
    auth::{AuthCommand, Author, TokenDigest, TokenIssue},
    refusal::{AuthRefusal, Refusal},
};

/// Letters of a simple token. Source: etcd.
const TOKEN_LETTERS: usize = 16;
const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// How long a token whose entry is not applied here yet may keep its request waiting.
const TOKEN_WAIT: Duration = Duration::from_secs(1);
/// Logins whose users changed meanwhile are looked at again so often at most.
const ATTEMPTS_MAX: usize = 16;

/// What a request shows of who makes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Credentials<'a> {
    /// Without any `Bearer ` in front.
    pub token: Option<&'a str>,
    /// The common name in the client's certificate, verified by the listener.
    pub certificate_name: Option<&'a str>,
}

/// A user's name and password, and where they come from.
pub struct Login {
    pub name: String,
    pub password: String,
    pub source: Source,
}

/// Why somebody could not be let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    #[error(transparent)]
    Refused(#[from] AuthRefusal),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A token that nobody was given, or that is over.
    #[error("invalid auth token")]
    InvalidToken,
    /// This member can check signed tokens and make none.
    #[error("token signing attempted with verify-only key")]
    VerifyOnly,
    /// Longer than bcrypt takes.
    #[error("bcrypt: password length exceeds 72 bytes")]
    PasswordTooLong,
    /// This member's own trouble.
    #[error("{0}")]
    Internal(String),
}

impl From<PasswordError> for LoginError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::TooLong => Self::PasswordTooLong,
            PasswordError::Busy => Self::Unavailable(Unavailable::TooManyRequests),
            PasswordError::Stopped => Self::Unavailable(Unavailable::Stopped),
            PasswordError::Failed(text) => Self::Internal(text),
        }
    }
}

impl ServerHandle {
    /// Who makes a request. Nobody while authentication is off, and where nothing is shown.
    ///
    /// # Errors
    /// [`LoginError::InvalidToken`]: whoever shows a token must show a right one.
    pub async fn identify(&self, shown: Credentials<'_>) -> Result<Author, LoginError> {
        if !self.state().auth.is_enabled() {
            return Ok(Author::default());
        }
        let door = self.auth();
        let Some(token) = shown.token else {
            // Without a name in it there is still somebody, whom no user's name fits: keys are refused as to a stranger. Source: etcd.
            let name = shown.certificate_name.filter(|_| door.certificates_name_users);
            let author = |name: &str| Author { user: name.to_owned(), revision: self.state().auth.revision() };
            return Ok(name.map(author).unwrap_or_default());
        };
        match &door.tokens {
            Provider::None => Err(LoginError::InvalidToken),
            Provider::Simple => self.author_of(token).await,
            Provider::Jwt(keys) => keys.author_of(token, self.clock().now()).ok_or(LoginError::InvalidToken),
        }
    }

    async fn author_of(&self, token: &str) -> Result<Author, LoginError> {
        let (letters, index) = split(token).ok_or(LoginError::InvalidToken)?;
        if self.progress().index() < index {
            // Another member has made it: its entry is on its way here. What nobody has committed yet is no token.
            let reached = self.progress().reached(index);
            let waited = self.clock().timeout(TOKEN_WAIT.min(self.limits().request_timeout), reached).await;
            waited.map_err(|_| LoginError::InvalidToken)?;
        }
        let key = digest_of(letters);
        let door = self.auth();
        let store = self.state().auth.read();
        // It may have been turned off during the wait, and its tokens be gone with it.
        if !store.is_enabled() {
            return Ok(Author::default());
        }
        let found = store.tokens().get(&key).filter(|found| found.index == index).ok_or(LoginError::InvalidToken)?;
        match door.idleness.standing(&key, found.renewed, self.clock().now()) {
            Standing::Over => return Err(LoginError::InvalidToken),
            Standing::WantsTime => door.renewals.add(key),
            Standing::Counts => {}
        }
        Ok(Author { user: found.user.clone(), revision: store.revision() })
    }

    /// A token for whoever knows the password of a user.
    ///
    /// # Errors
    /// See [`LoginError`]. An unknown user takes as long as a wrong password, and gets the same answer.
    pub async fn authenticate(&self, login: Login) -> Result<String, LoginError> {
        self.linearizable().await?;
        let Login { name, password, source } = login;
        let (guesser, password) = (Guesser::new(&name, source), Shown::new(password));
        let (mut claimed, mut revision) = self.claimed(&name)?;
        // Anybody may send long names, and would have them kept here for as long as this waits.
        drop(name);
        let passwords = &self.auth().passwords;
        for _ in 0..ATTEMPTS_MAX {
            let is_right = passwords.is_right(self.clock(), guesser, &password, claimed.clone()).await?;
            let Some(Claimed { name, .. }) = claimed.filter(|_| is_right) else { return Err(AuthRefusal::AuthFailed.into()) };
            match self.token_for(&name, revision).await {
                Err(LoginError::Refused(AuthRefusal::OldRevision)) => (claimed, revision) = self.claimed(&name)?,
                token => return token,
            }
        }
        Err(AuthRefusal::OldRevision.into())
    }

    /// A user with the stored hash of the password, none for one that does not exist, and the revision of users at which this is so.
    fn claimed(&self, name: &str) -> Result<(Option<Claimed>, u64), AuthRefusal> {
        let store = self.state().auth.read();
        if !store.is_enabled() {
            return Err(AuthRefusal::NotEnabled);
        }
        match store.user(name) {
            Some(user) if user.has_no_password() => Err(AuthRefusal::NoPasswordUser),
            user => {
                let claimed = user.map(|user| Claimed { name: name.to_owned(), hash: user.password_hash().to_vec() });
                Ok((claimed, store.revision()))
            }
        }
    }

    async fn token_for(&self, name: &str, revision: u64) -> Result<String, LoginError> {
        match &self.auth().tokens {
            Provider::None => Err(AuthRefusal::AuthFailed.into()),
            Provider::Jwt(keys) => {
                if self.state().auth.revision() != revision {
                    return Err(AuthRefusal::OldRevision.into());
                }
                keys.sign(name, revision, self.clock().unix_millis(), self.clock().now())
            }
            Provider::Simple => {
                let letters = self.auth().drawn_letters();
                let over = self.auth().idleness.over(self.state().auth.read().tokens(), self.clock().now());
                let digest = Bytes::copy_from_slice(&digest_of(&letters));
                let issue = TokenIssue { user: name.to_owned(), digest, revision, over };
                match self.propose(Command::Auth(AuthCommand::TokenIssue(issue))).await? {
                    Ok(Reply::TokenIssued { index }) => Ok(format!("{letters}.{index}")),
                    Ok(reply) => Err(LoginError::Internal(format!("unexpected reply {reply:?}"))),
                    Err(Refusal::Auth(refusal)) => Err(refusal.into()),
                    Err(refusal) => Err(LoginError::Internal(refusal.to_string())),
                }
            }
        }
    }

    /// The bcrypt hash of a new password, made on a thread for that.
    ///
    /// # Errors
    /// A password that is too long, or too many at one time.
    pub async fn hash_password(&self, password: &str) -> Result<Vec<u8>, LoginError> {
        Ok(self.auth().passwords.hash(self.clock(), password).await?)
    }
}

/// Letters and index of a simple token, in the one way in which it is written.
fn split(token: &str) -> Option<(&str, u64)> {
    let (letters, text) = token.split_once('.')?;
    let index: u64 = text.parse().ok()?;
    (index.to_string() == text).then_some((letters, index))
}

fn digest_of(letters: &str) -> TokenDigest {
    digest(&SHA256, letters.as_bytes()).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

impl AuthDoor {
    /// Whether bcrypt takes a password.
    ///
    /// # Errors
    /// [`LoginError::PasswordTooLong`].
    pub fn check_password(&self, password: &str) -> Result<(), LoginError> {
        Ok(Passwords::check_length(password)?)
    }

    /// Drawn here, before the login is proposed; the entry has their digest.
    fn drawn_letters(&self) -> String {
        let drawn = || self.simulated.as_ref().map_or_else(drawn_letter, |simulated| simulated.below(LETTERS.len()));
        (0..TOKEN_LETTERS).map(|_| char::from(LETTERS[drawn()])).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "chance enters here, at the door of requests")]
fn drawn_letter() -> usize {
    rand::random_range(0..LETTERS.len())
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::pin, task::Poll};

    use quorate_proto::etcdserverpb::{AuthDisableRequest, AuthEnableRequest, AuthUserAddRequest, AuthUserGrantRoleRequest};

    use super::{super::super::housekeeping::tests::unheard, *};
    use crate::core::backend::Generation;

    /// A member that was behind once said that such a token was wrong, though nobody needed one any more.
    #[tokio::test]
    async fn a_token_that_was_waited_for_while_authentication_was_turned_off_is_needed_no_longer() {
        let (server, out) = (unheard(), Generation::default());
        let state = server.state().clone();
        let change = |command: AuthCommand, user: &str| {
            let author = Author { user: user.into(), revision: state.auth.revision() };
            state.auth.apply(&command, &author, 1, &out).unwrap();
        };
        let (name, options) = ("root".to_owned(), None);
        change(AuthCommand::UserAdd(AuthUserAddRequest { name, options, ..AuthUserAddRequest::default() }), "");
        change(AuthCommand::UserGrantRole(AuthUserGrantRoleRequest { user: "root".into(), role: "root".into() }), "");
        change(AuthCommand::Enable(AuthEnableRequest {}), "");
        let mut identified = pin!(server.identify(Credentials { token: Some("letters.5"), certificate_name: None }));
        assert!(poll_fn(|cx| Poll::Ready(identified.as_mut().poll(cx).is_pending())).await, "its entry is not here yet");
        change(AuthCommand::Disable(AuthDisableRequest {}), "root");
        server.progress().advance(5, 1);
        assert_eq!(identified.await, Ok(Author::default()));
    }

    #[test]
    fn a_token_is_letters_and_an_index() {
        assert_eq!(split("abc.17"), Some(("abc", 17)));
        assert_eq!(split("abc.0"), Some(("abc", 0)));
        for wrong in ["", "abc", "no.such", "abc.", "abc.1.2", "abc.-1", "abc.+17", "abc.017", "abc.00"] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
        let door = AuthDoor::default();
        let letters = door.drawn_letters();
        assert!(letters.len() == TOKEN_LETTERS && letters.bytes().all(|letter| letter.is_ascii_alphabetic()));
        assert_ne!(letters, door.drawn_letters());
    }
}
