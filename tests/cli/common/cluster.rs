//! Members that form a cluster, in one temporary directory.

use std::{path::Path, time::Duration};

use tempfile::TempDir;

use super::{
    connect::Clients,
    member::{Member, Ports, ServerCommand},
    ports::free_ports,
    wait::wait_for,
};

/// A port can be lost between the probe and the server's own bind; more often than this it is something else.
const START_ATTEMPTS: usize = 5;

/// A running cluster. Dropping it ends the processes and removes the directory.
pub struct Cluster {
    pub members: Vec<Member>,
    dir: TempDir,
}

impl Cluster {
    /// One member, with etcd's defaults apart from names and addresses.
    pub async fn single() -> Self {
        Self::start(1, &[]).await
    }

    /// `size` members, each with the further `flags`, all ready.
    pub async fn start(size: usize, flags: &[&str]) -> Self {
        Self::start_with(&ServerCommand::under_test(), size, flags).await
    }

    /// The same, for a program of the caller's choice.
    pub async fn start_with(command: &ServerCommand, size: usize, flags: &[&str]) -> Self {
        let mut failures = Vec::new();
        for _ in 0..START_ATTEMPTS {
            let mut cluster = Self::prepare(command, size, flags);
            for member in &mut cluster.members {
                member.start();
            }
            match cluster.all_ready().await {
                Ok(()) => return cluster,
                Err(text) if text.contains("address") && text.contains("in use") => failures.push(text),
                Err(text) => panic!("{text}"),
            }
        }
        panic!("no start in {START_ATTEMPTS} attempts: {}", failures.join("\n"));
    }

    /// The members with addresses and flags, none of them started.
    pub fn prepare(command: &ServerCommand, size: usize, flags: &[&str]) -> Self {
        Self::prepare_behind(command, size, flags, None)
    }

    /// The same, with members that reach each other through a proxy before each: `doors` are the proxies' ports.
    pub fn prepare_behind(command: &ServerCommand, size: usize, flags: &[&str], doors: Option<&[u16]>) -> Self {
        let dir = tempfile::Builder::new().prefix("quorate-test-").tempdir().expect("a temporary directory can be made");
        let ports = free_ports(2 * size);
        let name = |i: usize| format!("m{}", i + 1);
        let door = |i: usize| doors.map_or(ports[2 * i + 1], |doors| doors[i]);
        let initial: Vec<String> = (0..size).map(|i| format!("{}=http://127.0.0.1:{}", name(i), door(i))).collect();
        let mut more = vec![format!("--initial-cluster={}", initial.join(",")), "--initial-cluster-state=new".into()];
        more.extend(flags.iter().map(|&flag| flag.to_owned()));
        let members = (0..size)
            .map(|i| {
                let ports = Ports { client: ports[2 * i], peer: ports[2 * i + 1], peer_door: door(i) };
                Member::new(command.clone(), dir.path(), &name(i), ports, &more)
            })
            .collect();
        Self { members, dir }
    }

    /// Places for `count` members, none of which belongs to a cluster yet: each still needs [`Member::belong`].
    pub fn places(command: &ServerCommand, count: usize, flags: &[&str]) -> Self {
        let dir = tempfile::Builder::new().prefix("quorate-test-").tempdir().expect("a temporary directory can be made");
        let ports = free_ports(2 * count);
        let more: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
        let members = (0..count).map(|i| {
            let ports = Ports { client: ports[2 * i], peer: ports[2 * i + 1], peer_door: ports[2 * i + 1] };
            Member::new(command.clone(), dir.path(), &format!("m{}", i + 1), ports, &more)
        });
        Self { members: members.collect(), dir }
    }

    /// A place for one more member `name`, which is not among `members`; it still needs [`Member::belong`].
    pub fn further_place(&self, name: &str) -> Member {
        let ports = free_ports(2);
        let ports = Ports { client: ports[0], peer: ports[1], peer_door: ports[1] };
        Member::new(ServerCommand::under_test(), self.dir.path(), name, ports, &[])
    }

    /// The same among `members`.
    pub fn add_place(&mut self, name: &str) -> &mut Member {
        let place = self.further_place(name);
        self.members.push(place);
        self.members.last_mut().expect("a member was added just now")
    }

    /// Waits until each member serves. An error is the log of one that ended instead.
    pub async fn all_ready(&mut self) -> Result<(), String> {
        for member in &mut self.members {
            member.ready().await?;
        }
        Ok(())
    }

    /// The directory that goes when the cluster goes.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Leaves the directory where it is when the cluster goes.
    pub fn keep_dir(&mut self) {
        self.dir.disable_cleanup(true);
    }

    /// The client addresses of all members.
    pub fn endpoints(&self) -> Vec<String> {
        self.members.iter().map(Member::endpoint).collect()
    }

    /// Connections to the first member.
    pub async fn clients(&self) -> Clients {
        Clients::to(&self.members[0].endpoint()).await
    }

    /// The position of the member that leads, as soon as every running member that answers names the same one.
    pub async fn leader(&self) -> usize {
        wait_for(Duration::from_secs(30), "the running members agree on a leader", async || {
            let mut ids = vec![None; self.members.len()];
            let mut named = Vec::new();
            for (i, member) in self.members.iter().enumerate().filter(|(_, member)| member.is_running()) {
                let status = Clients::try_to(&member.endpoint()).await?.status().await.ok()?;
                ids[i] = Some(status.header?.member_id);
                named.push(status.leader);
            }
            let leader = *named.first().filter(|&&id| id != 0)?;
            if named.iter().any(|&id| id != leader) {
                return None;
            }
            ids.iter().position(|&id| id == Some(leader))
        })
        .await
    }
}
