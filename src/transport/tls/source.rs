//! Where PEM comes from.

use std::fs;
use std::path::PathBuf;

use super::error::CertificateError;
use super::pem::Pem;

/// A file with PEM, or PEM in memory under a name for errors.
#[derive(Clone)]
pub(super) enum Source {
    File(PathBuf),
    Memory { name: &'static str, text: Vec<u8> },
}

impl Source {
    /// Returns what errors call it. Never holds any of the text, which may be a key.
    pub(super) fn origin(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Memory { name, .. } => (*name).to_owned(),
        }
    }

    pub(super) fn read(&self) -> Result<Pem, CertificateError> {
        let origin = self.origin();
        let text = match self {
            Self::File(path) => fs::read(path),
            Self::Memory { text, .. } => Ok(text.clone()),
        };
        match text {
            Ok(text) => Ok(Pem { origin, text }),
            Err(cause) => Err(CertificateError::Read { origin, cause }),
        }
    }
}
