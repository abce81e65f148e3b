//! Checks what an application takes in along with the library: licences, sources and duplicates.
//!
//! This is the part of `cargo deny` that needs no database. `cargo deny check advisories` is left
//! to `.ci/run`, on machines that have it.

use std::process::Command;

use spdx::{Expression, LicenseReq};

/// The licences under which an application may link a dependency and only has to name it.
const LICENCES: &[&str] =
    &["Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "IJG", "ISC", "MIT", "Unicode-3.0", "Zlib"];

/// The crates that the library may depend on in two versions. `ring` still needs getrandom 0.2,
/// `png` miniz_oxide 0.8, and `mp4-atom` thiserror 1 and, to build, syn 2.
const DUPLICATES: &[&str] = &["getrandom", "miniz_oxide", "syn", "thiserror", "thiserror-impl"];

/// The crates that a server with the default features may be built from, the library among them.
const MOST_BY_DEFAULT: usize = 46;

#[test]
fn every_licence_is_allowed() {
    for (package, licence) in packages("{p};{l}") {
        // Older crates write a slash.
        let expression = Expression::parse(&licence.replace('/', " OR "));
        let is_allowed = expression.is_ok_and(|expression| expression.evaluate(is_allowed));
        assert!(is_allowed, "{package} has the licence {licence:?}");
    }
}

/// Cargo names the source of a package behind its version, unless it is crates.io.
#[test]
fn every_dependency_comes_from_crates_io() {
    for (package, _) in packages("{p};") {
        let is_ours = package.starts_with("rendercast v");
        let source = package.replace(" (proc-macro)", "");
        assert!(is_ours || source.split(' ').count() == 2, "{package} is not from crates.io");
    }
}

#[test]
fn no_dependency_has_two_versions() {
    let packages = packages("{p};");
    let names: Vec<_> =
        packages.iter().filter_map(|(package, _)| package.split(' ').next()).collect();
    let mut duplicates: Vec<_> =
        names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    duplicates.dedup();
    assert_eq!(duplicates, DUPLICATES);
}

#[test]
fn the_default_build_is_small() {
    let lines = tree(&["--edges", "normal"]);
    let count = lines.len();
    assert!(count <= MOST_BY_DEFAULT, "{count} crates, {MOST_BY_DEFAULT} at most: {lines:#?}");
}

fn is_allowed(requirement: &LicenseReq) -> bool {
    let licence = requirement.license.id();
    requirement.addition.is_none() && licence.is_some_and(|id| LICENCES.contains(&id.name))
}

/// Returns each package that the library is built from, with all features, in order: the halves of
/// `format` before and after the semicolon.
fn packages(format: &str) -> Vec<(String, String)> {
    let lines = tree(&["--edges", "normal,build", "--all-features", "--format", format]);
    let halves = |line: String| {
        let (before, after) = line.split_once(';').expect("the format has a semicolon");
        (before.to_owned(), after.to_owned())
    };
    lines.into_iter().map(halves).collect()
}

/// Returns the lines of `cargo tree` for the library, each once and sorted.
fn tree(arguments: &[&str]) -> Vec<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--package", "rendercast", "--prefix", "none", "--no-dedupe"]);
    let ended = cargo.args(arguments).output().expect("cargo runs");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let output = String::from_utf8(ended.stdout).expect("text");
    let mut lines: Vec<_> = output.lines().map(str::to_owned).collect();
    lines.sort();
    lines.dedup();
    assert!(lines.len() > 1, "cargo names no dependencies: {output}");
    lines
}
