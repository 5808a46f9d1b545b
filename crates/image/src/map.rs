//! The read-only map of an image, and how the process ends when its bytes are gone, or memory is: the only file with
//! `unsafe`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr::{self, null_mut};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

use libc::{c_char, c_int, c_void, siginfo_t};
use memmap2::{Mmap, MmapOptions};
use rustix::process::{Resource, Rlimit};

use crate::one_line::OneLine;

/// A file mapped into memory for reading.
///
/// Mapping reads nothing: a sparse image of hundreds of gigabytes costs address space only.
#[derive(Debug)]
pub(crate) struct Map {
    map: Mmap,
    known: &'static KnownMap,
}

impl Map {
    /// Maps the first `size` bytes of `file`. The size is given because the metadata of a block device has none; `path` is
    /// the name of the file, for a last message.
    ///
    /// # Errors
    /// What the operating system answers: some files, such as those below `/sys`, have a size but no map.
    #[allow(unsafe_code)]
    pub(crate) fn new(path: &Path, file: &File, size: usize) -> io::Result<Map> {
        // SAFETY: A map is sound as long as nobody changes or shortens the file under it. We open it read-only and
        // never write; for other processes the user answers, as the README says. If one shortens the image, reading
        // past the new end ends this process (see `end_when_bytes_are_gone`); if one writes, we read a mix of old and
        // new bytes, which is no worse than a damaged image, because every value is copied out of the map before it is
        // checked.
        let map = unsafe { MmapOptions::new().len(size).map(file) }?;
        let known = KnownMap::add(path, &map);
        Ok(Map { map, known })
    }

    /// The bytes of the file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        self.known.length.store(0, Ordering::Release);
    }
}

/// What the handler of bus errors knows of a map. It is never freed: the handler may be looking at it.
#[derive(Debug)]
struct KnownMap {
    start: usize,
    /// Bytes; 0 once it is unmapped.
    length: AtomicUsize,
    /// How the last message begins.
    message: Vec<u8>,
    /// The one that was mapped before it; null if there is none.
    next: AtomicPtr<KnownMap>,
}

/// The newest map, which leads to all others.
static MAPS: AtomicPtr<KnownMap> = AtomicPtr::new(null_mut());
/// Whether a thread is ending the process.
static IS_ENDING: AtomicBool = AtomicBool::new(false);
/// The file that is removed when the process ends early, as a C string.
static UNFINISHED: AtomicPtr<c_char> = AtomicPtr::new(null_mut());

impl KnownMap {
    fn add(path: &Path, map: &Mmap) -> &'static KnownMap {
        let message = format!("ntfslinks: {}: at offset 0x", OneLine(path.display())).into_bytes();
        let (start, length) = (map.as_ptr() as usize, AtomicUsize::new(map.len()));
        let new: &'static KnownMap =
            Box::leak(Box::new(KnownMap { start, length, message, next: AtomicPtr::new(null_mut()) }));
        let pointer = ptr::from_ref(new).cast_mut();
        let put_first = |newest| {
            new.next.store(newest, Ordering::Release);
            Some(pointer)
        };
        // It always has something to put, so that this never fails.
        let _ = MAPS.fetch_update(Ordering::AcqRel, Ordering::Acquire, put_first);
        new
    }
}

/// Has the process end with one line and exit status 2 where a byte of a mapped image cannot be read any more: its file
/// became shorter, or the disk or network that it is on fails. Otherwise a signal would end it without a word.
///
/// For a program to call once, before it opens images.
pub fn end_when_bytes_are_gone() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(install_handler);
}

/// Names the file that is not to be left behind if bytes of an image or memory are gone; `None` when it is complete.
pub fn remove_if_ended(unfinished: Option<&Path>) {
    let name = unfinished.and_then(|path| CString::new(path.as_os_str().as_bytes()).ok());
    // The name before is never freed: the handler may be looking at it.
    UNFINISHED.store(name.map_or(null_mut(), CString::into_raw), Ordering::Release);
}

#[allow(unsafe_code)]
fn install_handler() {
    // SAFETY: An all-zero `sigaction` is a valid one; the handler has the signature that SA_SIGINFO asks for, and does only
    // what a signal handler may. It runs on the thread's alternate stack if it has one.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_bus_error as extern "C" fn(c_int, *mut siginfo_t, *mut c_void) as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigemptyset(&raw mut action.sa_mask);
        // Where it fails, the process ends as it would have without.
        libc::sigaction(libc::SIGBUS, &raw const action, null_mut());
    }
}

