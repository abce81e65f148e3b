//! The thread that gives lines to the logger (`rtmp-log`).
//!
//! No other thread calls the logger, which may block. Where the system gives no thread, lines wait
//! until it does.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use log::Level;

use crate::panics;
use crate::sync::{Condition, lock, wait, wait_timeout};
use crate::threads;

/// How many lines may wait for the logger. Further ones are left out, and counted.
const LINES: usize = 1024;

/// How long the thread waits for another line before it ends.
const IDLE: Duration = Duration::from_secs(1);

/// A line for the logger.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) level: Level,
    pub(super) target: &'static str,
    pub(super) text: String,
}

/// Gives lines to the logger on a thread of its own, which exists while there are lines, or while
/// somebody [keeps](Self::keep) it. So a logger that blocks stops that thread alone.
#[derive(Debug)]
pub(super) struct Writer {
    state: Mutex<State>,
    /// Notified when a line comes, when a line has been written, and when the thread must end.
    changed: Condition,
}

#[derive(Debug)]
struct State {
    lines: VecDeque<Line>,
    left_out: u64,
    /// Whether the thread takes lines. It does so until just before it ends.
    is_running: bool,
    /// Whether a line is with the logger now.
    is_writing: bool,
    /// How many keep the thread, lines or not.
    keepers: usize,
    /// Whether the thread must end when there are no more lines.
    is_asked_to_end: bool,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                lines: VecDeque::new(),
                left_out: 0,
                is_running: false,
                is_writing: false,
                keepers: 0,
                is_asked_to_end: false,
                thread: None,
            }),
            changed: Condition::new(),
        }
    }

    /// Keeps the thread from now on. So there is one for the lines of a time when the system gives
    /// no more threads.
    pub(super) fn keep(&'static self) {
        let mut state = lock(&self.state);
        state.keepers += 1;
        state.is_asked_to_end = false;
        self.start(&mut state);
    }

    /// Ends what [`keep`](Self::keep) began. The thread ends by itself if nobody else keeps it.
    pub(super) fn release(&self) {
        lock(&self.state).keepers -= 1;
        self.changed.notify_all();
    }

    /// Queues a line. Leaves it out if the logger is too far behind. Never waits for the logger.
    pub(super) fn push(&'static self, line: Line) {
        let mut state = lock(&self.state);
        if state.lines.len() >= LINES {
            state.left_out += 1;
        } else {
            state.lines.push_back(line);
        }
        self.start(&mut state);
        drop(state);
        self.changed.notify_all();
    }

    /// Starts the thread unless it runs. If the system gives none, the next line tries again.
    fn start(&'static self, state: &mut State) {
        if state.is_running {
            return;
        }
        let thread = threads::spawn("rtmp-log".to_owned(), move || self.run());
        if let Ok(thread) = thread {
            state.is_running = true;
            // The former one has ended, or does nothing more.
            drop(state.thread.replace(thread));
        }
    }

    /// Waits until all lines are with the logger, and until the thread has ended, if nobody keeps
    /// it. Waits no longer than `timeout`, since the logger may block.
    pub(super) fn finish(&'static self, timeout: Duration) {
        let deadline = Instant::now() + timeout;
        let mut state = lock(&self.state);
        if !state.lines.is_empty() {
            self.start(&mut state);
        }
        while state.is_running && !state.is_this_thread() {
            if state.keepers == 0 {
                state.is_asked_to_end = true;
                self.changed.notify_all();
            } else if state.lines.is_empty() && !state.is_writing {
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = wait_timeout(&self.changed, state, left);
        }
        let ended = state.thread.take_if(|thread| !is_current(thread));
        drop(state);
        // A panic of the logger is caught. So is every other on the thread.
        let _ = ended.map(JoinHandle::join);
    }

    fn run(&self) {
        let mut state = lock(&self.state);
        loop {
            if let Some(line) = state.take() {
                state.is_writing = true;
                drop(state);
                write(&line);
                state = lock(&self.state);
                state.is_writing = false;
                self.changed.notify_all();
            } else if state.is_asked_to_end {
                break;
            } else {
                state = self.wait_for_line(state);
                if state.lines.is_empty() {
                    break;
                }
            }
        }
        state.is_running = false;
        state.is_asked_to_end = false;
        drop(state);
        self.changed.notify_all();
    }

    fn wait_for_line<'a>(&self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let deadline = Instant::now() + IDLE;
        while state.lines.is_empty() && !state.is_asked_to_end {
            let left = deadline.saturating_duration_since(Instant::now());
            if state.keepers > 0 {
                state = wait(&self.changed, state);
            } else if left.is_zero() {
                break;
            } else {
                state = wait_timeout(&self.changed, state, left);
            }
        }
        state
    }
}

