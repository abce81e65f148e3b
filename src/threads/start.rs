//! Starts threads, if the process has room for them.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, JoinHandle, Scope, ScopedJoinHandle};

use crate::address_space;

/// The stack of a thread that asks for none of its own, in bytes. As the standard library's, but
/// `RUST_MIN_STACK` does not change it.
const DEFAULT_STACK_BYTES: usize = 2 << 20;

/// The address space that must be left when a thread starts, for what it and the others need later.
/// Rust ends the process when an allocation fails. So it does when a thread gets no second stack,
/// on which it hears of overflows of its first.
const SPARE_BYTES: usize = 4 << 20;
/// The same for each thread that runs. Without an arena of its own (glibc), each allocation takes a
/// page. A viewer's two threads have 55 of them.
const SPARE_BYTES_PER_THREAD: usize = 128 << 10;

/// The number of threads of this crate that run.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Counts a thread while it runs.
struct Running;

impl Running {
    /// Counts a thread with such a stack.
    ///
    /// # Errors
    /// The address space of the process is limited, and too little of it is left.
    fn admit(stack_bytes: usize) -> io::Result<Self> {
        RUNNING.fetch_add(1, Ordering::Relaxed);
        let admitted = Self;
        let needed = Self::spare_bytes().saturating_add(stack_bytes);
        address_space::prevent_last_arena(needed);
        if address_space::has_room(needed) {
            return Ok(admitted);
        }
        Err(no_room())
    }

    fn spare_bytes() -> usize {
        let running = RUNNING.load(Ordering::Relaxed);
        running.saturating_mul(SPARE_BYTES_PER_THREAD).saturating_add(SPARE_BYTES)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // What the thread gives back must not become an arena either.
        address_space::prevent_last_arena(Self::spare_bytes());
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Checks that a thread that runs can take further work.
///
/// # Errors
/// The address space of the process is limited, and too little of it is left.
pub(super) fn has_room_for_work() -> io::Result<()> {
    if address_space::has_room(Running::spare_bytes()) { Ok(()) } else { Err(no_room()) }
}

fn no_room() -> io::Error {
    let text = "too little is left of the address space of this process (`ulimit -v`)";
    io::Error::new(io::ErrorKind::OutOfMemory, text)
}

/// Starts a thread with such a stack.
///
/// # Errors
/// The system gives no thread, or the process has too little address space for one.
pub(crate) fn spawn_with_stack<T: Send + 'static>(
    name: String,
    stack_bytes: usize,
    run: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let running = Running::admit(stack_bytes)?;
    Builder::new().name(name).stack_size(stack_bytes).spawn(move || {
        let _running = running;
        run()
    })
}

/// Starts a thread with a stack of 2 MiB.
///
/// # Errors
/// As [`spawn_with_stack`].
pub(crate) fn spawn<T: Send + 'static>(
    name: String,
    run: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    spawn_with_stack(name, DEFAULT_STACK_BYTES, run)
}

/// Starts a thread with a stack of 2 MiB that ends with `scope`.
///
/// # Errors
/// As [`spawn_with_stack`].
pub(crate) fn spawn_scoped<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: String,
    run: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    let running = Running::admit(DEFAULT_STACK_BYTES)?;
    Builder::new().name(name).stack_size(DEFAULT_STACK_BYTES).spawn_scoped(scope, move || {
        let _running = running;
        run()
    })
}
