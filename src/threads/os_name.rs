//! The name of a thread that the operating system shows. The standard library can set it at the
//! start of a thread only.
#![allow(unsafe_code)]

use std::fmt::{self, Write as _};

/// The length of a name on Linux, with the zero at its end.
const BYTES: usize = 16;

/// The beginning of a name, as much as Linux shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct OsName([u8; BYTES]);

impl OsName {
    pub(super) fn new(name: fmt::Arguments<'_>) -> Self {
        let mut writer = Writer { name: Self([0; BYTES]), length: 0 };
        // It takes everything.
        let _ = writer.write_fmt(name);
        writer.name
    }

    /// Names the present thread. Does nothing on systems other than Linux.
    // Out of line, so that the work of the thread has a short stack below.
    #[inline(never)]
    pub(super) fn set(&self) {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        // SAFETY: the system reads the text up to its zero, during the call.
        let _ = unsafe { libc::prctl(libc::PR_SET_NAME, self.0.as_ptr()) };
    }
}

/// Writes what there is room for, and leaves the last byte zero.
struct Writer {
    name: OsName,
    length: usize,
}

impl fmt::Write for Writer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.name.0.iter_mut().take(BYTES - 1).skip(self.length);
        room.zip(text.bytes()).for_each(|(to, from)| *to = from);
        self.length = self.length.saturating_add(text.len());
        Ok(())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::thread;

    use super::OsName;

    #[test]
    fn the_system_shows_the_beginning_of_a_name() {
        let shown = |name: OsName| {
            let named = thread::spawn(move || {
                name.set();
                fs::read_to_string("/proc/thread-self/comm").expect("the system shows it")
            });
            named.join().expect("no panic")
        };
        let (role, connection, stream) = ("rtmp-frame", 12_345_678, 1);
        assert_eq!(shown(OsName::new(format_args!("{role}-7"))), "rtmp-frame-7\n");
        let long = OsName::new(format_args!("{role}-{connection}/{stream}"));
        assert_eq!(shown(long), "rtmp-frame-1234\n");
    }
}
