//! `range`: one range again and again, or single keys of a key space.

use bytes::Bytes;
use clap::{ArgAction, ValueEnum};
use quorate_proto::etcdserverpb::RangeRequest;

use super::{
    driver::{Operation, Pool, measure},
    flags::{KeyArgs, Load, check_sizes},
    keys::{KeySpace, Order, Template},
    pace::Ticket,
    report::Report,
};

/// Get one range in each request, or without KEY one key of the key space
#[derive(clap::Args, Clone, Debug)]
pub struct RangeArgs {
    /// First key of the range; without it, each request gets a key of the key space
    key: Option<String>,
    /// End of the range, itself not in it; without it, the range is the one key
    end: Option<String>,
    /// Read linearizable (l) or serializable (s)
    #[arg(long, value_enum, default_value = "l")]
    consistency: Consistency,
    /// Get this many keys at most, 0 for all
    #[arg(long, default_value_t = 0)]
    limit: i64,
    /// Get the number of keys only
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    count_only: bool,
    /// Get keys without their values
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    keys_only: bool,
    /// Size of each key of the key space in bytes
    #[arg(long, default_value_t = 8)]
    key_size: usize,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Whether a read must see every write that was acknowledged before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Consistency {
    /// Linearizable: it must
    L,
    /// Serializable: the member answers from what it has
    S,
}

/// Gets one range, or keys in some order.
struct Ranges {
    keys: Option<(KeySpace, Order)>,
    template: Template,
}

impl RangeArgs {
    pub async fn run(&self, pool: &Pool, load: &Load) -> anyhow::Result<Report> {
        check_sizes(self.key_size, 0)?;
        let ranges = match &self.key {
            Some(key) => Ranges { keys: None, template: Template::fixed(&self.request(key.clone().into_bytes().into())) },
            None => Ranges {
                keys: Some((self.keys.space(self.key_size)?, self.keys.order(load.seed))),
                template: Template::new(self.key_size, |key| self.request(key)),
            },
        };
        let variant = match self.consistency {
            Consistency::L => "linearizable",
            Consistency::S => "serializable",
        };
        Ok(Report { variant: Some(variant), ..measure("range", pool, load, ranges).await? })
    }

    fn request(&self, key: Bytes) -> RangeRequest {
        RangeRequest {
            key,
            range_end: self.end.clone().unwrap_or_default().into_bytes().into(),
            limit: self.limit,
            serializable: self.consistency == Consistency::S,
            count_only: self.count_only,
            keys_only: self.keys_only,
            ..RangeRequest::default()
        }
    }
}

impl Operation for Ranges {
    fn path(&self) -> &'static str {
        "/etcdserverpb.KV/Range"
    }

    fn message(&mut self, _client: usize, ticket: &Ticket) -> Bytes {
        let Ranges { keys, template } = self;
        let Some((space, order)) = keys else { return template.whole() };
        let number = order.number(ticket.step, *space);
        template.fill(|key| space.write(number, key))
    }
}
