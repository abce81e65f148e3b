//! Which streams there are, who publishes and who watches them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::channel::Channel;
use super::config::{LiveConfig, Takeover};
use super::publisher_id::PublisherId;
use crate::handler::{ConnectionHandle, PublishKind};
use crate::hub::{End, LiveStream};
use crate::peer_log::peer_log;
use crate::sync::{Condition, lock, wait, wait_timeout};

/// How much the media of all streams may take that have no publisher. No connection answers for
/// them, since that of the publisher is gone.
const ABANDONED_BYTES: usize = 64 << 20;

/// The streams that are published, watched or waited for.
///
/// A stream without publisher, viewers and recording is forgotten at once. So there are at most as
/// many as there are streams of connections, and recordings that wait for their publisher.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) config: LiveConfig,
    table: Mutex<Table>,
    /// Notified when a stream loses its publisher, and when the directory closes.
    changed: Condition,
}

#[derive(Debug, Default)]
struct Table {
    entries: BTreeMap<String, Entry>,
    last_publisher: PublisherId,
    is_closed: bool,
}

#[derive(Debug)]
struct Entry {
    channel: Arc<Channel>,
    publisher: Option<Publisher>,
    viewers: usize,
    /// When the viewers are told the end, unless a publisher comes before.
    ends_at: Option<Instant>,
}

#[derive(Debug)]
struct Publisher {
    id: PublisherId,
    origin: Origin,
}

/// Where the media of a publisher come from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    Client {
        address: Option<IpAddr>,
        connection: ConnectionHandle,
    },
    /// Code of this program, which has no address.
    Code,
}

/// Another client publishes under this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InUse;

/// The part of a viewer in a stream, which ends with its drop.
#[derive(Debug)]
pub(crate) struct Viewing {
    directory: Arc<Directory>,
    channel: Arc<Channel>,
    since: Instant,
}

/// The part of a publisher in a stream, which ends with its drop.
#[derive(Debug)]
pub(super) struct Publication {
    directory: Arc<Directory>,
    pub(super) channel: Arc<Channel>,
    pub(super) id: PublisherId,
}

impl Directory {
    pub(super) fn new(config: LiveConfig) -> Self {
        Self { config, table: Mutex::default(), changed: Condition::new() }
    }

    /// Lets a viewer watch a stream, or wait for it. Returns `None` if it is not published, and
    /// viewers do not wait.
    pub(super) fn watch(self: &Arc<Self>, name: &str) -> Option<Viewing> {
        let mut table = lock(&self.table);
        if !self.config.viewers_wait && !table.entries.contains_key(name) {
            return None;
        }
        let entry = table.entry(name, &self.config);
        entry.viewers = entry.viewers.saturating_add(1);
        let channel = Arc::clone(&entry.channel);
        Some(Viewing { directory: Arc::clone(self), channel, since: Instant::now() })
    }

    /// Lets a publisher begin a stream. Ends the connection of the client that it replaces.
    pub(super) fn publish(
        self: &Arc<Self>,
        name: &str,
        origin: Origin,
        now: Instant,
    ) -> Result<Publication, InUse> {
        let mut table = lock(&self.table);
        let id = table.last_publisher.next();
        table.last_publisher = id;
        let entry = table.entry(name, &self.config);
        let channel = Arc::clone(&entry.channel);
        let is_replaced = |publisher: &Publisher| match self.config.takeover {
            Takeover::Always => true,
            Takeover::Never => false,
            Takeover::SameAddressOrSilent(silence) => {
                let is_silent = channel.silent_for(now) >= silence;
                is_silent || publisher.origin.is_same_address(&origin)
            }
        };
        if entry.publisher.as_ref().is_some_and(|publisher| !is_replaced(publisher)) {
            return Err(InUse);
        }
        let publisher = Publisher { id, origin: origin.clone() };
        let former = entry.publisher.replace(publisher);
        entry.ends_at = None;
        drop(table);
        channel.begin(id, now);
        if let Some(former) = former {
            let who = format_args!("live stream {name:?}");
            peer_log!(Info, who, "another publisher replaces the first");
            // A client that publishes one name twice on one connection keeps that connection.
            former.origin.close_for(&origin);
        }
        Ok(Publication { directory: Arc::clone(self), channel, id })
    }

    /// Returns the stream of that name, if there is one.
    pub(super) fn find(&self, name: &str) -> Option<LiveStream> {
        lock(&self.table).entries.get(name).map(|entry| entry.channel.live().clone())
    }

    /// Ends the streams whose publisher has not returned in time, until the directory closes.
    pub(super) fn end_overdue(&self) {
        let mut table = lock(&self.table);
        while !table.is_closed {
            let now = Instant::now();
            let overdue = table.take_overdue(now);
            if !overdue.is_empty() {
                drop(table);
                for channel in overdue {
                    peer_log!(Info, format_args!("live stream {:?}", channel.name()), "ended");
                    channel.live().end(End::Unpublished);
                }
                table = lock(&self.table);
                continue;
            }
            table = match table.next_end() {
                Some(at) => {
                    let left = at.saturating_duration_since(now);
                    wait_timeout(&self.changed, table, left)
                }
                None => wait(&self.changed, table),
            };
        }
    }

