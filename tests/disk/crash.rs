//! The power is cut after every event of a record, and what is left is opened.

use std::path::Path;

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{
    disk::{Disk, Event},
    member::{Expect, Member, Tracker},
    power::{Image, Loss, Power},
    reference::References,
    workload::{run, scratch},
};

/// What was done to a disk, and what was promised meanwhile.
pub struct Record {
    base: Image,
    events: Vec<Event>,
    expects: Vec<Expect>,
}

/// What was tried.
#[derive(Debug, Default)]
pub struct Tally {
    pub points: usize,
    pub images: usize,
    pub deeper: usize,
}

fn record(seed: u64, steps: usize) -> Record {
    let place = scratch();
    let base = Image::default();
    let watch = Disk::watch(place.path(), &base);
    let member = run(place.path(), watch.disk(), seed, steps);
    let expects = member.tracker.expects.clone();
    drop(member);
    Record { base, events: watch.disk().events(), expects }
}

/// Opens what a power cut left, replays and compares. With its own record, if there is no fault.
pub fn open(image: &Image, expect: &Expect, references: &References) -> Result<Record, String> {
    let place = scratch();
    image.write(place.path());
    let watch = Disk::watch(place.path(), image);
    let opened = Member::open(place.path(), Tracker::new(watch.disk().clone(), expect.clone()));
    let mut member = opened?;
    member.finish(references)?;
    let expects = member.tracker.expects.clone();
    drop(member);
    Ok(Record { base: image.clone(), events: watch.disk().events(), expects })
}

/// How much of a record is tried.
#[derive(Clone, Copy)]
struct Depth {
    /// Of the points, one in so many.
    stride: usize,
    /// Images drawn for a point, besides the two extremes.
    draws: usize,
    /// Of the images, one in so many has its opening cut again.
    deeper: usize,
    levels: usize,
}

fn cut_everywhere(record: &Record, depth: Depth, seed: u64, references: &References, tally: &mut Tally) {
    let mut power = Power::new(&record.base);
    let mut rng = StdRng::seed_from_u64(seed);
    let mut expect = None;
    for (at, event) in record.events.iter().enumerate() {
        power.take(event);
        if let Event::Mark(mark) = event {
            expect = Some(&record.expects[*mark]);
        }
        let Some(expect) = expect else { continue };
        if !(at + seed as usize).is_multiple_of(depth.stride) {
            continue;
        }
        tally.points += 1;
        let losses = [Loss::All, Loss::None].into_iter().chain(std::iter::repeat_n(Loss::Drawn, depth.draws));
        for (number, loss) in losses.enumerate() {
            let image = power.cut(loss, &mut rng);
            tally.images += 1;
            let opened = open(&image, expect, references);
            let deeper = opened.unwrap_or_else(|fault| {
                keep(&image);
                panic!("seed {seed}, event {at} ({event}), loss {loss:?} {number}, level {}: {fault}", depth.levels);
            });
            if depth.levels > 0 && rng.random_range(0..depth.deeper) == 0 {
                tally.deeper += 1;
                let next = Depth { stride: 1, draws: 1, deeper: depth.deeper * 20, levels: depth.levels - 1 };
                cut_everywhere(&deeper, next, seed, references, tally);
            }
        }
    }
}

/// The seeds that were asked for.
pub fn seeds() -> Option<std::ops::Range<u64>> {
    let asked = std::env::var("QUORATE_DISK_SEEDS").ok()?;
    let (from, to) = asked.split_once("..").expect("seeds are given as a..b");
    Some(from.parse().unwrap()..to.parse().unwrap())
}

/// Leaves an image for whoever looks into a failure.
fn keep(image: &Image) {
    if let Some(place) = std::env::var_os("QUORATE_DISK_KEEP") {
        image.write(Path::new(&place));
    }
}

