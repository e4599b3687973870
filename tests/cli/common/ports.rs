//! Loopback ports for servers.
//!
//! They are taken from below the system's range for outgoing connections: a member that is killed and started again must find
//! its port free, and a client that knocks at a dead port must not connect to itself. `QUORATE_TEST_PORTS=LOW-HIGH` narrows the
//! range. Each process begins at a place of its own, so that two runs side by side seldom meet; whoever loses the race for a
//! port starts again with others.

use std::{
    env,
    net::TcpListener,
    process,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// The ports `[low, high)` to choose from.
static RANGE: LazyLock<(u32, u32)> = LazyLock::new(|| match env::var("QUORATE_TEST_PORTS") {
    Ok(text) => {
        let (low, high) = text.split_once('-').expect("QUORATE_TEST_PORTS is LOW-HIGH");
        (low.parse().expect("a port"), high.parse::<u32>().expect("a port") + 1)
    }
    Err(_) => (23_000, 32_000),
});

static NEXT: LazyLock<AtomicU32> = LazyLock::new(|| AtomicU32::new(process::id().wrapping_mul(37)));

/// `count` ports on which nobody listened a moment ago, all different, none given out before by this process until the range
/// has been gone through.
pub fn free_ports(count: usize) -> Vec<u16> {
    let (low, high) = *RANGE;
    let mut found = Vec::with_capacity(count);
    for _ in low..high {
        let port = low + NEXT.fetch_add(1, Ordering::Relaxed) % (high - low);
        let port = u16::try_from(port).expect("the range holds ports");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            found.push(port);
            if found.len() == count {
                return found;
            }
        }
    }
    panic!("no {count} free ports in {low}-{high}");
}
