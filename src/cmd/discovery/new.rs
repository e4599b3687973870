//! `discovery new`.

use super::check_token;
use crate::{
    cmd::{
        client::Retry,
        context::Context,
        error::{CliError, Kind},
        output,
    },
    core::discovery::registry,
};
use quorate_proto::etcdserverpb::{
    Compare, PutRequest, RequestOp, TxnRequest,
    compare::{CompareResult, CompareTarget, TargetUnion},
    request_op,
};

/// Make a token for a new cluster and print it
///
/// Prints the token, then the flags with which each of the cluster's members is started.
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate discovery new --size <members> [options]")]
pub struct Args {
    /// Number of members that the cluster begins with
    #[arg(long, value_name = "NUMBER", default_value = "0", hide_default_value = true)]
    size: usize,

    /// Token to use; a random one when not given
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    token: String,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        if !(1..=registry::SIZE_MAX).contains(&self.size) {
            return Err(CliError::bad_args(format!("--size must be a number from 1 to {}", registry::SIZE_MAX)));
        }
        let token = if self.token.is_empty() { random_token() } else { check_token(self.token)? };
        let session = context.session()?;
        let key = registry::size_key(&token);
        // A size that changes while members register would give each another cluster: it is written once.
        let is_unused = Compare {
            result: CompareResult::Equal.into(),
            target: CompareTarget::Create.into(),
            key: key.clone(),
            target_union: Some(TargetUnion::CreateRevision(0)),
            ..Compare::default()
        };
        let put = PutRequest { key, value: self.size.to_string().into(), ..PutRequest::default() };
        let request = TxnRequest {
            compare: vec![is_unused],
            success: vec![RequestOp { request: Some(request_op::Request::RequestPut(put)) }],
            failure: Vec::new(),
        };
        let rpc = session.client.call(Retry::Write, request, async |connection, request| connection.kv().txn(request).await);
        if !rpc.await?.succeeded {
            return Err(CliError::new(Kind::General, format!("the discovery token {token} is in use already"))
                .hint(format!("Look at it with quorate discovery show {token}, or leave out --token to get a new one")));
        }
        output::line(&format!("{token}\n--discovery-token={token} --discovery-endpoints={}", context.global.endpoints.join(",")))
    }
}

/// 128 bits that nobody guesses.
fn random_token() -> String {
    #[expect(clippy::disallowed_methods, reason = "a name for something new, chosen at the client")]
    let bits = rand::random::<u128>();
    format!("{bits:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_tokens_are_tokens_and_differ() {
        let (one, other) = (random_token(), random_token());
        assert!(registry::is_token(&one) && one.len() == 32 && one != other, "{one} {other}");
    }
}
