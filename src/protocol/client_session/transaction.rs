//! The numbers of requests.

use crate::protocol::message::Command;

/// Which request a reply belongs to; 0 asks for no reply (RTMP 1.0 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransactionId(pub u32);

impl TransactionId {
    /// What a command bears; none of ours is anything but a whole number.
    pub(super) fn of(command: &Command) -> Self {
        whole_number(command.transaction_id).map_or(Self(0), Self)
    }
}

/// A double as the 32-bit number that it must be.
pub(super) fn whole_number(number: f64) -> Option<u32> {
    let is_whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ok because it is whole and in range"
    )]
    is_whole.then_some(number as u32)
}
