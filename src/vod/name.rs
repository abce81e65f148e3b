//! Turns the app and name of a client into the paths of files that may be meant.
//!
//! Clients cut one URL in different places, and change what they cut. `rtmp://host/app/a/b/s` is
//! app `app/a` and name `b/s` to FFmpeg, but app `app/a/b` and name `s` to librtmp. `y.flv` is sent
//! as `y`, and `y.mp4` as `mp4:y.mp4` or `mp4:y`. A query stays at the part that has it. Percent
//! escapes are sent as they stand in the URL.

use std::iter;
use std::ops::Range;

/// The kinds of file that clients put before a name, for servers that want to be told.
const PREFIXES: [&str; 3] = ["flv:", "mp4:", "mp3:"];

/// The most bytes of an app and a name together. Linux takes no longer paths.
const MAX_BYTES: usize = 4096;

/// The most components of both together. Any of the app's may be the last that is not part of the
/// path, so the number of paths to try grows with the square of this.
const MAX_COMPONENTS: usize = 32;

/// The extension of nearly every FLV file.
const USUAL_EXTENSION: &[&str] = &["flv"];

/// The extension in every other mix of small letters and capitals.
const OTHER_EXTENSIONS: &[&str] = &["FLV", "Flv", "fLv", "flV", "FLv", "fLV", "FlV"];

/// The extensions of MP4 files. Cameras write them in capitals.
#[cfg(feature = "mp4")]
const MP4_EXTENSIONS: &[&str] = &["mp4", "m4v", "mov", "MP4", "M4V", "MOV"];
#[cfg(not(feature = "mp4"))]
const MP4_EXTENSIONS: &[&str] = &[];

/// Returns the extensions that a name may lack, in the order in which to try them.
pub(super) fn extensions(name: &str) -> [&'static [&'static str]; 3] {
    match strip_prefix_ignoring_case(name, "mp4:") {
        Some(_) => [MP4_EXTENSIONS, USUAL_EXTENSION, OTHER_EXTENSIONS],
        None => [USUAL_EXTENSION, MP4_EXTENSIONS, OTHER_EXTENSIONS],
    }
}

/// Returns whether a file with that name may be one to play.
pub(super) fn is_film(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let known = USUAL_EXTENSION.iter().chain(MP4_EXTENSIONS);
    known.into_iter().any(|known| known.eq_ignore_ascii_case(extension))
}

/// No file in a library can have such a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unsafe;

/// The relative paths that may be meant, likeliest first. Their components are joined by `/`.
///
/// A file has one of the extensions, or the name that was sent.
///
/// Each can be joined to a folder's path: no component is empty, `.` or `..`, or has a special
/// meaning to a file system.
pub(super) struct Candidates<'a> {
    /// The components of app and name.
    components: Vec<String>,
    /// How many of them are the app's.
    of_app: usize,
    /// Whether the app ends in a query.
    app_has_query: bool,
    extensions: &'a [&'a str],
    /// The next part, and the next form of it.
    next: (usize, usize),
}

impl<'a> Candidates<'a> {
    pub(super) fn new(app: &str, name: &str, extensions: &'a [&'a str]) -> Result<Self, Unsafe> {
        let (app, app_has_query) = cut_query(app);
        let (name, _) = cut_query(name);
        let name = PREFIXES
            .iter()
            .find_map(|prefix| strip_prefix_ignoring_case(name, prefix))
            .unwrap_or(name);
        if app.len().saturating_add(name.len()) > MAX_BYTES {
            return Err(Unsafe);
        }
        let app = app.trim_matches('/');
        let of_app = count_of(app);
        if of_app + count_of(name) > MAX_COMPONENTS {
            return Err(Unsafe);
        }
        let mut components = Vec::with_capacity(of_app + count_of(name));
        split(app, &mut components)?;
        split(name, &mut components)?;
        Ok(Self { components, of_app, app_has_query, extensions, next: (0, 0) })
    }

    /// Returns the part of the components that may be the path and is the `n`th to try.
    fn part(&self, n: usize) -> Option<Range<usize>> {
        let end = self.components.len();
        // The URL's first component is the app proper. What remains is the same for every client.
        let after_app = self.of_app.min(1);
        // A slash in the query made part of it the name: app/s?x=a/b.
        let before_query = self.app_has_query.then_some(after_app..self.of_app);
        let all = (after_app > 0).then_some(0..end);
        let likely = iter::once(after_app..end).chain(before_query).chain(all);
        let last = if end > self.of_app { self.of_app } else { 0 };
        likely.chain((2..=last).map(|start| start..end)).nth(n)
    }
}

