//! The address space of this process, which its user may limit (`ulimit -v`).
//!
//! Rust ends the process when an allocation fails, so room is asked for before it is needed.
#![allow(unsafe_code)]

use std::sync::{Mutex, OnceLock};

use crate::sync::lock;

/// What the allocator of glibc reserves for an arena, in bytes.
const ARENA_BYTES: usize = 64 << 20;
/// How much an arena must leave, beside what is spare, for clients to be served.
const WORKING_BYTES: usize = 24 << 20;
/// What is left if an arena is prevented: less than one, also when clients leave.
const LEFT_BYTES: usize = 48 << 20;

/// Whether there is one arena for all threads. It does not change.
static HAS_ONE_ARENA: OnceLock<bool> = OnceLock::new();
/// Held while address space is kept, so that two threads do not keep it twice.
static KEEPING: Mutex<()> = Mutex::new(());

/// Lets the allocator make do with one arena, if the address space of the process is limited
/// (`ulimit -v`).
///
/// The allocator of glibc reserves 64 MiB of address space for each of the first threads: 8 per
/// processor. Little is left for others then, and the server refuses clients early. With one arena
/// all threads share a heap, so they wait for each other now and then. A viewer then takes some
/// 600 KiB of address space, most of it for the stacks of its two threads.
///
/// Call it at the start of `main`, before other threads start. It concerns the whole process, and
/// arenas that exist stay. It does nothing without a limit, with another allocator, and where the
/// environment says how many arenas there are (`MALLOC_ARENA_MAX`). It never blocks.
///
/// ```
/// rendercast::spare_address_space();
/// ```
pub fn spare_address_space() {
    if std::env::var_os(ARENAS).is_none() && system::is_limited() {
        let _ = HAS_ONE_ARENA.set(system::use_one_arena());
    }
}

/// The variable of the environment with the most arenas of glibc's allocator.
const ARENAS: &str = "MALLOC_ARENA_MAX";

/// Returns the length of a page of memory. Returns `None` if the system does not tell it.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn page_bytes() -> Option<usize> {
    system::page_bytes()
}

/// Returns whether the process may map so many more bytes. Costs one call of the system if there is
/// no limit.
pub(crate) fn has_room(bytes: usize) -> bool {
    system::room().is_none_or(|room| room >= bytes)
}

/// Prevents that the next thread's arena takes all that is left: the allocations of threads without
/// one would fail. Keeps some address space for good instead, so that too little is left for one.
///
/// `spare` is what must be left in bytes, beside [`WORKING_BYTES`].
pub(crate) fn prevent_last_arena(spare: usize) {
    let enough = ARENA_BYTES.saturating_add(WORKING_BYTES).saturating_add(spare);
    let excess = || {
        let room = system::room().filter(|room| (ARENA_BYTES..enough).contains(room))?;
        Some(room.saturating_sub(LEFT_BYTES))
    };
    if excess().is_some() && !has_one_arena() {
        let _keeping = lock(&KEEPING);
        if let Some(bytes) = excess() {
            system::keep(bytes);
        }
    }
}

fn has_one_arena() -> bool {
    *HAS_ONE_ARENA.get_or_init(|| {
        !cfg!(target_env = "gnu") || std::env::var(ARENAS).is_ok_and(|arenas| arenas == "1")
    })
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::fs::File;
    use std::mem::MaybeUninit;
    use std::os::unix::fs::FileExt as _;
    use std::ptr;
    use std::sync::OnceLock;

    /// Has the number of pages that the process has mapped. Kept open, because there may be no
    /// descriptor when the number is asked for.
    static USAGE: OnceLock<Option<File>> = OnceLock::new();

    pub(super) fn is_limited() -> bool {
        limit().is_some()
    }

    /// Returns how many bytes the process may still map, if that is limited.
    // To try it by a mapping would take the room from other threads for a moment.
    pub(super) fn room() -> Option<usize> {
        let limit = limit()?;
        Some(limit.saturating_sub(used()?))
    }

    fn limit() -> Option<usize> {
        let mut limit = MaybeUninit::<libc::rlimit>::uninit();
        // SAFETY: the limit is read only if the call has succeeded, which has written it then.
        let bytes = unsafe {
            if libc::getrlimit(libc::RLIMIT_AS, limit.as_mut_ptr()) != 0 {
                return None;
            }
            limit.assume_init().rlim_cur
        };
        usize::try_from(bytes).ok().filter(|_| bytes != libc::RLIM_INFINITY)
    }

    /// Returns how many bytes the process has mapped.
    pub(super) fn used() -> Option<usize> {
        let usage = USAGE.get_or_init(|| File::open("/proc/self/statm").ok()).as_ref()?;
        let mut text = [0; 32];
        let length = usage.read_at(&mut text, 0).ok()?;
        let text = str::from_utf8(text.get(..length)?).ok()?;
        let pages: usize = text.split(' ').next()?.parse().ok()?;
        Some(pages.saturating_mul(page_bytes()?))
    }

    /// Returns the length of a page of memory.
    pub(super) fn page_bytes() -> Option<usize> {
        // SAFETY: asks for a number.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(page).ok().filter(|page| page.is_power_of_two())
    }

    /// Maps so many bytes for good, if it can. No one touches them, so they take no memory.
    pub(super) fn keep(bytes: usize) {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: the system chooses an address at which nothing is.
        let _ = unsafe { libc::mmap(ptr::null_mut(), bytes, libc::PROT_NONE, flags, -1, 0) };
    }

    /// Returns whether the allocator has one arena from now on.
    #[cfg(target_env = "gnu")]
    pub(super) fn use_one_arena() -> bool {
        // SAFETY: sets a number of the allocator. An error changes nothing. glibc calls `mallopt`
        // unsafe beside other threads, for two reasons. Its first call initialises the allocator;
        // but no second thread starts before that, as its start allocates. And others read the
        // number without the lock of the main arena, which `mallopt` holds. It is one aligned word,
        // read when a thread finds no free arena (`arena_get2`). That thread has the old number or
        // the new one, and both are valid.
        unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) == 1 }
    }

    #[cfg(not(target_env = "gnu"))]
    pub(super) const fn use_one_arena() -> bool {
        true
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    /// These systems have no such limit, or do not enforce it.
    pub(super) const fn is_limited() -> bool {
        false
    }

    pub(super) const fn room() -> Option<usize> {
        None
    }

    pub(super) const fn keep(_bytes: usize) {}

    pub(super) const fn use_one_arena() -> bool {
        true
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{has_room, system};

    #[test]
    fn without_a_limit_there_is_room() {
        if !system::is_limited() {
            assert!(has_room(usize::MAX));
        }
    }

    #[test]
    fn what_is_mapped_is_counted() {
        const BYTES: usize = 1 << 30;
        let before = system::used().expect("the system shows it");
        assert!(before > 1 << 20, "{before}");
        if !system::is_limited() {
            system::keep(BYTES);
            let after = system::used().expect("the system shows it");
            // The other tests of this process map little.
            assert!(after > before + BYTES / 2, "{before} and then {after}");
        }
    }
}
