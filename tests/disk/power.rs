//! What a power cut leaves: the disk as it can be after the first so many events of a record.
//!
//! What was synced is there. Of what was not, each write may be there, missing or torn between sectors; a file's length may be old
//! or new; of the changes to a directory that was not synced, the first so many are there, in their order.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use rand::{Rng, rngs::StdRng};

use super::disk::{Event, FileId};

/// What is written or not as a whole.
const SECTOR_BYTES: usize = 512;

/// The contents of a directory, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    pub dirs: Vec<String>,
    pub files: BTreeMap<String, Arc<Vec<u8>>>,
}

impl Image {
    /// Reads a directory.
    pub fn read(root: &Path) -> Self {
        let mut image = Self::default();
        image.add(root, "");
        image
    }

    fn add(&mut self, path: &Path, relative: &str) {
        let mut entries: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for entry in entries {
            let name = join(relative, entry.file_name().unwrap().to_str().unwrap());
            if entry.is_dir() {
                self.dirs.push(name.clone());
                self.add(&entry, &name);
            } else {
                self.files.insert(name, Arc::new(std::fs::read(&entry).unwrap()));
            }
        }
    }

    /// Writes everything into an empty directory.
    pub fn write(&self, root: &Path) {
        self.dirs.iter().for_each(|dir| std::fs::create_dir(root.join(dir)).unwrap());
        for (path, bytes) in &self.files {
            // Zeros at the end need no pages.
            let used = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |at| at + 1);
            let path = root.join(path);
            std::fs::write(&path, &bytes[..used]).unwrap();
            std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(bytes.len() as u64).unwrap();
        }
    }
}

fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

/// How the lost is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Only what was synced is there.
    All,
    /// Everything is there: the process died, not the machine.
    None,
    /// Each thing by chance.
    Drawn,
}

/// The disk after so many events.
pub struct Power {
    files: Vec<Contents>,
    dirs: BTreeMap<String, Directory>,
}

#[derive(Clone, Default)]
struct Contents {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write { offset: usize, data: Vec<u8>, durable: bool },
    SetLength(usize),
    Grow(usize),
}

#[derive(Clone, Default)]
struct Directory {
    durable: BTreeMap<String, Entry>,
    pending: Vec<DirChange>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    File(FileId),
    Dir,
}

#[derive(Clone)]
enum DirChange {
    Put(String, Entry),
    Rename(String, String),
    Remove(String),
}

impl Power {
    /// Before the first event.
    pub fn new(image: &Image) -> Self {
        let mut power = Self { files: Vec::new(), dirs: BTreeMap::from([(String::new(), Directory::default())]) };
        for dir in &image.dirs {
            power.dirs.insert(dir.clone(), Directory::default());
            let (parent, name) = dir.rsplit_once('/').unwrap_or(("", dir));
            power.dir(parent).durable.insert(name.to_owned(), Entry::Dir);
        }
        for (file, (path, bytes)) in image.files.iter().enumerate() {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            power.dir(parent).durable.insert(name.to_owned(), Entry::File(file));
            power.files.push(Contents { durable: (**bytes).clone(), pending: Vec::new() });
        }
        power
    }

    fn dir(&mut self, dir: &str) -> &mut Directory {
        self.dirs.entry(dir.to_owned()).or_default()
    }

