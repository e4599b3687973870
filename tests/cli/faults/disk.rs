//! Small disks: a tmpfs for each member, in a mount namespace that ends with the run.
//!
//! A helper process holds the namespace; members are started inside it with `nsenter`, which becomes the member's process. From
//! outside the disks are reached through the helper's `/proc/PID/root`. No privilege is needed where user namespaces are allowed.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

const FILLER: &str = "filler";

/// Ways into a mount namespace of our own: as anybody, and as root where namespaces of users are switched off.
const WAYS: [&[&str]; 2] = [&["--user", "--mount"], &["--mount"]];

pub struct SmallDisks {
    holder: Child,
    way: &'static [&'static str],
}

impl SmallDisks {
    /// Mounts a small disk at each of `places`. The error says why this machine does not allow it.
    pub fn mount(places: &[PathBuf], disk_mib: u32) -> io::Result<Self> {
        for place in places {
            fs::create_dir_all(place)?;
        }
        let [anybody, root] = WAYS;
        Self::hold(anybody, places, disk_mib).or_else(|_| Self::hold(root, places, disk_mib))
    }

    fn hold(way: &'static [&'static str], places: &[PathBuf], disk_mib: u32) -> io::Result<Self> {
        let script = format!(
            "set -e; for place in \"$@\"; do mount -t tmpfs -o size={disk_mib}m,mode=700 none \"$place\"; done; echo mounted; exec cat"
        );
        let mut unshare = Command::new("unshare");
        unshare.args(way);
        if way.contains(&"--user") {
            unshare.arg("--map-root-user");
        }
        let mut holder = unshare
            .args(["sh", "-c", &script, "sh"])
            .args(places)
            .stdin(Stdio::piped()) // its end, when this process ends, ends the helper and so the disks
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut said = [0; 8];
        let heard = holder.stdout.as_mut().expect("standard output is a pipe").read_exact(&mut said);
        if heard.is_err() {
            holder.wait()?;
            let mut text = String::new();
            holder.stderr.take().expect("standard error is a pipe").read_to_string(&mut text)?;
            return Err(io::Error::other(text.trim().to_owned()));
        }
        Ok(Self { holder, way })
    }

    /// What a command line must begin with to run where the disks are.
    pub fn enter(&self) -> Vec<String> {
        let mut words = vec!["nsenter"];
        words.extend(self.way);
        if self.way.contains(&"--user") {
            words.push("--preserve-credentials");
        }
        let target = self.holder.id().to_string();
        words.extend(["--target", &target, "--"]);
        words.into_iter().map(str::to_owned).collect()
    }

    /// Leaves less than `left_bytes` of room at `place`.
    pub fn fill(&self, place: &Path, left_bytes: u64) -> io::Result<()> {
        let inside = self.inside(place);
        let mut filler = fs::File::options().create(true).append(true).open(inside.join(FILLER))?;
        let chunk = vec![0; 64 << 10];
        loop {
            match filler.write_all(&chunk) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                Err(error) => return Err(error),
            }
        }
        let len = filler.metadata()?.len();
        filler.set_len(len.saturating_sub(left_bytes))
    }

    /// Makes room again.
    pub fn free(&self, place: &Path) -> io::Result<()> {
        fs::remove_file(self.inside(place).join(FILLER))
    }

    /// Copies what lies at `place` to `target`, where it outlives the disks.
    pub fn save(&self, place: &Path, target: &Path) -> io::Result<()> {
        let status = Command::new("cp").arg("-r").arg(self.inside(place)).arg(target).status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("cp ended with {status}"))) }
    }

    fn inside(&self, place: &Path) -> PathBuf {
        Path::new("/proc").join(self.holder.id().to_string()).join("root").join(place.strip_prefix("/").unwrap_or(place))
    }
}

impl Drop for SmallDisks {
    fn drop(&mut self) {
        // Neither can fail in a way that helps anybody here: the process is a child that was not waited for.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
