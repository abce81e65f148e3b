//! Checks the structure of the sources: the imports between rooms, circles of imports, the length
//! of files and lines, and the places of `unsafe`.

#[path = "structure/circles.rs"]
mod circles;
#[path = "structure/hints.rs"]
mod hints;
#[path = "structure/imports.rs"]
mod imports;
#[path = "structure/modules.rs"]
mod modules;
#[path = "structure/tests.rs"]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use imports::Import;
use modules::{Crate, Sources};

/// The rooms (files and folders) below `src/`, each with the rooms that it may import.
///
/// Imports run one way only, so that the protocol can be tested without a socket and the handlers
/// without a byte.
const ROOMS: &[(&str, &[&str])] = &[
    ("panics", &[]),
    ("sync", &[]),
    ("ticker", &[]),
    ("manual", &[]),
    ("address_rates", &[]),
    ("address_space", &["sync"]),
    ("threads", &["address_space", "panics", "sync"]),
    ("peer_log", &["address_rates", "panics", "sync", "threads"]),
    ("protocol", &[]),
    ("media", &["address_space", "protocol", "sync"]),
    ("hub", &["media", "panics", "peer_log", "protocol", "sync", "threads"]),
    ("handler", &["hub", "media", "panics", "peer_log", "protocol", "sync"]),
    ("transport", &["peer_log", "protocol", "sync", "threads"]),
    ("plugin", &["media", "panics", "peer_log", "protocol", "sync"]),
    ("render", &["handler", "hub", "media", "peer_log", "protocol", "sync", "threads", "ticker"]),
    ("auth", &["handler", "protocol"]),
    ("record", &["hub", "media", "panics", "peer_log", "protocol", "sync", "threads"]),
    ("live", &["handler", "hub", "media", "peer_log", "protocol", "record", "sync", "threads"]),
    ("vod", &["handler", "media", "peer_log", "protocol", "sync"]),
    (
        "server",
        &[
            "address_rates",
            "address_space",
            "handler",
            "hub",
            "media",
            "panics",
            "peer_log",
            "protocol",
            "render",
            "sync",
            "threads",
            "ticker",
            "transport",
        ],
    ),
    ("client", &["media", "peer_log", "protocol", "sync", "transport"]),
    (
        "relay",
        &["client", "hub", "live", "media", "peer_log", "protocol", "sync", "threads", "transport"],
    ),
];

/// The crate root joins the rooms and may import them all.
const ROOT: &str = "lib.rs";

/// The imports that may close a circle, each as the file that imports and the file that it imports.
/// An entry whose circle is gone must go as well.
const KNOWN_ARROWS: &[(&str, &str)] = &[
    // A handler receives the stream or connection on which further handlers are registered.
    ("handler/events/call.rs", "handler/connection.rs"),
    ("handler/events/frame.rs", "handler/stream.rs"),
    ("handler/events/pause.rs", "handler/stream.rs"),
    ("handler/events/play.rs", "handler/stream.rs"),
    ("handler/events/publish.rs", "handler/stream.rs"),
    ("handler/events/render.rs", "handler/stream.rs"),
    ("handler/events/seek.rs", "handler/stream.rs"),
    ("handler/events/stream.rs", "handler/stream.rs"),
    // Objects hold values, and values are objects.
    ("protocol/amf/object.rs", "protocol/amf/value.rs"),
];

/// The files that may contain `unsafe`: they call the code of other libraries, or of the system.
const UNSAFE_FILES: &[&str] = &[
    "address_space.rs",
    "media/codec/h264/library.rs",
    "plugin/guest/audio_encoder.rs",
    "plugin/guest/codec_object.rs",
    "plugin/guest/decoder.rs",
    "plugin/guest/descriptor.rs",
    "plugin/guest/encoder.rs",
    "plugin/guest/logger.rs",
    "plugin/host/audio_encoder.rs",
    "plugin/host/audio_output.rs",
    "plugin/host/codec_handle.rs",
    "plugin/host/decoder.rs",
    "plugin/host/descriptor.rs",
    "plugin/host/encoder.rs",
    "plugin/host/host_api.rs",
    "plugin/host/load.rs",
    "plugin/host/load_audio.rs",
    "plugin/host/loaded_library.rs",
    "plugin/host/output.rs",
    "plugin/host/tests.rs",
    "plugin/raw.rs",
    "server/accept/descriptor_table.rs",
    "threads/os_name.rs",
    "threads/stack.rs",
    "transport/incoming.rs",
    "transport/outgoing.rs",
];

/// The macro in this file allows `unsafe` in the plugins that use it.
const UNSAFE_MACRO: &str = "plugin/guest/mod.rs";

/// The rooms that may call the macros of `log`: the one whose thread calls the logger, and plugins,
/// whose logger hands the lines to the host.
const LOGGING: &[&str] = &["peer_log/", "plugin/guest/"];

/// A longer file holds more than one concept.
const MAX_LINES: usize = 500;

/// The columns to which comments are wrapped. rustfmt does the same for code.
const MAX_COLUMNS: usize = 100;

