//! The RTMPT tunnels of a server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::protocol::tunnel::TunnelId;
use crate::sync::lock;
use crate::transport::Tunnel;

/// The tunnels of a server by their names. Its lock is held for the length of a look-up only.
#[derive(Debug, Default)]
pub(crate) struct TunnelTable(Mutex<HashMap<TunnelId, Arc<Tunnel>>>);

impl TunnelTable {
    pub(crate) fn find(&self, id: TunnelId) -> Option<Arc<Tunnel>> {
        lock(&self.0).get(&id).cloned()
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.0).len()
    }

    /// Adds a tunnel. Returns `false` if there are `limit` tunnels already.
    pub(crate) fn add(&self, id: TunnelId, tunnel: &Arc<Tunnel>, limit: usize) -> bool {
        let mut tunnels = lock(&self.0);
        let has_room = tunnels.len() < limit;
        if has_room {
            tunnels.insert(id, Arc::clone(tunnel));
        }
        has_room
    }

    pub(crate) fn remove(&self, id: TunnelId) {
        lock(&self.0).remove(&id);
    }
}
