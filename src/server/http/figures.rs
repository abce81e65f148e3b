//! The figures of a server, and the list of its streams, as JSON.

use crate::handler::{ServerFigures, Statistics};
use crate::media::MediaDescription;
use crate::protocol::amf::{Object, Value};
use crate::protocol::json::to_text;
use crate::server::connection_report::{ConnectionReport, Published};
use crate::server::report::{self, ProcessUse, Viewers, viewers};
use crate::server::stream_list::StreamEntry;

/// Returns the figures of the server, of the process, and of each connection.
pub(super) fn statistics(
    figures: ServerFigures,
    process: ProcessUse,
    connections: &[ConnectionReport],
) -> String {
    let mut own = Object::new();
    if let Some(seconds) = process.cpu_seconds {
        own.push("cpu_seconds", seconds);
    }
    if let Some(bytes) = process.resident_bytes {
        own.push("resident_bytes", bytes as f64);
    }
    let connections: Vec<Value> = connections.iter().map(connection).collect();
    let all = Object::new()
        .with("server", Statistics::from(figures))
        .with("process", own)
        .with("connections", connections);
    to_text(&all.into())
}

fn connection(report: &ConnectionReport) -> Value {
    let publishing: Vec<Value> = report.publishing.iter().map(published).collect();
    let playing: Vec<Value> = report.playing.iter().map(|it| it.name.as_str().into()).collect();
    let skipped: u64 = report.playing.iter().map(|stream| stream.skipped_bytes).sum();
    Object::new()
        .with("peer", report.peer.to_string())
        .with("transport", report.carrier.as_str())
        .with("app", report.app.as_str())
        .with("playing", playing)
        .with("publishing", publishing)
        .with("uptime_seconds", report.uptime.as_secs_f64())
        .with("bytes_out", report.bytes_out as f64)
        .with("dropped_frames", report.dropped as f64)
        .with("skipped_bytes", skipped as f64)
        .with("is_congested", report.is_congested)
        .into()
}

fn published(stream: &Published) -> Value {
    let repaired = Statistics::default()
        .with("name", stream.name.as_str())
        .and(stream.media)
        .with("repaired_timestamps", stream.repaired_timestamps as f64);
    repaired.into()
}

/// Returns the streams that the application lists, each with its viewers. What the application does
/// not say of one is taken from its publisher. `shows_all` adds those that are not listed but
/// played or published.
pub(super) fn streams(
    listed: &[StreamEntry],
    connections: &[ConnectionReport],
    shows_all: bool,
) -> String {
    let mut viewers: Viewers = viewers(connections);
    let published = report::published(connections);
    let media_of = |(app, name): &(String, String)| {
        published.get(&(&**app, &**name)).map(|stream| stream.media).unwrap_or_default()
    };
    let mut streams: Vec<Value> = Vec::new();
    for entry in listed {
        let key = (entry.app.clone(), entry.name.clone());
        let count = viewers.remove(&key).unwrap_or_default();
        streams.push(stream(entry, media_of(&key), count));
    }
    if shows_all {
        let is_listed = |key: &(&str, &str)| listed.iter().any(|it| (&*it.app, &*it.name) == *key);
        for (app, name) in published.keys().filter(|key| !is_listed(key)) {
            viewers.entry((app.to_string(), name.to_string())).or_default();
        }
        for (key, count) in viewers {
            let media = media_of(&key);
            streams.push(stream(&StreamEntry::new(key.0, key.1), media, count));
        }
    }
    to_text(&Object::new().with("streams", streams).into())
}

