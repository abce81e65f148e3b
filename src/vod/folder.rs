//! Finds and lists the files below a folder.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::name;

/// Why a path leads to no file.
#[derive(Debug)]
pub(super) enum PathError {
    NotFound,
    /// The path leads out of the folder, by a symbolic link.
    Outside,
    Io(PathBuf, io::Error),
}

/// Returns the canonical path of the file `relative` below `folder`, and its name in the folder.
///
/// `folder` is canonical. `relative` has no `..` and no empty components.
pub(super) fn resolve(folder: &Path, relative: &str) -> Result<(PathBuf, String), PathError> {
    let path = folder.join(relative);
    let path = match fs::canonicalize(&path) {
        Ok(path) => path,
        Err(error) if is_absence(&error) => return Err(PathError::NotFound),
        Err(error) => return Err(PathError::Io(path, error)),
    };
    let Ok(within) = path.strip_prefix(folder) else { return Err(PathError::Outside) };
    // Opening a pipe would block, and a device need not end.
    if !path.is_file() {
        return Err(PathError::NotFound);
    }
    let components = within.components().map(|part| part.as_os_str().to_string_lossy());
    let name = components.collect::<Vec<_>>().join("/");
    Ok((path, name))
}

/// Returns whether the error says that there is no such file.
pub(super) fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::InvalidInput
    )
}

/// Returns the names of the films below `folder`, sorted. Skips folders that are symbolic
/// links, and those that cannot be read.
pub(super) fn list(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    append(folder, "", &mut names);
    names.sort_unstable();
    names
}

fn append(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            append(&entry.path(), &format!("{name}/"), names);
        } else if name::is_film(&name) && entry.path().is_file() {
            names.push(name);
        }
    }
}