impl Iterator for Candidates<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            let (part, form) = self.next;
            let path = self.components.get(self.part(part)?)?.join("/");
            self.next = (part, form + 1);
            match nth_form(path, form, self.extensions) {
                Some(path) => return Some(path),
                None => self.next = (part + 1, 0),
            }
        }
    }
}

/// Returns the path as it is, then with each of the extensions appended, then with each in place of
/// its own.
fn nth_form(path: String, n: usize, extensions: &[&str]) -> Option<String> {
    if path.is_empty() || n == 0 {
        return Some(path).filter(|path| !path.is_empty());
    }
    if let Some(extension) = extensions.get(n - 1) {
        return Some(path + "." + extension);
    }
    let extension = extensions.get(n - 1 - extensions.len())?;
    let (stem, old) = path.rsplit_once('.')?;
    let is_extension = !old.contains('/') && !stem.is_empty() && !stem.ends_with('/');
    is_extension.then(|| [stem, extension].join("."))
}

/// Returns how many components a path has.
fn count_of(path: &str) -> usize {
    if path.is_empty() { 0 } else { path.split('/').count() }
}

/// Cuts a path into its components, and decodes the escapes in each.
fn split(path: &str, components: &mut Vec<String>) -> Result<(), Unsafe> {
    // Escapes are decoded once the path is cut, so that %2F cannot make a component two.
    for component in path.split('/').take(count_of(path)).map(decode_escapes) {
        if !is_safe(&component) {
            return Err(Unsafe);
        }
        components.push(component);
    }
    Ok(())
}

