//! To and from other RTMP servers: [`Push`] publishes a stream of this process to a server, and
//! [`Pull`] plays one of a server into a stream of this process.
//!
//! Each has a thread of its own, which reconnects after a loss. [`crate::manual::many_machines`]
//! tells how to serve more viewers than one machine can.
//!
//! | file | concept |
//! |---|---|
//! | `push` | the thread that publishes |
//! | `pull` | the thread that plays |
//! | `push_queue` | what waits between a stream and its push |
//! | `worker` | what both threads have in common: figures, events, their end |
//! | `backoff` | how long to wait before the next try |
//! | `config` | the settings of both |

mod backoff;
mod config;
mod event;
mod figures;
mod pull;
mod push;
mod push_queue;
mod worker;

pub use config::RelayConfig;
pub use event::{RelayError, RelayEvent};
pub use figures::RelayFigures;
pub use pull::Pull;
pub use push::Push;
