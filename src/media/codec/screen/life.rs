//! `init`, work, `close`, and then nothing any more.

use crate::media::codec::CodecError;

/// Where an encoder or decoder is in its life.
#[derive(Debug)]
pub(super) enum Life<T> {
    New,
    Running(Box<T>),
    Closed,
}

impl<T> Life<T> {
    pub(super) fn begin(
        &mut self,
        start: impl FnOnce() -> Result<T, CodecError>,
    ) -> Result<(), CodecError> {
        if !matches!(self, Self::New) {
            return Err(CodecError::AlreadyInitialised);
        }
        *self = Self::Running(Box::new(start()?));
        Ok(())
    }

    pub(super) fn running(&mut self) -> Result<&mut T, CodecError> {
        match self {
            Self::Running(running) => Ok(running),
            Self::New | Self::Closed => Err(CodecError::NotInitialised),
        }
    }

    pub(super) fn end(&mut self) -> Result<(), CodecError> {
        self.running()?;
        *self = Self::Closed;
        Ok(())
    }
}
