//! Ends the waits of a connection from another thread.

use std::net::Shutdown;
use std::sync::{Arc, Mutex, Weak};

use super::Transport;
use super::resolver::Waiter;
use crate::sync::lock;

/// Ends the waits of a connection from another thread, from the look-up of its host on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupter(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    is_interrupted: bool,
    /// What the connection waits for at present.
    held: Option<Held>,
}

/// What a connection waits for.
#[derive(Debug)]
pub(crate) enum Held {
    /// The addresses of its host.
    Lookup(Waiter),
    /// A socket that connects, or that shakes hands. Another descriptor of the same socket.
    Socket(socket2::Socket),
    /// Bytes.
    Transport(Weak<dyn Transport>),
}

impl Interrupter {
    /// Ends the wait under way, and lets no further one begin.
    pub(crate) fn interrupt(&self) {
        let held = {
            let mut state = lock(&self.0);
            state.is_interrupted = true;
            state.held.take()
        };
        if let Some(held) = held {
            held.interrupt();
        }
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        lock(&self.0).is_interrupted
    }

    /// Forgets what the connection waited for: it has failed.
    pub(crate) fn release(&self) {
        lock(&self.0).held = None;
    }

    /// Says what the connection waits for from now on. Ends that wait at once if the connection was
    /// interrupted before.
    pub(crate) fn hold(&self, held: Held) {
        let mut state = lock(&self.0);
        if state.is_interrupted {
            drop(state);
            held.interrupt();
        } else {
            state.held = Some(held);
        }
    }
}

impl Held {
    fn interrupt(self) {
        match self {
            Self::Lookup(waiter) => waiter.interrupt(),
            // Linux also ends a connect under way by this. Elsewhere it ends at its deadline.
            Self::Socket(socket) => {
                let _ = socket.shutdown(Shutdown::Both);
            }
            Self::Transport(transport) => {
                if let Some(transport) = transport.upgrade() {
                    transport.stop_reading();
                    transport.stop_writing();
                }
            }
        }
    }
}
