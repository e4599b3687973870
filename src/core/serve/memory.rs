//! How much memory this process may have.

use std::fs;

/// Limits of the control group that a container or a service runs in: version 2, and version 1.
const GROUP_LIMITS: [&str; 2] = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

/// Bytes of memory of the machine, or of the control group if that has less.
pub fn memory_bytes() -> u64 {
    let machine = rustix::system::sysinfo();
    let machine_bytes = machine.totalram.saturating_mul(machine.mem_unit.into());
    // A missing file and "max" are no limit.
    let of_group = GROUP_LIMITS.iter().filter_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok()).min();
    of_group.map_or(machine_bytes, |bytes: u64| bytes.min(machine_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_as_much_as_the_kernel_says_or_less() {
        let text = fs::read_to_string("/proc/meminfo").unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap();
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        assert!((1 << 20..=kilobytes * 1024).contains(&memory_bytes()), "{} of {kilobytes} kB", memory_bytes());
    }
}
