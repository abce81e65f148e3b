//! Live streams by name: clients publish them, and others watch. Made of handlers that use the
//! crate's public traits alone.
//!
//! | file | concept |
//! |---|---|
//! | `handlers` | the handlers of connections, publishers and viewers |
//! | `directory` | which streams there are, who publishes and who watches them |
//! | `channel` | one stream, with one publisher after the other |
//! | `continuity` | one timeline for all publishers of a stream |
//! | `sequel` | what a publisher that returns must not send again, or not yet |
//! | `splice` | both of these: one publisher after the other, as one stream |
//! | `source` | a publisher that is no client |
//! | `recording` | the recording of one stream, from publisher to publisher |
//! | `report` | what the log says of a publisher |

mod channel;
mod config;
mod continuity;
mod directory;
mod grace_thread;
mod handlers;
mod name;
mod publisher_id;
mod recording;
mod report;
mod sequel;
mod source;
mod splice;

pub use config::{LiveConfig, RecordedStreams, Takeover};
pub(crate) use directory::Viewing;
pub use handlers::LiveHandler;
pub use source::{LiveSource, LiveSourceError};
pub(crate) use splice::Splice;
