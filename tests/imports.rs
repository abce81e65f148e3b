//! Holds the sources against the map of the house: which room may know which, and how long a file
//! may grow.

use std::fs;
use std::path::{Path, PathBuf};

/// Each room under `src/` and the rooms it may name. Dependencies point one way only, so that the
/// protocol can be tested without a socket and the handlers without a byte.
const ROOMS: &[(&str, &[&str])] = &[
    ("panics", &[]),
    ("sync", &[]),
    ("ticker", &[]),
    ("manual", &[]),
    ("protocol", &[]),
    ("media", &["protocol", "sync"]),
    ("hub", &["media", "protocol", "sync"]),
    ("handler", &["hub", "media", "panics", "protocol", "sync"]),
    ("transport", &["protocol", "sync"]),
    ("plugin", &["media", "panics", "sync"]),
    ("render", &["handler", "hub", "media", "protocol", "sync", "ticker"]),
    ("vod", &["handler", "media", "protocol", "sync"]),
    ("server", &["handler", "hub", "media", "panics", "protocol", "sync", "ticker", "transport"]),
    ("client", &["media", "protocol", "sync", "transport"]),
];

/// Wires the rooms together and may name them all.
const ROOT: &str = "lib";

/// The files in which pointers of others are followed, and no others: each allows it for itself.
const UNSAFE_FILES: &[&str] = &[
    "media/codec/h264/library.rs",
    "plugin/guest/codec_object.rs",
    "plugin/guest/decoder.rs",
    "plugin/guest/descriptor.rs",
    "plugin/guest/encoder.rs",
    "plugin/guest/logger.rs",
    "plugin/host/codec_handle.rs",
    "plugin/host/decoder.rs",
    "plugin/host/descriptor.rs",
    "plugin/host/encoder.rs",
    "plugin/host/host_api.rs",
    "plugin/host/load.rs",
    "plugin/host/loaded_library.rs",
    "plugin/host/output.rs",
    "plugin/host/tests.rs",
    "plugin/raw.rs",
];

/// What the macro for plugins in Rust stands for allows it in the libraries that use it.
const UNSAFE_MACRO: &str = "plugin/guest/mod.rs";

/// Beyond this a file holds more than one concept.
const MAX_LINES: usize = 800;

#[test]
fn rooms_name_only_the_rooms_they_may() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let location = Location::of(&path);
        if location.room != ROOT {
            let found = faults_in(&location, &text);
            faults.extend(found.iter().map(|fault| format!("{}: {fault}", path.display())));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines, {MAX_LINES} at most", path.display());
    }
}

#[test]
fn unsafe_code_is_allowed_in_the_files_on_the_list_alone() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        // Clippy holds that it is denied elsewhere, so the lint's name is what to look for.
        if tokens(&text).iter().any(|token| token == "unsafe_code") {
            found.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
    found.sort();
    let mut wanted = [UNSAFE_FILES, &[UNSAFE_MACRO]].concat();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    let manifest = fs::read_to_string(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join("Cargo.toml"),
    );
    let manifest = manifest.expect("the manifest is there");
    assert!(manifest.contains("\nunsafe_code = \"deny\"\n"), "unsafe code is not denied");
}

#[test]
fn a_forbidden_import_is_found_in_every_form() {
    for (text, room) in [
        ("use crate::server::Server;", "server"),
        ("pub(crate) use crate::{protocol::wire, server::{Server, Config}};", "server"),
        ("use crate :: { media , handler };", "handler"),
        ("fn f() -> crate::client::Player { todo!() }", "client"),
        ("let a = f::<'x>('\\''); let b = \"\\\"\"; crate::transport::tcp()", "transport"),
        ("/* a /* nested */ comment */ use crate::vod;", "vod"),
        ("use super::super::server::Server;", "server"),
        ("use super::{super::server, tag};", "server"),
        ("let text = r#\"a \" quote\"#; crate::handler::x", "handler"),
        ("fn f<'a>(x: &'a crate::handler::Stream) {}", "handler"),
        ("use crate::*;", "*"),
        ("use crate::Server;", "Server"),
        ("use crate::{self as root};", "self"),
    ] {
        let faults = faults_in(&media_tag(), text);
        assert_eq!(faults.len(), 1, "{text}: {faults:?}");
        assert!(faults[0].contains(&format!("crate::{room}")), "{text}: {faults:?}");
    }
}

#[test]
fn what_a_room_may_name_is_let_through() {
    for text in [
        "use crate::protocol::Timestamp;",
        "use crate::{media::tag::{Tag, server}, protocol::{self, Timestamp}};",
        "//! See [`crate::Server`].\n/// And [`crate::server::Server`].\n/* crate::client */",
        "let text = \"crate::server\"; let raw = r\"crate::server\"; let b = b\"crate::server\";",
        "pub(crate) fn server() {}",
        "use super::server;",
        "use other_crate::server::Server;",
        "use super::super::protocol::Timestamp;",
    ] {
        let faults = faults_in(&media_tag(), text);
        assert!(faults.is_empty(), "{text}: {faults:?}");
    }
}

#[test]
fn a_room_that_is_not_on_the_map_is_a_fault() {
    let location = Location::of(Path::new("cellar/mod.rs"));
    let faults = faults_in(&location, "");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].contains("`cellar`"), "{faults:?}");
}

#[test]
fn a_location_is_a_room_and_a_depth() {
    for (path, room, depth) in [
        ("lib.rs", ROOT, 0),
        ("vod.rs", "vod", 1),
        ("protocol/mod.rs", "protocol", 1),
        ("protocol/wire.rs", "protocol", 2),
        ("protocol/amf/mod.rs", "protocol", 2),
        ("protocol/amf/value.rs", "protocol", 3),
    ] {
        let location = Location::of(Path::new(path));
        assert_eq!((&*location.room, location.depth), (room, depth), "{path}");
    }
}

