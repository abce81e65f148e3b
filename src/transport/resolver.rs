//! The system's resolver, whose calls know no deadline, on threads of its own.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, Weak};
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::sync::lock;
use crate::threads;

/// The most hosts that are looked up at a time. Each has a thread, until the system gives up.
const MAX_LOOKUPS: usize = 16;

/// The resolver of the system.
pub(super) static SYSTEM: Resolver = Resolver::new(|host| {
    let addresses = (host, 0).to_socket_addrs()?;
    Ok(addresses.collect())
});

/// Looks hosts up. Those who ask for the same host at a time share a thread.
///
/// Nothing ends a call of the system's resolver, which may take minutes. So a thread that is late
/// is left to itself. It holds the name of the host only, and a later look-up joins it.
pub(super) struct Resolver {
    lookups: Mutex<Vec<Lookup>>,
    look_up: fn(&str) -> io::Result<Vec<SocketAddr>>,
}

/// A host that is looked up, or was.
struct Lookup {
    /// The thread has it too, and knows its entry by it.
    host: Arc<str>,
    /// Those who wait. `None` once they were told.
    waiters: Option<Vec<Waiter>>,
    /// `None` while it is started.
    thread: Option<JoinHandle<()>>,
}

/// What a wait for the resolver ends with.
#[derive(Debug)]
enum Outcome {
    Resolved(io::Result<Vec<SocketAddr>>),
    Interrupted,
}

/// Someone who waits for the resolver, as long as it does.
#[derive(Clone, Debug)]
pub(crate) struct Waiter(Weak<Sender<Outcome>>);

/// A look-up under way, for one who waits for it.
pub(super) struct Pending {
    resolver: &'static Resolver,
    outcomes: Receiver<Outcome>,
    /// Alive as long as this waits.
    sender: Arc<Sender<Outcome>>,
}

/// Tells those who wait for a host what was found, also if the look-up panics.
struct Ending<'a> {
    resolver: &'a Resolver,
    host: &'a Arc<str>,
    outcome: io::Result<Vec<SocketAddr>>,
}

/// Why there are no addresses.
#[derive(Debug)]
pub(super) enum ResolveError {
    /// The resolver says so, or there is no thread to ask it.
    Failed(io::Error),
    TimedOut,
    Interrupted,
}

impl Resolver {
    const fn new(look_up: fn(&str) -> io::Result<Vec<SocketAddr>>) -> Self {
        Self { lookups: Mutex::new(Vec::new()), look_up }
    }

    /// Begins to look up a host. Returns what waits for it, and what can end that wait.
    ///
    /// # Errors
    /// There is no room for another thread, or for another host.
    pub(super) fn look_up(&'static self, host: &str) -> io::Result<(Pending, Waiter)> {
        self.join_ended();
        // One outcome and one interruption.
        let (sender, outcomes) = bounded(2);
        let sender = Arc::new(sender);
        let waiter = Waiter(Arc::downgrade(&sender));
        if let Some(host) = self.enlist(host, &waiter)? {
            self.start(host)?;
        }
        Ok((Pending { resolver: self, outcomes, sender }, waiter))
    }

    /// Lists one who waits for a host. Returns the host if no thread looks it up.
    fn enlist(&self, host: &str, waiter: &Waiter) -> io::Result<Option<Arc<str>>> {
        let mut lookups = lock(&self.lookups);
        let mut of_host = lookups.iter_mut().filter(|lookup| *lookup.host == *host);
        if let Some(waiters) = of_host.find_map(|lookup| lookup.waiters.as_mut()) {
            waiters.retain(Waiter::waits);
            waiters.push(waiter.clone());
            return Ok(None);
        }
        if lookups.len() >= MAX_LOOKUPS {
            let reason = "the system's resolver has not answered for 16 other hosts yet";
            return Err(io::Error::other(reason));
        }
        let host: Arc<str> = host.into();
        let waiters = Some(vec![waiter.clone()]);
        lookups.push(Lookup { host: Arc::clone(&host), waiters, thread: None });
        Ok(Some(host))
    }

    /// Starts the thread of a host that is listed.
    fn start(&'static self, host: Arc<str>) -> io::Result<()> {
        let name = Arc::clone(&host);
        let started = threads::spawn("rtmp-resolve".to_owned(), move || {
            let panicked = Err(io::Error::other("the look-up of the host panicked"));
            let mut ending = Ending { resolver: self, host: &name, outcome: panicked };
            ending.outcome = (self.look_up)(&name);
        });
        match started {
            Ok(thread) => {
                // The entry is there still: nobody takes one without a thread out.
                let mut lookups = lock(&self.lookups);
                let lookup = lookups.iter_mut().find(|lookup| Arc::ptr_eq(&lookup.host, &host));
                if let Some(lookup) = lookup {
                    lookup.thread = Some(thread);
                }
                Ok(())
            }
            Err(error) => {
                // Others may have come meanwhile.
                drop(Ending { resolver: self, host: &host, outcome: Err(again(&error)) });
                lock(&self.lookups).retain(|lookup| !Arc::ptr_eq(&lookup.host, &host));
                Err(error)
            }
        }
    }

