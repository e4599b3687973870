//! `put`: write one key.

use super::{client::Retry, context::Context, error::CliError, gotext::parse_int, key::bytes, output::Reply};
use quorate_proto::etcdserverpb::PutRequest;
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
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let request = self.request(|| {
            let mut value = Vec::new();
            io::stdin().read_to_end(&mut value).map(|_| value)
        })?;
        let session = context.session()?;
        let rpc = session.client.call(Retry::Write, request, async |connection, request| connection.kv().put(request).await);
        session.output.print(Reply::Put(&rpc.await?))
    }

    /// The request that the arguments describe; `read` is asked for the value if they do not give it.
    ///
    /// # Errors
    /// Wrong arguments: exit code 128.
    pub fn request(self, read: impl FnOnce() -> io::Result<Vec<u8>>) -> Result<PutRequest, CliError> {
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
