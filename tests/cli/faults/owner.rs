//! Which process is at the other end of a connection within this machine.
//!
//! All members call one address of a member (its id is made of it), so a proxy cannot tell callers by the port they dialled. The
//! kernel can: `/proc/net/tcp` names the socket of each connection, `/proc/PID/fd` the process that holds it.

use std::fs;

/// The one of `pids` that holds the connection from `127.0.0.1:local` to `127.0.0.1:remote`; `None` when it is gone already.
pub fn owner(local: u16, remote: u16, pids: &[Option<u32>]) -> Option<usize> {
    let socket = format!("socket:[{}]", inode(&fs::read_to_string("/proc/net/tcp").ok()?, local, remote)?);
    pids.iter().position(|pid| pid.is_some_and(|pid| holds(pid, &socket)))
}

fn inode(table: &str, local: u16, remote: u16) -> Option<&str> {
    let (local, remote) = (format!("0100007F:{local:04X}"), format!("0100007F:{remote:04X}"));
    table.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        (columns.get(1) == Some(&local.as_str()) && columns.get(2) == Some(&remote.as_str())).then(|| columns.get(9).copied())?
    })
}

fn holds(pid: u32, socket: &str) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|target| target.as_os_str() == socket))
}
