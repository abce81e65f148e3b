//! The file of a listening Unix socket.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};

/// The file of a listening Unix socket. Its drop removes the file.
#[derive(Debug)]
pub(crate) struct UnixPath {
    path: PathBuf,
    file: Option<FileId>,
}

/// The device and the inode of a file. They tell it from another file of the same name.
type FileId = (u64, u64);

impl UnixPath {
    /// Binds a socket to `path`. Replaces a socket file on which no process listens, and no other
    /// file.
    pub(crate) fn bind(path: &Path) -> io::Result<(Socket, Self)> {
        let address = SockAddr::unix(path)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        if let Err(error) = socket.bind(&address) {
            if error.kind() != io::ErrorKind::AddrInUse {
                return Err(error);
            }
            remove_stale(path, &address)?;
            socket.bind(&address)?;
        }
        Ok((socket, Self { path: path.to_owned(), file: socket_file(path) }))
    }
}

impl Drop for UnixPath {
    /// Leaves the file of another socket that has been bound to the path since.
    fn drop(&mut self) {
        if self.file.is_some() && socket_file(&self.path) == self.file {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes a socket file on which no process listens.
fn remove_stale(path: &Path, address: &SockAddr) -> io::Result<()> {
    if socket_file(path).is_none() {
        let text = "a file of that name is not a socket; remove it yourself";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // A listener whose backlog is full must not block this thread.
    probe.set_nonblocking(true)?;
    match probe.connect(address) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        _ => Err(io::ErrorKind::AddrInUse.into()),
    }
}

#[cfg(unix)]
fn socket_file(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    let metadata = fs::symlink_metadata(path).ok()?;
    metadata.file_type().is_socket().then(|| (metadata.dev(), metadata.ino()))
}

/// On systems that do not tell sockets from other files, no file is removed.
#[cfg(not(unix))]
fn socket_file(_path: &Path) -> Option<FileId> {
    None
}
