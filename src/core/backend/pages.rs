//! Whether the pages of an LMDB file hang together, read off the file before LMDB maps it.
//!
//! LMDB trusts its pages. Rows carry checksums of ours, but what links the rows together does not: a changed bit in a page's head, in
//! its table of rows or in a branch makes LMDB skip rows without a word, read outside of the file, or end the process. So the newest
//! state's trees are walked once when a file is opened: each page is the page that it says, its rows lie one against the other and in
//! order, within the bounds that the branch above gives; the numbers of pages and rows are those that the tree's own record says; no
//! page has two uses, free ones included. The two heads of the file are told apart by their transaction numbers, so these must be
//! neighbours.
//!
//! ```text
//! page     number 8 | unused 2 | kind 2 | rows' table ends 2 | rows begin 2 | table of rows 2 .. | free | rows ..
//!          (a large value has pages of its own: number 8 | unused 2 | kind 2 | how many 4 | value)
//! row      length or page, low 2 | high 2 | kind, or page's highest 2 | key's length 2 | key | value, or its page 8
//! tree     unused 4 | kind 2 | depth 2 | branches 8 | leaves 8 | pages of large values 8 | rows 8 | root 8
//! head     (a page's first 16 bytes) magic 4 | version 4 | unused 16 | tree of free pages, whose `unused` is the page's size |
//!          tree of trees | last page 8 | transaction 8
//! ```
//! All little-endian. Trees are read level by level in the order of the file, so that a disk reads ahead.

use std::{cmp::Ordering, fs::File, io, os::unix::fs::FileExt, path::Path};

/// Larger files have their branches walked and not their leaves: a start should not take minutes.
const LEAVES_BYTES_MAX: u64 = 4 << 30;
/// Pages read at once at most, when they lie together.
const RUN_PAGES: usize = 64;

const PAGE_HEAD: usize = 16;
const ROW_HEAD: usize = 8;
const TREE_BYTES: usize = 48;
const MAGIC: u32 = 0xBEEF_C0DE;
const VERSION: u32 = 1;
const NO_PAGE: u64 = u64::MAX;
/// Kinds of pages.
const BRANCH: u16 = 1;
const LEAF: u16 = 2;
const LARGE: u16 = 4;
const HEAD: u16 = 8;
/// Kinds of rows.
const VALUE_ELSEWHERE: u16 = 1;
const TREE: u16 = 2;
/// Kinds of trees: with whole numbers for keys; and a flag of LMDB's that says nothing of the tree.
const NUMBER_KEYS: u16 = 8;
const NO_SUB_DIR: u16 = 0x4000;
/// Deeper than LMDB goes.
const DEPTH_MAX: u16 = 32;

