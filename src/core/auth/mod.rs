//! Users, roles and what they may do, as every member knows them. No clock, no chance, no passwords: hashes come ready, tokens as digests.
//!
//! [`AuthStore`] is replicated: apply alone changes it, one [`AuthCommand`] at a time, and each change of users or roles moves its
//! revision. Whoever makes a request is an [`Author`]: a name, and the revision at which the member that took the request looked at
//! it. [`access`] is the one place that says what an author may do; it is asked when an entry is applied for whatever changes keys,
//! leases or users, and at the door, after the wait for a linearizable read, for everything else.
//!
//! [`Tokens`] are replicated too, so that a login outlives a restart and holds at every member. What this leaves out: how a password is
//! checked, and how a token becomes an author (`server/auth`).

mod access;
mod change;
mod intervals;
mod rows;
mod store;
#[cfg(test)]
mod tests;
mod tokens;

pub use access::Author;
pub use change::{AuthCommand, TokenIssue, TokenOver, TokenRenewal};
pub use store::{AuthStore, SharedAuth, User};
pub use tokens::{FORGOTTEN_AT_ONCE, TOKENS_MAX, TOKENS_OF_USER_MAX, Token, TokenDigest, Tokens};

/// The user, and the role, that may do everything.
pub const ROOT: &str = "root";
