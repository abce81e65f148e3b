//! The manual: what does not belong to one item of the interface.
//!
//! | page | read it to |
//! |---|---|
//! | [`sdk`] | port an application of NVIDIA's `mi::rtmp` |
//! | [`listening`] | choose addresses, and run behind a proxy |
//! | [`rtmps`] | serve RTMP in TLS |
//! | [`rtmpt`] | reach clients behind networks that let only HTTP through |
//! | [`browser`] | serve browsers: FLV over HTTP, calls over WebSockets, pages, figures |
//! | `pages`, with the feature `web` | show streams in browsers, and call from there |
//! | [`encoders`] | choose, steer and add video encoders |
//! | [`live_streams`] | show one picture to many viewers, from a renderer or another source |
//! | [`many_machines`] | serve more viewers than one machine can: push, pull, origins, edges |
//! | [`render_loops`] | change a scene between two renders, and know which frame shows it |
//! | [`quality`] | know how bitrate and frame rate follow a viewer's line |
//! | [`plugins`] | load codecs from shared libraries, or write such a library |
//! | [`players`] | know which players were tried, and their habits |
//! | [`performance`] | know what viewers, frames and pictures cost |
//! | [`limits`] | know what is not there, and what happens at each bound |
//!
//! The [crate's page](crate) has the order of the handlers and the threads that call them.

pub mod browser;
pub mod encoders;
pub mod limits;
pub mod listening;
pub mod live_streams;
pub mod many_machines;
#[cfg(feature = "web")]
pub mod pages;
pub mod performance;
pub mod players;
pub mod plugins;
pub mod quality;
pub mod render_loops;
pub mod rtmps;
pub mod rtmpt;
pub mod sdk;
