//! Threads that take further work when theirs is done. To start and to end one costs the system
//! more than to serve a viewer that looks at a stream for a moment.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::os_name;
use super::start::spawn_with_stack;
use super::task::{Task, Work};
use crate::sync::{Condition, lock, wait, wait_timeout};

/// How long a thread waits for further work before it ends.
const IDLE_TIME: Duration = Duration::from_secs(1);
/// How many threads of a pool wait for work at the same time. Further ones end at once.
const MOST_IDLE: usize = 64;
/// The name of a thread that waits for work.
const IDLE_NAME: &str = "rtmp-idle";

/// The threads that serve the clients of one server.
#[derive(Debug)]
pub(crate) struct ThreadPool {
    stack_bytes: usize,
    state: Mutex<State>,
    /// Notified when a thread has started or ended.
    changed: Condition,
}

#[derive(Debug, Default)]
struct State {
    /// Those that wait for work. The last one began last: its memory is in the caches.
    idle: Vec<Arc<Worker>>,
    /// All that run, by their numbers. `None` while one is started, and while the pool joins it.
    threads: HashMap<u64, Option<JoinHandle<()>>>,
    /// Joined by the next one that ends.
    last_ended: Option<JoinHandle<()>>,
    last_id: u64,
    is_closed: bool,
}

/// One thread.
#[derive(Debug)]
struct Worker {
    id: u64,
    /// The name with which the thread was started. Rust cannot change it.
    role: &'static str,
    order: Mutex<Option<Order>>,
    ordered: Condition,
}

/// What a thread that waits must do.
#[derive(Debug)]
enum Order {
    Work(Work),
    End,
}

impl ThreadPool {
    pub(crate) fn new(stack_bytes: usize) -> Arc<Self> {
        Arc::new(Self { stack_bytes, state: Mutex::default(), changed: Condition::new() })
    }

    /// Does `run` on a thread that does nothing else meanwhile. Its name is `role` for Rust, and
    /// `role-number` for the system.
    ///
    /// # Errors
    /// The system gives no thread, or the process has too little address space for one.
    pub(crate) fn spawn(
        self: &Arc<Self>,
        role: &'static str,
        number: impl fmt::Display,
        run: impl FnOnce() + Send + 'static,
    ) -> io::Result<Task> {
        let (work, task) = Work::new(format!("{role}-{number}"), run);
        match self.take_idle(role) {
            Some(worker) => worker.give(Order::Work(work)),
            None => self.start(role, work)?,
        }
        Ok(task)
    }

    fn take_idle(&self, role: &str) -> Option<Arc<Worker>> {
        let mut state = lock(&self.state);
        let index = state.idle.iter().rposition(|worker| worker.role == role)?;
        Some(state.idle.remove(index))
    }

    fn start(self: &Arc<Self>, role: &'static str, work: Work) -> io::Result<()> {
        let id = lock(&self.state).add();
        let (pool, worker) = (Arc::clone(self), Arc::new(Worker::new(id, role)));
        let run = move || pool.run(&worker, work);
        // Not under the lock, for which all threads that have just started would wait.
        let started = spawn_with_stack(role.to_owned(), self.stack_bytes, run);
        let mut state = lock(&self.state);
        let outcome = started.map(|thread| match state.threads.get_mut(&id) {
            Some(slot) => slot.replace(thread),
            // It has ended already.
            None => state.last_ended.replace(thread),
        });
        if outcome.is_err() {
            state.threads.remove(&id);
        }
        drop(state);
        self.changed.notify_all();
        outcome.map(join)
    }

    /// Does `work`, and then what else there is to do, until nothing comes for a while.
    fn run(&self, worker: &Arc<Worker>, mut work: Work) {
        loop {
            os_name::set(work.name());
            work.run();
            os_name::set(IDLE_NAME);
            match self.next(worker) {
                Order::Work(next) => work = next,
                Order::End => break,
            }
        }
        let former = lock(&self.state).remove(worker.id);
        self.changed.notify_all();
        join(former);
    }

