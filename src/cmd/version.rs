//! `version`: which program this is, and which interface it speaks.

use super::{Personality, error::CliError, extra::Extra, output};

/// Version of etcd whose interface is kept.
const ETCD_VERSION: &str = "3.7.1";
/// Version of the API.
const API_VERSION: &str = "3.7";

/// Print the version
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "quorate version")]
pub struct Args {
    #[command(flatten)]
    extra: Extra,
}

/// Prints the version lines of a program.
///
/// # Errors
/// Errors of writing.
pub fn print(personality: Personality) -> Result<(), CliError> {
    match personality {
        Personality::Etcdctl => output::line(&format!("etcdctl version: {ETCD_VERSION}\nAPI version: {API_VERSION}")),
        Personality::Quorate => {
            let own = env!("CARGO_PKG_VERSION");
            output::line(&format!("quorate version: {own}\netcd version: {ETCD_VERSION}\nAPI version: {API_VERSION}"))
        }
    }
}
