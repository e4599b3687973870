//! `txn`: transactions of several puts and no condition.

use anyhow::bail;
use bytes::Bytes;
use quorate_proto::etcdserverpb::{PutRequest, RequestOp, TxnRequest, request_op::Request};

use super::{
    driver::{Operation, Pool, measure},
    flags::{KeyArgs, Load, SizeArgs, check_sizes},
    keys::{KeySpace, Order, Template, random_value},
    pace::Ticket,
    report::Report,
};

/// Servers allow 128 by default, and as many as an operator wishes.
const TXN_OPS_MAX: u64 = 100_000;

/// Put several keys in each transaction
#[derive(clap::Args, Clone, Debug)]
pub struct TxnArgs {
    /// Puts in each transaction; their keys follow each other in the key space
    #[arg(long, default_value_t = 1)]
    txn_ops: u64,
    #[command(flatten)]
    keys: KeyArgs,
    #[command(flatten)]
    sizes: SizeArgs,
}

struct Txns {
    space: KeySpace,
    order: Order,
    ops: u64,
    template: Template,
}

impl TxnArgs {
    pub async fn run(&self, pool: &Pool, load: &Load) -> anyhow::Result<Report> {
        check_sizes(self.sizes.key_size, self.sizes.val_size)?;
        let space = self.keys.space(self.sizes.key_size)?;
        // A transaction may not put one key twice.
        if self.txn_ops == 0 || self.txn_ops > space.keys() {
            bail!("--txn-ops {} must lie between 1 and --key-space-size {}", self.txn_ops, space.keys());
        }
        if self.txn_ops > TXN_OPS_MAX {
            bail!("--txn-ops {} must not be above {TXN_OPS_MAX}", self.txn_ops);
        }
        let value = random_value(self.sizes.val_size, load.seed);
        let put = |key: Bytes| RequestOp {
            request: Some(Request::RequestPut(PutRequest { key, value: value.clone(), ..PutRequest::default() })),
        };
        let template = Template::new(self.sizes.key_size, |key| TxnRequest {
            success: (0..self.txn_ops).map(|_| put(key.clone())).collect(),
            ..TxnRequest::default()
        });
        measure("txn", pool, load, Txns { space, order: self.keys.order(load.seed), ops: self.txn_ops, template }).await
    }
}

impl Operation for Txns {
    fn path(&self) -> &'static str {
        "/etcdserverpb.KV/Txn"
    }

    fn message(&mut self, _client: usize, ticket: &Ticket) -> Bytes {
        let Txns { space, order, ops, template } = self;
        let first = match order {
            Order::Sequential => ticket.step.wrapping_mul(*ops) % space.keys(),
            _ => order.number(ticket.step, *space),
        };
        let mut op = 0;
        template.fill(|key| {
            space.write((first + op) % space.keys(), key);
            op += 1;
        })
    }
}
