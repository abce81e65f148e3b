//! A connection as its conversation takes it over.

use std::sync::Arc;

use crate::transport::Transport;

/// A connection that is ready to be spoken on.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) transport: Arc<dyn Transport>,
    /// What the peer has said already.
    pub(crate) received: Vec<u8>,
}
