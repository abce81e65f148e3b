//! Log lines about clients: bounded in length and in rate, and without secrets.
//!
//! A client chooses how often a line is written, and much of what is in it. So such lines are
//! written by [`peer_log`] instead of the macros of `log`. So are all lines of threads that clients
//! wait for: a logger may block.

mod line;
mod secrets;
mod write;
mod writer;

pub(crate) use write::{LogSubject, finish, write};

/// Writes a log line about a client, a stream or a loop, whose name comes first in it.
///
/// ```text
/// peer_log!(Warn, peer, "closed at once: {refused}");
/// ```
macro_rules! peer_log {
    ($level:ident, $subject:expr, $($text:tt)+) => {
        $crate::peer_log::write(
            log::Level::$level,
            module_path!(),
            &$subject,
            format_args!($($text)+),
        )
    };
}

pub(crate) use peer_log;
