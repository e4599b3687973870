//! How replies are printed. A command hands over a [`Reply`] and never formats it itself; each format is a [`Printer`].
//!
//! `simple` is for people and pipes, `fields` for line-wise tools, `json` and `protobuf` for programs, `table` for lists of
//! members and endpoints. The texts are etcdctl's to the letter: they are parsed by other people's scripts. A printer that
//! cannot print a reply says so after the request has been made, as etcdctl does.

mod auth;
mod fields;
mod guided;
mod json;
mod protobuf;
mod rows;
mod simple;
mod table;

pub use auth::{AuthReply, write_range};
pub use guided::{MemberDetail, PlanStep, Votes};

use super::error::{CliError, Kind};
use quorate_proto::etcdserverpb::{
    AlarmResponse, DeleteRangeResponse, HashKvResponse, LeaseGrantResponse, LeaseKeepAliveResponse, LeaseLeasesResponse,
    LeaseRevokeResponse, LeaseTimeToLiveResponse, MemberAddResponse, MemberListResponse, MemberPromoteResponse,
    MemberRemoveResponse, MemberUpdateResponse, MoveLeaderResponse, PutResponse, RangeResponse, ResponseHeader, StatusResponse,
    TxnResponse, WatchResponse,
};
use std::io::{self, Write};

/// An output format by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Simple,
    Fields,
    Json,
    Table,
    Protobuf,
}

impl Format {
    /// The format of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "simple" => Self::Simple,
            "fields" => Self::Fields,
            "json" => Self::Json,
            "table" => Self::Table,
            "protobuf" => Self::Protobuf,
            _ => return None,
        })
    }
}

/// What one endpoint said about its health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    pub endpoint: String,
    /// How long the answer took, as printed; empty when there was no connection.
    pub took: String,
    /// Why it is not healthy.
    pub error: Option<String>,
}

/// A reply on its way to standard output.
#[derive(Clone, Copy, Debug)]
pub enum Reply<'r> {
    Put(&'r PutResponse),
    Get {
        reply: &'r RangeResponse,
        /// Leave the keys out.
        values_only: bool,
    },
    Del(&'r DeleteRangeResponse),
    Txn(&'r TxnResponse),
    Watch(&'r WatchResponse),
    LeaseGrant(&'r LeaseGrantResponse),
    LeaseRevoke {
        id: i64,
        reply: &'r LeaseRevokeResponse,
    },
    LeaseKeepAlive(&'r LeaseKeepAliveResponse),
    LeaseTimeToLive {
        reply: &'r LeaseTimeToLiveResponse,
        /// Whether the attached keys were asked for.
        keys: bool,
    },
    LeaseList(&'r LeaseLeasesResponse),
    MemberAdd {
        /// The name that the new member is to be started with, and its peer URLs as they were given.
        name: &'r str,
        peer_urls: &'r str,
        reply: &'r MemberAddResponse,
    },
    /// A member that was added before, and waits for its start.
    MemberAdded {
        name: &'r str,
        peer_urls: &'r str,
        reply: &'r MemberAddResponse,
    },
    /// How a member stands to its cluster, where nothing had to be changed for it.
    MemberSettled {
        id: u64,
        /// Between the member and the cluster: `is not in`.
        text: &'static str,
        reply: &'r MemberListResponse,
    },
    MemberDetails {
        header: &'r Option<ResponseHeader>,
        members: &'r [MemberDetail<'r>],
    },
    /// What a dry run would do.
    Plan(&'r [PlanStep]),
    MemberRemove {
        id: u64,
        reply: &'r MemberRemoveResponse,
    },
    MemberUpdate {
        id: u64,
        reply: &'r MemberUpdateResponse,
    },
    MemberPromote {
        id: u64,
        reply: &'r MemberPromoteResponse,
    },
    MemberList(&'r MemberListResponse),
    Health(&'r [Health]),
    Status(&'r [(String, StatusResponse)]),
    HashKv(&'r [(String, HashKvResponse)]),
    MoveLeader {
        from: u64,
        to: u64,
        reply: &'r MoveLeaderResponse,
    },
    Alarm(&'r AlarmResponse),
    Auth(AuthReply<'r>),
}

/// One output format.
pub trait Printer {
    /// Writes the reply.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] when the format has no form for this reply; errors of writing.
    fn print(&self, out: &mut dyn Write, reply: Reply<'_>) -> Result<(), CliError>;
}

/// Standard output in the format that was asked for.
pub struct Output {
    format: Format,
    printer: Box<dyn Printer>,
}

impl Output {
    /// Output in a format; `hex` prints byte strings and ids in hexadecimal where the format provides for it.
    pub fn new(format: Format, hex: bool) -> Self {
        Self { format, printer: printer(format, hex) }
    }

    /// The format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Writes the reply and flushes.
    ///
    /// # Errors
    /// As [`Printer::print`].
    pub fn print(&self, reply: Reply<'_>) -> Result<(), CliError> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        self.printer.print(&mut out, reply)?;
        Ok(out.flush()?)
    }
}

/// Writes one line that is the same in every format, and flushes.
///
/// # Errors
/// Errors of writing.
pub fn line(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

fn printer(format: Format, hex: bool) -> Box<dyn Printer> {
    match format {
        Format::Simple => Box::new(simple::Simple { hex }),
        Format::Fields => Box::new(fields::Fields { hex }),
        Format::Json => Box::new(json::Json { hex }),
        Format::Table => Box::new(table::Table),
        Format::Protobuf => Box::new(protobuf::Protobuf),
    }
}

/// What a format says that has no form for a reply.
pub fn unsupported(format: &str) -> CliError {
    CliError::new(Kind::Unsupported, format!("{format} not supported as output format"))
}

#[cfg(test)]
pub(crate) mod samples;
