//! Figures of the process itself, fetched from the kernel at each scrape. Where the kernel does not tell, they stay at zero.

use std::{fs, io};

use prometheus::{Counter, Gauge, IntGauge, Registry};
use rustix::{
    param::{clock_ticks_per_second, page_size},
    process::{Resource, getrlimit},
};

/// Metrics of the process.
pub struct ProcessMetrics {
    cpu_seconds: Counter,
    resident_bytes: IntGauge,
    virtual_bytes: IntGauge,
    start_seconds: Gauge,
    open_fds: IntGauge,
    max_fds: IntGauge,
    os_fd_used: IntGauge,
    os_fd_limit: IntGauge,
}

impl ProcessMetrics {
    pub(super) fn new(registry: &Registry) -> Self {
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help).expect(super::WELL_FORMED);
            registry.register(Box::new(gauge.clone())).expect("these names stand only here");
            gauge
        };
        let cpu_seconds = Counter::new("process_cpu_seconds_total", "CPU time used, in seconds").expect(super::WELL_FORMED);
        let start_seconds =
            Gauge::new("process_start_time_seconds", "When the process began, in seconds since 1970").expect(super::WELL_FORMED);
        registry.register(Box::new(cpu_seconds.clone())).expect("this name stands only here");
        registry.register(Box::new(start_seconds.clone())).expect("this name stands only here");
        Self {
            cpu_seconds,
            resident_bytes: gauge("process_resident_memory_bytes", "Memory resident, in bytes"),
            virtual_bytes: gauge("process_virtual_memory_bytes", "Addresses mapped, in bytes"),
            start_seconds,
            open_fds: gauge("process_open_fds", "File descriptors open"),
            max_fds: gauge("process_max_fds", "File descriptors allowed"),
            os_fd_used: gauge("os_fd_used", "File descriptors open"),
            os_fd_limit: gauge("os_fd_limit", "File descriptors allowed"),
        }
    }

    /// Fetches all figures. What can't be fetched keeps its last value.
    pub(super) fn update(&self) {
        if let Ok(count) = open_fds() {
            self.open_fds.set(count);
            self.os_fd_used.set(count);
        }
        let limit = i64::try_from(fd_limit()).unwrap_or(i64::MAX);
        self.max_fds.set(limit);
        self.os_fd_limit.set(limit);
        let Some(stat) = Stat::read() else { return };
        self.cpu_seconds.reset();
        self.cpu_seconds.inc_by(stat.cpu_seconds);
        self.resident_bytes.set(stat.resident_bytes);
        self.virtual_bytes.set(stat.virtual_bytes);
        if let Some(boot) = boot_seconds() {
            self.start_seconds.set(boot + stat.start_after_boot_seconds);
        }
    }
}

/// File descriptors that this process may have open.
pub fn fd_limit() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

fn open_fds() -> io::Result<i64> {
    // One of them is the descriptor that lists them.
    let count = fs::read_dir("/proc/self/fd")?.count().saturating_sub(1);
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

struct Stat {
    cpu_seconds: f64,
    resident_bytes: i64,
    virtual_bytes: i64,
    start_after_boot_seconds: f64,
}

impl Stat {
    fn read() -> Option<Self> {
        Self::parse(&fs::read_to_string("/proc/self/stat").ok()?, clock_ticks_per_second() as f64, page_size() as i64)
    }

    /// Fields are counted from the end of the program's name, which is in parentheses and may hold anything.
    fn parse(text: &str, ticks_per_second: f64, page_bytes: i64) -> Option<Self> {
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<i64>().ok();
        Some(Self {
            cpu_seconds: (number(11)? + number(12)?) as f64 / ticks_per_second,
            start_after_boot_seconds: number(19)? as f64 / ticks_per_second,
            virtual_bytes: number(20)?,
            resident_bytes: number(21)? * page_bytes,
        })
    }
}

fn boot_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    text.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "whole numbers are exact")]
mod tests {
    use super::*;

    #[test]
    fn a_program_name_with_spaces_and_parentheses_does_not_shift_the_fields() {
        let text = "7 (a ) b) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 4 0 1000 8192000 25 18446744073709551615 1 1 0";
        let stat = Stat::parse(text, 100.0, 4096).unwrap();
        assert_eq!(stat.cpu_seconds, 2.0);
        assert_eq!(stat.start_after_boot_seconds, 10.0);
        assert_eq!(stat.virtual_bytes, 8_192_000);
        assert_eq!(stat.resident_bytes, 25 * 4096);
    }
}
