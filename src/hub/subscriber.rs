//! What a stream of media and those who are sent it ask of each other.

use std::fmt;
use std::sync::Arc;

use crate::media::Tag;
use crate::protocol::Timestamp;

/// How a stream of media ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All of it was sent.
    Complete,
    /// Its source failed, or was stopped.
    Failed,
}

/// What many streams are sent alike.
pub(crate) trait Broadcast: Send + Sync + fmt::Debug {
    /// Adds a subscriber, and sends it what a decoder begins with. Returns `None` if the stream has
    /// ended. Never blocks for long.
    fn subscribe(&self, subscriber: Arc<dyn Subscriber>) -> Option<SubscriptionId>;

    /// Removes a subscriber. Nothing is sent to it once this has returned.
    fn unsubscribe(&self, id: SubscriptionId);
}

/// The number of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SubscriptionId(pub(crate) u64);

/// Receives a stream of media. No call of it may block.
pub(crate) trait Subscriber: Send + Sync + fmt::Debug {
    /// Returns the subscriber's current time. Nothing may be sent with an earlier timestamp.
    fn clock(&self) -> Timestamp;

    /// Sends tags. Returns `false` if the client is gone.
    fn send(&self, tags: Vec<Tag>) -> bool;

    /// Leaves out video until the next key frame.
    fn await_key_frame(&self);

    /// Returns whether the subscriber waits for a key frame and has room for one.
    fn misses_key_frame(&self) -> bool;

    /// Reports the end of the stream. Calls the play handler.
    fn ended(&self, end: End);
}