    /// Waits for further work.
    fn next(&self, worker: &Arc<Worker>) -> Order {
        {
            let mut state = lock(&self.state);
            if state.is_closed || state.idle.len() >= MOST_IDLE {
                return Order::End;
            }
            state.idle.push(Arc::clone(worker));
        }
        if let Some(order) = worker.wait_until(Instant::now() + IDLE_TIME) {
            return order;
        }
        let mut state = lock(&self.state);
        if let Some(index) = state.idle.iter().position(|other| Arc::ptr_eq(other, worker)) {
            state.idle.remove(index);
            return Order::End;
        }
        drop(state);
        // It was chosen at the last moment.
        worker.wait()
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
        while !(state.threads.is_empty() && state.last_ended.is_none()) {
            let known = state.take_all();
            if known.is_empty() {
                state = wait(&self.changed, state);
                continue;
            }
            drop(state);
            known.into_iter().for_each(|thread| join(Some(thread)));
            state = lock(&self.state);
        }
    }
}

impl State {
    /// Adds a thread that has not been started. Returns its number.
    fn add(&mut self) -> u64 {
        self.last_id += 1;
        self.threads.insert(self.last_id, None);
        self.last_id
    }

    /// Removes a thread that is about to end. Returns the one that ended before it.
    fn remove(&mut self, id: u64) -> Option<JoinHandle<()>> {
        let thread = self.threads.remove(&id).flatten()?;
        self.last_ended.replace(thread)
    }

    fn take_all(&mut self) -> Vec<JoinHandle<()>> {
        let running = self.threads.values_mut().filter_map(Option::take);
        running.chain(self.last_ended.take()).collect()
    }
}

impl Worker {
    const fn new(id: u64, role: &'static str) -> Self {
        Self { id, role, order: Mutex::new(None), ordered: Condition::new() }
    }

    fn give(&self, order: Order) {
        *lock(&self.order) = Some(order);
        self.ordered.notify_one();
    }

    fn wait(&self) -> Order {
        let mut order = lock(&self.order);
        loop {
            match order.take() {
                Some(order) => return order,
                None => order = wait(&self.ordered, order),
            }
        }
    }

    /// Returns `None` if nothing is ordered until then.
    fn wait_until(&self, end: Instant) -> Option<Order> {
        let mut order = lock(&self.order);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if order.is_some() || left.is_zero() {
                return order.take();
            }
            order = wait_timeout(&self.ordered, order, left);
        }
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
    fn thread_of(pool: &Arc<ThreadPool>, role: &'static str) -> ThreadId {
        let (told, tells) = mpsc::channel();
        let task = pool.spawn(role, 1, move || told.send(thread::current().id()).unwrap());
        task.unwrap().join().unwrap();
        tells.recv().unwrap()
    }

    fn wait_for(pool: &ThreadPool, condition: impl Fn(usize, usize) -> bool) {
        let until = Instant::now() + Duration::from_secs(20);
        let holds = || {
            let state = lock(&pool.state);
            condition(state.idle.len(), state.threads.len())
        };
        while !holds() {
            assert!(Instant::now() < until, "{pool:?}");
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_thread_takes_further_work_of_its_role() {
        let pool = ThreadPool::new(STACK_BYTES);
        let first = thread_of(&pool, "rtmp-one");
        wait_for(&pool, |idle, _| idle == 1);
        assert_ne!(thread_of(&pool, "rtmp-other"), first);
        wait_for(&pool, |idle, _| idle == 2);
        assert_eq!(thread_of(&pool, "rtmp-one"), first);
        pool.join();
    }

    #[test]
    fn a_panic_ends_the_work_and_not_the_thread() {
        let pool = ThreadPool::new(STACK_BYTES);
        let first = thread_of(&pool, "rtmp-one");
        wait_for(&pool, |idle, _| idle == 1);
        let task = pool.spawn("rtmp-one", 2, || panic!("the work fails")).unwrap();
        assert!(task.join().is_err());
        wait_for(&pool, |idle, _| idle == 1);
        assert_eq!(thread_of(&pool, "rtmp-one"), first);
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
            pool.spawn("rtmp-one", number, wait_for_gate).unwrap();
        }
        assert_eq!(lock(&pool.state).threads.len(), MOST_IDLE + 8);
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
        let task = pool.spawn("rtmp-busy", 1, move || _ = released.recv()).unwrap();
        for number in 0..10 {
            pool.spawn("rtmp-short", number, || ()).unwrap();
        }
        let joining = Arc::clone(&pool);
        let joiner = thread::spawn(move || joining.join());
        wait_for(&pool, |idle, threads| idle == 0 && threads == 1);
        assert!(!joiner.is_finished());
        drop(release);
        joiner.join().unwrap();
        task.join().unwrap();
        assert!(lock(&pool.state).threads.is_empty());
    }
}