/// Runs in the middle of anything: no allocation, no lock, no formatting; only `write`, `unlink`, `signal`, `pause` and
/// `_exit`, which POSIX lists as async-signal-safe.
#[allow(unsafe_code)]
extern "C" fn on_bus_error(_signal: c_int, info: *mut siginfo_t, _context: *mut c_void) {
    // SAFETY: The kernel hands over a valid `siginfo_t`. What is known of maps is never freed.
    unsafe {
        let address = (*info).si_addr() as usize;
        let mut next = MAPS.load(Ordering::Acquire);
        while let Some(map) = next.as_ref() {
            let offset = address.wrapping_sub(map.start);
            if offset < map.length.load(Ordering::Acquire) {
                end_process(|| {
                    write_error(&map.message);
                    write_hexadecimal(offset);
                    write_error(b": cannot be read any more: the file became shorter, or reading it failed\n");
                });
            }
            next = map.next.load(Ordering::Acquire);
        }
        // Nothing of ours: the same instruction fails again, and ends the process as bus errors do.
        libc::signal(libc::SIGBUS, libc::SIG_DFL);
    }
}

/// The memory of the system, for a program to allocate from: where it has no more, the process ends with one line and exit
/// status 2, and leaves no unfinished file. Rust's own way to end it is to abort.
#[derive(Debug)]
pub struct Memory;

/// The last message where no more memory is allowed; null without a limit.
static NO_MORE_ALLOWED: AtomicPtr<Vec<u8>> = AtomicPtr::new(null_mut());

/// Limits what the process may allocate, in bytes; `message` is the line with which it ends where that is not enough. Maps
/// of images do not count, stacks of threads do. A lower limit that the process was started with stays, and gets no message.
///
/// # Errors
/// What the operating system answers.
pub fn limit_memory(bytes: u64, message: &str) -> io::Result<()> {
    let before = rustix::process::getrlimit(Resource::Data);
    if before.current.is_some_and(|current| current <= bytes) {
        return Ok(());
    }
    // It is never freed: the process may be ending.
    NO_MORE_ALLOWED.store(Box::into_raw(Box::new(format!("{message}\n").into_bytes())), Ordering::Release);
    Ok(rustix::process::setrlimit(Resource::Data, Rlimit { current: Some(bytes), ..before })?)
}

// SAFETY: Every call goes to the system's allocator as it came.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: The caller keeps the contract of `alloc`.
        or_end(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: The caller keeps the contract of `alloc_zeroed`.
        or_end(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: The caller keeps the contract of `realloc`.
        or_end(unsafe { System.realloc(pointer, layout, size) })
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: The caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[inline]
fn or_end(allocated: *mut u8) -> *mut u8 {
    if allocated.is_null() {
        end_without_memory();
    }
    allocated
}

#[cold]
#[allow(unsafe_code)]
fn end_without_memory() -> ! {
    // SAFETY: The message is never freed.
    let message = unsafe { NO_MORE_ALLOWED.load(Ordering::Acquire).as_ref() };
    end_process(|| write_error(message.map_or(b"ntfslinks: the system gives no more memory\n", Vec::as_slice)))
}

/// Ends the process with exit status 2, and leaves no unfinished file. For a signal handler, too.
#[allow(unsafe_code)]
fn end_process(say_why: impl FnOnce()) -> ! {
    // SAFETY: These are async-signal-safe by POSIX. The name of the unfinished file is never freed.
    unsafe {
        // Other threads come here as well, and one message is enough.
        while IS_ENDING.swap(true, Ordering::AcqRel) {
            libc::pause();
        }
        let unfinished = UNFINISHED.load(Ordering::Acquire);
        if !unfinished.is_null() {
            libc::unlink(unfinished);
        }
        say_why();
        libc::_exit(2)
    }
}

#[allow(unsafe_code)]
fn write_error(text: &[u8]) {
    // SAFETY: The text is valid for its length. Where it cannot be written nothing is left to be done.
    let _ = unsafe { libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len()) };
}

fn write_hexadecimal(number: usize) {
    let mut digits = [0_u8; 2 * size_of::<usize>()];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        let [value, ..] = (rest % 16).to_le_bytes();
        *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
        rest /= 16;
    }
    let first = digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len() - 1);
    write_error(digits.get(first..).unwrap_or_default());
}
