//! VLC, which refuses to run as root.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;

use super::film::{self, BURST, SLACK};
use super::need::{Need, patient_trial, trial};
use super::support::flv::{self, Kind};
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

const NEEDS: &[Need] = &[Need::Program("cvlc"), Need::Program("setpriv")];

/// Debian's `nobody`. Any user without rights would do.
const NOBODY: &str = "65534";

/// VLC may exit before the last picture is due. Other tests compare what it received.
const PICTURES_LEFT: usize = 2;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        patient_trial("vlc::shows_every_picture_and_exits", NEEDS, shows_every_picture_and_exits),
        trial("vlc::receives_every_payload", NEEDS, receives_every_payload),
    ]
}

fn shows_every_picture_and_exits() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let pictures = folder.path().join("pictures.y4m");
    let server = ServeFlv::start(&["--once"]);
    let duration = film::duration();

    let mut vlc = cvlc(folder.path(), server.url());
    show_into(&mut vlc, &pictures);
    let ended = Process::spawn(&mut vlc).wait(duration + SLACK);

    ended.expect_success().expect_took(duration - BURST, duration + SLACK);
    let shown = y4m_pictures(&fs::read(&pictures).expect("VLC wrote pictures"));
    let wanted = film::count(Kind::Video);
    assert!(shown <= wanted, "{shown} pictures of a film with {wanted}");
    assert!(shown + PICTURES_LEFT >= wanted, "{shown} pictures of {wanted} shown by {ended}");
}

fn receives_every_payload() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let dump = folder.path().join("dump.flv");
    let server = ServeFlv::start(&["--once"]);
    let duration = film::duration();

    let mut vlc = cvlc(folder.path(), server.url());
    vlc.arg("--demux=dump").arg(format!("--demuxdump-file={}", dump.display()));
    Process::spawn(&mut vlc).wait(duration + SLACK).expect_success();

    flv::assert_same_payloads(&flv::read(&dump), &film::DEMO);
}

/// Makes a command of VLC without a display, which exits after `url`. Under root, `nobody` runs
/// VLC.
pub(crate) fn cvlc(home: &Path, url: &str) -> Command {
    let owned_by_root = fs::metadata(home).expect("the folder exists").uid() == 0;
    let mut command = Command::new(if owned_by_root { "setpriv" } else { "cvlc" });
    if owned_by_root {
        fs::set_permissions(home, Permissions::from_mode(0o777)).expect("it is ours");
        command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "cvlc"]);
    }
    command.current_dir(home).env("HOME", home);
    command.args(["-I", "dummy", "--no-interact", "--play-and-exit", url]);
    command
}

/// Lets VLC write every picture to a file, also on a machine that is too busy to be in time.
pub(crate) fn show_into(vlc: &mut Command, pictures: &Path) {
    vlc.args(["--no-drop-late-frames", "--no-skip-frames", "--no-avcodec-hurry-up"]);
    vlc.args(["--vout=yuv", "--yuv-yuv4mpeg2", "--aout=dummy"]);
    vlc.arg(format!("--yuv-file={}", pictures.display()));
}

/// Pictures in a YUV4MPEG2 file of 4:2:0: a line with the size, then for each picture the line
/// `FRAME` and its planes.
pub(crate) fn y4m_pictures(bytes: &[u8]) -> usize {
    let end = bytes.iter().position(|&byte| byte == b'\n').expect("a first line");
    let header = String::from_utf8_lossy(&bytes[..end]);
    let size = |letter| -> usize {
        let word = header.split(' ').find_map(|word| word.strip_prefix(letter));
        word.and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("no {letter}: {header}"))
    };
    (bytes.len() - end - 1) / ("FRAME\n".len() + size('W') * size('H') * 3 / 2)
}
