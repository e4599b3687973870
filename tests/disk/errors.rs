//! The n-th call of each kind fails, for every n.
//!
//! Whatever asked for the call must say so, with the place; nothing is promised that rests on it; the log takes no further write.
//! What was promised before is found by the next start, whether the process ended or the power was cut too. A sync that failed may
//! have lost for good what it should have kept: a later one that succeeds proves nothing.
//!
//! Some failures are borne: room for the log that cannot be allocated ahead, a left-over that cannot be removed, the farewell of a
//! member that stops. Then the run goes on, and everything else must hold.

use std::{collections::BTreeMap, panic::AssertUnwindSafe};

use rand::{SeedableRng, rngs::StdRng};

use super::{
    crash::{open, seeds},
    disk::{Disk, Fault, Kind},
    member::{Expect, Member, Tracker},
    power::{Image, Loss, Power},
    reference::References,
    workload::{beginning, scratch, step},
};

/// What came of a run with a fault.
struct Ended {
    /// In words, if an operation failed.
    fault: Option<String>,
    says_where: bool,
    met: usize,
    expect: Expect,
    /// As the next start of the process finds it.
    as_it_is: Image,
    power: Power,
}

fn run(seed: u64, steps: usize, fault: Option<Fault>, count: &mut BTreeMap<Kind, u64>) -> Ended {
    let place = scratch();
    let base = Image::default();
    let watch = Disk::watch(place.path(), &base);
    let disk = watch.disk();
    disk.set_fault(fault);
    let mut rng = StdRng::seed_from_u64(seed);
    let tracker = Tracker::new(disk.clone(), beginning());
    let promised = tracker.promised();
    let mut member = Member::open(place.path(), tracker);
    for _ in 0..steps {
        member = member.and_then(|member| step(place.path(), member, &mut rng));
    }
    let met_at_work = disk.faults_met();
    let fault = member.as_ref().err().cloned();
    let says_where = fault.as_ref().is_some_and(|text| text.contains(place.path().to_str().unwrap()));
    drop(member);
    for kind in Kind::ALL {
        count.insert(kind, disk.count(kind));
    }
    disk.set_fault(None);
    // A poisoned log keeps its files open, so the next start is on a copy.
    let as_it_is = Image::read(place.path());
    let mut power = Power::new(&base);
    disk.events().iter().for_each(|event| power.take(event));
    let expect = promised.lock().unwrap().clone();
    Ended { fault, says_where, met: met_at_work, expect, as_it_is, power }
}

/// Whether a failure of this kind, at whatever place, must be heard of.
fn is_grave(kind: Kind) -> bool {
    matches!(kind, Kind::Write | Kind::Sync | Kind::Read | Kind::Rename | Kind::MakeDir)
}

/// Lets each call of some kinds fail: once, and from then on, a write with half of it done. Prints how many were tried, and how many
/// of them the member bore.
fn fail_each(kinds: &[Kind], stride: usize) {
    let (steps, stride) = (30, if seeds().is_some() { 1 } else { stride });
    let mut tried = BTreeMap::<(Kind, bool), (usize, usize)>::new();
    for seed in seeds().unwrap_or(7..8) {
        let references = References::default();
        let mut counts = BTreeMap::new();
        assert_eq!(run(seed, steps, None, &mut counts).fault, None);
        for &kind in kinds {
            for nth in (0..counts[&kind]).step_by(stride) {
                for (errno, half, lasting) in [(libc::EIO, false, false), (libc::ENOSPC, kind == Kind::Write, true)] {
                    let fault = Fault { kind, nth, errno, half, lasting };
                    let borne = fail(seed, steps, fault, &references);
                    let (all, of_these) = tried.entry((kind, lasting)).or_default();
                    *all += 1;
                    *of_these += usize::from(borne);
                }
            }
        }
    }
    println!("tried and borne, by kind and whether it lasts: {tried:?}");
}

/// Answers whether the failure was borne.
fn fail(seed: u64, steps: usize, fault: Fault, references: &References) -> bool {
    let what = format!("seed {seed}, {fault:?}");
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| run(seed, steps, Some(fault), &mut BTreeMap::new())));
    let ended = ended.unwrap_or_else(|_| panic!("{what}: panicked"));
    match &ended.fault {
        Some(text) => {
            assert!(!text.contains("WRONG"), "{what}: {text}");
            assert!(ended.says_where, "{what}: {text} does not say where");
        }
        None => assert!(ended.met == 0 || !is_grave(fault.kind), "{what}: nobody heard of it"),
    }
    let mut rng = StdRng::seed_from_u64(seed);
    let images = [Loss::All, Loss::None, Loss::Drawn].map(|loss| ended.power.cut(loss, &mut rng));
    for (number, image) in [&ended.as_it_is].into_iter().chain(&images).enumerate() {
        if let Err(fault) = open(image, &ended.expect, references) {
            panic!("{what}: after {:?}, image {number}: {fault}", ended.fault);
        }
    }
    ended.fault.is_none()
}

/// One read that failed on opening once made the engine cut off the whole log.
#[test]
fn a_read_that_fails_loses_nothing() {
    fail_each(&[Kind::Read], 1);
}

#[test]
fn a_write_that_fails_is_reported_and_nothing_is_written_after() {
    fail_each(&[Kind::Write], 4);
}

/// A sync of the log that failed while the member stopped once ended the process.
#[test]
fn a_sync_that_fails_is_reported_and_never_believed_later() {
    fail_each(&[Kind::Sync], 3);
}

#[test]
fn other_calls_that_fail_are_reported_or_make_no_difference() {
    let kinds = [Kind::Open, Kind::SetLength, Kind::Allocate, Kind::Rename, Kind::Unlink, Kind::MakeDir];
    fail_each(&kinds, 2);
}
