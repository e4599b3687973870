//! Files are changed at rest: bits flip, pages are zeroed, exchanged or old, files are cut or gone.
//!
//! The next start gives either everything that was promised, or a refusal that says where the damage is and what to do about it. Never
//! a panic, another answer, or silence about what is lost.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc};

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{
    crash::{open, seeds},
    disk::Disk,
    member::Expect,
    power::Image,
    reference::References,
    workload::{run, scratch},
};

const PAGE_BYTES: usize = 4096;

/// A member's directory after a run, as a process that was killed leaves it.
struct Rest {
    image: Image,
    expect: Expect,
    references: References,
}

fn rest(seed: u64, stopped: bool) -> Rest {
    let place = scratch();
    let watch = Disk::watch(place.path(), &Image::default());
    let mut member = run(place.path(), watch.disk(), seed, 120);
    while member.flush().unwrap() {}
    let expect = member.tracker.promised().lock().unwrap().clone();
    let killed = Image::read(place.path());
    drop(member);
    let image = if stopped { Image::read(place.path()) } else { killed };
    Rest { image, expect, references: References::default() }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Whole,
    Refused,
}

impl Rest {
    /// Starts on the image with a file changed or gone.
    fn start(&self, path: &str, bytes: Option<Vec<u8>>) -> Result<Verdict, String> {
        let mut image = self.image.clone();
        match bytes {
            Some(bytes) => _ = image.files.insert(path.to_owned(), Arc::new(bytes)),
            None => _ = image.files.remove(path),
        }
        let opened = std::panic::catch_unwind(AssertUnwindSafe(|| open(&image, &self.expect, &self.references)));
        match opened {
            Ok(Ok(_)) => Ok(Verdict::Whole),
            Ok(Err(text)) if text.contains("WRONG") => Err(text),
            Ok(Err(text)) => {
                let says_where = text.contains("/data/") || text.contains("in table") || text.contains("record of revision");
                let remedy = text.contains("restore") || text.contains("newer quorate");
                if says_where && remedy { Ok(Verdict::Refused) } else { Err(format!("says not enough: {text}")) }
            }
            Err(_) => Err("panicked".into()),
        }
    }

    fn files(&self, part: &str) -> Vec<(String, Vec<u8>)> {
        let of_part = |(path, bytes): (&String, &Arc<Vec<u8>>)| {
            (path.contains(part) && !path.ends_with("-lock")).then(|| (path.clone(), (**bytes).clone()))
        };
        self.image.files.iter().filter_map(of_part).collect()
    }
}

/// What was tried, and how it went.
#[derive(Default)]
struct Tally(BTreeMap<(String, Verdict), usize>);

impl Tally {
    fn add(&mut self, what: &str, detail: &str, verdict: Result<Verdict, String>) {
        let verdict = verdict.unwrap_or_else(|text| panic!("{what}, {detail}: {text}"));
        *self.0.entry((what.to_owned(), verdict)).or_default() += 1;
    }

    fn refused(&self, what: &str) -> usize {
        self.0.get(&(what.to_owned(), Verdict::Refused)).copied().unwrap_or(0)
    }
}

fn tries(ordinary: usize) -> usize {
    if seeds().is_some() { ordinary * 20 } else { ordinary }
}

