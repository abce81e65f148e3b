//! The stack of the present thread, as the operating system holds it.
//!
//! A page of a stack that was touched once stays resident. The requests of a client go much deeper
//! than the wait for its next message, which lasts for hours. So a thread that has answered one
//! gives back what lies below.
#![allow(unsafe_code)]

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
            STACK.with(Stack::give_back_unused);
            *self = Self::new(now);
        }
    }
}

thread_local! {
    /// The stack of this thread. The question for it leaves memory behind, so it is asked once.
    static STACK: Stack = Stack::of_this_thread();
}

#[cfg(any(target_os = "linux", target_os = "android"))]
use linux::Stack;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use other::Stack;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use std::ffi::c_void;
    use std::mem::MaybeUninit;

    use crate::address_space::page_bytes;

    /// How far below its own local variable a function may still use the stack: the rest of its
    /// frame, those of the functions that it calls in libc, and the red zone (128 bytes on x86-64).
    const IN_USE_BELOW: usize = 1024;

    /// The stack of a thread, without its guard. Its length is 0 if the system does not tell it.
    #[derive(Debug)]
    pub(super) struct Stack {
        lowest: usize,
        bytes: usize,
    }

    impl Stack {
        #[inline(never)]
        pub(super) fn of_this_thread() -> Self {
            let mut attributes = MaybeUninit::uninit();
            let mut lowest: *mut c_void = std::ptr::null_mut();
            let mut bytes = 0;
            // SAFETY: the first call names the present thread. Only if it has succeeded, the
            // attributes are initialised: then they are read, and destroyed once.
            unsafe {
                let of_thread = attributes.as_mut_ptr();
                if libc::pthread_getattr_np(libc::pthread_self(), of_thread) == 0 {
                    if libc::pthread_attr_getstack(of_thread, &raw mut lowest, &raw mut bytes) != 0
                    {
                        bytes = 0;
                    }
                    libc::pthread_attr_destroy(of_thread);
                }
            }
            Self { lowest: lowest.expose_provenance(), bytes }
        }

        /// Gives the whole pages back that lie below what the callers of this function use. The
        /// thread gets them again, zeroed, when it touches them.
        // Out of line, so that the frame of no caller is below the local variable.
        #[inline(never)]
        pub(super) fn give_back_unused(&self) {
            let Some(page) = page_bytes() else { return };
            let here = 0_u8;
            let in_use = std::hint::black_box(&raw const here).addr();
            let Some(used) = in_use.checked_sub(self.lowest) else { return };
            if used > self.bytes || !self.lowest.is_multiple_of(page) {
                return;
            }
            let unused = used.saturating_sub(IN_USE_BELOW) & !(page - 1);
            let lowest = std::ptr::with_exposed_provenance_mut(self.lowest);
            // SAFETY: `here` lies on this stack, so it is that of the present thread. The pages are
            // below all that is in use on it. No other thread refers to what lies there, because
            // the functions that had it have returned. An error changes nothing.
            let _ = unsafe { libc::madvise(lowest, unused, libc::MADV_DONTNEED) };
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod other {
    /// The stack of a thread. These systems have no portable way to give back a part of it.
    #[derive(Debug)]
    pub(super) struct Stack;

    impl Stack {
        pub(super) const fn of_this_thread() -> Self {
            Self
        }

        pub(super) const fn give_back_unused(&self) {}
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::hint::black_box;
    use std::thread;
    use std::time::Instant;

    use super::{INTERVAL, SOON, Stack, StackTrim};

    const STACK_BYTES: usize = 1 << 20;
    const DEEP_BYTES: usize = 64 << 10;

    #[inline(never)]
    fn go_deep() -> u8 {
        let bytes = black_box([1_u8; DEEP_BYTES]);
        bytes[DEEP_BYTES / 2]
    }

    /// Returns how many bytes of this thread's stack are resident.
    fn resident() -> usize {
        let here = 0_u8;
        let address = black_box(&raw const here).addr();
        let maps = fs::read_to_string("/proc/self/smaps").expect("the system shows it");
        let mut lines = maps.lines().skip_while(|line| !has_address(line, address)).skip(1);
        let line = lines.find_map(|line| line.strip_prefix("Rss:")).expect("the stack is mapped");
        let number = line.trim().trim_end_matches(" kB");
        number.parse::<usize>().expect("a number") << 10
    }

    /// Returns whether a line of `smaps` begins the description of the range around an address.
    fn has_address(line: &str, address: usize) -> bool {
        let range = line.split(' ').next().and_then(|range| range.split_once('-'));
        let number = |text| usize::from_str_radix(text, 16).ok();
        let bounds = range.and_then(|(first, end)| Some((number(first)?, number(end)?)));
        bounds.is_some_and(|(first, end)| (first..end).contains(&address))
    }

    fn on_thread(test: impl FnOnce() + Send + 'static) {
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(test);
        thread.expect("a thread").join().expect("no panic");
    }

    #[test]
    fn what_was_touched_below_is_given_back_and_what_is_in_use_stays() {
        on_thread(|| {
            let in_use = black_box([7_u8; 4 * 4096]);
            black_box(go_deep());
            let touched = resident();
            assert!(touched > DEEP_BYTES, "{touched}");
            Stack::of_this_thread().give_back_unused();
            let left = resident();
            assert!(touched - left > DEEP_BYTES / 2, "{touched} to {left}");
            assert!(black_box(in_use).iter().all(|&byte| byte == 7));
            assert_eq!(go_deep(), 1, "the stack can be used again");
        });
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