fn stream(entry: &StreamEntry, media: MediaDescription, viewers: u64) -> Value {
    let mut stream =
        Object::new().with("app", entry.app.as_str()).with("name", entry.name.as_str());
    let codec = media.video.map(|video| video.codec.to_string());
    if let Some(codec) = entry.codec.clone().or(codec) {
        stream.push("codec", codec);
    }
    if let Some((width, height)) = entry.size.or_else(|| media.video?.size) {
        stream.push("width", width);
        stream.push("height", height);
    }
    if let Some(audio) = media.audio {
        stream.push("audio_codec", audio.codec.to_string());
        if let Some(channels) = audio.channels {
            stream.push("channels", u32::from(channels));
        }
    }
    stream.push("viewers", viewers as f64);
    stream.push("picture", entry.has_picture);
    stream.into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{statistics, streams};
    use crate::handler::{PeerAddress, ServerFigures};
    use crate::media::{MediaDescription, Tag, TagKind};
    use crate::protocol::{Carrier, Timestamp};
    use crate::server::connection_report::{ConnectionReport, Played, Published};
    use crate::server::report::ProcessUse;
    use crate::server::stream_list::StreamEntry;

    fn played(name: &str) -> Played {
        Played { name: name.to_owned(), skipped_bytes: 5 }
    }

    fn viewer(playing: &[&str]) -> ConnectionReport {
        ConnectionReport {
            peer: PeerAddress::Unix,
            carrier: Carrier::Ws,
            app: "live".to_owned(),
            playing: playing.iter().map(|name| played(name)).collect(),
            publishing: Vec::new(),
            uptime: Duration::from_secs(1),
            bytes_out: 2,
            dropped: 0,
            is_congested: false,
        }
    }

    #[test]
    fn listed_streams_come_with_their_viewers_and_others_for_operators_alone() {
        let listed = [StreamEntry::new("live", "scene").codec("h264").size(640, 360)];
        let viewers = [viewer(&["scene"]), viewer(&["scene", "secret"])];
        let scene = "{\"app\":\"live\",\"name\":\"scene\",\"codec\":\"h264\",\"width\":640,\
            \"height\":360,\"viewers\":2,\"picture\":false}";
        assert_eq!(streams(&listed, &viewers, false), format!("{{\"streams\":[{scene}]}}"));
        let secret = "{\"app\":\"live\",\"name\":\"secret\",\"viewers\":1,\"picture\":false}";
        assert_eq!(streams(&listed, &viewers, true), format!("{{\"streams\":[{scene},{secret}]}}"));
    }

    #[test]
    fn publishers_say_what_their_streams_are() {
        let payload = [0x17, 0, 0, 0, 0][..].to_vec().into();
        let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload };
        let (name, media) = ("camera".to_owned(), MediaDescription::of([&tag]));
        let published = Published { name, media, repaired_timestamps: 3 };
        let publisher = ConnectionReport { publishing: vec![published], ..viewer(&[]) };
        let camera = "{\"app\":\"live\",\"name\":\"camera\",\"codec\":\"H.264\",\"viewers\":0,\
            \"picture\":false}";
        let reports = [publisher];
        assert_eq!(streams(&[], &reports, true), format!("{{\"streams\":[{camera}]}}"));
        assert_eq!(streams(&[], &reports, false), "{\"streams\":[]}");
        let listed = [StreamEntry::new("live", "camera")];
        assert_eq!(streams(&listed, &reports, false), format!("{{\"streams\":[{camera}]}}"));
        let text = statistics(ServerFigures::default(), ProcessUse::default(), &reports);
        let published = "\"publishing\":[{\"name\":\"camera\",\"video_codec\":\"H.264\",\
            \"repaired_timestamps\":3}]";
        assert!(text.contains(published), "{text}");
    }

    #[test]
    fn figures_are_grouped() {
        let process = ProcessUse { cpu_seconds: Some(0.5), resident_bytes: None };
        let reports = [viewer(&["scene", "film"])];
        let text = statistics(ServerFigures::default(), process, &reports);
        for part in [
            "{\"server\":{\"uptime_seconds\":0,\"connections\":0,",
            "\"process\":{\"cpu_seconds\":0.5}",
            "\"connections\":[{\"peer\":\"unix\",\"transport\":\"ws\",\"app\":\"live\",\
             \"playing\":[\"scene\",\"film\"],",
            "\"skipped_bytes\":10,",
        ] {
            assert!(text.contains(part), "{part} {text}");
        }
    }
}
