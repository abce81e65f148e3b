//! How often the peers at each address may do something.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// How many addresses are remembered at once.
const ENTRIES: usize = 4096;

/// How long the table goes without a search for entries that say nothing any more.
const SWEEP_INTERVAL: Duration = Duration::from_millis(100);

/// What one subscriber commands: an IPv4 address, or the first 64 bits of an IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
            address => address,
        })
    }
}

/// Limits the events per second of each address. Allows those of one second at once.
///
/// Remembers a bounded number of addresses. Admits all events of an address for which it has no
/// room, so a flood from many addresses refuses no one at others.
#[derive(Debug, Default)]
pub(crate) struct AddressRates {
    entries: HashMap<Network, Entry>,
    swept: Option<Instant>,
}

#[derive(Debug)]
struct Entry {
    /// The instant at which the last event was due at the full rate.
    due: Instant,
    /// The number of events refused since the last that was admitted.
    refused: u64,
}

impl AddressRates {
    /// Counts an event at `now`. Returns how many were refused since the last that was admitted, or
    /// `None` if this one comes too soon. `per_second` is at least 1.
    pub(crate) fn admit(&mut self, network: Network, per_second: u32, now: Instant) -> Option<u64> {
        let per_event = Duration::from_secs(1) / per_second.max(1);
        if let Some(entry) = self.entries.get_mut(&network) {
            let due = entry.due.max(now) + per_event;
            if due.saturating_duration_since(now) > Duration::from_secs(1) {
                entry.refused += 1;
                return None;
            }
            entry.due = due;
            return Some(std::mem::take(&mut entry.refused));
        }
        if self.has_room(now) {
            self.entries.insert(network, Entry { due: now + per_event, refused: 0 });
        }
        Some(0)
    }

    fn has_room(&mut self, now: Instant) -> bool {
        if self.entries.len() < ENTRIES {
            return true;
        }
        // A sweep per event would cost a flood's square.
        if self.swept.is_none_or(|swept| now >= swept + SWEEP_INTERVAL) {
            self.swept = Some(now);
            self.entries.retain(|_, entry| entry.due > now);
        }
        self.entries.len() < ENTRIES
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::{Duration, Instant};

    use super::{AddressRates, ENTRIES, Network};

    fn network(text: &str) -> Network {
        text.parse::<IpAddr>().expect("an address").into()
    }

    #[test]
    fn a_flood_gets_its_rate_and_harms_no_other_address() {
        let start = Instant::now();
        let (flood, other) = (network("192.0.2.1"), network("192.0.2.2"));
        let mut rates = AddressRates::default();
        let admitted = (0..5000)
            .filter(|&event| {
                let now = start + event * Duration::from_millis(1);
                rates.admit(flood, 100, now).is_some()
            })
            .count();
        assert!(
            (598..=601).contains(&admitted),
            "a second's at once, and 100 a second: {admitted}"
        );
        assert_eq!(rates.admit(other, 100, start + Duration::from_secs(5)), Some(0));
    }

    #[test]
    fn the_first_that_is_admitted_again_tells_how_many_were_not() {
        let start = Instant::now();
        let flood = network("192.0.2.1");
        let mut rates = AddressRates::default();
        let told: Vec<_> = (0..5).map(|_| rates.admit(flood, 2, start)).collect();
        assert_eq!(told, [Some(0), Some(0), None, None, None]);
        let later = start + Duration::from_secs(1);
        assert_eq!(rates.admit(flood, 2, later), Some(3));
        assert_eq!(rates.admit(flood, 2, later), Some(0));
    }

    #[test]
    fn ipv6_counts_by_its_first_64_bits() {
        for (one, other, is_same) in [
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
        ] {
            assert_eq!(network(one) == network(other), is_same, "{one} and {other}");
        }
    }

    #[test]
    fn the_table_is_bounded_and_forgets_addresses_that_rest() {
        let start = Instant::now();
        let mut rates = AddressRates::default();
        for number in 0..2 * ENTRIES as u32 {
            let network = Network::from(IpAddr::from(Ipv4Addr::from_bits(number)));
            assert_eq!(rates.admit(network, 1, start), Some(0));
        }
        assert_eq!(rates.entries.len(), ENTRIES);
        rates.admit(network("192.0.2.1"), 1, start + Duration::from_secs(2));
        assert_eq!(rates.entries.len(), 1);
    }
}