    /// Joins the threads that have told what they found.
    fn join_ended(&self) {
        let threads: Vec<_> = {
            let mut lookups = lock(&self.lookups);
            let has_ended =
                |lookup: &mut Lookup| lookup.waiters.is_none() && lookup.thread.is_some();
            let ended = lookups.extract_if(.., has_ended);
            ended.filter_map(|mut lookup| lookup.thread.take()).collect()
        };
        for thread in threads {
            // The panic hook has reported a panic on the thread.
            let _ = thread.join();
        }
    }
}

impl Waiter {
    /// Ends the wait.
    pub(crate) fn interrupt(&self) {
        self.tell(Outcome::Interrupted);
    }

    fn waits(&self) -> bool {
        self.0.strong_count() > 0
    }

    fn tell(&self, outcome: Outcome) {
        // Nobody receives it after the deadline.
        let Some(sender) = self.0.upgrade() else { return };
        match sender.try_send(outcome) {
            // Nor a second one.
            Ok(()) | Err(TrySendError::Disconnected(_) | TrySendError::Full(_)) => {}
        }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let waiters = lock(&self.resolver.lookups)
            .iter_mut()
            .find(|lookup| Arc::ptr_eq(&lookup.host, self.host))
            .and_then(|lookup| lookup.waiters.take());
        for waiter in waiters.into_iter().flatten() {
            let outcome = self.outcome.as_ref();
            waiter.tell(Outcome::Resolved(outcome.cloned().map_err(again)));
        }
    }
}

impl Pending {
    /// Waits until `deadline` for the addresses of the host. They have no port.
    pub(super) fn wait(self, deadline: Instant) -> Result<Vec<SocketAddr>, ResolveError> {
        let outcome = self.outcomes.recv_deadline(deadline);
        drop(self.sender);
        match outcome {
            Ok(Outcome::Resolved(addresses)) => {
                self.resolver.join_ended();
                addresses.map_err(ResolveError::Failed)
            }
            Ok(Outcome::Interrupted) => Err(ResolveError::Interrupted),
            Err(_) => Err(ResolveError::TimedOut),
        }
    }
}

/// Copies an error for another one who waits.
fn again(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// How many threads have asked for "slow" names.
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static IS_OVER: Mutex<()> = Mutex::new(());

    /// Answers at once for "quick", and otherwise once the lock is free.
    fn resolver() -> &'static Resolver {
        Box::leak(Box::new(Resolver::new(|host| {
            if host != "quick" {
                ASKED.fetch_add(1, Ordering::Relaxed);
                drop(lock(&IS_OVER));
            }
            match host {
                "none" => Err(io::Error::other("no such host")),
                _ => Ok(vec![([127, 0, 0, 1], 0).into()]),
            }
        })))
    }

    #[test]
    fn a_slow_resolver_holds_up_nobody_beyond_deadline_and_interruption() {
        let slow = lock(&IS_OVER);
        let resolver = resolver();
        let look_up = |host: &str| resolver.look_up(host).expect("a thread");
        let soon = Instant::now() + Duration::from_millis(10);
        let late = look_up("slow").0.wait(soon);
        assert!(matches!(late, Err(ResolveError::TimedOut)), "{late:?}");

        let (pending, waiter) = look_up("slow");
        waiter.interrupt();
        let interrupted = pending.wait(Instant::now() + PATIENCE);
        assert!(matches!(interrupted, Err(ResolveError::Interrupted)), "{interrupted:?}");

        // However often it is tried again, those who are gone are forgotten.
        for _ in 0..3 {
            look_up("slow");
            let waiting = lock(&resolver.lookups)[0].waiters.as_ref().map(Vec::len);
            assert_eq!(waiting, Some(1));
        }

        // The others are not held up, nor is there another thread for the same host.
        assert_eq!(look_up("quick").0.wait(Instant::now() + PATIENCE).unwrap().len(), 1);
        assert_eq!(lock(&resolver.lookups).len(), 1);
        let (none, _) = look_up("none");
        for number in 2..MAX_LOOKUPS {
            look_up(&format!("slow{number}"));
        }
        let error = resolver.look_up("another").err().expect("too many");
        assert!(error.to_string().contains("16 other hosts"), "{error}");
        let (slow_again, _) = look_up("slow");

        drop(slow);
        let deadline = Instant::now() + PATIENCE;
        assert_eq!(slow_again.wait(deadline).unwrap().len(), 1);
        let error = none.wait(deadline).unwrap_err();
        assert!(
            matches!(error, ResolveError::Failed(error) if error.to_string() == "no such host")
        );
        // Whoever asks next joins those that were left.
        while !lock(&resolver.lookups).is_empty() {
            assert!(Instant::now() < deadline, "some are never joined");
            look_up("quick").0.wait(deadline).unwrap();
        }
        assert_eq!(ASKED.load(Ordering::Relaxed), MAX_LOOKUPS);
    }

    #[test]
    fn a_look_up_that_panics_is_told_and_leaves_nothing() {
        let resolver: &'static Resolver =
            Box::leak(Box::new(Resolver::new(|host| panic!("no {host} for a test"))));
        for _ in 0..=MAX_LOOKUPS {
            let (pending, _) = resolver.look_up("host").expect("there is room");
            let error = pending.wait(Instant::now() + PATIENCE).unwrap_err();
            let ResolveError::Failed(error) = error else { panic!("{error:?}") };
            assert!(error.to_string().contains("panicked"), "{error}");
        }
        assert!(lock(&resolver.lookups).is_empty());
    }
}
