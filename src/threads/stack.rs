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
    /// `None` if there is nothing to give back.
    due: Option<Instant>,
    is_hurried: bool,
}

impl StackTrim {
    /// Begins with what a thread touches in its first seconds.
    pub(crate) fn new(now: Instant) -> Self {
        Self { due: Some(now + INTERVAL), is_hurried: false }
    }

    /// Notes that the thread goes deeper than where it waits. Without that,
    /// [`trim`](Self::trim) has nothing to give back.
    pub(crate) fn touch(&mut self, now: Instant) {
        self.due.get_or_insert(now + INTERVAL);
    }

    /// Does what [`touch`](Self::touch) does, and lets [`trim`](Self::trim) give back [`SOON`].
    pub(crate) fn hurry(&mut self) {
        self.due = Some(Instant::now() + SOON);
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
        let Some(due) = self.due else { return };
        let now = Instant::now();
        if due <= now || wait_end.is_some_and(|end| end >= now + SOON) {
            system::give_back_unused();
            *self = Self { due: None, is_hurried: false };
        }
    }
}

/// The stacks of the threads of a pool, which are all made alike.
///
/// So the system is asked on one thread only. The question leaves 0.2 KiB behind in what the
/// allocator keeps for the thread.
#[derive(Debug)]
pub(super) struct Stacks {
    bytes: usize,
    /// How far the end of a stack lies above the function that a thread begins with.
    above: OnceLock<usize>,
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
        if self.above.get().is_none()
            && let Some(above) = system::this_stack().and_then(|stack| stack.end.checked_sub(here))
        {
            let _ = self.above.set(above);
        }
        let end = self.above.get().and_then(|above| here.checked_add(*above));
        let spare = end.and_then(|end| system::upper_part(end, self.bytes));
        debug_assert!(
            spare.is_none_or(|spare| system::this_stack().is_none_or(|own| own.start <= spare.0)),
            "{spare:?} is not within the stack"
        );
        SPARE.set(spare);
    }
}

/// The address, in a thread's stack, from which on pages may be given back, and how many bytes lie
/// from there to the end of the stack.
type UpperPart = (usize, usize);

thread_local! {
    /// `None` on threads that are not of a pool.
    static SPARE: Cell<Option<UpperPart>> = const { Cell::new(None) };
}

/// Returns an address within the frame of this function.
// Out of line, so that the frame of no caller is below it.
#[inline(never)]
fn here() -> usize {
    let here = 0_u8;
    std::hint::black_box(&raw const here).addr()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::ffi::c_void;
    use std::mem::MaybeUninit;
    use std::ops::Range;

    use super::{SPARE, UpperPart, here};
    use crate::address_space::page_bytes;

    /// How far below its own local variable a function may still use the stack: the rest of its
    /// frame, those of the functions that it calls in libc, and the red zone (128 bytes on x86-64).
    const IN_USE_BELOW: usize = 1024;

    /// Returns the addresses of this thread's stack, without its guard.
    #[inline(never)]
    pub(super) fn this_stack() -> Option<Range<usize>> {
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
        let start = lowest.addr();
        start.checked_add(bytes).map(|end| start..end).filter(|_| is_known)
    }

    /// Returns the upper three quarters of a stack of at least `bytes` that ends at `end`, from the
    /// start of a page on. The rest has room for the guard, which some systems count among the
    /// bytes, and for what thread-locals with a large alignment move the end by.
    pub(super) fn upper_part(end: usize, bytes: usize) -> Option<UpperPart> {
        let start = end.checked_sub(bytes - bytes / 4)?.checked_next_multiple_of(page_bytes()?)?;
        end.checked_sub(start).map(|length| (start, length))
    }

    /// Gives the whole pages back that lie below what the callers of this function use. The thread
    /// gets them again, zeroed, when it touches them.
    #[inline(never)]
    pub(super) fn give_back_unused() {
        let (Some((start, length)), Some(page)) = (SPARE.get(), page_bytes()) else { return };
        let in_use = here().saturating_sub(IN_USE_BELOW) & !(page - 1);
        let unused = in_use.saturating_sub(start);
        // Otherwise this does not run on the stack with which the thread began.
        if unused < length {
            let start = std::ptr::without_provenance_mut(start);
            // SAFETY: the pages lie between the start and the end of the present thread's stack,
            // and below all that is in use on it. No other thread refers to what lies there,
            // because the functions that had it have returned. An error changes nothing.
            let _ = unsafe { libc::madvise(start, unused, libc::MADV_DONTNEED) };
        }
    }
}

/// These systems have no portable way to give back a part of a stack.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use super::UpperPart;

    pub(super) const fn this_stack() -> Option<std::ops::Range<usize>> {
        None
    }

    pub(super) const fn upper_part(_end: usize, _bytes: usize) -> Option<UpperPart> {
        None
    }

    pub(super) const fn give_back_unused() {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::hint::black_box;
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Instant;

    use super::system::give_back_unused;
    use super::{INTERVAL, SOON, SPARE, StackTrim, Stacks, here, system};

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
    /// What the first thread found must not make the others give back what is not theirs. Each
    /// thread also checks that in [`Stacks::begin`].
    #[test]
    fn the_part_is_within_the_stack_also_if_the_first_one_was_larger() {
        for bytes in [STACK_BYTES, STACK_BYTES - 1000] {
            let stacks = Arc::new(Stacks::new(bytes));
            let begin_on = |bytes, then: Box<dyn FnOnce() + Send>| {
                let stacks = Arc::clone(&stacks);
                let run = move || {
                    stacks.begin();
                    let own = system::this_stack().expect("the system knows it");
                    let (start, length) = SPARE.get().expect("it is known");
                    assert!(own.start <= start && start + length <= own.end, "{own:x?} {start:x}");
                    assert!(length > stacks.bytes() / 2 && start < here());
                    then();
                };
                thread::Builder::new().stack_size(bytes).spawn(run).expect("a thread")
            };
            let (begun, has_begun) = mpsc::channel();
            let (end, has_ended) = mpsc::channel::<()>();
            let keep_stack = move || {
                begun.send(()).expect("the test waits");
                let _ = has_ended.recv();
            };
            let first = begin_on(3 * STACK_BYTES, Box::new(keep_stack));
            has_begun.recv().expect("it begins");
            begin_on(bytes, Box::new(|| ())).join().expect("no panic");
            drop(end);
            first.join().expect("no panic");
        }
    }

    #[test]
    fn it_is_given_back_once_in_a_while_or_soon() {
        on_thread(|| {
            let mut trim = StackTrim::new(Instant::now());
            let mut check = |due: Instant| {
                assert!(trim.due.is_some_and(|it| it <= due) && !trim.is_hurried());
                black_box(go_deep());
                trim.trim();
                assert!(resident() > DEEP_BYTES, "it is not due");
                trim.hurry();
                assert!(trim.due.is_some_and(|due| due <= Instant::now() + SOON));
                assert!(trim.is_hurried());
                trim.due = Some(Instant::now());
                trim.trim();
                assert!(resident() < DEEP_BYTES / 2);
                assert_eq!(trim.due, None);
                black_box(go_deep());
                trim.trim_before(Some(Instant::now() + 2 * SOON));
                assert!(resident() > DEEP_BYTES, "nothing was noted");
                trim.touch(Instant::now());
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
