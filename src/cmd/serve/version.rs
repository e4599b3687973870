//! `--version`: the four lines that tools read from etcd.

use crate::core::limits;

/// The lines, each with its line break. The first is read by installers before every start.
pub fn text() -> String {
    format!(
        "etcd Version: {}\nGit SHA: quorate-{}\nGo Version: none\nGo OS/Arch: {}/{}\n",
        limits::SERVER_VERSION,
        env!("CARGO_PKG_VERSION"),
        go_os(),
        go_arch(),
    )
}

fn go_os() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        os => os,
    }
}

fn go_arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64le",
        arch => arch,
    }
}
