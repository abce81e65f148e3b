//! From what a client sends as app and name to the names that a file may have.
//!
//! Clients cut one URL in different places, and change what they cut: `rtmp://host/app/a/b/s` is
//! app `app/a` and name `b/s` to FFmpeg, but app `app/a/b` and name `s` to librtmp; `y.flv` is sent
//! as `y`, and `y.mp4` as `mp4:y.mp4` or `mp4:y`; and a query stays at whichever part it is.

/// The kinds of file that clients put before a name, for servers that wish to be told.
const PREFIXES: [&str; 3] = ["flv:", "mp4:", "mp3:"];

/// How long an app and a name may be together, in bytes: Linux takes no longer paths.
const MAX_BYTES: usize = 4096;

/// How many components they may have together. Any of the app's may be the last that is none of the
/// file's, so what is tried grows with the square of their number.
const MAX_COMPONENTS: usize = 32;

/// The name is not one that a file in the library can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unsafe;

/// The relative paths that may be meant, likeliest first, their components joined by `/`.
///
/// Each is safe to be joined to a folder's path: no component is empty, `.` or `..`, or means
/// something to a file system.
pub(super) fn candidates(app: &str, name: &str) -> Result<Vec<String>, Unsafe> {
    let (app, app_has_query) = cut_query(app);
    let (name, _) = cut_query(name);
    let name =
        PREFIXES.iter().find_map(|prefix| strip_prefix_ignoring_case(name, prefix)).unwrap_or(name);
    if app.len().saturating_add(name.len()) > MAX_BYTES {
        return Err(Unsafe);
    }
    let app = components(app.trim_matches('/'))?;
    let name = components(name)?;
    if app.len().saturating_add(name.len()) > MAX_COMPONENTS {
        return Err(Unsafe);
    }

    let mut candidates = Vec::new();
    let mut try_all = |path: &[&str]| {
        for form in forms(path) {
            if !candidates.contains(&form) {
                candidates.push(form);
            }
        }
    };
    // The app proper is the URL's first component: what remains is the same for every client.
    let joined = [app.as_slice(), name.as_slice()].concat();
    let after_app = app.len().min(1);
    try_all(joined.get(after_app..).unwrap_or_default());
    if app_has_query {
        // A slash in the query made part of it the name: app/s?x=a/b.
        try_all(app.get(after_app..).unwrap_or_default());
    }
    try_all(&joined);
    if !name.is_empty() {
        for skipped in 2..=app.len() {
            try_all(joined.get(skipped..).unwrap_or_default());
        }
    }
    Ok(candidates)
}

/// The path as it is, with `.flv`, and with `.flv` in place of what extension it has.
fn forms(path: &[&str]) -> Vec<String> {
    let path = path.join("/");
    if path.is_empty() {
        return Vec::new();
    }
    let mut forms = vec![path.clone(), format!("{path}.flv")];
    if let Some((stem, extension)) = path.rsplit_once('.')
        && !extension.contains('/')
        && !stem.is_empty()
        && !stem.ends_with('/')
    {
        forms.push(format!("{stem}.flv"));
    }
    forms
}

fn components(path: &str) -> Result<Vec<&str>, Unsafe> {
    if path.is_empty() {
        return Ok(Vec::new());
    }
    path.split('/').map(|component| is_safe(component).then_some(component).ok_or(Unsafe)).collect()
}

fn is_safe(component: &str) -> bool {
    let has_drive_letter =
        matches!(component.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    // Windows takes what follows a colon for a stream within the file, and drops dots at the end.
    let means_something_to_windows =
        cfg!(windows) && (component.contains(':') || component.ends_with(['.', ' ']));
    !component.is_empty()
        && component != "."
        && component != ".."
        && !component.contains(|c: char| c == '\\' || c.is_control())
        && !has_drive_letter
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
    use super::{MAX_BYTES, MAX_COMPONENTS, Unsafe, candidates};

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
            ("app", "C:/s"),
            ("app", "c:s"),
            ("app", "flv:c:s"),
            ("app", "flv:../s"),
            ("app", "flv:/s"),
            ("app", "s\0.flv"),
            ("app", "s\n"),
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
        assert_eq!(candidates("app", "").unwrap(), ["app", "app.flv"]);
        assert_eq!(candidates("", "").unwrap(), [""; 0]);
    }

    #[test]
    fn a_dot_file_is_not_all_extension() {
        assert_eq!(candidates("", ".hidden").unwrap(), [".hidden", ".hidden.flv"]);
    }
}
