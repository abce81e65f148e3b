//! The figures of a server, and the list of its streams, as JSON.

use crate::handler::{ServerFigures, Statistics};
use crate::protocol::amf::{Object, Value};
use crate::protocol::json::to_text;
use crate::server::connection_report::ConnectionReport;
use crate::server::report::{ProcessUse, Viewers, viewers};
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
    let playing: Vec<Value> = report.playing.iter().map(|name| name.as_str().into()).collect();
    Object::new()
        .with("peer", report.peer.to_string())
        .with("transport", report.carrier.as_str())
        .with("app", report.app.as_str())
        .with("playing", playing)
        .with("uptime_seconds", report.uptime.as_secs_f64())
        .with("bytes_out", report.bytes_out as f64)
        .with("dropped_frames", report.dropped as f64)
        .with("is_congested", report.is_congested)
        .into()
}

/// Returns the streams that the application lists, each with its viewers. `shows_all` adds those
/// that are not listed but played.
pub(super) fn streams(
    listed: &[StreamEntry],
    connections: &[ConnectionReport],
    shows_all: bool,
) -> String {
    let mut viewers: Viewers = viewers(connections);
    let mut streams: Vec<Value> = Vec::new();
    for entry in listed {
        let key = (entry.app.clone(), entry.name.clone());
        let count = viewers.remove(&key).unwrap_or_default();
        streams.push(stream(entry, count));
    }
    if shows_all {
        for ((app, name), count) in viewers {
            streams.push(stream(&StreamEntry::new(app, name), count));
        }
    }
    to_text(&Object::new().with("streams", streams).into())
}

fn stream(entry: &StreamEntry, viewers: u64) -> Value {
    let mut stream =
        Object::new().with("app", entry.app.as_str()).with("name", entry.name.as_str());
    if let Some(codec) = &entry.codec {
        stream.push("codec", codec.as_str());
    }
    if let Some((width, height)) = entry.size {
        stream.push("width", width);
        stream.push("height", height);
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
    use crate::protocol::Carrier;
    use crate::server::connection_report::ConnectionReport;
    use crate::server::report::ProcessUse;
    use crate::server::stream_list::StreamEntry;

    fn viewer(playing: &[&str]) -> ConnectionReport {
        ConnectionReport {
            peer: PeerAddress::Unix,
            carrier: Carrier::Ws,
            app: "live".to_owned(),
            playing: playing.iter().map(|name| (*name).to_owned()).collect(),
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
    fn figures_are_grouped() {
        let process = ProcessUse { cpu_seconds: Some(0.5), resident_bytes: None };
        let text = statistics(ServerFigures::default(), process, &[viewer(&["scene"])]);
        for part in [
            "{\"server\":{\"uptime_seconds\":0,\"connections\":0,",
            "\"process\":{\"cpu_seconds\":0.5}",
            "\"connections\":[{\"peer\":\"unix\",\"transport\":\"ws\",\"app\":\"live\",\
             \"playing\":[\"scene\"],",
        ] {
            assert!(text.contains(part), "{part} {text}");
        }
    }
}
