//! The first sizes of short-lived buffers.
//!
//! A buffer that grows leaves each former size behind in the allocator's caches, thread by thread.
//! A large buffer that lives briefly leaves a hole in the heap that all connections share. With
//! these sizes, and those of the server's send queues, a viewer of a file keeps 41 KiB resident
//! instead of 97 KiB (glibc, 500 viewers). They change neither what is sent nor any limit.

/// A session's output: the answers to one read mostly fit.
pub(super) const OUTPUT_BYTES: usize = 1_536;

/// The payload of a command or data message: nearly all fit. Just above the 1,032 bytes up to which
/// glibc keeps freed memory for the thread. Saves about 1 KiB for each connection.
pub(super) const PAYLOAD_BYTES: usize = 1_280;

/// The members of AMF objects under way: nearly all objects have fewer.
pub(super) const OBJECT_MEMBERS: usize = 32;

/// Copied bytes among shared payloads. One buffer for a whole burst cost 15 KiB for each viewer of
/// a file.
pub(super) const SEGMENT_BYTES: usize = 4_096;

/// The first segment: the header of one message fits.
pub(super) const FIRST_SEGMENT_BYTES: usize = 64;