/// If a call that touches the disk were missing in `interpose`, the files would hold something else than the record says.
#[test]
fn the_record_is_what_the_files_hold() {
    let place = scratch();
    let base = Image::default();
    let watch = Disk::watch(place.path(), &base);
    drop(run(place.path(), watch.disk(), 1, 150));
    let mut power = Power::new(&base);
    watch.disk().events().iter().for_each(|event| power.take(event));
    drop(watch);
    let without_locks = |mut image: Image| {
        image.files.retain(|path, _| !path.ends_with("-lock"));
        image
    };
    let recorded = without_locks(power.cut(Loss::None, &mut StdRng::seed_from_u64(0)));
    let held = without_locks(Image::read(place.path()));
    assert_eq!(recorded.dirs, held.dirs);
    assert_eq!(recorded.files.keys().collect::<Vec<_>>(), held.files.keys().collect::<Vec<_>>());
    for (path, bytes) in &recorded.files {
        assert!(bytes == &held.files[path], "{path} holds something else");
    }
}

/// What a member does in a directory that another run has left, with the record of that alone.
fn record_after(seed: u64, steps: usize, act: impl FnOnce(&mut Member) -> Result<(), String>) -> Record {
    let place = scratch();
    let watch = Disk::watch(place.path(), &Image::default());
    let member = run(place.path(), watch.disk(), seed, steps);
    let expect = member.tracker.promised();
    drop(member);
    drop(watch);
    let base = Image::read(place.path());
    let watch = Disk::watch(place.path(), &base);
    let expect = expect.lock().unwrap().clone();
    let mut member = Member::open(place.path(), Tracker::new(watch.disk().clone(), expect)).unwrap();
    act(&mut member).unwrap();
    let expects = member.tracker.expects.clone();
    drop(member);
    Record { base, events: watch.disk().events(), expects }
}

#[test]
fn nothing_promised_is_lost_wherever_the_power_is_cut() {
    let mut tally = Tally::default();
    let (asked, depth) = match seeds() {
        None => (0..3, Depth { stride: 5, draws: 1, deeper: 60, levels: 2 }),
        Some(asked) => (asked, Depth { stride: 1, draws: 3, deeper: 40, levels: 2 }),
    };
    for seed in asked {
        let record = record(seed, 60);
        cut_everywhere(&record, depth, seed, &References::default(), &mut tally);
        println!("seed {seed}: {} events, up to now {tally:?}", record.events.len());
    }
}

/// Two first starts once left what no later start would take: the directory itself was not synced into the one above, so that all of
/// it could go; and the first state was named before it was on the disk.
#[test]
fn a_first_start_can_be_cut_anywhere() {
    let mut tally = Tally::default();
    for seed in seeds().unwrap_or(0..1) {
        let depth = Depth { stride: 1, draws: 3, deeper: 40, levels: 1 };
        cut_everywhere(&record(seed, 1), depth, seed, &References::default(), &mut tally);
    }
    println!("{tally:?}");
}

/// etcd issue 14685: a crash in the middle of a defragmentation left a state and a log that did not fit. Here the copy is named when
/// it is whole and on the disk, and until then nothing else has changed.
#[test]
fn a_crash_in_a_defragmentation_leaves_one_whole_state() {
    let mut tally = Tally::default();
    for seed in seeds().unwrap_or(40..42) {
        let record = record_after(seed, 60, |member| {
            // With something applied that is in no file of the state yet.
            member.apply(member.model.state.last.index)?;
            member.defragment()?;
            member.flush()?;
            member.defragment()
        });
        let depth = Depth { stride: 1, draws: 2, deeper: 40, levels: 1 };
        cut_everywhere(&record, depth, seed, &References::default(), &mut tally);
    }
    println!("{tally:?}");
}

/// Or else all of the above would prove nothing.
#[test]
fn a_disk_that_does_nothing_when_it_is_told_to_sync_is_found_out() {
    let mut record = record(0, 30);
    record.events.retain(|event| !matches!(event, Event::Sync { .. }));
    let depth = Depth { stride: 1, draws: 0, deeper: 1, levels: 0 };
    let found = std::panic::catch_unwind(|| cut_everywhere(&record, depth, 0, &References::default(), &mut Tally::default()));
    let text = found.expect_err("it was not found out").downcast::<String>().unwrap();
    assert!(text.contains("WRONG") || text.contains("damaged") || text.contains("restore"), "{text}");
}
