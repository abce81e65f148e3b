//! The figures of a server as Prometheus reads them (text format 0.0.4).

use std::fmt::{Display, Write as _};

use crate::handler::ServerFigures;
use crate::server::connection_report::{ConnectionReport, Published};
use crate::server::report::{ProcessUse, published, skipped, viewers};

/// The type of the text.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A text of metrics.
#[derive(Default)]
struct Text(String);

/// Returns all metrics.
pub(super) fn text(
    figures: &ServerFigures,
    process: ProcessUse,
    connections: &[ConnectionReport],
) -> String {
    let mut text = Text::default();
    let uptime = figures.uptime.as_secs_f64();
    text.gauge("rendercast_uptime_seconds", "Time since the server was made.", uptime);
    text.gauge("rendercast_connections", "Open connections.", figures.connections);
    text.counter(
        "rendercast_connections_opened_total",
        "Connections that were ever opened.",
        figures.connections_in_all,
    );
    text.counter(
        "rendercast_connections_refused_total",
        "Connections that were refused because of a limit.",
        figures.connections_refused,
    );
    text.gauge("rendercast_tunnels", "Open tunnels of RTMPT.", figures.tunnels);
    text.counter("rendercast_received_bytes_total", "Bytes received.", figures.bytes_in);
    text.counter("rendercast_sent_bytes_total", "Bytes sent.", figures.bytes_out);
    text.counter(
        "rendercast_dropped_frames_total",
        "Messages left out because a client did not keep up.",
        figures.dropped_frames,
    );
    text.counter(
        "rendercast_pictures_encoded_total",
        "Still pictures that were encoded.",
        figures.pictures_encoded,
    );
    let congested = connections.iter().filter(|connection| connection.is_congested).count();
    text.gauge("rendercast_congested_connections", "Clients that do not keep up now.", congested);
    text.viewers(connections);
    text.skipped(connections);
    text.published(connections);
    if let Some(seconds) = process.cpu_seconds {
        text.counter("process_cpu_seconds_total", "CPU time of the process.", seconds);
    }
    if let Some(bytes) = process.resident_bytes {
        text.gauge("process_resident_memory_bytes", "Resident memory of the process.", bytes);
    }
    text.0
}

impl Text {
    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, help, "gauge");
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, help, "counter");
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn viewers(&mut self, connections: &[ConnectionReport]) {
        let name = "rendercast_viewers";
        self.head(name, "Clients that play a stream.", "gauge");
        for ((app, stream), count) in viewers(connections) {
            let (app, stream) = (escaped(&app), escaped(&stream));
            let _ = writeln!(self.0, "{name}{{app=\"{app}\",stream=\"{stream}\"}} {count}");
        }
    }

    fn skipped(&mut self, connections: &[ConnectionReport]) {
        let name = "rendercast_skipped_bytes";
        self.head(name, "Damaged bytes of a file that plays, which are skipped.", "gauge");
        for ((app, stream), bytes) in skipped(connections) {
            let (app, stream) = (escaped(app), escaped(stream));
            let _ = writeln!(self.0, "{name}{{app=\"{app}\",stream=\"{stream}\"}} {bytes}");
        }
    }

    /// The codecs are labels of a metric that is always 1, as is usual.
    fn published(&mut self, connections: &[ConnectionReport]) {
        let published = published(connections);
        let name = "rendercast_published_stream_info";
        self.head(name, "Streams that clients publish.", "gauge");
        for ((app, stream), Published { media, .. }) in &published {
            let (app, stream) = (escaped(app), escaped(stream));
            let video = media.video.map(|it| it.codec.to_string()).unwrap_or_default();
            let audio = media.audio.map(|it| it.codec.to_string()).unwrap_or_default();
            let (video, audio) = (escaped(&video), escaped(&audio));
            let _ = writeln!(
                self.0,
                "{name}{{app=\"{app}\",stream=\"{stream}\",video=\"{video}\",audio=\"{audio}\"}} 1"
            );
        }
        let name = "rendercast_repaired_timestamps_total";
        self.head(name, "Timestamps of publishers that went back or jumped.", "counter");
        for ((app, stream), Published { repaired_timestamps, .. }) in &published {
            let (app, stream) = (escaped(app), escaped(stream));
            let _ = writeln!(
                self.0,
                "{name}{{app=\"{app}\",stream=\"{stream}\"}} {repaired_timestamps}"
            );
        }
    }
}

/// Escapes the value of a label.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::text;
    use crate::handler::{PeerAddress, ServerFigures};
    use crate::media::MediaDescription;
    use crate::protocol::Carrier;
    use crate::server::connection_report::{ConnectionReport, Played, Published};
    use crate::server::report::ProcessUse;

    #[test]
    fn each_metric_has_help_type_and_value() {
        let connection = ConnectionReport {
            peer: PeerAddress::Unix,
            carrier: Carrier::Ws,
            app: "live".to_owned(),
            playing: vec![Played { name: "a\"b\\c\n".to_owned(), skipped_bytes: 5 }],
            publishing: vec![Published {
                name: "camera".to_owned(),
                media: MediaDescription::default(),
                repaired_timestamps: 4,
            }],
            uptime: Duration::from_secs(1),
            bytes_out: 2,
            dropped: 3,
            is_congested: true,
        };
        let process = ProcessUse { cpu_seconds: Some(1.5), resident_bytes: Some(7) };
        let figures = ServerFigures { bytes_out: 9, ..ServerFigures::default() };
        let text = text(&figures, process, &[connection]);
        for line in [
            "# TYPE rendercast_sent_bytes_total counter\nrendercast_sent_bytes_total 9\n",
            "rendercast_congested_connections 1\n",
            "rendercast_viewers{app=\"live\",stream=\"a\\\"b\\\\c\\n\"} 1\n",
            "rendercast_skipped_bytes{app=\"live\",stream=\"a\\\"b\\\\c\\n\"} 5\n",
            "rendercast_published_stream_info\
             {app=\"live\",stream=\"camera\",video=\"\",audio=\"\"} 1\n",
            "rendercast_repaired_timestamps_total{app=\"live\",stream=\"camera\"} 4\n",
            "# HELP process_cpu_seconds_total CPU time of the process.\n",
            "process_cpu_seconds_total 1.5\n",
            "process_resident_memory_bytes 7\n",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(text.ends_with('\n'));
    }
}
