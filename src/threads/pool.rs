//! Threads that take further work when theirs is done. To start and to end the two threads of a
//! viewer took a third of what a short visit costs (measured).
//!
//! What lies on the stack below the work of a viewer takes memory for hours. So work is handed over
//! on the heap, and the functions that prepare it are out of line.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::os_name::OsName;
use super::stack::Stacks;
use super::start::{has_room_for_work, spawn_with_stack};
use super::task::Task;
use crate::panics;
use crate::sync::{Condition, lock, wait, wait_timeout};

/// The name of the threads of all pools, as Rust has it. Panics are reported with it.
const NAME: &str = "rtmp-pool";

/// How long a thread waits for further work before it ends.
const IDLE_TIME: Duration = Duration::from_secs(1);
/// How many threads of a pool wait for work at the same time. Further ones end at once.
const MOST_IDLE: usize = 128;

/// The threads that serve the clients of one server.
#[derive(Debug)]
pub(crate) struct ThreadPool {
    stacks: Stacks,
    state: Mutex<State>,
    /// Notified when the last thread has ended.
    emptied: Condition,
}

#[derive(Debug, Default)]
struct State {
    /// Those that wait for work. The last one began last.
    idle: Vec<Arc<Worker>>,
    /// The number of threads, up to their last steps.
    threads: usize,
    /// Joined by the next one that ends.
    last_ended: Option<JoinHandle<()>>,
    is_closed: bool,
}

/// One thread.
struct Worker {
    pool: Arc<ThreadPool>,
    state: Mutex<WorkerState>,
    ordered: Condition,
}

#[derive(Default)]
struct WorkerState {
    order: Option<Order>,
    /// `None` until it is known.
    thread: Option<JoinHandle<()>>,
    /// Whether the thread ends, and does not look for its handle any more.
    has_left: bool,
}

/// What a thread that waits must do.
enum Order {
    Work(OsName, Box<dyn FnOnce() + Send>),
    End,
}

impl ThreadPool {
    pub(crate) fn new(stack_bytes: usize) -> Arc<Self> {
        let stacks = Stacks::new(stack_bytes);
        Arc::new(Self { stacks, state: Mutex::default(), emptied: Condition::new() })
    }

    /// Does `run` on a thread that does nothing else meanwhile. The system shows `name` for it.
    ///
    /// # Errors
    /// The system gives no thread, or the process has too little address space for one.
    pub(crate) fn spawn(
        self: &Arc<Self>,
        name: fmt::Arguments<'_>,
        run: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        has_room_for_work()?;
        let order = Order::Work(OsName::new(name), Box::new(run));
        // The one that began to wait last has its memory in the caches.
        let idle = lock(&self.state).idle.pop();
        match idle {
            Some(worker) => {
                worker.give(order);
                Ok(())
            }
            None => self.start(order),
        }
    }

    /// Does what [`spawn`](Self::spawn) does, for a thread that waits for the end.
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn).
    pub(crate) fn spawn_task(
        self: &Arc<Self>,
        name: fmt::Arguments<'_>,
        run: impl FnOnce() + Send + 'static,
    ) -> io::Result<Task> {
        let (task, run) = Task::of(run);
        self.spawn(name, run).map(|()| task)
    }

    /// Returns `false`, and adds nothing, if the thread must not wait.
    fn add_idle(&self, worker: &Arc<Worker>) -> bool {
        let mut state = lock(&self.state);
        let may_wait = !state.is_closed && state.idle.len() < MOST_IDLE;
        if may_wait {
            state.idle.push(Arc::clone(worker));
        }
        may_wait
    }

    /// Returns `false` if the thread was chosen for some work.
    fn remove_idle(&self, worker: &Arc<Worker>) -> bool {
        let mut state = lock(&self.state);
        let index = state.idle.iter().position(|other| Arc::ptr_eq(other, worker));
        index.map(|index| state.idle.remove(index)).is_some()
    }

    fn start(self: &Arc<Self>, order: Order) -> io::Result<()> {
        let worker = Arc::new(Worker {
            pool: Arc::clone(self),
            state: Mutex::new(WorkerState { order: Some(order), ..WorkerState::default() }),
            ordered: Condition::new(),
        });
        let run = {
            let worker = Arc::clone(&worker);
            move || worker.run()
        };
        lock(&self.state).threads += 1;
        let started = spawn_with_stack(NAME.to_owned(), self.stacks.bytes(), run);
        started.map(|thread| worker.set_thread(thread)).inspect_err(|_| self.forget(None))
    }

    /// Counts a thread less, which has ended or is about to. Joins the one that ended before it.
    fn forget(&self, thread: Option<JoinHandle<()>>) {
        let former = {
            let mut state = lock(&self.state);
            state.threads -= 1;
            thread.and_then(|thread| state.last_ended.replace(thread))
        };
        self.emptied.notify_all();
        join(former);
    }

    /// Lets the threads end when their work is done. Waits until all have.
    pub(crate) fn join(&self) {
        let idle = {
            let mut state = lock(&self.state);
            state.is_closed = true;
            std::mem::take(&mut state.idle)
        };
        idle.iter().for_each(|worker| worker.give(Order::End));
        let mut state = lock(&self.state);
        while state.threads > 0 {
            state = wait(&self.emptied, state);
        }
        let last_ended = state.last_ended.take();
        drop(state);
        // It has joined all others, one by one.
        join(last_ended);
    }
}

impl Worker {
    fn set_thread(&self, thread: JoinHandle<()>) {
        let mut state = lock(&self.state);
        if state.has_left {
            drop(state);
            self.pool.forget(Some(thread));
        } else {
            state.thread = Some(thread);
        }
    }

