//! The text of a log line.

use std::fmt::{self, Write};

use super::secrets::without_secrets;

/// The longest line, in bytes.
const LINE_BYTES: usize = 1024;

/// Stands for what is cut off or hidden.
const ELLIPSIS: &str = "...";

/// Returns a line of bounded length, without control characters and without secrets.
pub(super) fn compose(
    subject: &dyn fmt::Display,
    text: fmt::Arguments<'_>,
    left_out: u64,
) -> String {
    let mut line = Bounded::default();
    // The only error is that the line is full.
    if write!(line, "{subject}: {text}").is_err() {
        line.0.push_str(ELLIPSIS);
    }
    let mut line = without_secrets(&line.0);
    if left_out > 0 {
        let _ = write!(line, " ({left_out} lines about this address were left out before)");
    }
    line
}

/// Text that takes no more than [`LINE_BYTES`]. Formatting stops there, so that a name of megabytes
/// costs no more than what is shown of it.
#[derive(Default)]
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if self.0.len() + character.len_utf8() > LINE_BYTES {
                return Err(fmt::Error);
            }
            self.0.push(if character.is_control() { ' ' } else { character });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::{LINE_BYTES, compose};

    fn line(text: &str) -> String {
        compose(&"peer", format_args!("{text}"), 0)
    }

    #[test]
    fn secrets_are_hidden() {
        assert_eq!(line("to rtmp://h/live?token=abc"), "peer: to rtmp://h/live?...");
    }

    #[test]
    fn a_line_is_bounded_and_stays_one_line() {
        let long = line(&"\u{e4}".repeat(LINE_BYTES));
        assert!(long.len() <= LINE_BYTES + 3 && long.ends_with("..."), "{long}");
        assert_eq!(line("a\r\nb\u{1b}[m"), "peer: a  b [m");
        assert_eq!(
            compose(&"peer", format_args!("x"), 7),
            "peer: x (7 lines about this address were left out before)"
        );
    }

    #[test]
    fn formatting_stops_at_the_bound() {
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("and so on ")?;
                }
            }
        }
        assert!(compose(&"peer", format_args!("{Endless}"), 0).ends_with("..."));
    }
}
