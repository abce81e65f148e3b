//! The stack of the present thread, as the operating system holds it.
//!
//! A page of a stack that was touched once stays resident. The requests of a client go much deeper
//! than the wait for its next message, which lasts for hours. So a thread that has answered one
//! gives back what lies below.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long a thread that is often at work keeps what it touched.
const INTERVAL: Duration = Duration::from_secs(5);

/// How long a thread keeps it after a request that is probably the last for long. What follows a
/// play, such as the rest of the first burst, comes sooner. A viewer that leaves sooner costs
/// nothing for it. A thread that rests for longer gives it back before.
pub(crate) const SOON: Duration = Duration::from_millis(250);

/// When a thread gives back what it touched of its stack, and does not use any more.
#[derive(Debug)]
pub(crate) struct StackTrim {
    due: Instant,
    is_hurried: bool,
}

impl StackTrim {
    /// Begins with what a thread touches in its first seconds.
    pub(crate) fn new(now: Instant) -> Self {
        Self { due: now + INTERVAL, is_hurried: false }
    }

    /// Lets [`trim`](Self::trim) give back [`SOON`].
    pub(crate) fn hurry(&mut self) {
        self.due = Instant::now() + SOON;
        self.is_hurried = true;
    }

    /// Returns whether the thread must not wait longer than [`SOON`] before the next
    /// [`trim`](Self::trim).
    pub(crate) const fn is_hurried(&self) -> bool {
        self.is_hurried
    }

    /// Gives back what the callers of this function do not use, if that is due. Call it before the
    /// thread waits, and always on the same thread.
    pub(crate) fn trim(&mut self) {
        self.trim_before(None);
    }

    /// Does what [`trim`](Self::trim) does before a wait until `wait_end`. Gives back at once if
    /// that is not [`SOON`].
    pub(crate) fn trim_before(&mut self, wait_end: Option<Instant>) {
        let now = Instant::now();
        if self.due <= now || wait_end.is_some_and(|end| end >= now + SOON) {
            give_back_unused();
            *self = Self::new(now);
        }
    }
}

/// The stacks of the threads of a pool, which are all made alike.
///
/// So only the first thread asks the system what its stack is. The answer leaves pieces behind in
/// what the allocator keeps for the thread (0.2 KiB).
#[derive(Debug)]
pub(super) struct Stacks {
    bytes: usize,
    /// How far the end of a stack lies above the function that a thread begins with. `None` if the
    /// system does not tell it.
    above: OnceLock<Option<usize>>,
}

