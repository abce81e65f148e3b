//! The RTMPT tunnels of a server.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use super::config::ConnectionLimits;
use crate::address_rates::Network;
use crate::protocol::tunnel::TunnelId;
use crate::sync::lock;
use crate::transport::Tunnel;

/// The tunnels of a server by their names. Its lock is held for the length of a look-up only.
#[derive(Debug, Default)]
pub(crate) struct TunnelTable(Mutex<HashMap<TunnelId, Entry>>);

#[derive(Debug)]
struct Entry {
    tunnel: Arc<Tunnel>,
    opener: Opener,
}

/// What a tunnel counts for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opener {
    /// The number of the HTTP connection that opened it.
    connection: u64,
    /// `None` over a Unix socket.
    network: Option<Network>,
}

/// Why there is no room for a further tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    #[error("there are {0}, as many as `ConnectionLimits::tunnels` allows")]
    InAll(usize),
    #[error("its address has {0}, as many as `ConnectionLimits::tunnels_per_address` allows")]
    OfAddress(usize),
    #[error("it has opened {0}, as many as `ConnectionLimits::tunnels_per_connection` allows")]
    OfConnection(usize),
}

impl Opener {
    pub(crate) fn new(connection: u64, address: Option<IpAddr>) -> Self {
        Self { connection, network: address.map(Network::from) }
    }
}

impl TunnelTable {
    pub(crate) fn find(&self, id: TunnelId) -> Option<Arc<Tunnel>> {
        lock(&self.0).get(&id).map(|entry| Arc::clone(&entry.tunnel))
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.0).len()
    }

    /// Adds a tunnel, unless there are as many already as the limits allow.
    pub(crate) fn add(
        &self,
        id: TunnelId,
        tunnel: &Arc<Tunnel>,
        opener: Opener,
        limits: ConnectionLimits,
    ) -> Result<(), Full> {
        let mut tunnels = lock(&self.0);
        if tunnels.len() >= limits.tunnels {
            return Err(Full::InAll(limits.tunnels));
        }
        let count = |is_of: fn(Opener, Opener) -> bool| {
            tunnels.values().filter(|entry| is_of(entry.opener, opener)).count()
        };
        if count(|one, other| one.connection == other.connection) >= limits.tunnels_per_connection {
            return Err(Full::OfConnection(limits.tunnels_per_connection));
        }
        let is_same_network =
            |one: Opener, other: Opener| one.network.is_some() && one.network == other.network;
        if count(is_same_network) >= limits.tunnels_per_address {
            return Err(Full::OfAddress(limits.tunnels_per_address));
        }
        tunnels.insert(id, Entry { tunnel: Arc::clone(tunnel), opener });
        Ok(())
    }

    pub(crate) fn remove(&self, id: TunnelId) {
        lock(&self.0).remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{ConnectionLimits, Full, Opener, Tunnel, TunnelId, TunnelTable};
    use crate::protocol::Carrier;
    use crate::protocol::tunnel::Config;

    #[test]
    fn tunnels_count_for_all_for_their_address_and_for_their_connection() {
        let limits =
            ConnectionLimits::default().tunnels(5).tunnels_per_address(3).tunnels_per_connection(2);
        let table = TunnelTable::default();
        let add = |number: u8, connection, address: &str| {
            let tunnel = Tunnel::new(Carrier::Rtmpt, Config::new(), Duration::from_secs(1));
            let opener = Opener::new(connection, address.parse().ok());
            let id = TunnelId::new([number; TunnelId::BYTES]);
            table.add(id, &Arc::new(tunnel), opener, limits)
        };
        assert_eq!(add(1, 1, "192.0.2.1"), Ok(()));
        assert_eq!(add(2, 1, "192.0.2.1"), Ok(()));
        assert_eq!(add(3, 1, "192.0.2.1"), Err(Full::OfConnection(2)));
        assert_eq!(add(3, 2, "192.0.2.1"), Ok(()));
        assert_eq!(add(4, 2, "192.0.2.1"), Err(Full::OfAddress(3)));
        assert_eq!(add(4, 3, "192.0.2.2"), Ok(()));
        // Over a Unix socket there is no address to count for.
        assert_eq!(add(5, 4, "none"), Ok(()));
        assert_eq!(add(6, 5, "192.0.2.3"), Err(Full::InAll(5)));
        table.remove(TunnelId::new([1; TunnelId::BYTES]));
        assert_eq!(add(6, 1, "192.0.2.1"), Ok(()));
    }
}
