//! Records live streams to FLV files, each on a thread of its own.
//!
//! | file | concept |
//! |---|---|
//! | `recorder` | the recording of one stream, and its thread |
//! | `queue` | the bounded queue between the stream and that thread |
//! | `recording` | the files of one recording, one after the other |
//! | `part_file` | one file while it is written |
//! | `destination` | where files go, and what they are called |
//! | `file_name` | safe file names from the names of streams |

mod config;
mod destination;
mod event;
mod file_name;
mod part_file;
mod queue;
mod recorder;
mod recording;

pub use config::{ExistingFile, RecordConfig};
pub use event::RecordEvent;
pub use recorder::{RecordFigures, Recorder};
