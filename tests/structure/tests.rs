//! The checks themselves, on small trees that are made up.

use crate::modules::Sources;
use crate::{can_be_wrapped, circles, imports_of, log_faults, room_faults};

/// A crate of these files. `lib.rs` declares the modules.
fn tree(files: &[(&str, &str)]) -> Sources {
    files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect()
}

/// A crate with one file below `media/`, and rooms that it may and may not import.
fn media_tag(text: &str) -> Sources {
    tree(&[
        ("lib.rs", "mod media; mod protocol; mod server; mod sync; pub use server::Server;"),
        ("media/mod.rs", "pub(crate) mod tag;"),
        ("media/tag.rs", text),
        ("protocol/mod.rs", "pub(crate) mod wire; mod units; pub(crate) use units::Timestamp;"),
        ("protocol/wire.rs", "pub(crate) fn put() {}"),
        ("protocol/units.rs", "pub(crate) struct Timestamp; pub(crate) fn now() {}"),
        ("server/mod.rs", "mod server; pub use server::Server;"),
        ("server/server.rs", "pub struct Server; impl Server { pub fn new() -> Self { Self } }"),
        ("sync.rs", "pub(crate) fn lock() {}"),
    ])
}

#[test]
fn a_forbidden_import_is_found_in_every_form() {
    for text in [
        "use crate::server::Server;",
        "pub(crate) use crate::{protocol::wire, server::{Server as Other}};",
        "fn f() -> crate::server::Server { todo!() }",
        "fn f<'a>(x: &'a crate::server::Server) {}",
        "fn f() { use super::super::server::Server; }",
        "use super::{super::server::Server, *};",
        "use crate::server; fn f() { server::Server::new(); }",
        "use crate::server::*; fn f() { Server::new(); }",
        "fn f() { assert!(crate::server::Server::new() == 1); }",
        "mod inner { use super::super::super::server::Server; }",
        "#[cfg(test)] mod tests { use crate::server::Server; }",
        "use crate::Server;",
        "use crate::*; fn f() { Server::new(); }",
    ] {
        let faults = room_faults(&imports_of(&media_tag(text)));
        assert!(!faults.is_empty(), "{text}");
        assert!(faults.iter().all(|fault| fault.contains("media/tag.rs")), "{text}: {faults:?}");
        assert!(faults.iter().any(|fault| fault.contains("Server")), "{text}: {faults:?}");
    }
}

#[test]
fn a_granted_import_is_let_through() {
    for text in [
        "use crate::protocol::Timestamp;",
        "use crate::{protocol::{self, wire}}; fn f() { wire::put(); let _ = protocol::Timestamp; }",
        "//! See [`crate::Server`].\n/// And [`crate::server::Server`].\nfn f() {}",
        "const TEXT: &str = \"crate::server::Server\";",
        "pub(crate) fn server() {} fn f() { server() }",
        "use other::server::Server;",
    ] {
        let faults = room_faults(&imports_of(&media_tag(text)));
        assert!(faults.is_empty(), "{text}: {faults:?}");
    }
}

#[test]
fn a_room_that_is_not_in_the_table_is_a_fault() {
    let sources = tree(&[
        ("lib.rs", "mod cellar; mod sync;"),
        ("cellar.rs", "use crate::sync::lock;"),
        ("sync.rs", "pub(crate) fn lock() {}"),
    ]);
    let faults = room_faults(&imports_of(&sources));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].contains("`cellar`"), "{faults:?}");
}

/// A room in which `queue.rs` and `thread.rs` are these.
fn room(queue: &str, thread: &str) -> Sources {
    tree(&[
        ("lib.rs", "mod hub;"),
        ("hub/mod.rs", "mod queue; mod thread; pub(crate) use queue::Queue; use thread::*;"),
        ("hub/queue.rs", queue),
        ("hub/thread.rs", thread),
    ])
}