    /// Lets [`end_overdue`](Self::end_overdue) return.
    pub(super) fn close(&self) {
        lock(&self.table).is_closed = true;
        self.changed.notify_all();
    }

    fn change(&self, channel: &Arc<Channel>, change: impl FnOnce(&mut Entry)) {
        let mut table = lock(&self.table);
        let Some(entry) = table.entries.get_mut(channel.name()) else { return };
        // The stream may have ended, and another of the same name begun.
        if !Arc::ptr_eq(&entry.channel, channel) {
            return;
        }
        change(entry);
        let is_recorded = || entry.channel.recording.is_running();
        if entry.viewers == 0 && entry.publisher.is_none() && !is_recorded() {
            table.entries.remove(channel.name());
        } else if entry.publisher.is_none() && table.abandoned_bytes() > ABANDONED_BYTES {
            table.end_now(channel.name());
        }
        drop(table);
        self.changed.notify_all();
    }
}

impl Origin {
    fn is_same_address(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Client { address, .. }, Self::Client { address: other, .. }) => address == other,
            _ => false,
        }
    }

    /// Closes the connection, unless it is that of `other`.
    fn close_for(&self, other: &Self) {
        let Self::Client { connection, .. } = self else { return };
        let own = connection;
        if !matches!(other, Self::Client { connection, .. } if own.is_same(connection)) {
            own.close();
        }
    }
}

impl Table {
    fn entry(&mut self, name: &str, config: &LiveConfig) -> &mut Entry {
        self.entries.entry(name.to_owned()).or_insert_with(|| Entry {
            channel: Arc::new(Channel::new(name.to_owned(), config.streams.clone())),
            publisher: None,
            viewers: 0,
            ends_at: None,
        })
    }

    fn take_overdue(&mut self, now: Instant) -> Vec<Arc<Channel>> {
        let mut overdue = Vec::new();
        self.entries.retain(|_, entry| {
            let is_overdue = entry.ends_at.is_some_and(|at| at <= now);
            if is_overdue {
                overdue.push(Arc::clone(&entry.channel));
            }
            !is_overdue
        });
        overdue
    }

    /// Lets the time be over that the viewers of a stream wait for its publisher.
    fn end_now(&mut self, name: &str) {
        let entry = self.entries.get_mut(name);
        if let Some(ends_at) = entry.and_then(|entry| entry.ends_at.as_mut()) {
            *ends_at = Instant::now();
        }
    }

    /// Returns how much the media of the streams take that have no publisher.
    fn abandoned_bytes(&self) -> usize {
        let abandoned = self.entries.values().filter(|entry| entry.publisher.is_none());
        abandoned.map(|entry| entry.channel.live().held().get()).sum()
    }

    fn next_end(&self) -> Option<Instant> {
        self.entries.values().filter_map(|entry| entry.ends_at).min()
    }
}

impl Viewing {
    pub(crate) fn live(&self) -> &LiveStream {
        self.channel.live()
    }

    pub(super) fn name(&self) -> &str {
        self.channel.name()
    }

    pub(super) const fn since(&self) -> Instant {
        self.since
    }
}

impl Drop for Viewing {
    fn drop(&mut self) {
        self.directory.change(&self.channel, |entry| {
            entry.viewers = entry.viewers.saturating_sub(1);
        });
    }
}

impl Publication {
    /// Records the stream, if the settings say so. May wait for the disk.
    pub(super) fn record(&self, kind: PublishKind) {
        let settings = self.directory.config.record.as_ref();
        let stream = (self.channel.name(), self.channel.live());
        self.channel.recording.begin(settings, stream, self.id, kind);
    }
}

impl Drop for Publication {
    fn drop(&mut self) {
        self.channel.recording.end(self.directory.config.record.as_ref(), self.id);
        let ends_at = Instant::now().checked_add(self.directory.config.grace);
        self.directory.change(&self.channel, |entry| {
            if entry.publisher.as_ref().is_some_and(|publisher| publisher.id == self.id) {
                entry.publisher = None;
                entry.ends_at = ends_at;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::{ABANDONED_BYTES, Directory, LiveConfig, Origin};
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;
    use crate::sync::lock;

    #[test]
    fn streams_whose_publisher_is_gone_end_at_once_if_they_hold_too_much() {
        const BYTES: usize = 5 << 20;
        let grace = Duration::from_secs(3600);
        let directory = Arc::new(Directory::new(LiveConfig::default().grace(grace)));
        let payload = [&[0x17, 1, 0, 0, 0][..], &vec![0; BYTES]].concat();
        let payload = bytes::Bytes::from(payload);
        let most = ABANDONED_BYTES / BYTES;
        let mut viewings = Vec::new();
        for number in 0..=most {
            let (name, now) = (format!("live/{number}"), Instant::now());
            viewings.push(directory.watch(&name).expect("viewers wait"));
            let publication = directory.publish(&name, Origin::Code, now).expect("a new name");
            let (kind, payload) = (TagKind::Video, payload.clone());
            let tags = vec![Tag { kind, timestamp: Timestamp(0), payload }];
            publication.channel.send(publication.id, tags, now).expect("its only publisher");
            drop(publication);
            let overdue = lock(&directory.table).take_overdue(Instant::now());
            assert_eq!(overdue.len(), usize::from(number == most), "{number}");
        }
    }
}
