//! What a stream of media and its subscribers ask of each other.

use std::fmt;
use std::time::Instant;

use super::frame::Frames;
use super::line::Line;
use crate::protocol::Timestamp;

/// How a stream of media ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All of it was sent.
    Complete,
    /// The same of a stream whose publisher is gone: clients are told
    /// `NetStream.Play.UnpublishNotify` first.
    Unpublished,
    /// Its source failed, or was stopped.
    Failed,
}

/// The number of a subscription, unique to its stream of media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SubscriptionId(pub(crate) u64);

/// The state of a subscriber after it was sent frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reception {
    /// It was sent all that it wants, or cannot take anything now.
    Ok,
    /// It waits for a key frame, and has room for one.
    MissesKeyFrame,
    /// Its client is gone.
    Gone,
}

/// Receives a stream of media. No call of it may block.
pub(crate) trait Subscriber: Send + Sync + fmt::Debug {
    /// Returns the time up to which the subscriber has been sent media, or its clock if that is
    /// later. Nothing may be sent with an earlier timestamp.
    fn position(&self) -> Timestamp;

    /// Reads the memory that the next [`send`](Self::send) needs. A caller with many subscribers
    /// does so for several before it sends to the first: the processor waits for all of them at
    /// once.
    fn prefetch(&self) {}

    /// Sends frames whose timestamps are `offset` milliseconds ahead of those of the subscriber.
    fn send(&self, frames: &Frames, offset: u32) -> Reception;

    /// Returns how the line to it keeps up. Call it before frames are sent. Returns `None` if there
    /// is no line.
    fn line(&self, _now: Instant) -> Option<Line> {
        None
    }

    /// Leaves out video until the next key frame.
    fn await_key_frame(&self);

    /// Reports that a publisher has come for which the subscriber was waiting.
    fn published(&self) {}

    /// Reports the end of the stream. Calls the play handler.
    fn ended(&self, end: End);
}
