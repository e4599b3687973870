//! `put`: write one key.

use super::{
    client::{Client, Retry},
    context::Context,
    error::CliError,
    gotext::{NumberError, parse_int},
    key::bytes,
    member::BEYOND,
    output::Reply,
};
use quorate_proto::etcdserverpb::{LeaseGrantRequest, LeaseRevokeRequest, PutRequest};
use std::{
    ffi::OsString,
    io::{self, Read},
};

const NEEDS: &str = "put command needs 1 argument and input from stdin or 2 arguments";

/// Put a key into the store
///
/// The value is read from standard input when it is not given. A key or value that begins with a dash goes behind --
/// (put -- -key -value).
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate put [options] <key> <value>")]
pub struct Args {
    /// Key, and value unless it comes from standard input
    #[arg(value_name = "KEY [VALUE]", num_args = 0..)]
    args: Vec<OsString>,

    /// Lease to attach to the key, in hexadecimal
    #[arg(long, value_name = "ID", default_value = "0")]
    lease: String,

    /// Return the previous key-value pair
    #[arg(long)]
    prev_kv: bool,

    /// Keep the value that the key has
    #[arg(long)]
    ignore_value: bool,

    /// Keep the lease that the key has
    #[arg(long)]
    ignore_lease: bool,

    /// Let the key end after so many seconds: a lease of its own is granted, printed and attached
    #[arg(long, help_heading = BEYOND, value_name = "SECONDS", value_parser = seconds, conflicts_with_all = ["lease", "ignore_lease"])]
    ttl: Option<i64>,
}

fn seconds(text: &str) -> Result<i64, NumberError> {
    parse_int(text, 0)
}

impl Args {
    pub async fn run(mut self, context: &Context) -> Result<(), CliError> {
        let ttl = self.ttl.take();
        let mut request = self.request(|| {
            let mut value = Vec::new();
            io::stdin().read_to_end(&mut value).map(|_| value)
        })?;
        let session = context.session()?;
        if let Some(ttl) = ttl {
            let grant = session.client.call(Retry::Write, LeaseGrantRequest { ttl, id: 0 }, async |connection, request| {
                connection.lease().lease_grant(request).await
            });
            let granted =
                grant.await.map_err(|error| CliError::from(error).wrapped(|text| format!("failed to grant lease ({text})")))?;
            session.output.print(Reply::LeaseGrant(&granted))?;
            request.lease = granted.id;
        }
        let lease = request.lease;
        let put = session.client.call(Retry::Write, request, async |connection, request| connection.kv().put(request).await);
        match put.await {
            Ok(reply) => session.output.print(Reply::Put(&reply)),
            Err(error) => {
                if ttl.is_some() {
                    give_back(&session.client, lease).await;
                }
                Err(error.into())
            }
        }
    }

    /// The request that the arguments describe, without a lease of its own; `read` is asked for the value if they do not give it.
    ///
    /// # Errors
    /// Wrong arguments: exit code 128.
    pub fn request(self, read: impl FnOnce() -> io::Result<Vec<u8>>) -> Result<PutRequest, CliError> {
        if self.ttl.is_some() {
            return Err(CliError::bad_args(
                "put --ttl makes a lease, which is no part of a transaction: grant one before, and give --lease",
            ));
        }
        let mut args = self.args.into_iter().map(bytes);
        let key = args.next().ok_or_else(|| CliError::bad_args(NEEDS))?;
        let value = args.next();
        if self.ignore_value && value.is_some() {
            return Err(CliError::bad_args("put command needs only 1 argument when 'ignore-value' is set"));
        }
        let value = match value {
            Some(value) => value,
            None if self.ignore_value => Default::default(),
            None => match read() {
                Ok(value) if !value.is_empty() => value.into(),
                _ => return Err(CliError::bad_args(NEEDS)),
            },
        };
        let lease = parse_int(&self.lease, 16)
            .map_err(|error| CliError::bad_args(format!("bad lease ID ({error}), expecting ID in Hex")))?;
        let (prev_kv, ignore_value, ignore_lease) = (self.prev_kv, self.ignore_value, self.ignore_lease);
        Ok(PutRequest { key, value, lease, prev_kv, ignore_value, ignore_lease })
    }
}

/// Revokes a lease that was granted for a put that failed. If that fails too, or the put happened though its answer was lost, the
/// lease ends by itself, and the key with it.
async fn give_back(client: &Client, id: i64) {
    let revoke = client
        .call(Retry::Read, LeaseRevokeRequest { id }, async |connection, request| connection.lease().lease_revoke(request).await);
    drop(revoke.await);
}
