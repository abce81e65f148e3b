//! Log lines: bounded in length and in rate, without secrets, and never waited for.
//!
//! A client chooses how often a line is written, and much of what is in it. And a logger may block
//! or panic. So all lines of this crate are written by [`peer_log`], and none by the macros of
//! `log`.

mod line;
mod secrets;
mod write;
mod writer;

pub(crate) use write::{KeptThread, LogSubject, finish, write};

/// Writes a log line about a client, a stream, a loop or a file, whose name comes first in it.
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
