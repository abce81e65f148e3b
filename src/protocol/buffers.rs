//! The first sizes of short-lived buffers.
//!
//! A buffer that grows leaves each former size behind in the allocator's caches, thread by thread.
//! A large buffer that lives briefly leaves a hole in the heap that all connections share. With
//! these sizes, and those of the server's send queues, a viewer of a file keeps 41 KiB resident
//! instead of 97 KiB (glibc, 500 viewers). They change neither what is sent nor any limit.

/// The size above which glibc does not keep freed memory for the thread that freed it.
const UNCACHED_BYTES: usize = 1_040;

/// Makes a list with room for `count` entries that is gone before its thread rests. It is large
/// enough that the thread keeps nothing of it.
pub(crate) fn brief_list<T>(count: usize) -> Vec<T> {
    Vec::with_capacity(count.max(UNCACHED_BYTES.div_ceil(size_of::<T>().max(1))))
}

/// A session's output: the answers to one read mostly fit.
pub(super) const OUTPUT_BYTES: usize = 1_536;

/// The payload of a command or data message: nearly all fit. Just above the 1,032 bytes up to which
/// glibc keeps freed memory for the thread. Saves about 1 KiB for each connection.
pub(super) const PAYLOAD_BYTES: usize = 1_280;

/// The head of an HTTP request or response: nearly all fit. Just above 1,032 bytes, as above.
#[cfg(any(feature = "tunnel", feature = "web"))]
pub(super) const HEAD_BYTES: usize = 1_280;

/// The members of AMF objects under way: nearly all objects have fewer.
pub(super) const OBJECT_MEMBERS: usize = 32;

/// Copied bytes among shared payloads. One buffer for a whole burst cost 15 KiB for each viewer of
/// a file.
pub(super) const SEGMENT_BYTES: usize = 4_096;

/// The first segment: the header of one message fits.
pub(super) const FIRST_SEGMENT_BYTES: usize = 64;

/// The first segment of a burst, at least. Just above 1,032 bytes, as above.
pub(super) const FIRST_SEGMENT_OF_MANY: usize = 1_280;

#[cfg(test)]
mod tests {
    use super::{UNCACHED_BYTES, brief_list};

    #[test]
    fn a_brief_list_is_large_whatever_its_entries_are() {
        assert!(brief_list::<u8>(3).capacity() >= UNCACHED_BYTES);
        let entries = brief_list::<[u64; 3]>(3).capacity();
        assert!((UNCACHED_BYTES..2 * UNCACHED_BYTES).contains(&(entries * 24)), "{entries}");
        assert_eq!(brief_list::<[u64; 3]>(1000).capacity(), 1000);
        assert!(brief_list::<()>(3).is_empty());
    }
}
