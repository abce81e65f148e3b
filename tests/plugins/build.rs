//! Builds the plugins that the tests load.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use tempfile::TempDir;

use crate::need::Need;
use crate::process::{Finished, Process};

pub(crate) const C_COMPILER: &[Need] = &[Need::Program("cc")];

/// The longest build on a busy machine.
const BUILD: Duration = Duration::from_secs(600);

/// Libraries that are deleted after the test. Each is a separate file, since the system loads a
/// file only once.
pub(crate) struct Workshop(TempDir);

impl Workshop {
    pub(crate) fn open() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Returns the path of a library of this name.
    pub(crate) fn library(&self, name: &str) -> PathBuf {
        self.path().join(format!("{name}{}", std::env::consts::DLL_SUFFIX))
    }

    /// Builds `sorenson.c` as a plugin and a file of this name, with defines such as
    /// `-DINIT_FAILS`.
    pub(crate) fn sorenson(&self, name: &str, defines: &[&str]) -> PathBuf {
        let named = format!("-DNAME=\"{name}\"");
        let defines = [&[&*named], defines].concat();
        self.compile(&root().join("tests/plugins/sorenson.c"), name, &defines)
    }

    pub(crate) fn compile(&self, source: &Path, name: &str, arguments: &[&str]) -> PathBuf {
        let library = self.library(name);
        let mut compiler = Command::new("cc");
        compiler.args(["-std=c99", "-Wall", "-Wextra", "-fPIC", "-shared"]);
        compiler.arg("-I").arg(root().join("include")).arg("-o").arg(&library).arg(source);
        compiler.args(arguments);
        finish(&mut compiler);
        library
    }

    /// Copies an example's library under this name.
    pub(crate) fn copy(&self, library: &Path, name: &str) -> PathBuf {
        let copy = self.library(name);
        std::fs::copy(library, &copy).expect("the library can be read");
        copy
    }
}

/// Returns the library of `examples/run_length_plugin.rs`.
pub(crate) fn run_length() -> &'static Path {
    &EXAMPLES.0
}

/// Returns the library of `faulty_plugin.rs`.
pub(crate) fn faulty() -> &'static Path {
    &EXAMPLES.1
}

/// Returns the library of `audible_plugin.rs`.
pub(crate) fn audible() -> &'static Path {
    &EXAMPLES.2
}

pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

pub(crate) fn finish(command: &mut Command) -> Finished {
    let finished = Process::spawn(command).wait(BUILD);
    finished.expect_success();
    finished
}

/// Returns the executable of `examples/render_scene`, which loads plugins.
pub(crate) fn render_scene() -> &'static Path {
    &EXAMPLES.3
}

/// Builds them, since `cargo test --test plugins` builds no example.
static EXAMPLES: LazyLock<(PathBuf, PathBuf, PathBuf, PathBuf)> = LazyLock::new(|| {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--features", "plugins", "--message-format", "json"]);
    build.args(["--example", "run_length_plugin", "--example", "faulty_plugin"]);
    build.args(["--example", "audible_plugin", "--example", "render_scene"]);
    build.current_dir(root());
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let messages = finish(&mut build).stdout;
    let built = |file: String| {
        let named = messages.split('"').find(|text| text.ends_with(&format!("/{file}")));
        PathBuf::from(named.unwrap_or_else(|| panic!("cargo names no {file}: {messages}")))
    };
    let library = |name| {
        built(format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX))
    };
    let program = format!("examples/render_scene{}", std::env::consts::EXE_SUFFIX);
    let libraries = ["run_length_plugin", "faulty_plugin", "audible_plugin"].map(library);
    let [run_length, faulty, audible] = libraries;
    (run_length, faulty, audible, built(program))
});