#[test]
fn a_circle_is_found_in_every_form() {
    const THREAD: &str = "use super::queue::Queue; pub(crate) fn spawn(queue: &Queue) {}";
    for (queue, thread) in [
        ("use super::thread::spawn; pub(crate) struct Queue;", THREAD),
        ("pub(crate) struct Queue; fn f() { super::thread::spawn(&Queue) }", THREAD),
        ("use super::thread; pub(crate) struct Queue; fn f() { thread::spawn(&Queue) }", THREAD),
        ("use super::spawn; pub(crate) struct Queue;", THREAD),
        ("use super::*; pub(crate) struct Queue; fn f() { spawn(&Queue) }", THREAD),
        (
            "use crate::hub::thread::spawn; pub(crate) struct Queue;",
            "use crate::hub::Queue; pub(crate) fn spawn(queue: &Queue) {}",
        ),
        (
            "pub(crate) struct Queue; fn f() { println!(\"{}\", super::thread::spawn(&Queue)) }",
            THREAD,
        ),
    ] {
        let circles = circles::find(&imports_of(&room(queue, thread)), &[]);
        assert_eq!(circles.len(), 1, "{queue}: {circles:?}");
        assert!(circles[0].contains("hub/queue.rs -> hub/thread.rs"), "{queue}: {circles:?}");
    }
}

#[test]
fn a_circle_of_three_files_and_a_module_file_is_found() {
    let sources = tree(&[
        ("lib.rs", "mod hub;"),
        ("hub/mod.rs", "mod a; mod b; use a::A; pub(crate) struct Top(A);"),
        ("hub/a.rs", "use super::b::B; pub(crate) struct A(B);"),
        ("hub/b.rs", "pub(crate) struct B; fn f(top: &super::Top) {}"),
    ]);
    let circles = circles::find(&imports_of(&sources), &[]);
    assert_eq!(circles.len(), 1, "{circles:?}");
    let excepted = circles::find(&imports_of(&sources), &[("hub/b.rs", "hub/mod.rs")]);
    assert!(excepted.is_empty(), "{excepted:?}");
}

#[test]
fn one_way_imports_are_no_circle() {
    for (queue, thread) in [
        ("pub(crate) struct Queue;", "use super::Queue; pub(crate) fn spawn(queue: &Queue) {}"),
        (
            "pub(crate) struct Queue; #[cfg(test)] mod tests { use super::super::thread::spawn; }",
            "use super::queue::Queue; pub(crate) fn spawn(queue: &Queue) {}",
        ),
    ] {
        let circles = circles::find(&imports_of(&room(queue, thread)), &[]);
        assert!(circles.is_empty(), "{queue}: {circles:?}");
    }
}

#[test]
fn prose_can_be_wrapped_and_tables_cannot() {
    for (line, expected) in [
        ("    /// Returns the position.", true),
        ("//! The server.", true),
        ("        // Another thread may hold it.", true),
        ("/// | `rate` | frames per second |", false),
        ("//! [`Server`]: crate::Server", false),
        ("    let url = \"rtmp://localhost\";", false),
    ] {
        assert_eq!(can_be_wrapped(line), expected, "{line}");
    }
}

#[test]
fn a_line_that_does_not_go_through_the_log_thread_is_found() {
    for text in [
        "fn f() { log::info!(\"x\") }",
        "fn f() { log::log!(target: T, level, \"x\") }",
        "use log::warn;",
        "use log::{Level, error};",
        "use log::*;",
        "fn f() { eprintln!(\"x\") }",
        "fn f() { std::println!(\"x\") }",
        "fn f() { dbg!(x) }",
    ] {
        assert!(!log_faults(text).is_empty(), "{text}");
    }
    for text in [
        "fn f() { peer_log!(Info, peer, \"x\") }",
        "fn f(level: log::Level) -> bool { level <= log::max_level() }",
        "//! println!(\"x\");",
        "    /// log::info!(\"x\");",
        "use crate::peer_log::peer_log;",
        "fn f() { self.log(\"x\"); x.error; io::error() }",
    ] {
        assert_eq!(log_faults(text), [""; 0], "{text}");
    }
}