    /// Does what it is given, until nothing comes for a while.
    fn run(self: Arc<Self>) {
        self.pool.stacks.begin();
        loop {
            match self.wait() {
                Order::Work(name, run) => {
                    name.set();
                    // The panic hook has reported a panic.
                    let _ = panics::catch(run);
                }
                Order::End => break,
            }
            self.rest();
        }
        self.leave();
    }

    fn give(&self, order: Order) {
        lock(&self.state).order = Some(order);
        self.ordered.notify_one();
    }

    #[inline(never)]
    fn wait(&self) -> Order {
        let mut state = lock(&self.state);
        loop {
            match state.order.take() {
                Some(order) => return order,
                None => state = wait(&self.ordered, state),
            }
        }
    }

    /// Returns when there is an order. Gives itself the order to end if there is none for a while,
    /// or if enough others wait.
    #[inline(never)]
    fn rest(self: &Arc<Self>) {
        OsName::new(format_args!("rtmp-idle")).set();
        let may_wait = self.pool.add_idle(self);
        if may_wait && self.has_order_before(Instant::now() + IDLE_TIME) {
            return;
        }
        // Otherwise it was chosen at the last moment, and is given something.
        if !may_wait || self.pool.remove_idle(self) {
            self.give(Order::End);
        }
    }

    fn has_order_before(&self, end: Instant) -> bool {
        let mut state = lock(&self.state);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if state.order.is_some() || left.is_zero() {
                return state.order.is_some();
            }
            state = wait_timeout(&self.ordered, state, left);
        }
    }

    #[inline(never)]
    fn leave(&self) {
        let thread = {
            let mut state = lock(&self.state);
            state.has_left = true;
            state.thread.take()
        };
        if let Some(thread) = thread {
            self.pool.forget(Some(thread));
        }
    }
}

impl fmt::Debug for Worker {
    /// Leaves the pool out, which lists its workers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

fn join(thread: Option<JoinHandle<()>>) {
    // What it did can panic inside only. The panic hook has reported a bug of the pool.
    let _ = thread.map(JoinHandle::join);
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, mpsc};
    use std::thread::{self, ThreadId};
    use std::time::{Duration, Instant};

    use super::{MOST_IDLE, ThreadPool};
    use crate::sync::{Condition, lock, wait_timeout};

    const STACK_BYTES: usize = 128 << 10;

    /// Returns on which thread a piece of work ran.
    fn thread_of(pool: &Arc<ThreadPool>) -> ThreadId {
        let (told, tells) = mpsc::channel();
        let task = pool.spawn_task(format_args!("rtmp-test"), move || {
            told.send(thread::current().id()).unwrap();
        });
        task.unwrap().join().unwrap();
        tells.recv().unwrap()
    }

    fn wait_for(pool: &ThreadPool, condition: impl Fn(usize, usize) -> bool) {
        let until = Instant::now() + Duration::from_secs(20);
        let holds = || {
            let state = lock(&pool.state);
            condition(state.idle.len(), state.threads)
        };
        while !holds() {
            assert!(Instant::now() < until, "{pool:?}");
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_thread_takes_further_work() {
        let pool = ThreadPool::new(STACK_BYTES);
        let first = thread_of(&pool);
        wait_for(&pool, |idle, _| idle == 1);
        assert_eq!(thread_of(&pool), first);
        pool.join();
    }

    #[test]
    fn a_panic_ends_the_work_and_not_the_thread() {
        let pool = ThreadPool::new(STACK_BYTES);
        let first = thread_of(&pool);
        wait_for(&pool, |idle, _| idle == 1);
        let task = pool.spawn_task(format_args!("rtmp-test"), || panic!("the work fails")).unwrap();
        assert!(task.join().is_err());
        wait_for(&pool, |idle, _| idle == 1);
        assert_eq!(thread_of(&pool), first);
        pool.join();
    }

    #[test]
    fn few_wait_for_work_and_not_for_long() {
        let pool = ThreadPool::new(STACK_BYTES);
        let gate = Arc::new((Mutex::new(false), Condition::new()));
        for number in 0..MOST_IDLE + 8 {
            let gate = Arc::clone(&gate);
            let wait_for_gate = move || {
                let mut is_open = lock(&gate.0);
                while !*is_open {
                    is_open = wait_timeout(&gate.1, is_open, Duration::from_secs(20));
                }
            };
            pool.spawn(format_args!("rtmp-{number}"), wait_for_gate).unwrap();
        }
        assert_eq!(lock(&pool.state).threads, MOST_IDLE + 8);
        *lock(&gate.0) = true;
        gate.1.notify_all();
        wait_for(&pool, |_, threads| threads <= MOST_IDLE);
        wait_for(&pool, |idle, threads| (idle, threads) == (0, 0));
        pool.join();
    }

    #[test]
    fn all_have_ended_after_the_join() {
        let pool = ThreadPool::new(STACK_BYTES);
        let (release, released) = mpsc::channel::<()>();
        let task = pool.spawn_task(format_args!("rtmp-busy"), move || _ = released.recv()).unwrap();
        for number in 0..10 {
            pool.spawn(format_args!("rtmp-{number}"), || ()).unwrap();
        }
        let joining = Arc::clone(&pool);
        let joiner = thread::spawn(move || joining.join());
        wait_for(&pool, |idle, threads| idle == 0 && threads == 1);
        assert!(!joiner.is_finished());
        drop(release);
        joiner.join().unwrap();
        task.join().unwrap();
        assert!(lock(&pool.state).last_ended.is_none());
    }
}
