//! A process for each test. What an attack leaves is measured for the whole process, so two attacks
//! cannot share one. Most of them wait, so many can run at the same time.

use std::cell::Cell;
use std::env;
use std::process::Command;
use std::thread;

/// The environment variable that a process of one test has.
const MARK: &str = "RENDERCAST_ONE_ATTACK";

thread_local! {
    static HAS_RUN: Cell<bool> = const { Cell::new(false) };
}

/// Runs the present test in a process of its own, unless this is that process. Returns whether the
/// test is done by that. Panics if it fails there.
#[track_caller]
pub(crate) fn has_run_apart() -> bool {
    let thread = thread::current();
    let name = thread.name().expect("the harness names its threads");
    // With --test-threads=1 the harness runs all tests on this thread, one after the other.
    if name == "main" || env::var_os(MARK).is_some() {
        return false;
    }
    if !HAS_RUN.replace(true) {
        let program = env::current_exe().expect("the path of this program");
        let mut command = Command::new(program);
        command.args(["--exact", name, "--test-threads=1", "--nocapture"]).env(MARK, "");
        let ended = command.output().expect("this program starts again");
        let stdout = String::from_utf8_lossy(&ended.stdout);
        let stderr = String::from_utf8_lossy(&ended.stderr);
        let has_passed = ended.status.success() && stdout.contains("1 passed");
        assert!(has_passed, "{}\n{stdout}\n{stderr}", ended.status);
    }
    true
}