#[test]
fn rooms_import_only_the_rooms_that_they_may() {
    let faults = room_faults(&imports_of(&sources()));
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn no_imports_form_a_circle() {
    let imports = imports_of(&sources());
    let circles = circles::find(&imports, KNOWN_ARROWS);
    assert!(circles.is_empty(), "\n{}\n", circles.join("\n"));
    for known in KNOWN_ARROWS {
        let others: Vec<_> = KNOWN_ARROWS.iter().filter(|other| *other != known).copied().collect();
        let circles = circles::find(&imports, &others);
        assert!(!circles.is_empty(), "{known:?} closes no circle: remove it from KNOWN_ARROWS");
    }
}

/// The compiler's own words about a closure that is no handler help nobody.
#[test]
fn each_handler_has_a_hint_for_the_compiler() {
    let faults = hints::faults(&sources());
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    for (file, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "src/{file} has {lines} lines, {MAX_LINES} at most");
    }
}

#[test]
fn no_line_of_a_comment_is_too_long() {
    for folder in ["src", "examples", "tests", "benches", "tools", "fuzz/src"] {
        for (file, text) in files_in(&top().join(folder)) {
            for (at, line) in text.lines().enumerate() {
                let is_long = line.chars().count() > MAX_COLUMNS && can_be_wrapped(line);
                assert!(!is_long, "{folder}/{file}:{} is over {MAX_COLUMNS} columns", at + 1);
            }
        }
    }
}

/// Whether a line is a comment. A row of a table and the target of a link stay on one line.
fn can_be_wrapped(line: &str) -> bool {
    let comment = line.trim_start().strip_prefix("//");
    let text = comment.map(|text| text.trim_start_matches(['/', '!', ' ']));
    text.is_some_and(|text| !text.starts_with('|') && !text.contains("`]: "))
}

#[test]
fn unsafe_code_is_allowed_in_the_listed_files_alone() {
    let sources = sources();
    // The compiler denies it where the lint is not allowed, so the lint's name is enough to find.
    let found: Vec<_> = sources
        .iter()
        .filter(|(_, text)| text.contains("unsafe_code"))
        .map(|(file, _)| file)
        .collect();
    let mut wanted = [UNSAFE_FILES, &[UNSAFE_MACRO]].concat();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    let manifest = fs::read_to_string(top().join("Cargo.toml")).expect("the manifest");
    assert!(manifest.contains("\nunsafe_code = \"deny\"\n"), "unsafe code is not denied");
}

/// A thread without room for its first allocations would end the process.
#[test]
fn threads_are_started_in_one_file() {
    for (file, text) in sources() {
        let (code, _) = text.split_once("#[cfg(test)]\nmod tests").unwrap_or((&text, ""));
        let code = code.split("#[cfg(all(test").next().unwrap_or_default();
        let starts = code.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
            ["thread::spawn", "thread::Builder", "thread::{Builder"]
                .iter()
                .any(|it| line.contains(it))
        });
        let may =
            file == "threads/start.rs" || file.contains("/tests") || file.ends_with("tests.rs");
        assert!(may || !starts, "src/{file} starts a thread: call `threads::spawn`");
    }
}

/// A logger may block or panic, and so may an output that nobody reads.
#[test]
fn no_thread_but_that_of_the_log_writes_lines() {
    for (file, text) in sources() {
        if !LOGGING.iter().any(|room| file.starts_with(room)) {
            let faults = log_faults(&text);
            assert!(faults.is_empty(), "src/{file} writes lines without `peer_log!`: {faults:?}");
        }
    }
}

/// Returns the calls and imports of macros that write lines themselves.
fn log_faults(text: &str) -> Vec<&str> {
    const MACROS: [&str; 9] =
        ["error", "warn", "info", "debug", "trace", "log", "println", "eprintln", "dbg"];
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let words =
        code.flat_map(|line| line.split(|it: char| !(it.is_alphanumeric() || "_!:".contains(it))));
    let called = words.filter(|word| {
        let (path, name) = word.rsplit_once("::").unwrap_or(("", word));
        let name = name.strip_suffix('!').unwrap_or(name);
        let is_called = word.ends_with('!') || path == "log";
        is_called && MACROS.contains(&name)
    });
    let imported =
        text.lines().filter(|line| line.contains("use log::{") || line.contains("use log::*"));
    called.chain(imported).collect()
}

/// Returns a line for each import that [`ROOMS`] does not grant.
fn room_faults(imports: &[Import]) -> Vec<String> {
    let mut faults = Vec::new();
    for Import { from, to, path, through_root, .. } in imports {
        if from == ROOT {
            continue;
        }
        let (room, imported) = (room_of(from), room_of(to));
        let Some((_, granted)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            faults.push(format!("{from}: the room `{room}` is not in the table of rooms"));
            continue;
        };
        if *through_root {
            faults.push(format!("{from}: name the room of `{path}`, not the crate root's export"));
        } else if room != imported && !granted.contains(&imported) {
            faults.push(format!("{from}: `{room}` may not import `{imported}` (`{path}`)"));
        }
    }
    faults
}

fn room_of(file: &str) -> &str {
    let (room, _) = file.split_once('/').unwrap_or((file, ""));
    room.strip_suffix(".rs").unwrap_or(room)
}

fn imports_of(sources: &Sources) -> Vec<Import> {
    imports::find(&Crate::parse(sources))
}

fn sources() -> Sources {
    let sources = files_in(&top().join("src"));
    assert!(sources.contains_key(ROOT), "the sources are not there");
    sources
}

/// Reads all Rust files below a folder. The keys are paths below it, with `/`.
fn files_in(root: &Path) -> Sources {
    let mut found = Sources::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("it is text");
                let name = path.strip_prefix(root).expect("it is below").to_string_lossy();
                found.insert(name.replace('\\', "/"), text);
            }
        }
    }
    found
}

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
