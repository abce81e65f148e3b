//! What one connection does, for operators.

use std::time::Duration;

use crate::handler::PeerAddress;
use crate::protocol::Carrier;

/// What one connection does.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionReport {
    pub(crate) peer: PeerAddress,
    pub(crate) carrier: Carrier,
    pub(crate) app: String,
    /// The names of the streams that play, without their queries, in which clients send secrets.
    pub(crate) playing: Vec<String>,
    pub(crate) uptime: Duration,
    pub(crate) bytes_out: u64,
    pub(crate) dropped: u64,
    pub(crate) is_congested: bool,
}
