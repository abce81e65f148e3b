use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::{fs, thread};

use bytes::Bytes;

use super::{FindError, Library};
use crate::media::flv::Place;
use crate::media::{Film, Tag, TagKind, flv};
use crate::protocol::Timestamp;

/// A folder of its own for each test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "rendercast-library-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// Adds an FLV file of so many tags.
    fn add(&self, name: &str, tags: usize) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, film(tags)).unwrap();
        path
    }

    fn library(&self) -> Library {
        Library::folder(&self.0).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn film(tags: usize) -> Vec<u8> {
    let mut writer = flv::Writer::new(Vec::new(), false, true).unwrap();
    for number in 0..tags {
        let payload = Bytes::from_static(b"\x13");
        let timestamp = Timestamp(number as u32 * 40);
        writer.write(&Tag { kind: TagKind::Video, timestamp, payload }).unwrap();
    }
    writer.into_inner()
}

fn tags(library: &Library, app: &str, name: &str) -> usize {
    library.find(app, name).unwrap().file.tags_from(Place::START).count()
}

#[test]
fn files_of_a_folder_are_found_by_their_paths() {
    let folder = Folder::new();
    folder.add("s.flv", 1);
    folder.add("a/s.flv", 2);
    folder.add("a/b/s.flv", 3);
    folder.add("plain", 4);
    let library = folder.library();
    assert_eq!(tags(&library, "app", "s"), 1);
    assert_eq!(tags(&library, "app", "mp4:s.mp4"), 1);
    assert_eq!(tags(&library, "app/a", "s"), 2);
    assert_eq!(tags(&library, "app", "a/s.flv?token=1"), 2);
    assert_eq!(tags(&library, "app/a", "b/s"), 3);
    assert_eq!(tags(&library, "app/a/b", "s"), 3);
    assert_eq!(tags(&library, "a", "s"), 1, "the app proper is no folder where there is a choice");
    assert_eq!(tags(&library, "app", "plain"), 4);
    assert_eq!(library.names(), ["a/b/s.flv", "a/s.flv", "s.flv"]);
}

#[test]
fn what_is_not_there_is_not_found() {
    let folder = Folder::new();
    folder.add("a/s.flv", 1);
    let library = folder.library();
    for (app, name) in [("app", "other"), ("app", "a"), ("app", ""), ("app", "a/s.flv/x")] {
        let error = library.find(app, name).unwrap_err();
        assert!(matches!(error, FindError::NotFound { .. }), "{app} {name}: {error}");
    }
    let long = "x".repeat(2000);
    assert!(matches!(library.find("app", &long), Err(FindError::NotFound { .. })));
}

#[test]
fn names_that_leave_the_folder_are_refused() {
    let folder = Folder::new();
    folder.add("inside/s.flv", 1);
    folder.add("outside.flv", 1);
    let library = Library::folder(folder.0.join("inside")).unwrap();
    for name in ["../outside", "%2e%2e/outside", "../inside/s", "/etc/passwd", "a\\b"] {
        let error = library.find("app", name).unwrap_err();
        assert!(matches!(error, FindError::Refused { .. }), "{name}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_within_the_folder_and_refused_out_of_it() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    let outside = folder.add("outside/s.flv", 1);
    let inside = folder.add("inside/s.flv", 2);
    let root = folder.0.join("inside");
    symlink(inside, root.join("in.flv")).unwrap();
    symlink(outside, root.join("out.flv")).unwrap();
    symlink(folder.0.join("outside"), root.join("folder")).unwrap();
    let library = Library::folder(&root).unwrap();
    assert_eq!(tags(&library, "app", "in"), 2);
    for name in ["out", "folder/s"] {
        let error = library.find("app", name).unwrap_err();
        assert!(matches!(error, FindError::Refused { .. }), "{name}: {error}");
    }
}

#[test]
fn a_file_that_is_no_flv_is_unreadable_and_its_path_is_told() {
    let folder = Folder::new();
    fs::write(folder.0.join("s.mp4"), b"\0\0\0\x20ftypisom").unwrap();
    let library = folder.library();
    let error = library.find("app", "s.mp4").unwrap_err();
    assert!(error.to_string().contains("s.mp4") && error.to_string().contains("MP4"), "{error}");
    folder.add("s.flv", 2);
    assert_eq!(tags(&library, "app", "mp4:s.mp4"), 2, "the FLV file beside it is played");
}

#[test]
fn a_file_is_opened_once_for_all() {
    let folder = Folder::new();
    folder.add("s.flv", 2);
    let library = folder.library();
    let first = library.find("app", "s").unwrap().file;
    let second = library.find("app", "s.flv").unwrap().file;
    assert!(first.is_same(&second));
    drop(second);
    // It is kept for the next one who asks, until others are asked for.
    let index = first.downgrade();
    drop(first);
    assert!(index.upgrade().is_some());
    for number in 0..16 {
        folder.add(&format!("{number}.flv"), 1);
        library.find("app", &number.to_string()).unwrap();
    }
    assert!(index.upgrade().is_none());
}

#[test]
fn a_file_that_has_grown_goes_on_and_one_that_was_replaced_does_not() {
    let folder = Folder::new();
    let path = folder.add("s.flv", 2);
    let library = folder.library();
    let file = library.find("app", "s").unwrap().file;
    fs::write(&path, film(3)).unwrap();
    let grown = library.find("app", "s").unwrap().file;
    assert!(file.is_same(&grown));
    assert_eq!(grown.tags_from(Place::START).count(), 3);
    // Another file of that name, which is longer.
    folder.add("other.flv", 7);
    fs::rename(folder.0.join("other.flv"), &path).unwrap();
    let replaced = library.find("app", "s").unwrap().file;
    assert_eq!(replaced.tags_from(Place::START).count(), 7);
    assert_eq!(file.tags_from(Place::START).count(), 3);
    // Other contents in the same file.
    let other: Vec<u8> = film(20).into_iter().rev().collect();
    fs::write(&path, [&film(1)[..13], &film(9)[29..], &other].concat()).unwrap();
    assert!(!replaced.is_same(&library.find("app", "s").unwrap().file));
}

#[test]
fn two_who_ask_at_once_get_one_copy() {
    let folder = Folder::new();
    folder.add("s.flv", 1000);
    let library = Arc::new(folder.library());
    let barrier = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (library, barrier) = (Arc::clone(&library), Arc::clone(&barrier));
            thread::spawn(move || {
                barrier.wait();
                let file = library.find("app", "s").unwrap().file;
                // No copy is freed before all have been handed out.
                barrier.wait();
                file
            })
        })
        .collect();
    let files: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(files.iter().all(|file| file.is_same(&files[0])));
}

#[test]
fn files_that_are_gone_are_forgotten() {
    let folder = Folder::new();
    let library = folder.library();
    for number in 0..100 {
        folder.add(&format!("{number}.flv"), 1);
        library.find("app", &number.to_string()).unwrap();
    }
    assert!(library.cache.len() < 20);
}

#[test]
fn a_single_file_is_served_under_any_name() {
    let folder = Folder::new();
    let path = folder.add("film.flv", 5);
    let library = Library::file(&path);
    for (app, name) in [("", ""), ("app", "s"), ("app", "../etc/passwd"), ("live/a", "b?c")] {
        assert_eq!(tags(&library, app, name), 5);
    }
    assert_eq!(library.names(), ["film.flv"]);
    let missing = Library::file(Path::new("no/such/file.flv"));
    assert!(matches!(missing.find("app", "s"), Err(FindError::NotFound { .. })));
}

#[test]
fn files_in_memory_are_found_by_name() {
    let file = Film::from_bytes(film(3).into()).unwrap();
    let library = Library::memory([("films/s.flv".to_owned(), file.clone())]);
    assert!(library.find("app/films", "s").unwrap().file.is_same(&file));
    assert!(matches!(library.find("app", "s"), Err(FindError::NotFound { .. })));
    assert!(matches!(library.find("app", "../s"), Err(FindError::Refused { .. })));
    assert_eq!(library.names(), ["films/s.flv"]);
}

#[test]
fn a_folder_that_is_none_is_refused() {
    let folder = Folder::new();
    let path = folder.add("s.flv", 1);
    assert!(Library::folder(path).is_err());
    assert!(Library::folder(folder.0.join("none")).is_err());
}

#[test]
fn however_a_client_writes_a_name_the_file_has_one() {
    let folder = Folder::new();
    folder.add("spring.flv", 1);
    folder.add("a/CLIP.FLV", 2);
    folder.add("my film.flv", 3);
    folder.add("a:b.flv", 4);
    let library = folder.library();
    for (app, name, canonical) in [
        ("live", "spring", "spring.flv"),
        ("live", "spring.flv", "spring.flv"),
        ("live", "flv:spring", "spring.flv"),
        ("live", "mp4:spring.mp4", "spring.flv"),
        ("live", "spring.xyz", "spring.flv"),
        ("live", "spring?x=1", "spring.flv"),
        ("live", "%73pring", "spring.flv"),
        ("live/a", "CLIP", "a/CLIP.FLV"),
        ("live", "a/CLIP.flv", "a/CLIP.FLV"),
        ("live", "my%20film", "my film.flv"),
        ("live", "my film", "my film.flv"),
        ("live", "a:b", "a:b.flv"),
    ] {
        assert_eq!(library.find(app, name).unwrap().name, canonical, "{app} {name}");
    }
    assert_eq!(library.names(), ["a/CLIP.FLV", "a:b.flv", "my film.flv", "spring.flv"]);
}

#[cfg(unix)]
#[test]
fn a_link_has_the_name_of_the_file_that_it_leads_to() {
    let folder = Folder::new();
    let file = folder.add("a/s.flv", 2);
    std::os::unix::fs::symlink(file, folder.0.join("link.flv")).unwrap();
    assert_eq!(folder.library().find("app", "link").unwrap().name, "a/s.flv");
}
