//! The functions of the C library by which the storage stack touches the disk, taken over for this test program.
//!
//! A definition in the executable wins over the shared library's, for everything that is linked into it: the standard library,
//! LMDB's C code, `nix` below the log engine. Each function here asks [`watched`] whether a watched directory is concerned; if not,
//! it is the bare system call. What bypasses this (a raw system call, a function that is missing here) shows in
//! `crash::the_record_is_what_the_files_hold`, which compares the record with the files. `rustix` makes raw system calls, and the
//! program uses it for locks and free space alone.
//!
//! Not taken over: `mmap` (LMDB maps its file for reading alone; its lock file, which it maps for writing, is rubbish after a power
//! cut and is treated so), and locks, which are not of the disk.

#![expect(unsafe_code, reason = "standing in for the C library is nothing but raw pointers; each place says what it rests on")]

use std::ffi::{CStr, c_char, c_int, c_void};

use libc::{iovec, mode_t, off_t, size_t, ssize_t};

use super::disk::{Call, watched};

/// A system call with the arguments that the C library was given for it.
macro_rules! system {
    ($number:ident $(, $argument:expr)*) => {
        // SAFETY: the caller's own arguments for the very same call; lengths only ever become shorter.
        unsafe { libc::syscall(libc::$number $(, $argument)*) as ssize_t }
    };
}

fn fail(errno: c_int) -> ssize_t {
    // SAFETY: it has no conditions.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: the C library's own place for this thread's error, valid for as long as the thread lives.
    unsafe { *place = errno };
    -1
}

/// What a path argument says.
fn text<'a>(path: *const c_char) -> &'a CStr {
    // SAFETY: callers of these functions pass strings that end with a zero and live for the call; nothing here keeps them longer.
    unsafe { CStr::from_ptr(path) }
}

/// What a buffer to write holds.
fn bytes<'a>(buffer: *const c_void, length: size_t) -> &'a [u8] {
    if length == 0 {
        return &[];
    }
    // SAFETY: callers of `write` and its kin pass that many readable bytes, which live for the call.
    unsafe { std::slice::from_raw_parts(buffer.cast(), length) }
}

/// Runs a call, through the disk if its directory is watched. `system` is told how many bytes it may write.
fn run(call: Call<'_>, system: impl Fn(usize) -> ssize_t) -> ssize_t {
    let length = if let Call::Write { data, .. } = call { data.len() } else { 0 };
    match watched(&call) {
        None => system(length),
        Some(disk) => disk.run(&call, &system).unwrap_or_else(fail),
    }
}

// Declared with a fixed third argument where C has a variable one: on the machines that this is built for (x86-64 and AArch64 with
// Linux) an integer argument travels in the same register either way, and the kernel looks at it only where C promises it.
macro_rules! opens {
    ($($name:ident)*) => {$(
        // SAFETY: the C library's name, with its signature and meaning.
        #[unsafe(no_mangle)]
        extern "C" fn $name(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
            let call = Call::Open { path: text(path), flags };
            run(call, |_| system!(SYS_openat, libc::AT_FDCWD, path, flags, mode)) as c_int
        }
    )*};
}
opens!(open open64);

macro_rules! positioned {
    ($($write:ident $read:ident)*) => {$(
        // SAFETY: the C library's name, with its signature and meaning.
        #[unsafe(no_mangle)]
        extern "C" fn $write(fd: c_int, buffer: *const c_void, length: size_t, offset: off_t) -> ssize_t {
            let call = Call::Write { fd, offset: Some(offset), data: bytes(buffer, length) };
            run(call, |length| system!(SYS_pwrite64, fd, buffer, length, offset))
        }

        // SAFETY: the C library's name, with its signature and meaning.
        #[unsafe(no_mangle)]
        extern "C" fn $read(fd: c_int, buffer: *mut c_void, length: size_t, offset: off_t) -> ssize_t {
            run(Call::Read { fd }, |_| system!(SYS_pread64, fd, buffer, length, offset))
        }
    )*};
}
positioned!(pwrite pread  pwrite64 pread64);

// SAFETY: the C library's name, with its signature and meaning.
#[unsafe(no_mangle)]
extern "C" fn write(fd: c_int, buffer: *const c_void, length: size_t) -> ssize_t {
    let call = Call::Write { fd, offset: None, data: bytes(buffer, length) };
    run(call, |length| system!(SYS_write, fd, buffer, length))
}

// SAFETY: the C library's name, with its signature and meaning.
#[unsafe(no_mangle)]
extern "C" fn read(fd: c_int, buffer: *mut c_void, length: size_t) -> ssize_t {
    run(Call::Read { fd }, |_| system!(SYS_read, fd, buffer, length))
}

/// The buffers of a vectored write as one.
fn joined(vectors: *const iovec, count: c_int) -> Vec<u8> {
    // SAFETY: callers of `writev` and its kin pass that many vectors, which live for the call.
    let vectors = unsafe { std::slice::from_raw_parts(vectors, count as usize) };
    vectors.iter().flat_map(|vector| bytes(vector.iov_base, vector.iov_len)).copied().collect()
}

