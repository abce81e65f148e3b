//! Prometheus's own checker reads the metrics.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::process::Command;

use libtest_mimic::Trial;

use super::film;
use super::need::{self, Need, trial};
use super::support::serve_flv::ServeFlv;
use super::web_client::Web;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("promtool::the_metrics_pass", &[Need::Promtool], metrics_pass),
        trial("promtool::a_wrong_metric_does_not_pass", &[Need::Promtool], wrong_does_not_pass),
    ]
}

fn metrics_pass() {
    // A file is served under every name.
    let server = ServeFlv::start(&[film::demo_path()]);
    let address: SocketAddr = server.authority().parse().expect("an address");
    // A viewer of a stream whose name must be escaped.
    let (mut viewer, head) = Web::request(address, "GET", "/live/a%22b%5Cc.flv", "");
    assert_eq!(head.status, 200);
    viewer.chunk().expect("the film plays");
    let (head, metrics) = Web::get(address, "/metrics", "");
    assert_eq!(head.status, 200);
    let metrics = String::from_utf8(metrics).expect("text");
    assert!(metrics.contains(r#"{app="live",stream="a\"b\\c"} 1"#), "{metrics}");
    for name in ["process_cpu_seconds_total", "process_resident_memory_bytes"] {
        assert!(metrics.contains(&format!("\n{name} ")), "{name} is not in {metrics}");
    }
    assert_eq!(checked(&metrics), (true, String::new()), "{metrics}");
}

/// Holds for the checker what the other test relies on.
fn wrong_does_not_pass() {
    let (passes, said) = checked("# HELP a_count Things.\n# TYPE a_count counter\na_count 1\n");
    assert!(!passes && said.contains("_total"), "{said}");
    assert!(!checked("a{stream=\"\"\"} 1\n").0);
}

/// Returns whether the checker finds no fault, and what it says.
fn checked(metrics: &str) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join("metrics.txt");
    fs::write(&path, metrics).expect("it can be written");
    let mut promtool = Command::new(need::promtool());
    promtool.args(["check", "metrics"]).stdin(File::open(&path).expect("it is there"));
    let output = promtool.output().expect("promtool runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}
