//! The life of an encoder or decoder: `init`, work, `close`, and nothing after that.

use super::CodecError;

/// How far an encoder or decoder has come, and what it needs while it runs.
#[derive(Debug)]
pub(crate) enum Life<T> {
    New,
    Running(T),
    Closed,
}

impl<T> Life<T> {
    /// Goes from new to running with what `start` returns. Stays new if `start` fails.
    pub(crate) fn begin(
        &mut self,
        start: impl FnOnce() -> Result<T, CodecError>,
    ) -> Result<(), CodecError> {
        self.check_new()?;
        *self = Self::Running(start()?);
        Ok(())
    }

    /// Returns an error unless `init` may be called.
    pub(crate) const fn check_new(&self) -> Result<(), CodecError> {
        match self {
            Self::New => Ok(()),
            Self::Running(_) | Self::Closed => Err(CodecError::AlreadyInitialised),
        }
    }

    pub(crate) const fn running(&self) -> Result<&T, CodecError> {
        match self {
            Self::Running(running) => Ok(running),
            Self::New | Self::Closed => Err(CodecError::NotInitialised),
        }
    }

    #[cfg(any(
        test,
        feature = "screen-video",
        feature = "h264",
        feature = "aac",
        feature = "opus"
    ))]
    pub(crate) const fn running_mut(&mut self) -> Result<&mut T, CodecError> {
        match self {
            Self::Running(running) => Ok(running),
            Self::New | Self::Closed => Err(CodecError::NotInitialised),
        }
    }

    /// Goes from running to closed. A new or closed one stays as it is.
    pub(crate) fn end(&mut self) -> Result<(), CodecError> {
        self.running()?;
        *self = Self::Closed;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_taken_once_and_in_order() {
        let mut life = Life::New;
        assert_eq!(life.running(), Err(CodecError::NotInitialised));
        assert_eq!(life.end(), Err(CodecError::NotInitialised));
        assert_eq!(life.begin(|| Err(CodecError::Allocation)), Err(CodecError::Allocation));
        assert_eq!(life.begin(|| Ok(7)), Ok(()));
        assert_eq!(life.begin(|| Ok(8)), Err(CodecError::AlreadyInitialised));
        assert_eq!(life.running_mut(), Ok(&mut 7));
        assert_eq!(life.end(), Ok(()));
        assert_eq!(life.end(), Err(CodecError::NotInitialised));
        assert_eq!(life.begin(|| Ok(9)), Err(CodecError::AlreadyInitialised));
    }
}
