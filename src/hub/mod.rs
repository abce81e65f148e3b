//! One source of media, any number of subscribers: who is sent what, and with which timestamps.
//!
//! There are no threads, sockets or clocks in here. A source hands over frames, and each subscriber
//! is handed what it needs to decode them.

mod gop_cache;
mod key_frame_requests;
mod subscriber;
mod subscribers;
mod timeline;

pub(crate) use gop_cache::CacheLimits;
pub(crate) use key_frame_requests::MinIntervals;
pub(crate) use subscriber::{Broadcast, End, Subscriber, SubscriptionId};
pub(crate) use subscribers::Subscribers;
