//! `get`: read a key or a range.

use super::{
    client::{Connection, Retry},
    context::Context,
    error::{CliError, Kind},
    gotext::{NumberError, parse_int, quote},
    key,
    output::{Format, Reply},
};
use quorate_proto::etcdserverpb::{
    RangeRequest, RangeResponse,
    range_request::{SortOrder, SortTarget},
};
use std::ffi::OsString;
use tonic::{Request, Response, Status};

const NEEDS: &str = "get command needs one argument as key and an optional argument as range_end";

/// Get a key or a range of keys
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate get [options] <key> [range_end]")]
pub struct Args {
    /// Key, and the first key that is not wanted any more
    #[arg(value_name = "KEY [RANGE_END]", num_args = 0..)]
    args: Vec<OsString>,

    /// Linearizable (l) or serializable (s)
    #[arg(long, value_name = "LEVEL", default_value = "l")]
    consistency: String,

    /// Order of results: ASCEND or DESCEND
    #[arg(long, value_name = "ORDER", default_value = "", hide_default_value = true)]
    order: String,

    /// What to sort by: CREATE, KEY, MODIFY, VALUE or VERSION
    #[arg(long, value_name = "TARGET", default_value = "", hide_default_value = true)]
    sort_by: String,

    /// Maximum number of results, 0 for all
    #[arg(long, value_name = "N", default_value = "0", value_parser = number)]
    limit: i64,

    /// Get the keys that begin with the key
    #[arg(long)]
    prefix: bool,

    /// Get the keys that are greater than or equal to the key
    #[arg(long)]
    from_key: bool,

    /// Revision to read at, 0 for the newest
    #[arg(long, value_name = "REVISION", default_value = "0", value_parser = number)]
    rev: i64,

    /// Get only the keys
    #[arg(long)]
    keys_only: bool,

    /// Get only the count, for the output format fields
    #[arg(long)]
    count_only: bool,

    /// Print only values, for the output format simple
    #[arg(long)]
    print_value_only: bool,

    /// Smallest create revision
    #[arg(long, value_name = "REVISION", default_value = "0", value_parser = number)]
    min_create_rev: i64,

    /// Largest create revision
    #[arg(long, value_name = "REVISION", default_value = "0", value_parser = number)]
    max_create_rev: i64,

    /// Smallest modification revision
    #[arg(long, value_name = "REVISION", default_value = "0", value_parser = number)]
    min_mod_rev: i64,

    /// Largest modification revision
    #[arg(long, value_name = "REVISION", default_value = "0", value_parser = number)]
    max_mod_rev: i64,

    /// Have the answer streamed in pieces
    #[arg(long)]
    stream: bool,
}

fn number(text: &str) -> Result<i64, NumberError> {
    parse_int(text, 0)
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        let (count_only, values_only, stream) = (self.count_only, self.print_value_only, self.stream);
        let request = self.request()?;
        let session = context.session()?;
        let reply = if stream {
            session.client.call(Retry::Read, request, streamed).await?
        } else {
            session.client.call(Retry::Read, request, async |connection, request| connection.kv().range(request).await).await?
        };
        if count_only && session.output.format() != Format::Fields {
            return Err(CliError::bad_args("--count-only is only for `--write-out=fields`"));
        }
        if values_only && session.output.format() != Format::Simple {
            return Err(CliError::bad_args("print-value-only is only for `--write-out=simple`"));
        }
        session.output.print(Reply::Get { reply: &reply, values_only })
    }

    /// The request that the arguments describe.
    ///
    /// # Errors
    /// Wrong arguments: exit code 128; an unknown order, target or consistency: 4.
    pub fn request(self) -> Result<RangeRequest, CliError> {
        let (key, range_end) = {
            if self.keys_only && self.count_only && !self.args.is_empty() && !(self.prefix && self.from_key) {
                let text = "`--keys-only` and `--count-only` cannot be set at the same time, choose one";
                return Err(CliError::bad_args(text));
            }
            key::range(self.args, usize::MAX, self.prefix, self.from_key, NEEDS)?
        };
        Ok(RangeRequest {
            key,
            range_end,
            limit: self.limit,
            revision: self.rev.max(0),
            sort_order: sort_order(&self.order)?.into(),
            sort_target: sort_target(&self.sort_by)?.into(),
            serializable: serializable(&self.consistency)?,
            keys_only: self.keys_only,
            count_only: self.count_only,
            min_mod_revision: self.min_mod_rev,
            max_mod_revision: self.max_mod_rev,
            min_create_revision: self.min_create_rev,
            max_create_revision: self.max_create_rev,
        }
        .in_plain_order())
    }
}

trait PlainOrder {
    /// Ascending by key is the order of the store: asking for it would only keep a stream from being served.
    fn in_plain_order(self) -> Self;
}

impl PlainOrder for RangeRequest {
    fn in_plain_order(mut self) -> Self {
        if self.sort_target() == SortTarget::Key && self.sort_order() == SortOrder::Ascend {
            self.set_sort_order(SortOrder::None);
        }
        self
    }
}

/// Whether a consistency level by its letter is the weaker one.
///
/// # Errors
/// An unknown letter: exit code 4.
pub fn serializable(level: &str) -> Result<bool, CliError> {
    match level {
        "s" => Ok(true),
        "l" => Ok(false),
        _ => Err(CliError::new(Kind::Unsupported, format!("unknown consistency flag {}", quote(level.as_bytes())))),
    }
}

fn sort_order(name: &str) -> Result<SortOrder, CliError> {
    match name.to_uppercase().as_str() {
        "" => Ok(SortOrder::None),
        "ASCEND" => Ok(SortOrder::Ascend),
        "DESCEND" => Ok(SortOrder::Descend),
        _ => Err(CliError::new(Kind::Unsupported, format!("bad sort order {name}"))),
    }
}

fn sort_target(name: &str) -> Result<SortTarget, CliError> {
    match name.to_uppercase().as_str() {
        "" | "KEY" => Ok(SortTarget::Key),
        "CREATE" => Ok(SortTarget::Create),
        "MODIFY" => Ok(SortTarget::Mod),
        "VALUE" => Ok(SortTarget::Value),
        "VERSION" => Ok(SortTarget::Version),
        _ => Err(CliError::new(Kind::Unsupported, format!("bad sort target {name}"))),
    }
}

/// Joins the pieces of a streamed answer; header, `more` and `count` come with the last.
async fn streamed(connection: Connection, request: Request<RangeRequest>) -> Result<Response<RangeResponse>, Status> {
    let mut pieces = connection.kv().range_stream(request).await?.into_inner();
    let mut whole = RangeResponse::default();
    while let Some(piece) = pieces.message().await? {
        let piece = piece.range_response.unwrap_or_default();
        whole.kvs.extend(piece.kvs);
        whole.header = piece.header.or(whole.header);
        whole.more |= piece.more;
        whole.count = whole.count.max(piece.count);
    }
    Ok(Response::new(whole))
}
