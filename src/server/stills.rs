//! The still pictures of streams that draw for one client each.

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::handler::{Connection, PeerAddress};
use crate::hub::Still;
use crate::protocol::amf::Object;
use crate::sync::lock;

/// How many clients are remembered that asked within the last half second. Further ones share
/// nothing.
const MOST: usize = 64;

/// Who asks for which stream. Requests that are alike in all that handlers see share a picture.
#[derive(Debug, PartialEq)]
pub(crate) struct Whose {
    ip: Option<IpAddr>,
    arguments: Object,
    stream: String,
}

/// The still pictures of streams that draw for one client each, and how many pictures of all
/// streams were encoded.
#[derive(Default)]
pub(crate) struct Stills {
    table: Mutex<Vec<(Whose, Arc<Still>)>>,
    encoded: AtomicU64,
}

impl Whose {
    pub(crate) fn new(peer: PeerAddress, connection: &Connection, stream: String) -> Self {
        Self { ip: peer.ip(), arguments: connection.command_arguments().clone(), stream }
    }
}

impl Stills {
    /// Returns the still picture for a client.
    pub(crate) fn of(&self, whose: Whose) -> Arc<Still> {
        let mut table = lock(&self.table);
        if let Some((_, still)) = table.iter().find(|(other, _)| *other == whose) {
            return Arc::clone(still);
        }
        // One that a thread has taken but not used yet must stay.
        table.retain(|(_, still)| Arc::strong_count(still) > 1 || !still.is_idle());
        let still = Arc::new(Still::default());
        if table.len() < MOST {
            table.push((whose, Arc::clone(&still)));
        }
        still
    }

    /// Counts a picture that was encoded.
    pub(crate) fn note_encoded(&self) {
        self.encoded.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how many pictures were encoded.
    pub(crate) fn encoded(&self) -> u64 {
        self.encoded.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Stills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stills").field("encoded", &self.encoded()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{MOST, Object, Stills, Whose};

    fn whose(number: usize, app: &str) -> Whose {
        let arguments = Object::new().with("app", app);
        Whose { ip: None, arguments, stream: number.to_string() }
    }

    #[test]
    fn those_who_ask_alike_share_and_the_table_is_bounded() {
        let stills = Stills::default();
        let first = stills.of(whose(0, "live"));
        assert!(Arc::ptr_eq(&first, &stills.of(whose(0, "live"))));
        assert!(!Arc::ptr_eq(&first, &stills.of(whose(0, "other"))));
        let all: Vec<_> = (1..2 * MOST).map(|number| stills.of(whose(number, "live"))).collect();
        assert_eq!(super::lock(&stills.table).len(), MOST);
        drop(all);
        assert!(Arc::ptr_eq(&first, &stills.of(whose(0, "live"))));
        let _ = stills.of(whose(MOST, "none"));
        assert_eq!(super::lock(&stills.table).len(), 2, "the first and the last");
    }
}
