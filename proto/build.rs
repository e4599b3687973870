//! Compiles the `.proto` files in pure Rust: no `protoc` is needed on the building machine.

use std::{env, error::Error, fs, path::PathBuf};

const FILES: [&str; 7] = [
    "etcd/kv.proto",
    "etcd/auth.proto",
    "etcd/membership.proto",
    "etcd/rpc.proto",
    "etcd/lock.proto",
    "etcd/election.proto",
    "quorate/peer.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(FILES, ["proto"])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    // Only the services that clients see: the reflection service shows this set.
    let public = protox::compile(&FILES[..6], ["proto"])?;
    fs::write(out.join("public_descriptors.bin"), prost_encode(&public))?;

    let mut config = prost_build::Config::new();
    config.bytes(["."]);
    config.disable_comments(["."]);
    tonic_prost_build::configure().compile_fds_with_config(descriptors, config)?;
    Ok(())
}

fn prost_encode(set: &impl prost::Message) -> Vec<u8> {
    set.encode_to_vec()
}
