//! Circles of imports between files.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::imports::Import;

/// Each file with the files that it imports, each by one path as an example.
type Arrows<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>;

/// Returns a shortest circle through each file that is in one, told in one line. Imports that only
/// tests see do not count, nor do those in `exceptions`, pairs of files.
pub(crate) fn find(imports: &[Import], exceptions: &[(&str, &str)]) -> Vec<String> {
    let mut arrows = Arrows::new();
    for import in imports.iter().filter(|import| !import.is_test) {
        if !exceptions.contains(&(&*import.from, &*import.to)) {
            arrows.entry(&import.from).or_default().insert(&import.to, &import.path);
        }
    }
    let (mut circles, mut told) = (Vec::new(), BTreeSet::new());
    for file in arrows.keys().copied() {
        if told.contains(file) {
            continue;
        }
        if let Some(circle) = circle_through(&arrows, file) {
            told.extend(circle.iter().copied());
            circles.push(tell(&arrows, &circle));
        }
    }
    circles
}

/// Returns the files of a shortest circle, which ends with `file`.
fn circle_through<'a>(arrows: &Arrows<'a>, file: &'a str) -> Option<Vec<&'a str>> {
    let mut came_from = BTreeMap::new();
    let mut waiting = VecDeque::from([file]);
    while let Some(at) = waiting.pop_front() {
        for next in arrows.get(at).into_iter().flat_map(BTreeMap::keys).copied() {
            if came_from.contains_key(next) {
                continue;
            }
            came_from.insert(next, at);
            if next == file {
                let mut circle = vec![file];
                let mut back = came_from[file];
                while back != file {
                    circle.push(back);
                    back = came_from[back];
                }
                circle.reverse();
                return Some(circle);
            }
            waiting.push_back(next);
        }
    }
    None
}

fn tell(arrows: &Arrows, circle: &[&str]) -> String {
    let mut from = *circle.last().expect("a circle has files");
    let mut line = from.to_owned();
    for to in circle {
        line += &format!(" -> {to} ({})", arrows[from][to]);
        from = to;
    }
    line
}