/// What is wrong, or that it cannot be read.
#[derive(Debug)]
pub(super) enum Trouble {
    Damage(String),
    Io(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

type Result<T> = std::result::Result<T, Trouble>;

fn damage<T>(text: String) -> Result<T> {
    Err(Trouble::Damage(text))
}

/// Walks the trees of the file's newest state. A file that is empty or not there is in order: LMDB makes a new one of it.
pub(super) fn check(path: &Path) -> Result<()> {
    check_until(path, LEAVES_BYTES_MAX)
}

/// The same, with the leaves of a file of any size.
pub(super) fn check_all(path: &Path) -> Result<()> {
    check_until(path, u64::MAX)
}

fn check_until(path: &Path, leaves_bytes_max: u64) -> Result<()> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let length = file.metadata()?.len();
    if length == 0 {
        return Ok(());
    }
    let mut first = vec![0; 512];
    read_at(&file, &mut first, 0)?;
    let page_bytes = Head::read(&first, 0)?.page_bytes;
    let mut second = vec![0; 512];
    read_at(&file, &mut second, page_bytes as u64)?;
    let heads = [Head::read(&first, 0)?, Head::read(&second, 1)?];
    let head = newest(&heads)?;
    let pages = usize::try_from(head.last_page).ok().and_then(|last| last.checked_add(1)).filter(|pages| *pages < 1 << 40);
    let Some(pages) = pages else { return damage(format!("its head counts {} pages", head.last_page)) };
    // Pages behind the end of the file were never written; those that are in use are missing.
    let held = usize::try_from(length).unwrap_or(usize::MAX).div_ceil(page_bytes);
    let leaves = length <= leaves_bytes_max;
    let mut walk = Walk { file: &file, page_bytes, pages, used: vec![false; pages.min(held)], leaves };
    walk.take(0)?;
    walk.take(1)?;
    let mut trees = Vec::new();
    walk.tree(&head.trees, "tree of tables", &mut |row| {
        if row.kind != TREE || row.value.len() != TREE_BYTES {
            return damage("its tree of tables has a row that is no table".into());
        }
        let name = String::from_utf8_lossy(row.key).into_owned();
        trees.push((name, Tree::read(row.value)));
        Ok(())
    })?;
    for (name, tree) in &trees {
        if tree.kind != 0 {
            return damage(format!("table {name} is of an unknown kind, {:#x}", tree.kind));
        }
        walk.tree(tree, &format!("table {name}"), &mut |row| {
            if row.kind & !VALUE_ELSEWHERE != 0 {
                return damage(format!("table {name} has a row of an unknown kind, {:#x}", row.kind));
            }
            Ok(())
        })?;
    }
    let mut free = Vec::new();
    walk.leaves = true;
    walk.tree(&head.free, "tree of free pages", &mut |row| free_pages(row, &mut free))?;
    if leaves {
        free.into_iter().try_for_each(|page| walk.take(page))?;
    }
    Ok(())
}

/// The head of the last commit. Each commit writes the one that the commit before did not.
fn newest(heads: &[Head; 2]) -> Result<&Head> {
    let [even, odd] = [heads[0].transaction, heads[1].transaction];
    // A copy has both from the start: nothing, and one transaction.
    let neighbours = even.abs_diff(odd) == 1 && even % 2 == 0;
    if !neighbours && (even, odd) != (0, 0) {
        return damage(format!("its heads are of the transactions {even} and {odd}, which do not follow each other"));
    }
    if heads[0].page_bytes != heads[1].page_bytes {
        return damage("its heads have pages of different sizes".into());
    }
    Ok(if odd > even { &heads[1] } else { &heads[0] })
}

/// Adds the pages that a row of the tree of free pages lists.
fn free_pages(row: &RowAt<'_>, free: &mut Vec<u64>) -> Result<()> {
    let (words, rest) = row.value.as_chunks::<8>();
    let listed = words.split_first().filter(|(count, _)| rest.is_empty() && number(*count) < words.len() as u64);
    let Some((count, pages)) = listed else { return damage("its tree of free pages has a row that is no list".into()) };
    free.extend(pages[..number(count) as usize].iter().map(|page| number(page)));
    Ok(())
}

fn read_at(file: &File, buffer: &mut [u8], place: u64) -> io::Result<()> {
    let mut done = 0;
    while done < buffer.len() {
        match file.read_at(&mut buffer[done..], place + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    // Behind the end there are zeros, as in the map.
    buffer[done..].fill(0);
    Ok(())
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

fn short(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

struct Head {
    page_bytes: usize,
    free: Tree,
    trees: Tree,
    last_page: u64,
    transaction: u64,
}

impl Head {
    fn read(page: &[u8], number_of: u64) -> Result<Self> {
        let body = &page[PAGE_HEAD..];
        if number(&page[..8]) != number_of || short(page, 10) != usize::from(HEAD) || number(&body[..4]) != u64::from(MAGIC) {
            return damage(format!("page {number_of} is no head of an LMDB file"));
        }
        if number(&body[4..8]) != u64::from(VERSION) {
            return damage(format!("its head {number_of} is of version {}", number(&body[4..8])));
        }
        let (free, trees) = (Tree::read(&body[24..24 + TREE_BYTES]), Tree::read(&body[72..72 + TREE_BYTES]));
        let page_bytes = number(&body[24..28]) as usize;
        let sizes = page_bytes.is_power_of_two() && (512..=65_536).contains(&page_bytes);
        if !sizes || free.kind & !NO_SUB_DIR != NUMBER_KEYS || trees.kind != 0 {
            return damage(format!("its head {number_of} makes no sense"));
        }
        Ok(Self { page_bytes, free, trees, last_page: number(&body[120..128]), transaction: number(&body[128..136]) })
    }
}

struct Tree {
    kind: u16,
    depth: u16,
    branches: u64,
    leaves: u64,
    large: u64,
    rows: u64,
    root: u64,
}

impl Tree {
    fn read(bytes: &[u8]) -> Self {
        Self {
            kind: short(bytes, 4) as u16,
            depth: short(bytes, 6) as u16,
            branches: number(&bytes[8..16]),
            leaves: number(&bytes[16..24]),
            large: number(&bytes[24..32]),
            rows: number(&bytes[32..40]),
            root: number(&bytes[40..48]),
        }
    }
}

/// A row of a leaf, with its value wherever that is.
struct RowAt<'a> {
    kind: u16,
    key: &'a [u8],
    value: &'a [u8],
}

/// A page to visit, and the bounds of its keys in [`Level::keys`].
struct Visit {
    page: u64,
    low: (usize, usize),
    /// Nothing: no bound.
    high: Option<(usize, usize)>,
}

#[derive(Default)]
struct Level {
    visits: Vec<Visit>,
    keys: Vec<u8>,
}

impl Level {
    fn keep(&mut self, key: &[u8]) -> (usize, usize) {
        self.keys.extend_from_slice(key);
        (self.keys.len() - key.len(), self.keys.len())
    }

    fn key(&self, (from, to): (usize, usize)) -> &[u8] {
        &self.keys[from..to]
    }
}

struct Walk<'a> {
    file: &'a File,
    page_bytes: usize,
    pages: usize,
    used: Vec<bool>,
    leaves: bool,
}

/// What a page that was read holds.
struct Page<'a> {
    number: u64,
    bytes: &'a [u8],
    /// Of its table of rows.
    rows: usize,
}

/// What was counted of a tree.
#[derive(Default)]
struct Count {
    large: u64,
    rows: u64,
}

impl Walk<'_> {
    /// Notes that a page is in use.
    fn take(&mut self, page: u64) -> Result<()> {
        let at = usize::try_from(page).unwrap_or(usize::MAX);
        if at >= self.pages {
            return damage(format!("page {page} is used and not counted"));
        }
        // Not in the file: it reads as zeros, which no page in use is.
        let Some(used) = self.used.get_mut(at) else { return Ok(()) };
        if *used {
            return damage(format!("page {page} has two uses"));
        }
        *used = true;
        Ok(())
    }

    fn tree(&mut self, tree: &Tree, name: &str, each: &mut dyn FnMut(&RowAt<'_>) -> Result<()>) -> Result<()> {
        let in_tree = |trouble| match trouble {
            Trouble::Damage(text) => Trouble::Damage(format!("{name}: {text}")),
            other @ Trouble::Io(_) => other,
        };
        self.levels(tree, each).map_err(in_tree)
    }

    fn levels(&mut self, tree: &Tree, each: &mut dyn FnMut(&RowAt<'_>) -> Result<()>) -> Result<()> {
        if tree.root == NO_PAGE {
            let counted = [tree.branches, tree.leaves, tree.large, tree.rows, u64::from(tree.depth)];
            return if counted == [0; 5] { Ok(()) } else { damage("it has no root, and is not empty".into()) };
        }
        if tree.depth == 0 || tree.depth > DEPTH_MAX {
            return damage(format!("its depth is {}", tree.depth));
        }
        let numbers = tree.kind & NUMBER_KEYS != 0;
        let mut level = Level::default();
        level.visits.push(Visit { page: tree.root, low: (0, 0), high: None });
        let mut branches = 0;
        for _ in 1..tree.depth {
            branches += level.visits.len() as u64;
            level = self.branch_level(level, numbers)?;
        }
        let mut count = Count::default();
        let leaves = level.visits.len() as u64;
        if self.leaves {
            self.leaf_level(level, numbers, &mut count, each)?;
        } else {
            level.visits.iter().try_for_each(|visit| self.take(visit.page))?;
            count = Count { large: tree.large, rows: tree.rows };
        }
        let (found, said) = ([branches, leaves, count.large, count.rows], [tree.branches, tree.leaves, tree.large, tree.rows]);
        if found != said {
            return damage(format!("it has {found:?} branches, leaves, pages of large values and rows, and counts {said:?}"));
        }
        Ok(())
    }

    fn branch_level(&mut self, level: Level, numbers: bool) -> Result<Level> {
        let mut below = Level::default();
        self.each_page(&level, BRANCH, |_, visit, page| {
            if page.rows < 2 {
                return damage(format!("the branch at page {} has {} rows", page.number, page.rows));
            }
            let high = visit.high.map(|high| below.keep(level.key(high)));
            let mut low = below.keep(level.key(visit.low));
            let mut packed = 0;
            for row in 0..page.rows {
                let at = page.row(row)?;
                let head = &page.bytes[at..at + ROW_HEAD];
                let key = page.key(at)?;
                packed += even(ROW_HEAD + key.len());
                // The first one's key stands for everything below the second's.
                if row > 0 {
                    let next = below.keep(key);
                    if compare(below.key(low), key, numbers).is_ge() {
                        return damage(format!("keys of page {} are not in order", page.number));
                    }
                    below.visits.last_mut().expect("the row before").high = Some(next);
                    low = next;
                }
                let child = number(&head[..6]);
                below.visits.push(Visit { page: child, low, high: None });
            }
            let last = below.visits.last_mut().expect("two rows at least");
            last.high = high;
            if let Some(high) = high
                && compare(below.key(low), below.key(high), numbers).is_ge()
            {
                return damage(format!("keys of page {} are not in order", page.number));
            }
            page.is_packed(packed)
        })?;
        Ok(below)
    }

    fn leaf_level(
        &mut self,
        level: Level,
        numbers: bool,
        count: &mut Count,
        each: &mut dyn FnMut(&RowAt<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut large = Vec::new();
        let page_bytes = self.page_bytes;
        self.each_page(&level, LEAF, |file, visit, page| {
            if page.rows == 0 {
                return damage(format!("the leaf at page {} is empty", page.number));
            }
            let (mut packed, mut before) = (0, None::<&[u8]>);
            for row in 0..page.rows {
                let at = page.row(row)?;
                let key = page.key(at)?;
                let kind = short(page.bytes, at + 4) as u16;
                let length = number(&page.bytes[at..at + 4]) as usize;
                let elsewhere = kind & VALUE_ELSEWHERE != 0;
                let here = if elsewhere { 8 } else { length };
                let from = at + ROW_HEAD + key.len();
                let Some(value) = page.bytes.get(from..from.saturating_add(here)) else {
                    return damage(format!("a row of page {} does not end in it", page.number));
                };
                packed += even(ROW_HEAD + key.len() + here);
                let low = before.unwrap_or(level.key(visit.low));
                let ordered = compare(low, key, numbers);
                if ordered.is_gt() || before.is_some() && ordered.is_eq() {
                    return damage(format!("keys of page {} are not in order", page.number));
                }
                before = Some(key);
                count.rows += 1;
                if elsewhere {
                    let (first, pages) = (number(value), (PAGE_HEAD + length).div_ceil(page_bytes));
                    large.push((first, pages as u64));
                    count.large += pages as u64;
                    if numbers {
                        let mut value = vec![0; length];
                        read_at(file, &mut value, (first.saturating_mul(page_bytes as u64)).saturating_add(PAGE_HEAD as u64))?;
                        each(&RowAt { kind, key, value: &value })?;
                        continue;
                    }
                }
                each(&RowAt { kind, key, value })?;
            }
            if let (Some(high), Some(last)) = (visit.high, before)
                && compare(last, level.key(high), numbers).is_ge()
            {
                return damage(format!("keys of page {} are not in order", page.number));
            }
            page.is_packed(packed)
        })?;
        large.sort_unstable();
        for (first, pages) in large {
            let mut head = [0; PAGE_HEAD];
            read_at(self.file, &mut head, first.saturating_mul(page_bytes as u64))?;
            if number(&head[..8]) != first || short(&head, 10) != usize::from(LARGE) || number(&head[12..16]) != pages {
                return damage(format!("page {first} is not the first of {pages} of a large value"));
            }
            (first..first + pages).try_for_each(|page| self.take(page))?;
        }
        Ok(())
    }

    /// Reads all pages of a level: branches in the order of their keys, leaves in that of the file.
    fn each_page(&mut self, level: &Level, kind: u16, mut each: impl FnMut(&File, &Visit, Page<'_>) -> Result<()>) -> Result<()> {
        let mut order: Vec<&Visit> = level.visits.iter().collect();
        if kind == LEAF {
            order.sort_unstable_by_key(|visit| visit.page);
        }
        let mut buffer = vec![0; self.page_bytes * RUN_PAGES];
        let mut rest = order.as_slice();
        while let Some(first) = rest.first().map(|visit| visit.page) {
            let together = rest.iter().zip(0..RUN_PAGES as u64).take_while(|(visit, at)| visit.page == first.wrapping_add(*at));
            let run = together.count();
            rest[..run].iter().try_for_each(|visit| self.take(visit.page))?;
            let bytes = &mut buffer[..self.page_bytes * run];
            read_at(self.file, bytes, first * self.page_bytes as u64)?;
            for (visit, bytes) in rest[..run].iter().zip(bytes.chunks(self.page_bytes)) {
                each(self.file, visit, Page::read(bytes, visit.page, kind)?)?;
            }
            rest = &rest[run..];
        }
        Ok(())
    }
}

impl<'a> Page<'a> {
    fn read(bytes: &'a [u8], page: u64, kind: u16) -> Result<Self> {
        if number(&bytes[..8]) != page || short(bytes, 10) != usize::from(kind) {
            return damage(format!("page {page} is not what it should be"));
        }
        let (lower, upper) = (short(bytes, 12), short(bytes, 14));
        if lower < PAGE_HEAD || lower % 2 != 0 || upper < lower || upper > bytes.len() {
            return damage(format!("the head of page {page} makes no sense"));
        }
        Ok(Self { number: page, bytes, rows: (lower - PAGE_HEAD) / 2 })
    }

    /// Where a row begins; its head lies in the page.
    fn row(&self, row: usize) -> Result<usize> {
        let at = short(self.bytes, PAGE_HEAD + 2 * row);
        if at < short(self.bytes, 14) || !at.is_multiple_of(2) || at + ROW_HEAD > self.bytes.len() {
            return damage(format!("row {row} of page {} lies outside of it", self.number));
        }
        Ok(at)
    }

    fn key(&self, at: usize) -> Result<&'a [u8]> {
        let key = self.bytes.get(at + ROW_HEAD..at + ROW_HEAD + short(self.bytes, at + 6));
        key.map_or_else(|| damage(format!("a key of page {} does not end in it", self.number)), Ok)
    }

    /// Rows lie one against the other up to the page's end.
    fn is_packed(&self, bytes: usize) -> Result<()> {
        if short(self.bytes, 14) + bytes != self.bytes.len() {
            return damage(format!("the rows of page {} do not fill it", self.number));
        }
        Ok(())
    }
}

fn even(bytes: usize) -> usize {
    bytes + bytes % 2
}

fn compare(left: &[u8], right: &[u8], numbers: bool) -> Ordering {
    // Nothing comes before everything.
    if numbers { (left.len(), number(left)).cmp(&(right.len(), number(right))) } else { left.cmp(right) }
}
