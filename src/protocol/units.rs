//! Timestamps and ids as types of their own.

use std::fmt;

/// A position on a stream's time line, in milliseconds. Wraps after 49.7 days (RTMP 1.0 §4).
///
/// ```
/// use rendercast::protocol::Timestamp;
///
/// let last = Timestamp(u32::MAX - 9);
/// assert_eq!(last.plus(40), Timestamp(30));
/// assert_eq!(last.plus(40).since(last), 40);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timestamp(pub u32);

impl Timestamp {
    /// Adds `milliseconds`, wrapping.
    #[must_use]
    pub const fn plus(self, milliseconds: u32) -> Self {
        Self(self.0.wrapping_add(milliseconds))
    }

    /// Returns the milliseconds from `earlier` to `self`. Negative if `self` is the earlier one.
    ///
    /// Serial-number arithmetic: correct if the two are less than 24.8 days apart.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i32 {
        self.0.wrapping_sub(earlier.0).cast_signed()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// The id of a chunk stream: 2 to 65599 (RTMP 1.0 §5.3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChunkStreamId(pub u32);

impl ChunkStreamId {
    /// Protocol control messages and user control messages (RTMP 1.0 §5.4).
    pub const CONTROL: Self = Self(2);
    /// Commands about the connection, and replies.
    pub const COMMAND: Self = Self(3);
    /// Audio messages, as with other media servers.
    pub const AUDIO: Self = Self(4);
    /// Data messages and the statuses of a stream.
    pub const DATA: Self = Self(5);
    /// Video messages.
    pub const VIDEO: Self = Self(6);
}

/// The id of a message stream. 0 means the connection itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageStreamId(pub u32);

impl MessageStreamId {
    /// The connection itself (NetConnection), not one of its streams.
    pub const CONNECTION: Self = Self(0);
}

impl fmt::Display for MessageStreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn timestamps_wrap_and_are_compared_across_the_wrap() {
        let before = Timestamp(u32::MAX - 9);
        let after = before.plus(30);
        assert_eq!(after, Timestamp(20));
        assert_eq!(after.since(before), 30);
        assert_eq!(before.since(after), -30);
    }
}