/// Heads of pages, tables of rows and branches have no checksum; this is what the walk at open is for.
#[test]
fn changed_pages_of_the_state_are_refused_or_make_no_difference() {
    for seed in seeds().unwrap_or(3..4) {
        let rest = rest(seed, true);
        let mut rng = StdRng::seed_from_u64(seed);
        let mut tally = Tally::default();
        let [(path, good)] = rest.files(".mdb").try_into().expect("one state file");
        let pages = good.len() / PAGE_BYTES;
        let word = |at: usize| usize::from(u16::from_le_bytes([good[at], good[at + 1]]));
        for _ in 0..tries(500) {
            let page = rng.random_range(0..pages) * PAGE_BYTES;
            let links = if page < 2 * PAGE_BYTES { 152 } else { word(page + 12).clamp(16, PAGE_BYTES) };
            let at = page + if rng.random_bool(0.7) { rng.random_range(0..links) } else { rng.random_range(0..PAGE_BYTES) };
            let mut bytes = good.clone();
            bytes[at] ^= 1 << rng.random_range(0..8);
            tally.add(
                "a flipped bit",
                &format!("seed {seed}, byte {} of page {}", at % PAGE_BYTES, at / PAGE_BYTES),
                rest.start(&path, Some(bytes)),
            );
        }
        for page in 0..pages {
            let place = page * PAGE_BYTES..(page + 1) * PAGE_BYTES;
            let mut zeroed = good.clone();
            zeroed[place.clone()].fill(0);
            tally.add("a zeroed page", &format!("seed {seed}, page {page}"), rest.start(&path, Some(zeroed)));
            let other = rng.random_range(0..pages) * PAGE_BYTES;
            let mut exchanged = good.clone();
            exchanged[place].copy_from_slice(&good[other..other + PAGE_BYTES]);
            let detail = format!("seed {seed}, page {page} holds page {}", other / PAGE_BYTES);
            tally.add("a page in another's place", &detail, rest.start(&path, Some(exchanged)));
        }
        for length in (0..good.len()).step_by(PAGE_BYTES / 2 * 3) {
            tally.add(
                "a shorter file",
                &format!("seed {seed}, {length} bytes"),
                rest.start(&path, Some(good[..length].to_vec())),
            );
        }
        println!("seed {seed}: {pages} pages, {:?}", tally.0);
        for what in ["a flipped bit", "a zeroed page", "a page in another's place", "a shorter file"] {
            assert!(tally.refused(what) > 0, "no {what} was noticed");
        }
    }
}

#[test]
fn a_changed_log_is_refused_or_makes_no_difference() {
    for seed in seeds().unwrap_or(3..5) {
        for stopped in [false, true] {
            let rest = rest(seed, stopped);
            let mut rng = StdRng::seed_from_u64(seed);
            let mut tally = Tally::default();
            let files = rest.files("/log/0");
            for _ in 0..tries(200) {
                let (path, good) = &files[rng.random_range(0..files.len())];
                let used = good.iter().rposition(|&byte| byte != 0).map_or(0, |at| at + 1);
                // Often at the end, where a torn record would be.
                let at = if rng.random() { rng.random_range(0..used) } else { rng.random_range(used.saturating_sub(300)..used) };
                let mut bytes = good.clone();
                bytes[at] ^= 1 << rng.random_range(0..8);
                tally.add("a flipped bit", &format!("seed {seed}, byte {at} of {used} of {path}"), rest.start(path, Some(bytes)));
                let mut zeroed = good.clone();
                let end = used.min(at + 512);
                zeroed[at..end].fill(0);
                tally.add(
                    "zeros",
                    &format!("seed {seed}, bytes {at} to {end} of {used} of {path}"),
                    rest.start(path, Some(zeroed)),
                );
                tally.add(
                    "a shorter file",
                    &format!("seed {seed}, {at} of {used} bytes of {path}"),
                    rest.start(path, Some(good[..at].to_vec())),
                );
            }
            for (path, _) in &files {
                tally.add("a missing file", path, rest.start(path, None));
            }
            println!("seed {seed}, stopped {stopped}: {} files, {:?}", files.len(), tally.0);
        }
    }
}

#[test]
fn other_files_that_are_damaged_or_missing_are_refused_or_make_no_difference() {
    let rest = rest(5, true);
    let mut tally = Tally::default();
    for (path, good) in rest.files("data/") {
        if path.contains("/log/0") || path.contains(".mdb") {
            continue;
        }
        tally.add("a missing file", &path, rest.start(&path, None));
        tally.add("an empty file", &path, rest.start(&path, Some(Vec::new())));
        for at in 0..good.len().min(80) {
            let mut bytes = good.clone();
            bytes[at] ^= 4;
            tally.add("a flipped bit", &format!("{path}, byte {at}"), rest.start(&path, Some(bytes)));
            tally.add("a shorter file", &format!("{path}, {at} bytes"), rest.start(&path, Some(good[..at].to_vec())));
        }
    }
    println!("{:?}", tally.0);
    let state = rest.files(".mdb")[0].0.clone();
    assert_eq!(rest.start(&state, None), Ok(Verdict::Refused));
}
