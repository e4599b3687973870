//! The one binary: everything is a command of [`quorate::cmd`].

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    quorate::cmd::run(std::env::args_os())
}