    /// Takes in one more event.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Create { dir, name, file } => {
                assert_eq!(*file, self.files.len(), "files are numbered as they are made");
                self.files.push(Contents::default());
                self.dir(dir).pending.push(DirChange::Put(name.clone(), Entry::File(*file)));
            }
            Event::MakeDir { dir, name } => {
                self.dir(dir).pending.push(DirChange::Put(name.clone(), Entry::Dir));
                self.dir(&join(dir, name));
            }
            Event::Rename { dir, from, to } => self.dir(dir).pending.push(DirChange::Rename(from.clone(), to.clone())),
            Event::Unlink { dir, name } => self.dir(dir).pending.push(DirChange::Remove(name.clone())),
            Event::Write { file, offset, data, durable } => {
                let data = data.clone();
                self.files[*file].pending.push(Change::Write { offset: *offset, data, durable: *durable });
            }
            Event::SetLength { file, length } => self.files[*file].pending.push(Change::SetLength(*length)),
            Event::Grow { file, length } => self.files[*file].pending.push(Change::Grow(*length)),
            Event::Sync { file } => {
                let contents = &mut self.files[*file];
                contents.pending.drain(..).for_each(|change| change.make(&mut contents.durable));
            }
            // The pages count as clean afterwards, whether they are on the disk or not; here they are not.
            Event::SyncFailed { file } => {
                let contents = &mut self.files[*file];
                contents.pending.retain(Change::is_durable);
            }
            Event::SyncDir { dir } => {
                let directory = self.dir(dir);
                directory.pending.drain(..).for_each(|change| change.make(&mut directory.durable));
            }
            Event::Mark(_) => {}
        }
    }

    /// What is there if the power is cut now.
    pub fn cut(&self, loss: Loss, rng: &mut StdRng) -> Image {
        let mut image = Image::default();
        self.collect("", loss, rng, &mut image);
        image
    }

    fn collect(&self, dir: &str, loss: Loss, rng: &mut StdRng, image: &mut Image) {
        let directory = &self.dirs[dir];
        let kept = match loss {
            Loss::All => 0,
            Loss::None => directory.pending.len(),
            Loss::Drawn => rng.random_range(0..=directory.pending.len()),
        };
        let mut entries = directory.durable.clone();
        directory.pending[..kept].iter().for_each(|change| change.make(&mut entries));
        for (name, entry) in entries {
            let path = join(dir, &name);
            match entry {
                Entry::Dir => {
                    image.dirs.push(path.clone());
                    self.collect(&path, loss, rng, image);
                }
                Entry::File(file) => {
                    let mut bytes = self.files[file].cut(loss, rng);
                    if name.ends_with("-lock") && loss == Loss::Drawn {
                        rng.fill(bytes.as_mut_slice());
                    }
                    image.files.insert(path, Arc::new(bytes));
                }
            }
        }
    }
}

impl Contents {
    fn cut(&self, loss: Loss, rng: &mut StdRng) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for change in &self.pending {
            if change.is_durable() || loss == Loss::None {
                change.make(&mut bytes);
            } else if loss == Loss::Drawn {
                change.make_partly(&mut bytes, rng);
            }
        }
        bytes
    }
}

impl Change {
    fn is_durable(&self) -> bool {
        matches!(self, Self::Write { durable: true, .. })
    }

    fn make(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { offset, data, .. } => overwrite(bytes, *offset, data),
            Self::SetLength(length) => bytes.resize(*length, 0),
            Self::Grow(length) => bytes.resize(bytes.len().max(*length), 0),
        }
    }

    fn make_partly(&self, bytes: &mut Vec<u8>, rng: &mut StdRng) {
        let Self::Write { offset, data, .. } = self else {
            if rng.random() {
                self.make(bytes);
            }
            return;
        };
        match rng.random_range(0..4) {
            0 => {}
            1 => self.make(bytes),
            // The first sectors of it.
            2 => {
                let end = (offset + rng.random_range(0..=data.len())) / SECTOR_BYTES * SECTOR_BYTES;
                overwrite(bytes, *offset, &data[..end.saturating_sub(*offset).min(data.len())]);
            }
            // Any sectors of it.
            _ => {
                let mut at = 0;
                while at < data.len() {
                    let end = ((offset + at) / SECTOR_BYTES + 1) * SECTOR_BYTES - offset;
                    let end = end.min(data.len());
                    if rng.random() {
                        overwrite(bytes, offset + at, &data[at..end]);
                    }
                    at = end;
                }
            }
        }
    }
}

fn overwrite(bytes: &mut Vec<u8>, offset: usize, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    bytes.resize(bytes.len().max(offset + data.len()), 0);
    bytes[offset..offset + data.len()].copy_from_slice(data);
}

impl DirChange {
    fn make(&self, entries: &mut BTreeMap<String, Entry>) {
        match self {
            Self::Put(name, entry) => _ = entries.insert(name.clone(), *entry),
            Self::Rename(from, to) => {
                if let Some(entry) = entries.remove(from) {
                    entries.insert(to.clone(), entry);
                }
            }
            Self::Remove(name) => _ = entries.remove(name),
        }
    }
}