fn media_tag() -> Location {
    Location::of(Path::new("media/tag.rs"))
}

/// Where in the module tree a file is.
struct Location {
    room: String,
    /// Of its module below the crate root: as many `super`s lead there.
    depth: usize,
}

impl Location {
    /// `path` is relative to `src/`.
    fn of(path: &Path) -> Self {
        let module = path.with_extension("");
        let mut names: Vec<_> =
            module.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        let room = names[0].clone();
        if names.last().is_some_and(|name| name == "mod" || name == ROOT) {
            names.pop();
        }
        Self { room, depth: names.len() }
    }
}

/// Every path of `text` that leaves its room for one that the map does not grant.
fn faults_in(location: &Location, text: &str) -> Vec<String> {
    let room = &*location.room;
    let Some((_, granted)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("the room `{room}` is not in the table of tests/imports.rs")];
    };
    let tokens = tokens(text);
    let mut faults = Vec::new();
    for named in named_at_root(&tokens, location.depth) {
        if named != room && !granted.contains(&&*named) {
            faults.push(format!("`{room}` may not name `crate::{named}`"));
        }
    }
    faults
}

/// The names that follow `crate::`, or as many `super::` as lead to the crate root.
fn named_at_root(tokens: &[String], depth: usize) -> Vec<String> {
    let mut names = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let follows_path = at > 0 && tokens[at - 1] == "::";
        if token == "crate" && !follows_path {
            names.extend(first_names(&tokens[at + 1..]));
        } else if token == "super" && !follows_path {
            names.extend(rooms_above(&tokens[at..], depth));
        }
    }
    names
}

/// The first segments of what follows a path: of one name, or of each in braces.
fn first_names(rest: &[String]) -> Vec<String> {
    match rest {
        [colons, brace, group @ ..] if colons == "::" && brace == "{" => {
            branches(group).into_iter().filter_map(|branch| branch.first().cloned()).collect()
        }
        [colons, name, ..] if colons == "::" => vec![name.clone()],
        _ => Vec::new(),
    }
}

/// The rooms that a chain of `super`s reaches. An inline module needs one `super` more, which the
/// text alone does not show: so a chain long enough counts where it names a room.
fn rooms_above(path: &[String], depth: usize) -> Vec<String> {
    match path {
        [word, colons, rest @ ..] if word == "super" && colons == "::" => match rest.first() {
            Some(brace) if brace == "{" => branches(&rest[1..])
                .into_iter()
                .flat_map(|branch| rooms_above(branch, depth.saturating_sub(1)))
                .collect(),
            _ => rooms_above(rest, depth.saturating_sub(1)),
        },
        [name, ..] if depth == 0 && ROOMS.iter().any(|(room, _)| room == name) => {
            vec![name.clone()]
        }
        _ => Vec::new(),
    }
}

/// The comma-separated parts up to the brace that closes a group.
fn branches(group: &[String]) -> Vec<&[String]> {
    let (mut parts, mut level, mut start) = (Vec::new(), 0, 0);
    for (at, token) in group.iter().enumerate() {
        match &**token {
            "{" => level += 1,
            "}" if level > 0 => level -= 1,
            "}" => {
                parts.push(&group[start..at]);
                break;
            }
            "," if level == 0 => {
                parts.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

/// The words and signs of Rust source, without comments, strings and characters.
fn tokens(text: &str) -> Vec<String> {
    let mut rest = text;
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let skipped = skip_comment(rest).or_else(|| skip_literal(rest));
        rest = if let Some(after) = skipped {
            after
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(rest[..end].to_owned());
            &rest[end..]
        } else if let Some(after) = rest.strip_prefix("::") {
            tokens.push("::".to_owned());
            after
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            &rest[first.len_utf8()..]
        };
    }
    tokens
}

fn skip_comment(text: &str) -> Option<&str> {
    if text.starts_with("//") {
        return Some(text.find('\n').map_or("", |end| &text[end..]));
    }
    let mut rest = text.strip_prefix("/*")?;
    let mut level = 1;
    while level > 0 && !rest.is_empty() {
        let (step, change) = match rest {
            _ if rest.starts_with("/*") => (2, 1),
            _ if rest.starts_with("*/") => (2, -1),
            _ => (rest.chars().next().map_or(0, char::len_utf8), 0),
        };
        rest = &rest[step..];
        level += change;
    }
    Some(rest)
}

fn skip_literal(text: &str) -> Option<&str> {
    let unprefixed = ["br", "cr", "b", "c", "r"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix).filter(|rest| rest.starts_with(['"', '#'])));
    let raw = unprefixed.is_some() && text[..2].contains('r');
    let rest = unprefixed.unwrap_or(text);
    if raw {
        let hashes = rest.len() - rest.trim_start_matches('#').len();
        let body = rest[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(body.split_once(&end).map_or("", |(_, after)| after));
    }
    if let Some(body) = rest.strip_prefix('"') {
        return Some(after_quote(body, '"'));
    }
    // A lifetime is a quote too, but none closes it after one character.
    let body = rest.strip_prefix('\'')?;
    let mut characters = body.chars();
    let first = characters.next()?;
    (first == '\\' || characters.next() == Some('\'')).then(|| after_quote(body, '\''))
}

/// What follows the closing `quote`, which a backslash hides.
fn after_quote(body: &str, quote: char) -> &str {
    let mut escaped = false;
    for (at, character) in body.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return &body[at + 1..],
            _ => {}
        }
    }
    ""
}

/// Every file under `src/`, by its path there.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the sources are there") {
            let path = entry.expect("they can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("they are text");
                found.push((path.strip_prefix(&root).expect("it is below").to_owned(), text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources");
    found
}
