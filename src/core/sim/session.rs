//! How a client acts as a user: it logs in anywhere, shows its token everywhere, and now and then one that may count no longer.

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    rc::Rc,
};

use quorate_proto::etcdserverpb::{AuthRoleGetRequest, AuthUserAddRequest, AuthUserGetRequest, AuthenticateRequest};

use super::chance::Chance;
use crate::core::verify::{
    history::{Answer, Call, Outcome},
    model::users::refusal,
    users::{AuthAnswer, AuthCall, Told},
};

/// The user who may do everything.
pub const ROOT: &str = "root";
/// Tokens that clients keep for others to try.
const TOKENS_MAX: usize = 12;
/// Passwords of a user, one of which may be right.
const PASSWORDS_MAX: usize = 3;
/// Calls after a login that failed until the next: a name has few tries.
const REST: u32 = 6;

/// What clients tell each other: passwords, and tokens that were given to any of them.
#[derive(Default)]
pub struct Book {
    /// Newest last.
    passwords: BTreeMap<String, Vec<String>>,
    tokens: VecDeque<String>,
}

impl Book {
    /// A password that is about to become the user's, or not.
    pub fn may_become(&mut self, user: &str, password: &str) {
        let own = self.passwords.entry(user.to_owned()).or_default();
        own.push(password.to_owned());
        if own.len() > PASSWORDS_MAX {
            own.remove(0);
        }
    }

    /// Whether it has become that.
    pub fn became(&mut self, user: &str, password: &str, became: bool) {
        let own = self.passwords.entry(user.to_owned()).or_default();
        own.retain(|known| (known == password) == became);
    }

    fn keep(&mut self, token: &str) {
        self.tokens.push_back(token.to_owned());
        if self.tokens.len() > TOKENS_MAX {
            self.tokens.pop_front();
        }
    }
}

/// See the module.
pub struct Session {
    chance: Chance,
    book: Rc<RefCell<Book>>,
    /// Names of users that there may be.
    names: usize,
    user: String,
    /// Who it is does not change.
    settled: bool,
    token: Option<String>,
    rest: u32,
}

impl Session {
    /// Of somebody, now this one and now another.
    pub fn of_anybody(chance: Chance, book: Rc<RefCell<Book>>, names: usize) -> Self {
        let mut session = Self { chance, book, names, user: String::new(), settled: false, token: None, rest: 0 };
        session.choose();
        session
    }

    /// Of an administrator.
    pub fn of_root(chance: Chance, book: Rc<RefCell<Book>>, names: usize) -> Self {
        Self { chance, book, names, user: ROOT.into(), settled: true, token: None, rest: 0 }
    }

    fn choose(&mut self) {
        if !self.settled {
            self.user = if self.chance.percent(20) { ROOT.into() } else { user(self.chance.below(self.names)) };
            self.token = None;
        }
    }

    /// What is to be asked of the Auth service next, if anything.
    pub fn next(&mut self) -> Option<Call> {
        self.rest = self.rest.saturating_sub(1);
        if self.token.is_none() && self.rest == 0 {
            let known = self.book.borrow().passwords.get(&self.user).cloned().unwrap_or_default();
            // Somebody guesses, or tries what was right once.
            let guessed = known.is_empty() || self.chance.percent(2);
            let password = if guessed { "guess".to_owned() } else { known[self.chance.below(known.len())].clone() };
            // A user that nobody has heard of yet is not there.
            if known.is_empty() && self.chance.percent(70) {
                self.rest = REST;
                self.choose();
                return None;
            }
            return Some(Call::Auth(AuthCall::Authenticate(AuthenticateRequest { name: self.user.clone(), password })));
        }
        if self.settled || !self.chance.percent(3) {
            return None;
        }
        Some(Call::Auth(match self.chance.below(4) {
            0 => AuthCall::UserGet(AuthUserGetRequest { name: self.user.clone() }),
            1 => AuthCall::UserGet(AuthUserGetRequest { name: user(self.chance.below(self.names)) }),
            2 => AuthCall::RoleGet(AuthRoleGetRequest { role: role(self.chance.below(self.names)) }),
            // Not for everyone to do.
            _ => {
                let (name, password) = (user(self.chance.below(self.names)), format!("own.{}", self.chance.number()));
                AuthCall::UserAdd(AuthUserAddRequest { name, password, ..AuthUserAddRequest::default() })
            }
        }))
    }

    /// The token that its next call shows.
    pub fn shown(&mut self) -> Option<String> {
        let book = self.book.borrow();
        match self.chance.below(100) {
            0..=3 if !self.settled && !book.tokens.is_empty() => Some(book.tokens[self.chance.below(book.tokens.len())].clone()),
            4..=5 if !self.settled => None,
            _ => self.token.clone(),
        }
    }

    /// Takes note of how a call ended that showed this token.
    pub fn learn(&mut self, call: &Call, shown: Option<&String>, outcome: &Outcome) {
        match (call, outcome) {
            (Call::Auth(AuthCall::UserAdd(request)), Outcome::Answered(_)) => {
                self.book.borrow_mut().became(&request.name, &request.password, true);
            }
            (_, Outcome::Answered(Answer::Auth(AuthAnswer { told: Told::Token(token), .. }))) => {
                self.book.borrow_mut().keep(token);
                self.token = Some(token.clone());
            }
            (Call::Auth(AuthCall::Authenticate(_)), Outcome::Refused(text)) => {
                self.rest = REST;
                if text == refusal::LOGIN_FAILED {
                    self.choose();
                }
            }
            (Call::Auth(AuthCall::Authenticate(_)), Outcome::Failed(_) | Outcome::Unknown(_)) => self.rest = 2,
            (_, Outcome::Refused(text)) if text == refusal::INVALID_TOKEN && shown == self.token.as_ref() => self.token = None,
            (_, Outcome::Refused(text)) if text == refusal::PERMISSION_DENIED && self.chance.percent(10) => self.choose(),
            _ => {}
        }
    }
}

/// The name of a user.
pub fn user(number: usize) -> String {
    format!("u{number}")
}

/// The name of a role.
pub fn role(number: usize) -> String {
    format!("r{number}")
}
