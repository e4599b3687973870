//! The one binary.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1).peekable();
    if args.peek().is_some_and(|word| word == "bench") {
        return quorate::cmd::bench::run(args.collect());
    }
    if args.peek().is_some_and(|word| word == "serve") {
        args.next();
    }
    quorate::cmd::serve::run(args.collect())
}