impl State {
    /// Takes the next line. Lines that were left out are told of first.
    fn take(&mut self) -> Option<Line> {
        let left_out = std::mem::take(&mut self.left_out);
        if left_out > 0 {
            let text = format!("{left_out} lines were left out: the logger is too slow for them");
            return Some(Line { level: Level::Warn, target: module_path!(), text });
        }
        self.lines.pop_front()
    }

    fn is_this_thread(&self) -> bool {
        self.thread.as_ref().is_some_and(is_current)
    }
}

fn is_current(thread: &JoinHandle<()>) -> bool {
    thread.thread().id() == thread::current().id()
}

/// Gives a line to the logger. Survives a logger that panics.
fn write(line: &Line) {
    let _ = panics::catch(|| {
        log::log!(target: line.target, line.level, "{}", line.text);
    });
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{LINES, Level, Line, Writer};
    use crate::sync::lock;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn line(text: &str) -> Line {
        Line { level: Level::Info, target: "test", text: text.to_owned() }
    }

    #[test]
    fn the_thread_ends_when_it_is_asked_to_and_comes_again() {
        static WRITER: Writer = Writer::new();
        for _ in 0..3 {
            WRITER.push(line("one"));
            WRITER.push(line("another"));
            let since = Instant::now();
            WRITER.finish(2 * PATIENCE);
            assert!(since.elapsed() < PATIENCE);
            let state = lock(&WRITER.state);
            assert!(state.lines.is_empty() && !state.is_running && state.thread.is_none());
        }
    }

    #[test]
    fn a_thread_that_is_kept_outlives_its_lines() {
        static WRITER: Writer = Writer::new();
        WRITER.keep();
        WRITER.push(line("one"));
        WRITER.finish(Duration::from_secs(60));
        {
            let state = lock(&WRITER.state);
            assert!(state.lines.is_empty() && state.is_running && !state.is_asked_to_end);
        }
        WRITER.release();
        WRITER.finish(Duration::from_secs(60));
        assert!(!lock(&WRITER.state).is_running);
    }

    #[test]
    fn lines_that_no_thread_has_taken_are_written_at_the_end() {
        static WRITER: Writer = Writer::new();
        // As if the system had given no thread.
        lock(&WRITER.state).lines.push_back(line("early"));
        WRITER.finish(Duration::from_secs(60));
        let state = lock(&WRITER.state);
        assert!(state.lines.is_empty() && !state.is_running);
    }

    #[test]
    fn lines_beyond_the_bound_are_left_out_and_told_of() {
        static WRITER: Writer = Writer::new();
        // As if the logger blocked.
        lock(&WRITER.state).is_running = true;
        for _ in 0..LINES + 7 {
            WRITER.push(line("again"));
        }
        let since = Instant::now();
        WRITER.finish(Duration::from_millis(20));
        assert!(since.elapsed() < PATIENCE, "a blocked logger is not waited for");
        let mut state = lock(&WRITER.state);
        assert_eq!(state.lines.len(), LINES);
        let told = state.take().map(|line| line.text).unwrap_or_default();
        assert!(told.starts_with("7 lines were left out"), "{told}");
        assert_eq!(state.take().map(|line| line.text).as_deref(), Some("again"));
    }
}
