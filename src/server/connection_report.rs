//! What one connection does, for operators.

use std::time::Duration;

use crate::handler::{ConnectionHandle, PeerAddress, StreamHandle};
use crate::media::MediaDescription;
use crate::protocol::Carrier;

/// What one connection does.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionReport {
    pub(crate) peer: PeerAddress,
    pub(crate) carrier: Carrier,
    pub(crate) app: String,
    pub(crate) playing: Vec<Played>,
    pub(crate) publishing: Vec<Published>,
    pub(crate) uptime: Duration,
    pub(crate) bytes_out: u64,
    pub(crate) dropped: u64,
    pub(crate) is_congested: bool,
}

/// A stream that a client plays.
#[derive(Clone, Debug)]
pub(crate) struct Played {
    /// Without its query, in which clients send secrets.
    pub(crate) name: String,
    pub(crate) skipped_bytes: u64,
}

/// A stream that a client publishes.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    /// The name that viewers use. Clients may publish under a secret key.
    pub(crate) name: String,
    pub(crate) media: MediaDescription,
    pub(crate) repaired_timestamps: u64,
}

impl ConnectionReport {
    /// Returns `None` if the connection is gone.
    pub(crate) fn of(handle: &ConnectionHandle) -> Option<Self> {
        let (figures, carrier, app) = (handle.figures()?, handle.transport()?, handle.app());
        let (mut playing, mut publishing) = (Vec::new(), Vec::new());
        for stream in handle.streams() {
            let Some(figures) = stream.figures() else { continue };
            if figures.is_playing {
                playing.push(Played {
                    name: without_query(&stream.stream_name()),
                    skipped_bytes: figures.skipped_bytes,
                });
            }
            if figures.is_publishing {
                publishing.push(Published {
                    name: published_name(&stream, &app),
                    media: figures.media,
                    repaired_timestamps: figures.repaired_timestamps,
                });
            }
        }
        Some(Self {
            peer: handle.peer_address(),
            carrier,
            app,
            playing,
            publishing,
            uptime: figures.uptime,
            bytes_out: figures.bytes_out,
            dropped: figures.dropped_frames,
            is_congested: figures.is_congested,
        })
    }
}

fn published_name(stream: &StreamHandle, app: &str) -> String {
    let path = stream.publishes_to().and_then(|live| live.name().map(str::to_owned));
    let Some(path) = path else { return without_query(&stream.stream_name()) };
    let name = path.strip_prefix(app).and_then(|rest| rest.strip_prefix('/'));
    name.map(str::to_owned).unwrap_or(path)
}

fn without_query(name: &str) -> String {
    name.split('?').next().unwrap_or_default().to_owned()
}