/// Decodes percent escapes. Leaves a `%` that starts none as it is, and all of a text whose escapes
/// do not make UTF-8.
fn decode_escapes(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match tail {
            [high, low, after @ ..] if *first == b'%' => {
                hex_digit(*high).zip(hex_digit(*low)).map(|(high, low)| (high << 4 | low, after))
            }
            _ => None,
        };
        let (byte, after) = escaped.unwrap_or((*first, tail));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn is_safe(component: &str) -> bool {
    // Windows takes `c:` for a drive and what follows a colon for a stream within the file, and
    // drops dots at the end.
    let means_something_to_windows =
        cfg!(windows) && (component.contains(':') || component.ends_with(['.', ' ']));
    !component.is_empty()
        && component != "."
        && component != ".."
        && !component.contains(|c: char| matches!(c, '/' | '\\') || c.is_control())
        && !means_something_to_windows
}

fn cut_query(part: &str) -> (&str, bool) {
    part.split_once('?').map_or((part, false), |(path, _)| (path, true))
}

fn strip_prefix_ignoring_case<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = name.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::{Candidates, MAX_BYTES, MAX_COMPONENTS, Unsafe, extensions, is_film};

    fn candidates(app: &str, name: &str) -> Result<Vec<String>, Unsafe> {
        let mut all = Vec::new();
        for extensions in extensions(name) {
            all.extend(Candidates::new(app, name, extensions)?);
        }
        Ok(all)
    }

    #[test]
    fn every_client_s_way_to_cut_a_url_leads_to_the_same_file() {
        // As measured with FFmpeg, librtmp and GStreamer: app, name, and the file that is meant.
        for (app, name, file) in [
            ("app", "s", "s.flv"),
            ("app/", "s", "s.flv"),
            ("", "s", "s.flv"),
            ("app/a", "s", "a/s.flv"),
            ("app/a", "b/s", "a/b/s.flv"),
            ("app/a/b", "s", "a/b/s.flv"),
            ("app", "y", "y.flv"),
            ("app", "y.flv?k=1", "y.flv"),
            ("app", "y?k=1", "y.flv"),
            ("app", "mp4:y.mp4", "y.flv"),
            ("app", "mp4:y", "y.flv"),
            ("app", "MP3:y", "y.flv"),
            ("app", "y.mp3", "y.flv"),
            ("app?x=1", "s", "s.flv"),
            ("app/s?x=a", "b", "s.flv"),
            ("ondemand", "foo/bar", "foo/bar.flv"),
            ("app/s", "", "s.flv"),
            ("movies", "s", "movies/s.flv"),
            ("one/two/three", "s", "s.flv"),
            ("app", "a.b/s", "a.b/s.flv"),
            ("app", "my%20film", "my film.flv"),
            ("app/a%20b", "s", "a b/s.flv"),
            ("app", "%C3%A4%26b%3Bc%27d%3F%28e%29%24.flv?token=1", "\u{e4}&b;c'd?(e)$.flv"),
            ("app", "a:b", "a:b.flv"),
            ("app", "flv:a%3ab", "a:b.flv"),
            ("app", "100%25", "100%.flv"),
            ("app", "100%", "100%.flv"),
            ("app", "%zz%4", "%zz%4.flv"),
            ("app", "%ff", "%ff.flv"),
            ("app", "a%252Fb", "a%2Fb.flv"),
            ("app", "CLIP", "CLIP.FLV"),
            ("app", "clip.mp4", "clip.Flv"),
        ] {
            let candidates = candidates(app, name).unwrap();
            assert!(candidates.iter().any(|it| it == file), "{app} {name}: {candidates:?}");
        }
    }

    #[test]
    fn the_likeliest_comes_first_wherever_the_url_is_cut() {
        for (app, name) in [("app/a", "b/s"), ("app/a/b", "s"), ("app", "a/b/s")] {
            assert_eq!(candidates(app, name).unwrap()[..2], ["a/b/s", "a/b/s.flv"]);
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for (app, name) in [
            ("app", "../s"),
            ("app", "a/../../s"),
            ("app/..", "s"),
            ("app", ".."),
            ("app", "./s"),
            ("app", "/etc/passwd"),
            ("app", "a//s"),
            ("app", "a/"),
            ("app//b", "s"),
            ("app", "a\\s"),
            ("app", "..\\s"),
            ("app", "flv:../s"),
            ("app", "flv:/s"),
            ("app", "s\0.flv"),
            ("app", "s\n"),
            ("app", "%2e%2e/s"),
            ("app/%2E%2e", "s"),
            ("app", "..%2fs"),
            ("app", "a%2Fs"),
            ("app", "%2Fetc%2Fpasswd"),
            ("app", "a%5Cs"),
            ("app", "s%00.flv"),
            ("app", "flv:%2e%2e/s"),
        ] {
            assert_eq!(candidates(app, name), Err(Unsafe), "{app} {name:?}");
        }
    }

    #[test]
    fn names_that_are_too_long_to_try_are_refused() {
        let folders = "a/".repeat(MAX_COMPONENTS - 1);
        assert!(candidates(&folders, "s").is_ok());
        assert_eq!(candidates(&folders, "s/s"), Err(Unsafe));
        assert_eq!(candidates(&"a/".repeat(1 << 20), "s"), Err(Unsafe));
        assert_eq!(candidates("app", &"s".repeat(MAX_BYTES)), Err(Unsafe));
    }

    #[test]
    fn nothing_but_an_app_names_no_file_but_one_of_its_name() {
        assert_eq!(candidates("app", "").unwrap()[..2], ["app", "app.flv"]);
        assert_eq!(candidates("", "").unwrap(), [""; 0]);
    }

    #[test]
    fn a_dot_file_is_not_all_extension() {
        let candidates = candidates("", ".hidden").unwrap();
        assert_eq!(candidates[..2], [".hidden", ".hidden.flv"]);
        assert!(candidates.iter().all(|it| it.starts_with(".hidden")), "{candidates:?}");
    }

    #[test]
    fn films_are_known_by_their_extensions() {
        assert!(is_film("a.flv") && is_film("a.b.FLV") && !is_film("flv") && !is_film("a.mp3"));
        assert_eq!(is_film("a.MP4") && is_film("a.mov"), cfg!(feature = "mp4"));
    }

    #[cfg(feature = "mp4")]
    #[test]
    fn a_client_that_says_mp4_gets_the_mp4_file_first() {
        let at = |name, file| candidates("app", name).unwrap().iter().position(|it| it == file);
        assert!(at("mp4:y", "y.mp4") < at("mp4:y", "y.flv"));
        assert!(at("y", "y.flv") < at("y", "y.mp4"));
        assert!(at("mp4:y.mov", "y.mov") == Some(0) && at("y", "y.MOV").is_some());
    }
}