impl Stacks {
    /// `bytes` is the size that each thread is started with.
    pub(super) const fn new(bytes: usize) -> Self {
        Self { bytes, above: OnceLock::new() }
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Lets this thread give back what it does not use of its stack. Call it before anything else,
    /// from the same function on all threads.
    // Out of line, so that the same lies above on all threads.
    #[inline(never)]
    pub(super) fn begin(&self) {
        let here = here();
        let above = self.above.get_or_init(|| system::end_of_stack()?.checked_sub(here));
        LOWEST.set(above.and_then(|above| system::lowest(here.checked_add(above)?, self.bytes)));
    }
}

thread_local! {
    /// An address of this thread's stack below which nothing may be given back.
    static LOWEST: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Returns an address within the frame of this function.
// Out of line, so that the frame of no caller is below it.
#[inline(never)]
fn here() -> usize {
    let here = 0_u8;
    std::hint::black_box(&raw const here).addr()
}

/// Gives back what the callers of this function do not use of the present thread's stack.
fn give_back_unused() {
    if let Some(lowest) = LOWEST.get() {
        system::give_back_from(lowest);
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::ffi::c_void;
    use std::mem::MaybeUninit;

    use super::here;
    use crate::address_space::page_bytes;

    /// How far below its own local variable a function may still use the stack: the rest of its
    /// frame, those of the functions that it calls in libc, and the red zone (128 bytes on x86-64).
    const IN_USE_BELOW: usize = 1024;

    /// Returns the address behind the stack of this thread.
    #[inline(never)]
    pub(super) fn end_of_stack() -> Option<usize> {
        let mut attributes = MaybeUninit::uninit();
        let mut lowest: *mut c_void = std::ptr::null_mut();
        let mut bytes = 0;
        // SAFETY: the first call names the present thread. Only if it has succeeded, the attributes
        // are initialised: then they are read, and destroyed once.
        let is_known = unsafe {
            let of_thread = attributes.as_mut_ptr();
            libc::pthread_getattr_np(libc::pthread_self(), of_thread) == 0 && {
                let got = libc::pthread_attr_getstack(of_thread, &raw mut lowest, &raw mut bytes);
                libc::pthread_attr_destroy(of_thread);
                got == 0
            }
        };
        lowest.expose_provenance().checked_add(bytes).filter(|_| is_known)
    }

    /// Returns the lowest address of a stack of at least `bytes` that ends at `end`, without its
    /// guard, which is a page. Returns `None` if it does not end with a page, as all stacks do:
    /// then `end` is wrong.
    pub(super) fn lowest(end: usize, bytes: usize) -> Option<usize> {
        let page = page_bytes()?;
        let usable = (bytes / page).checked_sub(1)? * page;
        end.checked_sub(usable).filter(|_| end.is_multiple_of(page))
    }

    /// Gives the whole pages from `lowest` on back that lie below what the callers of this function
    /// use. The thread gets them again, zeroed, when it touches them. `lowest` must be an address
    /// of the present thread's stack, and begin a page.
    #[inline(never)]
    pub(super) fn give_back_from(lowest: usize) {
        let Some(page) = page_bytes() else { return };
        let in_use = here().saturating_sub(IN_USE_BELOW) & !(page - 1);
        let unused = in_use.saturating_sub(lowest);
        let lowest = std::ptr::with_exposed_provenance_mut(lowest);
        // SAFETY: the pages are below all that is in use on the stack of the present thread. No
        // other thread refers to what lies there, because the functions that had it have returned.
        // An error changes nothing.
        let _ = unsafe { libc::madvise(lowest, unused, libc::MADV_DONTNEED) };
    }
}

/// These systems have no portable way to give back a part of a stack.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    pub(super) const fn end_of_stack() -> Option<usize> {
        None
    }

    pub(super) const fn lowest(_end: usize, _bytes: usize) -> Option<usize> {
        None
    }

    pub(super) const fn give_back_from(_lowest: usize) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::hint::black_box;
    use std::sync::{Arc, Barrier};
    use std::thread;
    use std::time::Instant;

    use super::{INTERVAL, LOWEST, SOON, StackTrim, Stacks, give_back_unused, here};

    const STACK_BYTES: usize = 1 << 20;
    const DEEP_BYTES: usize = 64 << 10;

    #[inline(never)]
    fn go_deep() -> u8 {
        let bytes = black_box([1_u8; DEEP_BYTES]);
        bytes[DEEP_BYTES / 2]
    }

    /// Returns how many bytes of this thread's stack are resident.
    fn resident() -> usize {
        let address = here();
        let maps = fs::read_to_string("/proc/self/smaps").expect("the system shows it");
        let mut lines = maps.lines().skip_while(|line| start(line, address).is_none()).skip(1);
        let line = lines.find_map(|line| line.strip_prefix("Rss:")).expect("the stack is mapped");
        let number = line.trim().trim_end_matches(" kB");
        number.parse::<usize>().expect("a number") << 10
    }

    /// Returns the start of a range of memory if a line of `smaps` begins its description, and if
    /// it holds `address`.
    fn start(line: &str, address: usize) -> Option<usize> {
        let (first, end) = line.split(' ').next()?.split_once('-')?;
        let number = |text| usize::from_str_radix(text, 16).ok();
        let (first, end) = (number(first)?, number(end)?);
        (first..end).contains(&address).then_some(first)
    }

    fn on_thread(test: impl FnOnce() + Send + 'static) {
        let stacks = Stacks::new(STACK_BYTES);
        let run = move || {
            stacks.begin();
            test();
        };
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(run);
        thread.expect("a thread").join().expect("no panic");
    }

    #[test]
    fn what_was_touched_below_is_given_back_and_what_is_in_use_stays() {
        on_thread(|| {
            let in_use = black_box([7_u8; 4 * 4096]);
            black_box(go_deep());
            let touched = resident();
            assert!(touched > DEEP_BYTES, "{touched}");
            give_back_unused();
            let left = resident();
            assert!(touched - left > DEEP_BYTES / 2, "{touched} to {left}");
            assert!(black_box(in_use).iter().all(|&byte| byte == 7));
            assert_eq!(go_deep(), 1, "the stack can be used again");
        });
    }

    /// glibc gives a thread the stack of an ended one, up to four times as large as it asked for.
    #[test]
    fn nothing_below_a_stack_is_given_back_though_the_first_one_was_larger() {
        let begin_on = |stacks: &Arc<Stacks>, bytes, both: &Arc<Barrier>| {
            let (stacks, both) = (Arc::clone(stacks), Arc::clone(both));
            let run = move || {
                stacks.begin();
                let address = here();
                let maps = fs::read_to_string("/proc/self/maps").expect("the system shows it");
                let start = maps.lines().find_map(|line| start(line, address));
                both.wait();
                (start.expect("the stack is mapped"), LOWEST.get().expect("it is known"))
            };
            thread::Builder::new().stack_size(bytes).spawn(run).expect("a thread")
        };
        let stacks = Arc::new(Stacks::new(STACK_BYTES));
        let both = Arc::new(Barrier::new(2));
        let threads = [3 * STACK_BYTES, STACK_BYTES].map(|bytes| begin_on(&stacks, bytes, &both));
        for thread in threads {
            let (start, lowest) = thread.join().expect("no panic");
            assert!(lowest >= start, "{lowest:x} is below {start:x}");
            assert!(lowest < start + 3 * STACK_BYTES, "{lowest:x} is far above {start:x}");
        }
    }

    #[test]
    fn it_is_given_back_once_in_a_while_or_soon() {
        on_thread(|| {
            let mut trim = StackTrim::new(Instant::now());
            let mut check = |due: Instant| {
                assert!(trim.due <= due && !trim.is_hurried());
                black_box(go_deep());
                trim.trim();
                assert!(resident() > DEEP_BYTES, "it is not due");
                trim.hurry();
                assert!(trim.due <= Instant::now() + SOON && trim.is_hurried());
                trim.due = Instant::now();
                trim.trim();
                assert!(resident() < DEEP_BYTES / 2);
            };
            check(Instant::now() + INTERVAL);
            check(Instant::now() + INTERVAL);
            black_box(go_deep());
            trim.trim_before(Some(Instant::now() + SOON / 2));
            assert!(resident() > DEEP_BYTES, "the wait is short");
            trim.trim_before(Some(Instant::now() + 2 * SOON));
            assert!(resident() < DEEP_BYTES / 2);
        });
    }
}
