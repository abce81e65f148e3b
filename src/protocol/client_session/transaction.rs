//! Transaction numbers.

use crate::protocol::message::Command;

/// The number that ties a reply to its request. 0 asks for no reply (RTMP 1.0 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransactionId(pub u32);

impl TransactionId {
    /// Reads the number of a command. A number that none of our requests can have counts as 0.
    pub(super) fn of(command: &Command) -> Self {
        whole_number(command.transaction_id).map_or(Self(0), Self)
    }
}

/// Converts a double. Returns `None` unless it is a whole 32-bit number.
pub(super) fn whole_number(number: f64) -> Option<u32> {
    let is_whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ok because it is whole and in range"
    )]
    is_whole.then_some(number as u32)
}