// SAFETY: the C library's name, with its signature and meaning.
#[unsafe(no_mangle)]
extern "C" fn writev(fd: c_int, vectors: *const iovec, count: c_int) -> ssize_t {
    let data = joined(vectors, count);
    run(Call::Write { fd, offset: None, data: &data }, |length| system!(SYS_write, fd, data.as_ptr(), length))
}

macro_rules! positioned_vectors {
    ($($name:ident)*) => {$(
        // SAFETY: the C library's name, with its signature and meaning.
        #[unsafe(no_mangle)]
        extern "C" fn $name(fd: c_int, vectors: *const iovec, count: c_int, offset: off_t) -> ssize_t {
            let data = joined(vectors, count);
            let call = Call::Write { fd, offset: Some(offset), data: &data };
            run(call, |length| system!(SYS_pwrite64, fd, data.as_ptr(), length, offset))
        }
    )*};
}
positioned_vectors!(pwritev pwritev64);

// SAFETY: the C library's name, with its signature and meaning.
#[unsafe(no_mangle)]
extern "C" fn fsync(fd: c_int) -> c_int {
    run(Call::Sync { fd }, |_| system!(SYS_fsync, fd)) as c_int
}

// SAFETY: the C library's name, with its signature and meaning.
#[unsafe(no_mangle)]
extern "C" fn fdatasync(fd: c_int) -> c_int {
    run(Call::Sync { fd }, |_| system!(SYS_fdatasync, fd)) as c_int
}

macro_rules! lengths {
    ($($truncate:ident $allocate:ident)*) => {$(
        // SAFETY: the C library's name, with its signature and meaning.
        #[unsafe(no_mangle)]
        extern "C" fn $truncate(fd: c_int, length: off_t) -> c_int {
            run(Call::SetLength { fd, length }, |_| system!(SYS_ftruncate, fd, length)) as c_int
        }

        // SAFETY: the C library's name, with its signature and meaning.
        #[unsafe(no_mangle)]
        extern "C" fn $allocate(fd: c_int, mode: c_int, offset: off_t, length: off_t) -> c_int {
            assert_eq!(mode, 0, "only plain allocation is simulated");
            run(Call::Allocate { fd, end: offset + length }, |_| system!(SYS_fallocate, fd, mode, offset, length)) as c_int
        }
    )*};
}
lengths!(ftruncate fallocate  ftruncate64 fallocate64);

// SAFETY: the C library's name, with its signature and meaning.
#[unsafe(no_mangle)]
extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    let call = Call::Rename { from: text(from), to: text(to) };
    run(call, |_| system!(SYS_renameat, libc::AT_FDCWD, from, libc::AT_FDCWD, to)) as c_int
}

// SAFETY: the C library's name, with its signature and meaning.
#[unsafe(no_mangle)]
extern "C" fn unlink(path: *const c_char) -> c_int {
    run(Call::Unlink { path: text(path) }, |_| system!(SYS_unlinkat, libc::AT_FDCWD, path, 0)) as c_int
}

// SAFETY: the C library's name, with its signature and meaning.
#[unsafe(no_mangle)]
extern "C" fn mkdir(path: *const c_char, mode: mode_t) -> c_int {
    run(Call::MakeDir { path: text(path) }, |_| system!(SYS_mkdirat, libc::AT_FDCWD, path, mode)) as c_int
}

/// Where a descriptor's file lies now, and the flags it was opened with.
pub fn descriptor(fd: c_int) -> Option<(Vec<u8>, c_int)> {
    let link = format!("/proc/self/fd/{fd}\0");
    let mut path = [0_u8; 512];
    // SAFETY: the link's name ends with a zero, and the buffer has the length that is given.
    let length = unsafe { libc::readlink(link.as_ptr().cast(), path.as_mut_ptr().cast(), path.len()) };
    let path = path[..usize::try_from(length).ok()?].to_vec();
    // SAFETY: asking for flags takes no further argument and changes nothing.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    Some((path, flags))
}

/// The number of a descriptor's file, and the place in it where the next plain write goes.
pub fn file_of(fd: c_int) -> (u64, i64) {
    let mut stat = std::mem::MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: the place is writable and large enough.
    let failed = unsafe { libc::fstat(fd, stat.as_mut_ptr()) };
    assert_eq!(failed, 0, "a descriptor in use can be asked");
    // SAFETY: all zeros are a value of it, and the call has filled it.
    let stat = unsafe { stat.assume_init() };
    // SAFETY: asking for the place changes nothing.
    let place = unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) };
    (stat.st_ino, place)
}

/// The number of the file at a path.
pub fn file_at(path: &CStr) -> Option<u64> {
    let mut stat = std::mem::MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: the path ends with a zero; the place is writable and large enough.
    let failed = unsafe { libc::stat(path.as_ptr(), stat.as_mut_ptr()) };
    // SAFETY: all zeros are a value of it.
    let stat = unsafe { stat.assume_init() };
    (failed == 0).then_some(stat.st_ino)
}
