//! Chooses the connections that are closed to save memory.

use std::collections::HashMap;

use crate::address_rates::Network;

/// Why a connection is closed to save memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the buffers of all connections need more than the {limit} bytes that \
     `ConnectionLimits::memory_bytes` allows; this one has {held} of the {of_address} bytes of its \
     address, which has the most"
)]
pub(crate) struct Eviction {
    pub(crate) limit: usize,
    pub(crate) held: usize,
    pub(crate) of_address: usize,
}

/// What the memory of a connection counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    Network(Network),
    /// A connection that counts for no address.
    Connection(u64),
}

/// What a connection holds.
#[derive(Debug)]
pub(crate) struct Held<C> {
    pub(crate) holder: Holder,
    pub(crate) bytes: usize,
    pub(crate) connection: C,
}

/// What the connections of one holder hold together.
struct Crowd<C> {
    bytes: usize,
    /// The one that holds the most is the last.
    connections: Vec<(usize, C)>,
}

/// Chooses connections until the others hold at most `limit` bytes: again and again the one that
/// holds the most at the address that holds the most. So a crowd of one address cannot make others
/// close.
pub(crate) fn choose<C>(held: Vec<Held<C>>, limit: usize) -> Vec<(C, Eviction)> {
    let mut total: usize = held.iter().map(|it| it.bytes).sum();
    let mut chosen = Vec::new();
    if total <= limit {
        return chosen;
    }
    let mut crowds = crowds(held);
    // Some more than must be, so that the next byte does not begin it again.
    while total > limit - limit / 16 {
        let Some(crowd) = crowds.iter_mut().max_by_key(|crowd| crowd.bytes) else { break };
        let Some((held, connection)) = crowd.connections.pop() else { break };
        chosen.push((connection, Eviction { limit, held, of_address: crowd.bytes }));
        crowd.bytes -= held;
        total -= held;
    }
    chosen
}

fn crowds<C>(held: Vec<Held<C>>) -> Vec<Crowd<C>> {
    let mut crowds: HashMap<Holder, Crowd<C>> = HashMap::new();
    for Held { holder, bytes, connection } in held {
        let new = || Crowd { bytes: 0, connections: Vec::new() };
        let crowd = crowds.entry(holder).or_insert_with(new);
        crowd.bytes += bytes;
        crowd.connections.push((bytes, connection));
    }
    let mut crowds: Vec<_> = crowds.into_values().collect();
    for crowd in &mut crowds {
        crowd.connections.sort_unstable_by_key(|(bytes, _)| *bytes);
    }
    crowds
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::{Held, Holder, choose};

    fn held(address: u8, connection: &'static str, bytes: usize) -> Held<&'static str> {
        let address = IpAddr::from(Ipv4Addr::new(192, 0, 2, address));
        Held { holder: Holder::Network(address.into()), bytes, connection }
    }

    #[test]
    fn a_crowd_loses_its_largest_and_a_single_one_that_holds_more_stays() {
        let crowd = ["a", "b", "c", "d"].map(|name| held(1, name, 300));
        let others = [held(1, "e", 350), held(2, "viewer", 900)];
        let all = || crowd.iter().chain(&others).map(|it| Held { ..*it }).collect();
        assert!(choose(all(), 2450).is_empty(), "that is as much as may be");
        let chosen = choose(all(), 2000);
        let names: Vec<_> = chosen.iter().map(|(name, _)| *name).collect();
        assert_eq!(names[0], "e", "{names:?}");
        assert_eq!(names.len(), 2, "{names:?}");
        assert_eq!((chosen[0].1.held, chosen[0].1.of_address), (350, 1550));
        assert_eq!((chosen[1].1.held, chosen[1].1.of_address), (300, 1200));
    }

    #[test]
    fn all_go_if_nothing_is_allowed() {
        assert_eq!(choose(vec![held(1, "a", 1), held(2, "b", 2)], 0).len(), 2);
        let own = Held { holder: Holder::Connection(7), bytes: 5, connection: "unix" };
        assert_eq!(choose(vec![own], 4).len(), 1);
    }
}
