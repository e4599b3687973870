//! `login`: passwords for tokens.
//!
//! Each server is logged in to once before anything is measured: it then knows the password, and what is measured is what a login costs
//! that is not the first.

use anyhow::{Context, bail};
use bytes::Bytes;
use quorate_proto::etcdserverpb::{AuthenticateRequest, AuthenticateResponse};

use super::{
    driver::{Operation, Pool, measure},
    flags::Load,
    pace::Ticket,
    report::Report,
    wire::frame,
};

const AUTHENTICATE: &str = "/etcdserverpb.Auth/Authenticate";

/// Log in again and again
#[derive(clap::Args, Clone, Debug)]
pub struct LoginArgs {
    /// User to log in as, with or without the password: name[:password]
    #[arg(long, value_name = "USER")]
    user: String,
    /// Password of the user
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    password: String,
}

struct Logins {
    request: Bytes,
}

impl LoginArgs {
    pub async fn run(&self, pool: &Pool, load: &Load) -> anyhow::Result<Report> {
        let request = frame(&self.request());
        for connection in 0..load.connections {
            let mut caller = pool.caller(connection, AUTHENTICATE, load);
            let answer: AuthenticateResponse = caller.call_for(request.clone()).await.context("cannot log in")?;
            if answer.token.is_empty() {
                bail!("the server gives no token");
            }
        }
        measure("login", pool, load, Logins { request }).await
    }

    fn request(&self) -> AuthenticateRequest {
        let (name, password) = match self.user.split_once(':') {
            Some((name, password)) if self.password.is_empty() => (name, password),
            _ => (self.user.as_str(), self.password.as_str()),
        };
        AuthenticateRequest { name: name.to_owned(), password: password.to_owned() }
    }
}

impl Operation for Logins {
    fn path(&self) -> &'static str {
        AUTHENTICATE
    }

    fn message(&mut self, _client: usize, _ticket: &Ticket) -> Bytes {
        self.request.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_stands_behind_the_name_or_apart() {
        let request = |user: &str, password: &str| {
            let AuthenticateRequest { name, password } =
                LoginArgs { user: user.to_owned(), password: password.to_owned() }.request();
            [name, password]
        };
        assert_eq!(request("u:p:q", ""), ["u", "p:q"]);
        assert_eq!(request("u", "p"), ["u", "p"]);
        assert_eq!(request("u:v", "p"), ["u:v", "p"]);
        assert_eq!(request("u", ""), ["u", ""]);
    }
}
