//! Processor time: what a round of requests cost the server and the generator.
//!
//! On a machine that both share, throughput says little about either alone; processor time a request does.

use std::{fs, time::Duration};

use anyhow::Context;

/// Processor time used since some moment by the generator and, if asked for, by the server's processes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuTime {
    pub generator: Duration,
    pub server: Option<Duration>,
}

/// Reads the processor time of this process and of others on this machine.
pub struct Meter<'a> {
    server_pids: &'a [u32],
    start: CpuTime,
}

impl<'a> Meter<'a> {
    /// Begins to measure this process and, together, those of `server_pids`.
    ///
    /// # Errors
    /// One of them does not exist.
    pub fn start(server_pids: &'a [u32]) -> anyhow::Result<Meter<'a>> {
        Ok(Meter { server_pids, start: read(server_pids)? })
    }

    /// The time used since the start.
    ///
    /// # Errors
    /// One of the processes has ended.
    pub fn used(&self) -> anyhow::Result<CpuTime> {
        let now = read(self.server_pids)?;
        let server = now.server.zip(self.start.server).map(|(now, start)| now.saturating_sub(start));
        Ok(CpuTime { generator: now.generator.saturating_sub(self.start.generator), server })
    }
}

fn read(server_pids: &[u32]) -> anyhow::Result<CpuTime> {
    let own = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let generator = Duration::new(own.tv_sec.unsigned_abs(), own.tv_nsec as u32);
    if server_pids.is_empty() {
        return Ok(CpuTime { generator, server: None });
    }
    let mut ticks = 0;
    for pid in server_pids {
        let path = format!("/proc/{pid}/stat");
        let stat = fs::read_to_string(&path).with_context(|| format!("cannot read the processor time of process {pid}"))?;
        ticks += ticks_used(&stat).with_context(|| format!("{path} is not as expected: {stat:?}"))?;
    }
    let server = Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64);
    Ok(CpuTime { generator, server: Some(server) })
}

/// `utime + stime` of a `/proc/PID/stat` line: fields 14 and 15, counted behind the name, which may hold anything.
fn ticks_used(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let (user, system) = (fields.next()?, fields.next()?);
    Some(user.parse::<u64>().ok()? + system.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_process_does_not_disturb_the_fields_behind_it() {
        let stat = "42 (a) S 1) (b) R 1 42 42 0 -1 4194304 111 222 333 444 700 55 0 0 20 0 1 0 0 0 0";
        assert_eq!(ticks_used(stat), Some(755));
        assert_eq!(ticks_used("42 (a) R 1"), None);
    }

    #[test]
    fn work_shows_in_the_time_of_the_process_that_does_it() {
        let own_pid = [std::process::id()];
        let meter = Meter::start(&own_pid).unwrap();
        let busy = Duration::from_millis(50);
        let used = loop {
            let used = meter.used().unwrap();
            if used.generator >= busy && used.server >= Some(busy / 2) {
                break used;
            }
            std::hint::black_box(mix_a_little());
        };
        assert!(used.server.unwrap() < Duration::from_secs(60));
    }

    fn mix_a_little() -> u64 {
        (0..10_000u64).fold(0, |sum, n| sum.rotate_left(5) ^ std::hint::black_box(n))
    }

    #[test]
    fn a_process_that_is_not_there_is_named() {
        let error = Meter::start(&[u32::MAX]).err().unwrap().to_string();
        assert_eq!(error, "cannot read the processor time of process 4294967295");
    }
}
