//! The name of a thread that the operating system shows. The standard library can set it at the
//! start of a thread only.
#![allow(unsafe_code)]

/// Names the present thread. Linux shows 15 bytes of it. Does nothing on other systems.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn set(name: &str) {
    /// With the zero at the end.
    const MOST_BYTES: usize = 16;
    let mut text = [0_u8; MOST_BYTES];
    text.iter_mut().zip(name.bytes().take(MOST_BYTES - 1)).for_each(|(to, from)| *to = from);
    // SAFETY: the system reads the text up to its zero, during the call.
    let _ = unsafe { libc::prctl(libc::PR_SET_NAME, text.as_ptr()) };
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) const fn set(_name: &str) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::thread;

    #[test]
    fn the_system_shows_the_beginning_of_a_name() {
        let shown = |name: &'static str| {
            let named = thread::spawn(move || {
                super::set(name);
                fs::read_to_string("/proc/thread-self/comm").expect("the system shows it")
            });
            named.join().expect("no panic")
        };
        assert_eq!(shown("rtmp-conn-7"), "rtmp-conn-7\n");
        assert_eq!(shown("rtmp-frame-12345678/1"), "rtmp-frame-1234\n");
    }
}
