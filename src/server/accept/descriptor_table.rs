//! The table of the descriptors of this process, as the operating system holds it.
//!
//! Linux enlarges the table when a descriptor does not fit: the 257th, the 513th, and so on. In a
//! process of several threads it waits for every processor then (`synchronize_rcu`), which takes 8
//! to 30 ms. An accept loop would hold up all clients that connect meanwhile.
#![allow(unsafe_code)]

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use linux::make_room;

/// How many descriptors there is room for at most. The table takes 8 bytes for each.
#[cfg(any(target_os = "linux", target_os = "android"))]
const MOST: usize = 1 << 16;

/// How many descriptors the process has beside those of connections. If there are more, the table
/// is enlarged once more.
#[cfg(any(target_os = "linux", target_os = "android"))]
const OTHERS: usize = 64;

/// Does nothing on other systems.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn make_room(_socket: &socket2::Socket, _connections: usize) {}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use std::ffi::c_int;
    use std::mem::MaybeUninit;
    use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};

    use socket2::Socket;

    use super::{MOST, OTHERS};

    /// Enlarges the table for so many connections, as far as the process may have descriptors. Does
    /// nothing if there is room. For a moment, the last place has a copy of `socket`.
    pub(in super::super) fn make_room(socket: &Socket, connections: usize) {
        let wanted = connections.saturating_add(OTHERS).min(MOST).min(limit().unwrap_or_default());
        let Ok(last) = c_int::try_from(wanted.saturating_sub(1)) else { return };
        // SAFETY: the call takes no pointers. What it returns is a new descriptor of our own.
        let copy = unsafe {
            let copy = libc::fcntl(socket.as_raw_fd(), libc::F_DUPFD_CLOEXEC, last);
            (copy >= 0).then(|| OwnedFd::from_raw_fd(copy))
        };
        drop(copy);
    }

    /// Returns how many descriptors the process may have.
    fn limit() -> Option<usize> {
        let mut limit = MaybeUninit::<libc::rlimit>::uninit();
        // SAFETY: the limit is read only if the call has succeeded, which has written it then.
        let limit = unsafe {
            let result = libc::getrlimit(libc::RLIMIT_NOFILE, limit.as_mut_ptr());
            (result == 0).then(|| limit.assume_init())
        };
        limit.map(|limit| usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX))
    }

    #[cfg(test)]
    mod tests {
        use std::fs;

        use super::*;

        /// Returns for how many descriptors the table of this process has room.
        fn room() -> usize {
            let status = fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("FDSize:")).unwrap();
            line.trim().parse().unwrap()
        }

        #[test]
        fn there_is_room_for_all_connections_that_the_process_may_have() {
            let socket = Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
            let limit = limit().unwrap();
            make_room(&socket, 700);
            assert!(room() >= limit.min(700 + OTHERS), "{} descriptors", room());
            make_room(&socket, usize::MAX);
            let most = limit.min(MOST);
            assert!(room() >= most, "{} descriptors", room());
            let numbers = fs::read_dir("/proc/self/fd").unwrap().map(|entry| {
                entry.unwrap().file_name().into_string().unwrap().parse::<usize>().unwrap()
            });
            assert!(numbers.max().unwrap() < most - 1, "the copy is still there");
        }
    }
}
