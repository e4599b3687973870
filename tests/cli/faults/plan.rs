//! What goes wrong: faults drawn from a seed, apart from who leads at the time, which only the run can tell.

use std::{
    fmt::{self, Display},
    time::Duration,
};

use rand::{Rng, rngs::StdRng, seq::SliceRandom};

use super::network::Rule;

/// A kind of bad luck. Changes of membership will be one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `kill -9`, and a start again.
    Kill,
    /// SIGTERM, and a start again.
    Stop,
    /// SIGSTOP, and SIGCONT.
    Pause,
    /// Members that don't hear each other.
    Partition,
    /// Late, slow, refused, lost connections.
    Links,
    /// A member's disk takes no more.
    FullDisk,
}

impl Class {
    /// Whether it happens to processes; the others happen to the network.
    pub fn is_of_processes(self) -> bool {
        !matches!(self, Self::Partition | Self::Links)
    }
}

/// Members, by position or by what they are when it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    These(Vec<usize>),
    Leader,
}

/// One fault.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    Kill(Who),
    Stop(Who),
    Pause(Who),
    FullDisk(Who),
    /// Neither side hears the other.
    Split(Who),
    /// What these send does not arrive.
    Mute(Who),
    /// What is sent to these does not arrive.
    Deaf(Who),
    /// Two sides that hear each other only through one member: the first of the order; the rest is cut at its middle.
    Bridge(Vec<usize>),
    /// A new random split again and again.
    Shifting(u64),
    /// All links between members.
    Late(Rule),
    /// The links from and to these.
    LateAt(Who, Rule),
    /// Connections between members are reset again and again.
    Resets(u64),
    /// How clients reach these.
    ClientsOf(Who, Rule),
    /// Connections of clients are reset again and again.
    ClientResets(u64),
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// Draws faults of some classes, for a cluster of `size`.
pub struct Plan {
    pub random: StdRng,
    pub classes: Vec<Class>,
    pub size: usize,
}

/// A fault, how long it lasts, and how long nothing happens afterwards.
pub struct Step {
    pub fault: Fault,
    pub lasts: Duration,
    pub rest: Duration,
}

impl Plan {
    pub fn draw(&mut self) -> Step {
        let class = self.classes[self.random.random_range(0..self.classes.len())];
        let (fault, lasts) = match class {
            Class::Kill => (Fault::Kill(self.victims()), 0..1500),
            Class::Stop => (Fault::Stop(self.minority()), 0..500),
            Class::Pause => (Fault::Pause(self.victims()), 100..5000),
            Class::FullDisk => (Fault::FullDisk(self.minority()), 500..4000),
            Class::Partition => (self.partition(), 200..5000),
            Class::Links => (self.links(), 200..4000),
        };
        // Mostly short, so that there are many.
        let part = self.random.random::<f64>().powi(2);
        let lasts = Duration::from_millis(lasts.start + ((lasts.end - lasts.start) as f64 * part) as u64);
        Step { fault, lasts, rest: Duration::from_millis(self.random.random_range(50..800)) }
    }

    /// One, the leader, some minority, a majority, or all.
    fn victims(&mut self) -> Who {
        match self.random.random_range(0..10) {
            0..3 => self.some(1),
            3..6 => Who::Leader,
            6 => self.some((self.size - 1) / 2),
            7 => self.some(self.size / 2 + 1),
            8 => self.some(self.size),
            _ => self.minority(),
        }
    }

    fn minority(&mut self) -> Who {
        if self.random.random_ratio(1, 3) {
            return Who::Leader;
        }
        let count = self.random.random_range(1..=(self.size - 1) / 2);
        self.some(count)
    }

    fn some(&mut self, count: usize) -> Who {
        let mut order = self.order();
        order.truncate(count);
        Who::These(order)
    }

    fn order(&mut self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.size).collect();
        order.shuffle(&mut self.random);
        order
    }

    fn partition(&mut self) -> Fault {
        match self.random.random_range(0..8) {
            0 => Fault::Split(self.minority()),
            1 => Fault::Split(Who::Leader),
            2 => Fault::Mute(self.minority()),
            3 => Fault::Mute(Who::Leader),
            4 => Fault::Deaf(self.minority()),
            5 => Fault::Deaf(Who::Leader),
            6 => Fault::Bridge(self.order()),
            _ => Fault::Shifting(self.random.random()),
        }
    }

    fn links(&mut self) -> Fault {
        let millis = |low, high, random: &mut StdRng| Duration::from_millis(random.random_range(low..high));
        let (delay, jitter) = (millis(1, 150, &mut self.random), millis(0, 100, &mut self.random));
        let late = Rule { delay, jitter, ..Rule::default() };
        let narrow = Rule { bytes_per_sec: Some(self.random.random_range(20_000..300_000)), ..Rule::default() };
        let hole = Rule { holds: true, ..Rule::default() };
        let refusal = Rule { refuses: true, ..Rule::default() };
        match self.random.random_range(0..10) {
            0 | 1 => Fault::Late(late),
            2 => Fault::Late(narrow),
            3 => Fault::LateAt(self.minority(), late),
            4 => Fault::LateAt(self.minority(), narrow),
            5 => Fault::Resets(self.random.random()),
            6 => Fault::LateAt(self.minority(), refusal),
            7 => Fault::ClientsOf(self.minority(), hole),
            8 => Fault::ClientsOf(self.minority(), late),
            _ => Fault::ClientResets(self.random.random()),
        }
    }
}

/// Two sides, drawn anew.
pub fn sides(size: usize, random: &mut StdRng) -> Vec<usize> {
    (0..size).filter(|_| random.random()).collect()
}
