//! `put` and `load`: one key a request, with a value that stays the same.

use bytes::Bytes;
use quorate_proto::etcdserverpb::PutRequest;

use super::{
    driver::{Operation, Pool, measure},
    flags::{KeyArgs, Load, SizeArgs, check_sizes},
    keys::{KeySpace, Order, Template, random_value},
    pace::Ticket,
    report::Report,
};

/// Put one key in each request
#[derive(clap::Args, Clone, Debug)]
pub struct PutArgs {
    #[command(flatten)]
    keys: KeyArgs,
    #[command(flatten)]
    sizes: SizeArgs,
}

/// Fill the store: put each of --total different keys once, in random order
#[derive(clap::Args, Clone, Debug)]
pub struct LoadArgs {
    #[command(flatten)]
    sizes: SizeArgs,
}

/// Puts keys in some order.
pub struct Puts {
    space: KeySpace,
    order: Order,
    template: Template,
}

impl PutArgs {
    pub async fn run(&self, pool: &Pool, load: &Load) -> anyhow::Result<Report> {
        check_sizes(self.sizes.key_size, self.sizes.val_size)?;
        let space = self.keys.space(self.sizes.key_size)?;
        measure("put", pool, load, Puts::new(space, self.keys.order(load.seed), &self.sizes, load.seed)).await
    }
}

impl LoadArgs {
    pub async fn run(&self, pool: &Pool, load: &Load) -> anyhow::Result<Report> {
        let Some(total) = load.pace.total else {
            anyhow::bail!("load puts a number of keys: give --total, not --duration alone");
        };
        check_sizes(self.sizes.key_size, self.sizes.val_size)?;
        let space = KeySpace::new(total, self.sizes.key_size)?;
        measure("load", pool, load, Puts::new(space, Order::Shuffled { seed: load.seed }, &self.sizes, load.seed)).await
    }
}

impl Puts {
    fn new(space: KeySpace, order: Order, sizes: &SizeArgs, seed: u64) -> Puts {
        let value = random_value(sizes.val_size, seed);
        let template = Template::new(sizes.key_size, |key| PutRequest { key, value: value.clone(), ..PutRequest::default() });
        Puts { space, order, template }
    }
}

impl Operation for Puts {
    fn path(&self) -> &'static str {
        "/etcdserverpb.KV/Put"
    }

    fn message(&mut self, _client: usize, ticket: &Ticket) -> Bytes {
        let number = self.order.number(ticket.step, self.space);
        self.template.fill(|key| self.space.write(number, key))
    }
}
