//! The example `publish` and the crate's own publisher, watched by ffmpeg at nginx-rtmp.

use std::process::Command;

use libtest_mimic::Trial;

use super::film::{self, SLACK};
use super::need::{NGINX, Need, trial};
use super::nginx_live::{NginxLive, watch};
use super::support::example::executable;
use super::support::flv::{self, Kind};
use super::support::port::free_port;
use super::support::process::Process;

const RTMP: &[Need] =
    &[Need::Program("ffmpeg"), Need::Program(NGINX), Need::NginxModule("ngx_rtmp_module")];

#[cfg(feature = "tls")]
const TLS: &[Need] = &[
    Need::Program("ffmpeg"),
    Need::Program(NGINX),
    Need::NginxModule("ngx_rtmp_module"),
    Need::NginxModule("ngx_stream_module"),
];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("publish::ffmpeg_gets_every_payload_of_nginx", RTMP, through_nginx),
        #[cfg(feature = "tls")]
        trial("publish::rtmps_goes_through_the_tls_of_nginx", TLS, through_tls),
        trial("publish::a_server_that_is_not_there_is_named", &[], not_there),
    ]
}

fn through_nginx() {
    let nginx = NginxLive::start();
    assert_gets_every_payload(&nginx, &[&nginx.url("key")]);
}

#[cfg(feature = "tls")]
fn through_tls() {
    use super::nginx_live::Secured;

    let Secured { nginx, url, chain, _folder } = Secured::start("key");
    assert_gets_every_payload(&nginx, &["--trust", &chain, &url]);
}

/// Publishes a film with the example, and compares what ffmpeg watches at nginx.
fn assert_gets_every_payload(nginx: &NginxLive, args: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (short, copy) = (folder.path().join("short.flv"), folder.path().join("copy.flv"));
    let film = film::write_short(&short, 3);
    let viewer = watch(&nginx.url("key"), &copy);

    let mut publish = Command::new(executable("publish"));
    Process::spawn(publish.arg(&short).args(args)).wait(SLACK).expect_success();

    viewer.wait(SLACK).expect_success();
    let copied = flv::read(&copy);
    for kind in [Kind::Video, Kind::Audio] {
        let of = |tags| flv::frames(tags, kind).map(|tag| tag.payload.clone()).collect::<Vec<_>>();
        assert_eq!(of(&copied), of(&film), "{kind:?}");
    }
}

fn not_there() {
    let port = free_port();
    let mut publish = Command::new(executable("publish"));
    let url = format!("rtmp://127.0.0.1:{port}/live/key");
    let ended = Process::spawn(publish.arg(film::demo_path()).arg(url)).wait(SLACK);
    assert!(!ended.status.success(), "{ended}");
    assert!(ended.stderr.contains(&format!("cannot connect to port {port}")), "{ended}");
}
