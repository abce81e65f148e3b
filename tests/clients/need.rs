//! The programs that tests need. A test whose program is missing is ignored, or fails.

use std::ffi::OsStr;
use std::panic;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::{Completion, Failed, Trial};

/// Set by `tests/run.sh` and `tests/srs.sh`: a test whose program is missing fails instead of being
/// ignored, unless that program is SRS.
const REQUIRE: &str = "RENDERCAST_REQUIRE_CLIENTS";

/// Set by `tests/srs.sh`: the program of SRS.
pub(crate) const SRS: &str = "SRS";

/// nginx, where Debian installs it: the search path of ordinary users leaves its folder out.
pub(crate) const NGINX: &str = "/usr/sbin/nginx";

/// The folder of nginx's modules.
pub(crate) const NGINX_MODULES: &str = "/usr/lib/nginx/modules";

#[derive(Clone, Copy)]
pub(crate) enum Need {
    /// A program on the search path.
    Program(&'static str),
    /// An element that `gst-inspect-1.0` knows.
    GstElement(&'static str),
    /// The FFmpeg of the Python package `imageio-ffmpeg`, which is newer than that of systems.
    NewFfmpeg,
    /// Prometheus's checker of metrics.
    #[allow(dead_code, reason = "only the tests of browsers check metrics")]
    Promtool,
    /// A header that the C compiler finds.
    #[allow(dead_code, reason = "only the tests of plugins compile C")]
    Header(&'static str),
    /// A module of nginx, without the ending of its file.
    NginxModule(&'static str),
    /// The program of SRS that [`SRS`] names. No package has it.
    Srs,
}

impl Need {
    fn is_absent(self) -> bool {
        match self {
            Self::Program(name) => !runs("sh", &["-c", "command -v \"$1\"", "sh", name]),
            Self::GstElement(name) => !runs("gst-inspect-1.0", &[name]),
            Self::Header(name) => {
                let compile = "echo \"#include <$1>\" | cc -E -";
                !runs("sh", &["-c", compile, "sh", name])
            }
            Self::NewFfmpeg => new_ffmpeg().is_none(),
            Self::Promtool => !runs(promtool(), &["--version"]),
            Self::NginxModule(name) => {
                !Path::new(NGINX_MODULES).join(name).with_extension("so").exists()
            }
            Self::Srs => std::env::var_os(SRS).is_none(),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Program(name) => name.to_owned(),
            Self::GstElement(name) => format!("GStreamer's {name}"),
            Self::Header(name) => format!("the header {name}"),
            Self::NewFfmpeg => "the FFmpeg of imageio-ffmpeg".to_owned(),
            Self::Promtool => "promtool".to_owned(),
            Self::NginxModule(name) => format!("nginx's {name}"),
            Self::Srs => "SRS".to_owned(),
        }
    }

    /// Returns where it comes from.
    const fn provider(self) -> &'static str {
        match self {
            Self::Srs => "tests/srs.sh builds it",
            _ => "tests/run.sh installs it",
        }
    }
}

/// The FFmpeg that `tests/run.sh` installs into the target folder.
pub(crate) fn new_ffmpeg() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    let binaries = target.join("imageio-ffmpeg/imageio_ffmpeg/binaries");
    let mut entries = std::fs::read_dir(binaries).ok()?.filter_map(Result::ok);
    let is_ffmpeg = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ffmpeg-"))
    };
    entries.find_map(|entry| Some(entry.path()).filter(is_ffmpeg))
}

/// The checker that `tests/run.sh` installs into the target folder, or the one of the system.
pub(crate) fn promtool() -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    let installed = target.join("promtool/usr/bin/promtool");
    if installed.exists() { installed } else { "promtool".into() }
}

/// Makes a test that is left out, with the reason in its line, if a need of it is absent.
pub(crate) fn trial(name: &str, needs: &'static [Need], test: impl Fn() + Send + 'static) -> Trial {
    Trial::ignorable_test(name, move || {
        let Some(absent) = needs.iter().find(|need| need.is_absent()) else {
            test();
            return Ok(Completion::Completed);
        };
        let reason = format!("{} is not installed ({})", absent.name(), absent.provider());
        if std::env::var_os(REQUIRE).is_some() && !matches!(absent, Need::Srs) {
            return Err(Failed::from(format!("{reason}, and {REQUIRE} is set")));
        }
        Ok(Completion::ignored_with(format!("left out: {reason}")))
    })
}

/// As [`trial`], of a player whose clock or threads a busy machine can delay: one of five tries
/// must pass.
pub(crate) fn patient_trial(name: &str, needs: &'static [Need], test: fn()) -> Trial {
    trial(name, needs, move || {
        // The panics of the first tries are printed, too.
        if (0..4).all(|_| panic::catch_unwind(test).is_err()) {
            test();
        }
    })
}

fn runs(program: impl AsRef<OsStr>, args: &[&str]) -> bool {
    let status =
        Command::new(program).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
