//! `txn`: several operations at once, guarded by compares, read from standard input.

use super::{
    Personality,
    client::Retry,
    context::Context,
    error::{CliError, Kind},
    extra::Extra,
    output,
    output::Reply,
    script,
};
use quorate_proto::etcdserverpb::TxnRequest;
use std::io::{self, BufRead};

/// Run operations in one transaction
///
/// Reads three blocks from standard input, each ended by an empty line: compares, operations to run if all of them hold,
/// and operations to run otherwise. A compare is written as mod("key") > "0", its target one of create, mod, version, value
/// or lease; an operation is a put, get or del command.
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate txn [options]")]
pub struct Args {
    /// Prompt for each block
    #[arg(short, long)]
    interactive: bool,

    #[command(flatten)]
    extra: Extra,
}

impl Args {
    pub async fn run(self, context: &Context) -> Result<(), CliError> {
        if !self.extra.args.is_empty() {
            return Err(CliError::bad_args("txn command does not accept argument"));
        }
        let session = context.session()?;
        let request = read(&mut io::stdin().lock(), self.interactive, context.personality)?;
        // A transaction may wait for its turn as long as it takes: after a timeout nobody knows whether it has happened.
        let rpc = session
            .client
            .call_until(None, Retry::Write, request, async |connection, request| connection.kv().txn(request).await);
        session.output.print(Reply::Txn(&rpc.await?))
    }
}

/// Reads the three blocks.
///
/// # Errors
/// A line that means nothing, or an end of input before the third block's: exit code 3.
fn read(input: &mut dyn BufRead, interactive: bool, personality: Personality) -> Result<TxnRequest, CliError> {
    let prompt = |text| if interactive { output::line(text) } else { Ok(()) };
    let mut request = TxnRequest::default();
    prompt("compares:")?;
    for line in block(input)? {
        request.compare.push(script::compare(&line, personality)?);
    }
    prompt("success requests (get, put, del):")?;
    for line in block(input)? {
        request.success.push(script::operation(&line)?);
    }
    prompt("failure requests (get, put, del):")?;
    for line in block(input)? {
        request.failure.push(script::operation(&line)?);
    }
    Ok(request)
}

/// The lines up to the next empty one.
fn block(input: &mut dyn BufRead) -> Result<Vec<String>, CliError> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        let read = input.read_line(&mut line).map_err(|error| CliError::caused(Kind::InvalidInput, error))?;
        if read == 0 || !line.ends_with('\n') {
            return Err(CliError::new(Kind::InvalidInput, "EOF").hint("End each of the three blocks with an empty line"));
        }
        match line.trim() {
            "" => return Ok(lines),
            text => lines.push(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<TxnRequest, CliError> {
        read(&mut text.as_bytes(), false, Personality::Etcdctl)
    }

    #[test]
    fn three_blocks_make_a_transaction() {
        let request = read_text("mod(\"t\") > \"0\"\n\n  put t 2\nget t\n\nput t 3\n\n").unwrap();
        assert_eq!((request.compare.len(), request.success.len(), request.failure.len()), (1, 2, 1));
        assert_eq!(read_text("\n\n\n").unwrap(), TxnRequest::default());
    }

    #[test]
    fn an_early_end_of_input_is_invalid() {
        for text in ["", "\n\n", "\n\nput a b\n", "\n\nput a b"] {
            assert_eq!(read_text(text).unwrap_err().kind(), Kind::InvalidInput, "{text:?}");
        }
    }
}
